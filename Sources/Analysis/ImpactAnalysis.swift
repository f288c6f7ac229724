import Foundation
package import Statistics

/// Reads what an event brought to one series, against what the series would have been.
package struct ImpactAnalysis: Sendable {
    /// How the level moves.
    package enum Trend: String, Sendable, CaseIterable { case level, linear }

    package var columns = ImpactSeries.Columns()
    package var start: String
    package var end: String?
    package var preStart: String?
    package var preEnd: String?
    package var trend = Trend.level
    package var seasons = 1
    package var seasonDuration = 1
    package var priors = StructuralSeries.Priors()
    /// How many draws are kept; chosen by the size of the task when nil.
    package var draws: Int?
    package var level = 0.95
    package var seed: UInt64 = 1
    /// Whether the reading is tried out on the time before, and controls are looked at.
    package var checks = true

    package init(start: String) { self.start = start }

    /// The answer for the rows of `table`.
    package func answer(_ table: DataTable) async throws -> ImpactAnswer {
        let series = try ImpactSeries(table, columns: columns)
        try checkSeasons(series)
        let window = try window(series)
        try check(series, window)
        let task = try task(series, window)
        try checkWork(task)
        let found = try await fit(task, draws: count(task), stream: 0)
        let trial = checks ? try await trial(series, window) : nil
        let touched = checks ? touched(series, window, task, found) : []
        return answer(AnalysisInput(table), series, window, task, found, trial, touched)
    }

    /// The rows before and after.
    struct Window: Sendable, Hashable {
        var before: Range<Int>
        var after: Range<Int>
    }

    private func window(_ series: ImpactSeries) throws(AnalysisError) -> Window {
        let times = series.times
        func place(_ text: String, _ option: String) throws(AnalysisError) -> Int {
            try series.axis.read(text, option: option)
        }
        let start = try place(start, "--start")
        let first = times.firstIndex { $0 >= start } ?? times.count
        var stop = times.count
        if let end {
            let last = try place(end, "--end")
            stop = times.count { $0 <= last }
        }
        var from = 0
        if let preStart {
            let begin = try place(preStart, "--pre-start")
            from = times.firstIndex { $0 >= begin } ?? times.count
        }
        var upTo = first
        if let preEnd {
            let last = try place(preEnd, "--pre-end")
            upTo = min(first, times.count { $0 <= last })
        }
        guard first < stop else {
            throw .unsuitable(
                "From --start \(self.start) to the end there is no row; the file runs from "
                    + "\(series.axis.text(times.first ?? 0)) to "
                    + "\(series.axis.text(times.last ?? 0)).")
        }
        guard upTo - from >= 3 else {
            throw .unsuitable(
                "Before --start \(self.start) there are \(max(0, upTo - from)) rows; at least 3 "
                    + "are needed, and 30 or more make sense.")
        }
        return Window(before: from..<upTo, after: first..<stop)
    }

    private func check(_ series: ImpactSeries, _ window: Window) throws(AnalysisError) {
        try checkOptions(window)
        let seen = window.before.compactMap { series.response[$0] }
        guard seen.count >= 3, let first = seen.first, seen.contains(where: { $0 != first }) else {
            throw .unsuitable(
                "Before the start, \(series.responseName) has fewer than three values or never "
                    + "changes: nothing can be learnt from it.")
        }
        let (mean, deviation) = Self.moments(seen)
        guard deviation.isNormal, mean.isFinite, abs(mean) < 1e13 * deviation else {
            throw .unsuitable(
                "Before the start, \(series.responseName) changes by less than numbers can tell "
                    + "apart: nothing can be learnt from it.")
        }
        guard window.after.contains(where: { series.response[$0] != nil }) else {
            throw .unsuitable("From the start on, \(series.responseName) has no value.")
        }
    }

    /// Refuses seasons where periods do not tell them.
    private func checkSeasons(_ series: ImpactSeries) throws(AnalysisError) {
        guard seasons > 1 else { return }
        guard series.spacing.isEven else {
            throw .unsuitable(
                "--seasons \(seasons): the days of the file do not follow one another evenly, so "
                    + "rows do not tell the season. Add a row with an empty cell for each period "
                    + "that is missing, or leave --seasons out.")
        }
        let length = seasonDuration == 1 ? seasons : seasonDuration
        if let days = series.spacing.weekdays, length % 7 == 0 {
            throw .unsuitable(
                "The file has rows on \(days) days of the week only, so a week is \(days) "
                    + "periods. Say "
                    + (seasonDuration == 1
                        ? "--seasons \(days)" : "--season-duration \(days)")
                    + ", or add rows with empty cells for the other days.")
        }
    }

    private func checkOptions(_ window: Window) throws(AnalysisError) {
        guard level > 0, level < 1 else {
            throw .unsuitable("--level lies between 0 and 1, such as 0.95.")
        }
        guard seasons >= 1, seasonDuration >= 1 else {
            throw .unsuitable("--seasons and --season-duration are at least 1.")
        }
        guard seasons > 1 || seasonDuration == 1 else {
            throw .unsuitable(
                "--season-duration says how long one of several seasons lasts; say --seasons, too.")
        }
        let round = Double(seasons) * Double(seasonDuration)
        guard seasons == 1 || round <= Double(window.before.count) else {
            throw .unsuitable(
                "A round of --seasons \(seasons) with \(seasonDuration) "
                    + "\(seasonDuration == 1 ? "row" : "rows") each is longer than the time before "
                    + "the start (\(window.before.count) rows): not every season was seen. Say "
                    + "fewer seasons, or give a longer file.")
        }
        guard seasons <= Self.mostSeasons else {
            throw .unsuitable(
                "At most \(Self.mostSeasons) seasons can be told apart. For a year of days say "
                    + "--seasons 52 --season-duration 7.")
        }
        guard priors.levelDeviation > 0, priors.levelDeviation <= 1, priors.expectedSize > 0,
            priors.expectedSize.isFinite
        else {
            throw .unsuitable(
                "--level-sd lies above 0 and is at most 1, and --model-size is a number above 0.")
        }
        guard draws.map({ (100...200_000).contains($0) }) ?? true else {
            throw .unsuitable("--draws lies between 100 and 200,000.")
        }
        guard Double(window.after.count) * Double(draws ?? 1000) <= Self.mostForetold else {
            throw .unsuitable(
                "\(draws ?? 1000) draws of \(window.after.count) periods after the start do not "
                    + "fit. Say a nearer --end\(draws == nil ? "" : " or fewer --draws"), or add "
                    + "days up to weeks.")
        }
    }

    /// As many as the weeks of two years: a draw costs the square of the seasons.
    private static let mostSeasons = 104
    /// How many foretold values are kept at most.
    private static let mostForetold = 2e7
    /// How many multiplications a reading may take: some thirty seconds on one processor.
    private static let mostWork = 4e10

    /// About how many multiplications one draw takes.
    private func work(_ model: StructuralSeries) -> Double {
        let states = Double(seasons + 1)
        let columns = Double(model.columns.columns)
        return Double(model.before.count) * (states * states / 2 + 20 * states + 100)
            + columns * (columns * 60 + 4 * Double(model.before.count + model.after))
    }

    /// Refuses what would take minutes.
    private func checkWork(_ task: ImpactTask) throws(AnalysisError) {
        let drawn = Double(count(task)) * 1.25
        guard work(task.model) * drawn <= Self.mostWork else {
            throw .unsuitable(
                "\(task.model.before.count) rows before the start with \(seasons) seasons and "
                    + "\(task.model.columns.columns) controls would take minutes. Add days up to "
                    + "weeks, say a later --pre-start, fewer --seasons, --controls or --draws.")
        }
    }

    /// How much is drawn when nobody says: less when one draw costs more.
    func count(_ task: ImpactTask) -> Int {
        if let draws { return draws }
        let room = Self.mostForetold / Double(max(1, task.model.after))
        return max(1000, min(8000, Int(min(3e8 / work(task.model), room, 1e6)) / 1000 * 1000))
    }

    /// Draws on four chains, on as many processors as there are.
    func fit(_ task: ImpactTask, draws: Int, stream: UInt64) async throws -> [StructuralSeries
        .Draws]
    {
        let chains = 4
        let each = (draws + chains - 1) / chains
        let burnIn = max(100, min(1000, each / 4))
        let model = task.model
        let seed = seed
        do {
            return try await withThrowingTaskGroup(
                of: (Int, StructuralSeries.Draws).self
            ) { group in
                for chain in 0..<chains {
                    group.addTask {
                        let stream = stream * 64 + UInt64(chain)
                        return (
                            chain,
                            try model.draws(each, burnIn: burnIn, seed: seed, stream: stream)
                        )
                    }
                }
                var found: [(Int, StructuralSeries.Draws)] = []
                for try await part in group { found.append(part) }
                return found.sorted { $0.0 < $1.0 }.map(\.1)
            }
        } catch let error as NumericsError {
            throw AnalysisError.unsuitable(
                "The model could not be drawn (\(error)). Leave out controls that say the same.")
        }
    }
}

