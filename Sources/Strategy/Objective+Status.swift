import Foundation
package import Kernel

/// How an objective stands on a day; computed from its check-ins, never typed.
package struct ObjectiveStanding: Sendable, Hashable {
    /// The one word for it.
    package enum Status: String, Sendable, Codable, CaseIterable {
        /// Its first day is still to come.
        case notStarted
        /// Nobody has checked in since it started.
        case unknown
        case onTrack
        case behind
        case met
        case missed

        /// The words people read.
        package var name: String {
            switch self {
            case .notStarted: "Not started"
            case .unknown: "Not known yet"
            case .onTrack: "On track"
            case .behind: "Behind"
            case .met: "Met"
            case .missed: "Missed"
            }
        }
    }

    package let status: Status
    /// The check-in that the status rests on.
    package let latest: Reading?
    /// The way from baseline to target that is done: 0 at the baseline, 1 at the target.
    package let progress: Double?
    /// The progress that an even pace would show on the day of the check-in.
    package let expected: Double?
    /// The value on the due date if the pace so far holds; nil while that would be guessing.
    package let forecast: Double?
    /// The last check-in is more than a month old.
    package let isStale: Bool
}

extension Objective {
    /// Less than an even pace by more than this counts as behind.
    static let tolerance = 0.1
    /// No forecast before this part of the time has passed: a day's luck is not a pace.
    static let forecastFrom = 0.15
    /// A check-in older than this many days is stale.
    static let staleAfterDays = 31

    /// How the objective stands on `today`.
    ///
    /// The expected progress is linear from the start to the due date. A target below the
    /// baseline counts downwards.
    package func standing(readings: [Reading], today: CivilDate) -> ObjectiveStanding {
        let latest = readings.filter { $0.takenOn <= today }.max { left, right in
            // On the same day what the program measured gives way to what a person entered.
            (left.takenOn, left.source == .entered ? 1 : 0, left.recordedAt)
                < (right.takenOn, right.source == .entered ? 1 : 0, right.recordedAt)
        }
        guard let latest else {
            let status: ObjectiveStanding.Status = today < startsOn ? .notStarted : .unknown
            return ObjectiveStanding(
                status: status, latest: nil, progress: nil, expected: nil, forecast: nil,
                isStale: false)
        }
        let progress = (latest.value - baseline) / (target - baseline)
        let total = Double(dueOn.daysSinceEpoch - startsOn.daysSinceEpoch)
        let passed = Double(latest.takenOn.daysSinceEpoch - startsOn.daysSinceEpoch) / total
        let expected = min(1, max(0, passed))
        let canForecast = passed >= Self.forecastFrom && passed < 1
        let forecast = canForecast ? baseline + (latest.value - baseline) / passed : nil
        let age = today.daysSinceEpoch - latest.takenOn.daysSinceEpoch
        return ObjectiveStanding(
            status: status(progress: progress, expected: expected, today: today),
            latest: latest, progress: progress, expected: expected, forecast: forecast,
            isStale: age > Self.staleAfterDays && today <= dueOn)
    }

    private func status(
        progress: Double, expected: Double, today: CivilDate
    ) -> ObjectiveStanding.Status {
        if progress >= 1 { return .met }
        if today > dueOn { return .missed }
        if today < startsOn { return .notStarted }
        return progress >= expected - Self.tolerance ? .onTrack : .behind
    }

    /// A value with its unit, for sentences: “€18,400”, “62 orders”, “3.5 %”.
    package func words(_ value: Double) -> String { Self.words(value, unit: unit) }

    /// A value with a unit, for sentences.
    package static func words(_ value: Double, unit: String) -> String {
        let isMoney = ["€", "$", "£"].contains(unit)
        // Money has both digits of its cents or none: €11,619.90.
        let digits = isMoney && value != value.rounded() ? 2...2 : 0...2
        let number = value.formatted(
            .number.precision(.fractionLength(digits)).locale(Locale(identifier: "en_US")))
        switch unit {
        case "": return number
        case "€", "$", "£": return value < 0 ? "−\(unit)\(number.dropFirst())" : unit + number
        default: return "\(number)\u{00A0}\(unit)"
        }
    }
}
