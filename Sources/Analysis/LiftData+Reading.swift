import Foundation
import Statistics

extension LiftData {
    /// Reads two arms from a file in one of the forms that `docs/statistics/lift.md` names.
    package static func read(
        _ table: DataTable, _ columns: LiftColumns
    ) throws(AnalysisError) -> LiftData {
        guard table.rowCount > 0 else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        let date = try table.column(
            columns.date, usual: LiftColumns.dateNames, option: "--date-column")
        if columns.arm == nil, let wide = try WideArms(table, date) {
            try columns.refuse(
                columns.ofRows + [
                    (columns.treated != nil, "--treated"), (columns.control != nil, "--control"),
                ], form: "a column for each number of each arm")
            return try wide.data(columns)
        }
        if columns.arm == nil, let pair = try twoColumns(table, columns) { return pair }
        guard
            let arm = try table.column(
                columns.arm, usual: LiftColumns.armNames, option: "--arm-column")
        else { throw unknownForm(table) }
        let arms = try LiftArms(table, arm, columns)
        let count = try table.column(
            columns.count, usual: columns.value == nil ? LiftColumns.countNames : [],
            option: "--count-column")
        if let count {
            let conversions = try table.required(
                columns.conversions, usual: LiftColumns.conversionNames,
                option: "--conversions-column")
            try columns.refuse(
                [
                    (columns.value != nil, "--value-column"),
                    (columns.before != nil, "--before-column"),
                    (columns.person != nil, "--person-column"),
                ], form: "rows of counts")
            return try arms.counts(table, count, conversions, date, columns.isCumulative)
        }
        try columns.refuse(
            [
                (columns.conversions != nil, "--conversions-column"),
                (columns.isCumulative, "--cumulative"),
            ], form: "a row for each person")
        return try arms.people(table, columns, date)
    }

    private static func unknownForm(_ table: DataTable) -> AnalysisError {
        .noColumn(
            wanted: "of the arm (arm, group, variant)", present: table.headings,
            hint: "A file holds either two columns of numbers, treat and control; or one row for "
                + "each person with arm and value; or rows of arm, n and conversions. Name other "
                + "columns with --arm-column, --value-column and so on.")
    }

    /// Two samples side by side, of one length or not.
    private static func twoColumns(
        _ table: DataTable, _ columns: LiftColumns
    ) throws(AnalysisError) -> LiftData? {
        // Names that are no headings are arms of a column.
        let present = Set(table.headings.map { $0.lowercased() })
        let named = [columns.treated, columns.control].compactMap { $0?.lowercased() }
        guard named.allSatisfy({ present.contains($0) }),
            let treated = try table.column(
                columns.treated, usual: Array(LiftColumns.treatedNames.prefix(7)),
                option: "--treated"),
            let control = try table.column(
                columns.control, usual: Array(LiftColumns.controlNames.prefix(9)),
                option: "--control"), treated != control
        else { return nil }
        try columns.refuse(
            columns.ofRows + [
                (columns.date != nil, "--date-column"), (columns.isCumulative, "--cumulative"),
            ], form: "a column for each arm")
        let one = try table.amounts(treated, empty: .nan).filter { !$0.isNaN }
        let other = try table.amounts(control, empty: .nan).filter { !$0.isNaN }
        return LiftData(
            try arms(treated: one, control: other, before: nil), inputs: [AnalysisInput(table)])
    }

    /// Rates where every number is 0 or 1, means otherwise.
    static func arms(
        treated: [Double], control: [Double], before: (treated: [Double], control: [Double])?
    ) throws(AnalysisError) -> Arms {
        guard !treated.isEmpty, !control.isEmpty else {
            throw .unsuitable(
                "There is nobody in \(treated.isEmpty ? "the treated arm" : "control").")
        }
        let isBinary = (treated + control).allSatisfy { $0 == 0 || $0 == 1 }
        guard before == nil, isBinary else {
            return .means(treated: treated, control: control, before: before)
        }
        func rate(_ values: [Double]) -> Rate {
            Rate(count: values.count, successes: values.count { $0 == 1 })
        }
        return .rates(RateComparison(treated: rate(treated), control: rate(control)))
    }
}

/// A file that names its two arms in a column.
struct LiftArms {
    /// For each row: whether it is treated; nil for rows of other arms.
    private let isTreated: [Bool?]
    private let notes: [String]