/// A model with the units it is written in.
struct ImpactTask: Sendable {
    var model: StructuralSeries
    /// Mean and standard deviation of the response before.
    var mean: Double
    var deviation: Double
    /// The places of the controls that vary before the start.
    var controls: [Int]
    /// Standard deviations of those controls before.
    var deviations: [Double]
}

extension ImpactAnalysis {
    /// The model of the rows of `window`, standardised by the time before.
    func task(_ series: ImpactSeries, _ window: Window) throws(AnalysisError) -> ImpactTask {
        // A gap between both times is foretold, too.
        let rows = window.before.lowerBound..<window.after.upperBound
        let (mean, deviation) = Self.moments(window.before.compactMap { series.response[$0] })
        var columns: [[Double]] = []
        var kept: [Int] = []
        var deviations: [Double] = []
        for (place, control) in series.controls.enumerated() {
            let (centre, size) = Self.moments(
                window.before.filter { !series.unseen.contains($0) }.map { control[$0] })
            guard size > 0 else { continue }
            kept.append(place)
            deviations.append(size)
            columns.append(rows.map { (control[$0] - centre) / size })
        }
        var model = StructuralSeries(
            before: window.before.map { series.response[$0].map { ($0 - mean) / deviation } },
            columns: Matrix(columns: columns), after: rows.upperBound - window.before.upperBound)
        model.hasSlope = trend == .linear
        model.seasons = seasons
        model.seasonDuration = seasonDuration
        model.priors = priors
        return ImpactTask(
            model: model, mean: mean, deviation: deviation, controls: kept, deviations: deviations)
    }

