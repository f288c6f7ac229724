import Foundation
import Statistics

/// How a total is best shared out among the channels of a fit.
package struct BudgetAnalysis: Sendable {
    /// What is shared out; what is spent now unless said.
    package var total: Double?
    package var bounds: [BudgetBound] = []
    /// How far each channel may move from its current spend, as a share of it.
    package var change: Double?
    /// Over how many coming periods; one average period when nil.
    package var periods: Int?
    /// How many standard deviations are taken off the mean response.
    package var risk = 0.0
    package var level = 0.9

    package init() {}

    /// What is worked out once and used by all parts of the answer.
    struct Plan {
        var fit: BudgetFit
        var total: Double
        var allocation: BudgetAllocation
        /// What each channel gets now, over the same time; nil when it is not known.
        var current: [Double]?
        var periods: Int?
    }

    /// Reads the question against a fit, and answers it.
    package func answer(_ fit: BudgetFit) async throws -> BudgetAnswer {
        let plan = try plan(fit)
        let hasDraws = !fit.channels[0].draws.isEmpty
        guard risk == 0 || hasDraws else {
            throw AnalysisError.unsuitable(
                "--risk needs the draws of a posterior, and this file has none; give the file that "
                    + "“analyze mix” wrote.")
        }
        let outcome =
            risk == 0
            ? try await plan.allocation.best() : try await plan.allocation.best(risk: risk)
        var report = BudgetReport(plan: plan, outcome: outcome, level: level, risk: risk)
        if hasDraws, risk == 0 { report.plugIn = try await plugIn(plan) }
        return report.answer
    }

    private func plan(_ fit: BudgetFit) throws(AnalysisError) -> Plan {
        try check()
        let known = fit.channels.allSatisfy { $0.current != nil }
        let factor = Double(periods ?? 1)
        let current = known ? fit.channels.map { ($0.current ?? 0) * factor } : nil
        guard let total = total ?? current?.reduce(0, +) else {
            throw .unsuitable("Say with --total how much is to be shared out.")
        }
        guard total.isFinite, total >= 0, total <= 1e15 else {
            throw .unsuitable("--total must be an amount of money from 0 to 1e15.")
        }
        let limits = try limits(fit, current)
        let channels = fit.channels.enumerated().map { index, channel in
            BudgetAllocation.Channel(
                response: Self.mean(channel, periods), lower: limits[index].low,
                upper: limits[index].high)
        }
        guard let allocation = BudgetAllocation(total: total, channels: channels) else {
            throw Self.impossible(total, limits)
        }
        return Plan(
            fit: fit, total: total, allocation: allocation, current: current, periods: periods)
    }

    private func check() throws(AnalysisError) {
        if let periods, !(1...10_000).contains(periods) {
            throw .unsuitable("--periods must be a whole number from 1 to 10000.")
        }
        if let change, !(change >= 0 && change <= 1000) {
            throw .unsuitable("--change is a share such as 0.3 for 30 % up or down.")
        }
        guard risk >= 0, risk <= 100 else {
            throw .unsuitable("--risk is a number from 0 (none) to 100, such as 1.")
        }
        guard level > 0, level < 1 else {
            throw .unsuitable("--level is a share between 0 and 1, such as 0.9.")
        }
    }

    static func mean(_ channel: BudgetFit.Channel, _ periods: Int?) -> ResponseCurve.Mean {
        ResponseCurve.Mean(
            channel.draws.isEmpty ? [channel.curve] : channel.draws, over: span(channel, periods))
    }

    private static func span(_ channel: BudgetFit.Channel, _ periods: Int?) -> ResponseCurve.Span {
        periods.map { .horizon(periods: $0, recent: channel.recent) } ?? .steady
    }

    private func limits(
        _ fit: BudgetFit, _ current: [Double]?
    ) throws(AnalysisError) -> [(name: String, low: Double, high: Double)] {
        let names = fit.channels.map(\.name)
        var result = names.map { (name: $0, low: 0.0, high: Double.infinity) }
        if let change {
            guard let current else {
                throw .unsuitable(
                    "--change needs the current spend of every channel; add \"current\" to the "
                        + "file, or use --bounds.")
            }
            for index in result.indices {
                result[index].low = max(0, current[index] * (1 - change))
                result[index].high = current[index] * (1 + change)
            }
        }
        var seen: Set<String> = []
        for bound in bounds {
            guard let index = names.firstIndex(of: bound.channel) else {
                throw .unsuitable(
                    "--bounds: there is no channel \(bound.channel.prefix(60)); the file has "
                        + "\(names.prefix(40).joined(separator: ", ")).")
            }
            guard seen.insert(bound.channel).inserted else {
                throw .unsuitable("--bounds names \(bound.channel) twice; keep one of them.")
            }
            (result[index].low, result[index].high) = (bound.low, bound.high)
        }
        return result
    }

    private static func impossible(
        _ total: Double, _ limits: [(name: String, low: Double, high: Double)]
    ) -> AnalysisError {
        let low = limits.map(\.low).reduce(0, +)
        let high = limits.map(\.high).reduce(0, +)
        if total < low {
            return .unsuitable(
                "The total of \(Wording.number(total)) is below what the channels must get at "
                    + "least, together \(Wording.number(low)). Raise the total or lower the bounds."
            )
        }
        return .unsuitable(
            "The total of \(Wording.number(total)) is above what the channels may get at most, "
                + "together \(Wording.number(high)). Lower the total or raise the bounds.")
    }

    /// The mean response of the split that would be best were the parameters' means the truth.
    private func plugIn(_ plan: Plan) async throws -> Double? {
        let channels = zip(plan.fit.channels, plan.allocation.channels).map { channel, bounded in
            BudgetAllocation.Channel(
                response: ResponseCurve.Mean([channel.curve], over: Self.span(channel, periods)),
                lower: bounded.lower, upper: bounded.upper)
        }
        guard let allocation = BudgetAllocation(total: plan.total, channels: channels) else {
            return nil
        }
        return plan.allocation.response(try await allocation.best().spend)
    }
}