    init(_ table: DataTable, _ column: Int, _ columns: LiftColumns) throws(AnalysisError) {
        let texts = table.texts(column)
        let names = Array(Set(texts)).sorted()
        let control =
            try columns.control.map { name throws(AnalysisError) in
                try Self.named(name, names, "--control")
            } ?? Self.usual(names, LiftColumns.controlNames, except: columns.treated)
        let treated =
            try columns.treated.map { name throws(AnalysisError) in
                try Self.named(name, names, "--treated")
            }
            ?? (names.count == 2
                ? names.first { $0 != control }
                : Self.usual(names, LiftColumns.treatedNames, except: control))
        let other = control ?? (names.count == 2 ? names.first { $0 != treated } : nil)
        guard let treated, let other, treated != other, columns.treated != nil || control != nil
        else {
            throw .unsuitable(
                "Column \(table.headings[column]) holds "
                    + names.prefix(8).map { $0.isEmpty ? "empty cells" : $0 }
                    .joined(separator: ", ")
                    + ". Say with --treated NAME and --control NAME which two are compared.")
        }
        isTreated = texts.map { $0 == treated ? true : $0 == other ? false : nil }
        let left = isTreated.count { $0 == nil }
        notes = left == 0 ? [] : ["\(left) rows of other arms are left out."]
    }

    private static func named(
        _ name: String, _ names: [String], _ option: String
    ) throws(AnalysisError) -> String {
        if let found = names.first(where: { $0 == name })
            ?? names.first(where: { $0.lowercased() == name.lowercased() })
        {
            return found
        }
        throw .unsuitable(
            "\(option) \(name): there is no such arm. Present are: "
                + "\(names.prefix(8).joined(separator: ", ")).")
    }

    private static func usual(
        _ names: [String], _ known: [String], except other: String?
    ) -> String? {
        for name in known {
            if let found = names.first(where: {
                $0.lowercased() == name && $0.lowercased() != other?.lowercased()
            }) {
                return found
            }
        }
        return nil
    }

    /// Rows of an arm, a number of people and a number of conversions, perhaps by day.
    func counts(
        _ table: DataTable, _ count: Int, _ conversions: Int, _ date: Int?, _ isCumulative: Bool
    ) throws(AnalysisError) -> LiftData {
        let numbers = try table.counts(count)
        let successes = try table.counts(conversions)
        let days = try date.map { column throws(AnalysisError) in try table.days(column) }
        var series = RateSeries()
        for row in 0..<table.rowCount {
            guard let isTreated = isTreated[row] else { continue }
            try table.check(row, numbers[row], successes[row], conversions)
            series.add(
                day: days?[row], isTreated: isTreated, numbers[row], successes[row])
        }
        return try series.data(table, isCumulative, notes)
    }

    /// One row for each person.
    func people(
        _ table: DataTable, _ columns: LiftColumns, _ date: Int?
    ) throws(AnalysisError) -> LiftData {
        let value = try table.required(
            columns.value, usual: LiftColumns.valueNames, option: "--value-column")
        let before = try table.column(
            columns.before, usual: LiftColumns.beforeNames, option: "--before-column")
        let values = try table.amounts(value)
        let earlier = try before.map { column throws(AnalysisError) in try table.amounts(column) }
        let days = try date.map { column throws(AnalysisError) in try table.days(column) }
        func pick(_ numbers: [Double], _ wanted: Bool) -> [Double] {
            zip(numbers, isTreated).compactMap { $1 == wanted ? $0 : nil }
        }
        let pair = earlier.map { (treated: pick($0, true), control: pick($0, false)) }
        let arms = try LiftData.arms(
            treated: pick(values, true), control: pick(values, false), before: pair)
        var notes = notes
        if let before {
            notes.append("CUPED takes off what \(table.headings[before]) foretold.")
        }
        let used = [value, before, date].compactMap { $0 }
        let person = try table.column(
            columns.person, usual: LiftColumns.personNames, option: "--person-column")
        if let person, !used.contains(person) {
            let groups = isTreated.map { $0.map { $0 ? 1 : 0 } }
            notes += PersonCheck(table, person, groups: groups).notes("arms")
        }
        return LiftData(
            arms, looks: looks(values, days), inputs: [AnalysisInput(table)], notes: notes)
    }

    /// The arms as they grew from day to day.
    private func looks(_ values: [Double], _ days: [Int]?) -> [LiftLook] {
        guard let days else { return [] }
        var byDay: [Int: [Int]] = [:]
        for (row, day) in days.enumerated() where isTreated[row] != nil {
            byDay[day, default: []].append(row)
        }
        var (treated, control) = (SampleMoments(), SampleMoments())
        return byDay.keys.sorted().map { day in
            let rows = byDay[day] ?? []
            treated.add(SampleMoments(rows.filter { isTreated[$0] == true }.map { values[$0] }))
            control.add(SampleMoments(rows.filter { isTreated[$0] == false }.map { values[$0] }))
            return LiftLook(date: DayNumber.text(day), treated: treated, control: control)
        }
    }
}

