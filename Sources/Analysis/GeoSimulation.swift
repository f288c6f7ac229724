import Statistics

/// What a set of places showed when lifts were put on its past.
struct GeoTrial: Sendable, Hashable {
    var places: [Int]
    /// The share of stretches in which the lift was found.
    var power: Double
    /// The share in which a lift was found where there was none.
    var falseAlarms: Double
    /// The mean lift seen where there was none.
    var liftAtZero: Double?
    /// The mean lift seen where the lift was put on.
    var liftSeen: Double?
    var scaledImbalance: Double
    /// The part of all results that falls to the places.
    var share: Double
    var score = 0.0

    func row(_ rank: Int, _ panel: GeoPanel, smallest: Double?) -> GeoDesignAnswer.Row {
        GeoDesignAnswer.Row(
            rank: rank, locations: places.map { panel.locations[$0] }, power: power,
            smallestDetectableLift: smallest, falsePositiveRate: falseAlarms,
            liftAtZero: liftAtZero, meanEstimatedLift: liftSeen,
            scaledL2Imbalance: scaledImbalance, shareOfTotal: share)
    }
}

/// Tests that are tried out on stretches of the past.
struct GeoSimulation: Sendable {
    var panel: GeoPanel
    var excluded: Set<Int>
    var duration: Int
    var windows: Int
    var alpha: Double

    /// One stretch of the past with the places in it.
    private struct Stretch {
        var treated: [Double]
        var test: ConformalTest
        var control: SyntheticControl
        var before: Int

        /// The treated places with a lift put on.
        func lifted(_ lift: Double) -> [Double] {
            treated.enumerated().map { $0 < before ? $1 : $1 * (1 + lift) }
        }

        func isFound(_ lift: Double, _ alpha: Double) throws(NumericsError) -> Bool {
            try test.replacing(lifted(lift)).pValue(of: .mean) < alpha
        }

        /// The lift that the synthetic control shows; nil where it shows nothing or less.
        func seen(_ lift: Double) throws(NumericsError) -> Double? {
            let treated = lifted(lift)
            let gaps = try control.gaps(treated)[before...].reduce(0, +)
            let without = treated[before...].reduce(0, +) - gaps
            return without > 0 && (gaps / without).isFinite ? gaps / without : nil
        }
    }

    private func stretches(_ places: [Int]) -> [Stretch] {
        let others = panel.locations.indices.filter {
            !places.contains($0) && !excluded.contains($0)
        }
        return (0..<windows).map { shift in
            let rows = 0..<(panel.periods.count - shift)
            let donors = panel.part(others, rows)
            let treated = panel.mean(places, rows)
            return Stretch(
                treated: treated,
                test: ConformalTest(treated: treated, donors: donors, last: duration),
                control: SyntheticControl(donors: donors, fitted: rows.count - duration),
                before: rows.count - duration)
        }
    }

    /// What `places` show when `lift` is put on.
    func trial(_ places: [Int], lift: Double) throws(NumericsError) -> GeoTrial {
        var trial = GeoTrial(
            places: places, power: 0, falseAlarms: 0, scaledImbalance: 0, share: 0)
        let part = 1 / Double(windows)
        var (zero, seen): ([Double], [Double]) = ([], [])
        for stretch in stretches(places) {
            if try stretch.isFound(lift, alpha) { trial.power += 1 }
            if try stretch.isFound(0, alpha) { trial.falseAlarms += 1 }
            if let value = try stretch.seen(0) { zero.append(value) }
            if let value = try stretch.seen(lift) { seen.append(value) }
            trial.scaledImbalance +=
                (try stretch.control.fit(stretch.treated).scaledImbalance ?? 0) * part
        }
        if !zero.isEmpty { trial.liftAtZero = zero.reduce(0, +) / Double(zero.count) }
        if !seen.isEmpty { trial.liftSeen = seen.reduce(0, +) / Double(seen.count) }
        trial.power /= Double(windows)
        trial.falseAlarms /= Double(windows)
        let all = panel.values.values.reduce(0, +)
        let own = places.reduce(0) { $0 + panel.values.column($1).reduce(0, +) }
        trial.share = all != 0 ? own / all : 0
        return trial
    }

    /// How likely each of some lifts is found in `places`.
    func curve(
        _ places: [Int], _ lifts: [Double]
    ) throws(NumericsError) -> [GeoDesignAnswer.Power] {
        let stretches = stretches(places)
        return try lifts.map { lift throws(NumericsError) in
            var found = 0
            for stretch in stretches where try stretch.isFound(lift, alpha) { found += 1 }
            return GeoDesignAnswer.Power(
                lift: lift, power: Double(found) / Double(stretches.count))
        }
    }

    /// The smallest lift that is found with `power`; nil when that is more than a doubling.
    func smallestLift(
        _ places: [Int], power: Double, sign: Double
    ) throws(NumericsError) -> Double? {
        let stretches = stretches(places)
        let needed = Int((power * Double(windows) - 1e-9).rounded(.up))
        func isEnough(_ lift: Double) throws(NumericsError) -> Bool {
            var found = 0
            for stretch in stretches where try stretch.isFound(sign * lift, alpha) { found += 1 }
            return found >= needed
        }
        // Lifts are tried in steps of half a per cent.
        var (low, high) = (0, sign > 0 ? 200 : 180)
        guard try isEnough(Double(high) / 200) else { return nil }
        while high - low > 1 {
            let middle = (low + high) / 2
            if try isEnough(Double(middle) / 200) { high = middle } else { low = middle }
        }
        return sign * Double(high) / 200
    }
}
