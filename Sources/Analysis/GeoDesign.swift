import Foundation
import Statistics

/// Which places to treat, and how small a lift they would show.
///
/// A lift is put on past stretches in which nothing was done, and the share of stretches in which
/// the conformal test of the average finds it is the power (as GeoLift's market selection does).
package struct GeoDesign: Sendable {
    package var columns = GeoPanel.Columns()
    /// The places to judge; when empty, `select` places are proposed.
    package var treated: [String] = []
    package var select: Int?
    package var included: [String] = []
    package var excluded: [String] = []
    package var duration: Int
    package var lift = 0.1
    package var power = 0.8
    package var windows = 20
    package var candidates = 200
    package var level = 0.9
    package var seed: UInt64 = 1
    /// How many of the best sets are told.
    package var most = 10
    /// Whether rows of one place and period are added up.
    package var addsUp = false

    package init(duration: Int) { self.duration = duration }

    /// The answer for the rows of `table`.
    package func answer(_ table: DataTable) async throws -> GeoDesignAnswer {
        let panel = try GeoPanel(table, columns: columns, needed: treated, addsUp: addsUp)
        let excluded = try panel.places(excluded, option: "--exclude")
        let sets = try sets(panel, Set(excluded))
        let count = try windowCount(panel)
        try checkWork(panel, sets: sets.count, windows: count)
        let simulation = GeoSimulation(
            panel: panel, excluded: Set(excluded), duration: duration, windows: count,
            alpha: 1 - level)
        var tried = try await all(sets) { try simulation.trial($0, lift: lift) }
        order(&tried)
        let best = Array(tried.prefix(most))
        let smallest = try await all(best) {
            try simulation.smallestLift($0.places, power: power, sign: lift < 0 ? -1 : 1)
        }
        let rows = zip(best, smallest).enumerated().map { place, pair in
            pair.0.row(place + 1, panel, smallest: pair.1)
        }
        let curve = try best.first.map { try simulation.curve($0.places, lifts(smallest.first)) }
        return GeoDesignAnswer(
            inputs: [AnalysisInput(table)], duration: duration, lift: lift, level: level,
            rows: rows, powerCurve: curve ?? [],
            diagnostics: GeoDesignAnswer.Diagnostics(
                periods: panel.periods.count, locations: panel.locations.count, windows: count,
                candidates: sets.count, power: power),
            verdict: verdict(rows), notes: panel.notes + notes(rows, count))
    }

    private func windowCount(_ panel: GeoPanel) throws(AnalysisError) -> Int {
        guard duration > 0, windows > 0, lift.isFinite, lift != 0, lift > -1 else {
            throw .unsuitable(
                "--duration and --windows are at least 1, and --lift is not 0 and above −1.")
        }
        guard lift <= 100, candidates >= 1, candidates <= 100_000 else {
            throw .unsuitable(
                "--lift is at most 100 (ten thousand per cent), and --candidates lies between 1 "
                    + "and 100,000.")
        }
        guard duration < panel.periods.count else {
            throw .unsuitable(
                "--duration \(duration) is no shorter than the file, which has "
                    + "\(panel.periods.count) periods; twice as many as the test are needed.")
        }
        guard level > 0, level < 1, power > 0, power < 1 else {
            throw .unsuitable("--level and --power lie between 0 and 1.")
        }
        // At least as long before as the test itself, and enough periods that a p can be small.
        let least = max(2 * duration, duration + 3, Int(1 / (1 - level)) + 1)
        let room = panel.periods.count - least + 1
        guard room > 0 else {
            throw .unsuitable(
                "The file has \(panel.periods.count) periods; to try out a test of \(duration), "
                    + "at least \(least) are needed.")
        }
        return min(windows, room)
    }

    /// The lifts at which the power of the best places is drawn.
    private func lifts(_ smallest: Double??) -> [Double] {
        let end = max(1.5 * abs(lift), 1.5 * abs((smallest ?? nil) ?? 0))
        let most = lift < 0 ? min(0.95, end) : end
        return (0...10).map { (lift < 0 ? -1 : 1) * most * Double($0) / 10 }
    }

    /// Refuses what would take many minutes.
    private func checkWork(
        _ panel: GeoPanel, sets: Int, windows: Int
    ) throws(AnalysisError) {
        let places = Double(panel.locations.count)
        let work =
            (Double(sets) + 20) * Double(windows) * places * places * Double(panel.periods.count)
        guard work <= 2e10 else {
            throw .unsuitable(
                "\(sets) sets of \(panel.locations.count) places in \(windows) stretches would "
                    + "take minutes. Say fewer --candidates or --windows, or add places up "
                    + "to regions.")
        }
    }

    /// The sets of places to try.
    private func sets(
        _ panel: GeoPanel, _ excluded: Set<Int>
    ) throws(AnalysisError) -> [[Int]] {
        let named = try panel.places(treated, option: "--treated")
        if let both = named.first(where: excluded.contains) {
            throw .unsuitable("\(panel.locations[both]) is in --treated and in --exclude.")
        }
        if !named.isEmpty {
            guard named.count + excluded.count < panel.locations.count else {
                throw .unsuitable("No place is left to compare with.")
            }
            guard named.contains(where: { Self.sells(panel, $0) }) else {
                throw .unsuitable(
                    "\(treated.joined(separator: ", ")) shows nothing but 0: no lift of nothing "
                        + "can be found.")
            }
            return [named.sorted()]
        }
        let included = try panel.places(self.included, option: "--include")
        let free = panel.locations.indices.filter {
            !excluded.contains($0) && (included.contains($0) || Self.sells(panel, $0))
        }
        if let both = included.first(where: excluded.contains) {
            throw .unsuitable("\(panel.locations[both]) is in --include and in --exclude.")
        }
        guard let select, select >= max(1, included.count), select < free.count else {
            throw .unsuitable(
                "--select is at least 1 (and the number of --include), and leaves places to "
                    + "compare with: there are \(free.count).")
        }
        let choice = GeoChoice(
            panel: panel, free: free.filter { !included.contains($0) }, included: included)
        return choice.sets(of: select, most: max(1, candidates), seed: seed)
    }

    /// Whether a place has results above nothing, which a lift could be put on.
    private static func sells(_ panel: GeoPanel, _ place: Int) -> Bool {
        panel.values.column(place).reduce(0, +) > 0
    }

    /// The values of many things, worked out on all processors, in their order.
    private func all<Thing: Sendable, Value: Sendable>(
        _ things: [Thing], _ value: @escaping @Sendable (Thing) throws -> Value
    ) async throws -> [Value] {
        let lanes = max(1, min(things.count, ProcessInfo.processInfo.activeProcessorCount))
        return try await withThrowingTaskGroup(of: [(Int, Value)].self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    try stride(from: lane, to: things.count, by: lanes).map { place in
                        try Task.checkCancellation()
                        return (place, try value(things[place]))
                    }
                }
            }
            var found: [(Int, Value)] = []
            for try await part in group { found += part }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Best first: by the mean of the ranks of power, of the lift that is seen where there is none,
    /// and of the fit (GeoLift's rule); places that raise twice as many false alarms as agreed come
    /// last.
    private func order(_ trials: inout [GeoTrial]) {
        func ranks(_ key: (GeoTrial) -> Double) -> [Int] {
            let sorted = Set(trials.map(key)).sorted()
            let places = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0 + 1) })
            return trials.map { places[key($0)] ?? sorted.count }
        }
        let powers = ranks { -$0.power }
        let biases = ranks { abs($0.liftAtZero ?? .infinity) }
        let fits = ranks(\.scaledImbalance)
        for place in trials.indices {
            trials[place].score = Double(powers[place] + biases[place] + fits[place]) / 3
            if trials[place].falseAlarms > 2 * (1 - level) + 1e-9 {
                trials[place].score += Double(3 * trials.count)
            }
        }
        trials.sort {
            ($0.score, $0.places.map(Double.init)) < ($1.score, $1.places.map(Double.init))
        }
    }
}

private func < (a: (Double, [Double]), b: (Double, [Double])) -> Bool {
    a.0 != b.0 ? a.0 < b.0 : a.1.lexicographicallyPrecedes(b.1)
}