/// A file with a column for each number of each arm: `treated_n`, `treated_conversions`, ….
struct WideArms {
    private let table: DataTable
    private let date: Int?
    private let columns: [Int]

    /// Nil when the file is not like that.
    init?(_ table: DataTable, _ date: Int?) throws(AnalysisError) {
        let arms = [LiftColumns.treatedNames.prefix(7), LiftColumns.controlNames.prefix(3)]
        let numbers = [LiftColumns.countNames, LiftColumns.conversionNames]
        var columns: [Int] = []
        for arm in arms {
            for names in numbers {
                let usual = names.flatMap { name in
                    arm.flatMap { ["\($0)_\(name)", "\(name)_\($0)", "\($0) \(name)"] }
                }
                guard let column = try table.column(nil, usual: usual, option: "") else {
                    return nil
                }
                columns.append(column)
            }
        }
        (self.table, self.date, self.columns) = (table, date, columns)
    }

    func data(_ names: LiftColumns) throws(AnalysisError) -> LiftData {
        var numbers: [[Int]] = []
        for column in columns { numbers.append(try table.counts(column)) }
        let days = try date.map { column throws(AnalysisError) in try table.days(column) }
        var series = RateSeries()
        for row in 0..<table.rowCount {
            try table.check(row, numbers[0][row], numbers[1][row], columns[1])
            try table.check(row, numbers[2][row], numbers[3][row], columns[3])
            let day = days?[row] ?? (table.rowCount > 1 ? nil : 0)
            series.add(day: day, isTreated: true, numbers[0][row], numbers[1][row])
            series.add(day: day, isTreated: false, numbers[2][row], numbers[3][row])
        }
        return try series.data(table, names.isCumulative, [])
    }
}

/// People and conversions of both arms, day by day.
struct RateSeries {
    /// People and conversions of treated and control.
    private typealias Counts = (n1: Int, x1: Int, n0: Int, x0: Int)
    private var byDay: [Int: Counts] = [:]
    private var hasDays = true

    mutating func add(day: Int?, isTreated: Bool, _ count: Int, _ successes: Int) {
        if day == nil { hasDays = false }
        var counts = byDay[day ?? 0] ?? (0, 0, 0, 0)
        if isTreated {
            counts.n1 = Rate.sum(counts.n1, count)
            counts.x1 = Rate.sum(counts.x1, successes)
        } else {
            counts.n0 = Rate.sum(counts.n0, count)
            counts.x0 = Rate.sum(counts.x0, successes)
        }
        byDay[day ?? 0] = counts
    }

    static func tooMany(_ table: DataTable) -> AnalysisError {
        .unsuitable("\(table.name) counts more than 10¹² people, which cannot be.")
    }

    func data(
        _ table: DataTable, _ isCumulative: Bool, _ notes: [String]
    ) throws(AnalysisError) -> LiftData {
        guard hasDays || !isCumulative else {
            throw .unsuitable("--cumulative needs a column of days; name it with --date-column.")
        }
        var total: Counts = (0, 0, 0, 0)
        var looks: [LiftLook] = []
        for day in byDay.keys.sorted() {
            let counts = byDay[day] ?? (0, 0, 0, 0)
            if isCumulative {
                guard counts.n1 >= total.n1, counts.n0 >= total.n0, counts.x1 >= total.x1,
                    counts.x0 >= total.x0
                else {
                    throw .unsuitable(
                        "The totals of \(DayNumber.text(day)) are less than those before; if rows "
                            + "hold single days, leave --cumulative out.")
                }
                total = counts
            } else {
                total = (
                    Rate.sum(total.n1, counts.n1), Rate.sum(total.x1, counts.x1),
                    Rate.sum(total.n0, counts.n0), Rate.sum(total.x0, counts.x0)
                )
            }
            guard max(total.n1, total.n0) <= Rate.most else { throw RateSeries.tooMany(table) }
            guard total.n1 > 0, total.n0 > 0 else { continue }
            looks.append(
                LiftLook(
                    date: DayNumber.text(day),
                    treated: SampleMoments(Rate(count: total.n1, successes: total.x1)),
                    control: SampleMoments(Rate(count: total.n0, successes: total.x0))))
        }
        guard total.n1 > 0, total.n0 > 0 else {
            throw .unsuitable(
                "There is nobody in \(total.n1 == 0 ? "the treated arm" : "control").")
        }
        let pair = RateComparison(
            treated: Rate(count: total.n1, successes: total.x1),
            control: Rate(count: total.n0, successes: total.x0))
        return LiftData(
            .rates(pair), looks: hasDays && byDay.count > 1 ? looks : [],
            inputs: [AnalysisInput(table)], notes: notes)
    }
}