    static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / max(1, count - 1)).squareRoot())
    }

    /// The same reading of a time in which nothing was done: the end of the time before.
    func trial(_ series: ImpactSeries, _ window: Window) async throws -> ImpactAnswer.Trial? {
        let length = min(window.after.count, window.before.count / 3)
        let cut = window.before.upperBound - length
        guard length >= 2, cut - window.before.lowerBound >= max(6, 2 * seasons) else { return nil }
        let own = Window(
            before: window.before.lowerBound..<cut, after: cut..<window.before.upperBound)
        guard (try? check(series, own)) != nil else { return nil }
        let task = try task(series, own)
        let chains = try await fit(task, draws: min(1000, count(task)), stream: 1)
        let summary = summary(series, own, task, chains)
        return ImpactAnswer.Trial(
            start: series.axis.text(series.times[cut]), rows: length,
            averageEffect: summary.average.effect, interval: summary.average.effectInterval,
            relativeEffect: summary.average.relativeEffect,
            findsNothing: !summary.average.effectInterval.excludesZero)
    }

    /// The controls that change themselves at the start, against all that they do otherwise.
    func touched(
        _ series: ImpactSeries, _ window: Window, _ task: ImpactTask,
        _ chains: [StructuralSeries.Draws]
    ) -> [ImpactAnswer.Touched] {
        let drawn = Double(chains.reduce(0) { $0 + $1.noise.count })
        var found: [ImpactAnswer.Touched] = []
        for (place, control) in task.controls.enumerated() where found.count < 10 {
            let share = chains.reduce(0) { $0 + $1.included[place] } / drawn
            guard share >= 0.1, let test = step(series, window, control) else { continue }
            let after = window.after.filter { !series.unseen.contains($0) }
            let level =
                after.reduce(0) { $0 + series.controls[control][$1] } / Double(after.count)
                - test.step
            found.append(
                ImpactAnswer.Touched(
                    control: series.controlNames[control], averageEffect: test.step,
                    relativeEffect: level > 0 ? test.step / level : nil,
                    tailProbability: test.tail, mayBeTouched: test.tail < 0.005))
        }
        return found
    }

    /// Whether a control has a step at the start; what lies between both times is left open.
    private func step(_ series: ImpactSeries, _ window: Window, _ control: Int) -> StepTest? {
        let rows = window.before.lowerBound..<window.after.upperBound
        let values = rows.map { row -> Double? in
            let isRead = window.before.contains(row) || window.after.contains(row)
            return isRead && !series.unseen.contains(row) ? series.controls[control][row] : nil
        }
        return StepTest(
            values, first: window.after.lowerBound - rows.lowerBound,
            seasons: seasons > 1 ? rows.map { $0 / seasonDuration % seasons } : [])
    }
}
