import Statistics

/// Reads what an intervention in some places brought.
package struct GeoAnalysis: Sendable {
    package var columns = GeoPanel.Columns()
    package var treated: [String]
    /// Places that are neither treated nor donors.
    package var excluded: [String] = []
    package var start: String
    package var end: String?
    /// How sure the interval is.
    package var level = 0.9
    package var seed: UInt64 = 1
    package var randomOrders = 10_000
    /// Whether rows of one place and period are added up.
    package var addsUp = false

    package init(treated: [String], start: String) {
        self.treated = treated
        self.start = start
    }

    /// Places and periods that an analysis rests on.
    struct Setting {
        var panel: GeoPanel
        var treated: [Int]
        var donors: [Int]
        /// Periods before the start.
        var before: Int
        /// All periods, up to the end.
        var all: Range<Int>

        var after: Range<Int> { before..<all.upperBound }
    }

    /// The answer for the rows of `table`.
    package func answer(_ table: DataTable) throws -> GeoAnswer {
        guard level > 0, level < 1 else {
            throw AnalysisError.unsuitable("--level lies between 0 and 1, such as 0.95.")
        }
        let setting = try setting(table)
        let donors = setting.panel.part(setting.donors, setting.all)
        let treated = setting.panel.mean(setting.treated, setting.all)
        guard treated[..<setting.before].contains(where: { $0 != 0 }) else {
            throw AnalysisError.unsuitable(
                "Before --start \(start), \(self.treated.joined(separator: ", ")) shows nothing "
                    + "but 0: there is nothing that other places could follow.")
        }
        do {
            let control = SyntheticControl(donors: donors, fitted: setting.before)
            let fit = try control.fit(treated)
            let placebos = try placebos(setting, control)
            let test = try inference(setting, donors, treated, fit)
            return answer(AnalysisInput(table), setting, treated, fit, placebos, test)
        } catch let error as NumericsError {
            throw AnalysisError.unsuitable("The weights could not be found: \(error).")
        }
    }

    func setting(_ table: DataTable) throws(AnalysisError) -> Setting {
        let panel = try GeoPanel(table, columns: columns, needed: treated, addsUp: addsUp)
        let treated = try panel.places(treated, option: "--treated")
        guard !treated.isEmpty else { throw .unsuitable("--treated names no place.") }
        let excluded = try panel.places(excluded, option: "--exclude")
        let donors = panel.locations.indices.filter {
            !treated.contains($0) && !excluded.contains($0)
        }
        guard !donors.isEmpty else {
            throw .unsuitable(
                (["No place is left to compare with: all are treated or left out."] + panel.notes)
                    .joined(separator: " "))
        }
        guard donors.count <= Self.mostDonors else {
            throw .unsuitable(
                "\(donors.count) places to compare with are too many; the most are "
                    + "\(Self.mostDonors). Add places up to regions, or leave some out with "
                    + "--exclude.")
        }
        if let both = treated.first(where: excluded.contains) {
            throw .unsuitable("\(panel.locations[both]) is in --treated and in --exclude.")
        }
        let first = try panel.axis.read(start, option: "--start")
        let last = try end.map { end throws(AnalysisError) in
            try panel.axis.read(end, option: "--end")
        }
        let before = panel.periods.count { $0 < first }
        let stop = last.map { last in panel.periods.count { $0 <= last } } ?? panel.periods.count
        guard before >= 3 else {
            throw .unsuitable(
                "Before --start \(start) there are \(before) periods; at least 3 are needed, and "
                    + "25 or more make sense. The file begins at "
                    + "\(panel.axis.text(panel.periods.first ?? 0)).")
        }
        guard stop > before else {
            throw .unsuitable(
                "From --start \(start) to the end there is no period; the file ends at "
                    + "\(panel.axis.text(panel.periods.last ?? 0)).")
        }
        return Setting(
            panel: panel, treated: treated, donors: donors, before: before, all: 0..<stop)
    }

    /// How many places to compare with are read at most.
    private static let mostDonors = 1000

    /// Every donor as if it were treated, against the other donors.
    private func placebos(
        _ setting: Setting, _ control: SyntheticControl
    ) throws -> [GeoAnswer.Placebo] {
        guard setting.donors.count > 1 else { return [] }
        return try setting.donors.indices.map { place in
            try Task.checkCancellation()
            let gaps = try control.placebo(place)
            let after = gaps[setting.before...]
            return GeoAnswer.Placebo(
                location: setting.panel.locations[setting.donors[place]],
                att: after.reduce(0, +) / Double(after.count),
                rmseRatio: Self.ratio(gaps, setting.before))
        }
    }

    /// Root mean squared gap after the start over that before it (Abadie et al., 2010); nil where
    /// there is no gap before.
    static func ratio(_ gaps: [Double], _ before: Int) -> Double? {
        let early = gaps[..<before].reduce(0) { $0 + $1 * $1 } / Double(before)
        let late = gaps[before...].reduce(0) { $0 + $1 * $1 } / Double(gaps.count - before)
        let ratio = (late / early).squareRoot()
        return ratio.isFinite ? ratio : nil
    }

    struct Inference {
        var any: Double
        var average: Double
        var independent: Double
        var interval: EffectInterval?

        /// Whether the average effect differs from zero by the interval and by its own p.
        func showsEffect(_ level: Double) -> Bool {
            interval?.excludesZero == true && average < 1 - level
        }
    }

    private func inference(
        _ setting: Setting, _ donors: Matrix, _ treated: [Double], _ fit: SyntheticControl.Fit
    ) throws -> Inference {
        let test = ConformalTest(treated: treated, donors: donors, last: setting.after.count)
        let chance = ConformalTest(
            treated: treated, donors: donors, last: setting.after.count,
            orders: .independent(draws: randomOrders, seed: seed))
        let after = fit.gaps[setting.before...]
        let size = (after.reduce(0) { $0 + $1 * $1 } / Double(after.count)).squareRoot()
        let canRefute = 1 / Double(treated.count) < 1 - level
        let interval =
            canRefute
            ? try test.interval(
                around: after.reduce(0, +) / Double(after.count), scale: size, alpha: 1 - level)
            : nil
        return Inference(
            any: try test.pValue(of: .sizes), average: try test.pValue(of: .mean),
            independent: try chance.pValue(of: .sizes),
            interval: interval.map { EffectInterval($0) })
    }
}
