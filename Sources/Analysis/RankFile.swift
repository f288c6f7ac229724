import Foundation

/// Rates or means of things in groups, as people write them.
struct RankFile: Sendable {
    /// What is measured.
    enum Measure: Sendable {
        case rates(successes: [Double], trials: [Double])
        case means(estimates: [Double], errors: [Double], counts: [Double?])
    }

    /// The columns that name things, from the outermost group to the thing itself.
    var levels: [String]
    /// The path of each thing, one name for each level.
    var paths: [[String]]
    var measure: Measure
    var notes: [String] = []

    static let levelNames = [
        ["channel", "network", "platform", "source", "team", "league"],
        ["format", "kind", "type", "media", "category", "campaign", "group"],
        [
            "post", "post_id", "creative", "ad", "variant", "title", "name", "player", "school",
            "item", "content", "id",
        ],
    ]
    static let trialNames = [
        "trials", "impressions", "reach", "views", "sent", "delivered", "exposures", "visitors",
        "visits", "sessions", "at_bats", "opportunities", "total", "n",
    ]
    static let successNames = [
        "successes", "clicks", "conversions", "engagements", "purchases", "orders", "opens",
        "hits", "events", "y", "x",
    ]
    static let meanNames = ["mean", "average", "estimate", "effect", "avg"]
    static let deviationNames = ["sd", "std", "stdev", "standard_deviation", "std_dev"]
    static let errorNames = ["se", "standard_error", "stderr", "std_error", "sigma", "error"]
    static let valueNames = ["value", "revenue", "result", "amount", "score"]

    init(_ analysis: RankAnalysis, _ table: DataTable) throws(AnalysisError) {
        try Self.checkOptions(analysis)
        let columns = try Self.levelColumns(analysis, table)
        levels = columns.map { table.headings[$0] }
        let texts = try columns.map { column throws(AnalysisError) in
            try ReturnChecks.names(table, column, thing: table.headings[column])
        }
        let labels = (0..<table.rowCount).map { row in texts.map { $0[row] } }
        guard !labels.isEmpty else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        let groups = Self.grouped(labels)
        paths = groups.map(\.path)
        let trials = try table.column(analysis.trials, usual: Self.trialNames, option: "--trials")
        let successes = try table.column(
            analysis.successes, usual: Self.successNames, option: "--successes")
        let mean = try table.column(analysis.mean, usual: Self.meanNames, option: "--mean")
        let value = try table.column(analysis.value, usual: Self.valueNames, option: "--value")
        let wantsMeans =
            [
                analysis.mean, analysis.value, analysis.standardError, analysis.deviation,
                analysis.count,
            ].contains { $0 != nil }
        if let trials, let successes, !wantsMeans {
            measure = try Self.rates(table, groups, successes: successes, trials: trials)
        } else if let mean, analysis.value == nil {
            measure = try Self.means(analysis, table, groups, mean)
        } else if let value {
            (measure, notes) = try Self.values(table, groups, value)
        } else {
            throw .noColumn(
                wanted: "impressions and clicks", present: table.headings,
                hint: "Name the columns with --trials and --successes for rates, with --mean and "
                    + "--se (or --sd and --count) for means, or with --value for single values.")
        }
    }

    /// Refuses options of two kinds of measurement at once.
    private static func checkOptions(_ analysis: RankAnalysis) throws(AnalysisError) {
        let rates = [("--trials", analysis.trials), ("--successes", analysis.successes)]
        let means = [
            ("--mean", analysis.mean), ("--se", analysis.standardError),
            ("--sd", analysis.deviation), ("--count", analysis.count),
        ]
        let kinds = [rates, means, [("--value", analysis.value)]].map { kind in
            kind.filter { $0.1 != nil }.map(\.0)
        }.filter { !$0.isEmpty }
        if kinds.count > 1 {
            throw .unsuitable(
                "\(kinds[0][0]) and \(kinds[1][0]) do not go together: rates have --trials and "
                    + "--successes, means --mean with --se or --sd and --count, single values "
                    + "--value.")
        }
        if analysis.standardError != nil, analysis.deviation != nil || analysis.count != nil {
            throw .unsuitable(
                "--se says how sure means are, and so do --sd and --count: say only one of the two."
            )
        }
        guard analysis.top >= 1 else { throw .unsuitable("--top must be at least 1.") }
        guard Set(analysis.levels).count == analysis.levels.count else {
            throw .unsuitable("--levels names a column twice.")
        }
    }

    private static func levelColumns(
        _ analysis: RankAnalysis, _ table: DataTable
    ) throws(AnalysisError) -> [Int] {
        var found: [Int] = []
        for name in analysis.levels {
            found.append(try table.required(name, usual: [], option: "--levels"))
        }
        if !found.isEmpty { return found }
        for names in levelNames {
            if let column = try table.column(nil, usual: names, option: "--levels") {
                found.append(column)
            }
        }
        guard !found.isEmpty else {
            throw .noColumn(
                wanted: "post", present: table.headings,
                hint:
                    "Say with --levels which columns name things, from the outermost group to the "
                    + "thing itself, such as --levels channel,format,post.")
        }
        return found
    }

    private static func grouped(_ labels: [[String]]) -> [(path: [String], rows: [Int])] {
        var numbers: [[String]: Int] = [:]
        var groups: [(path: [String], rows: [Int])] = []
        for (row, path) in labels.enumerated() {
            if let number = numbers[path] {
                groups[number].rows.append(row)
            } else {
                numbers[path] = groups.count
                groups.append((path, [row]))
            }
        }
        return groups
    }

    private static func rates(
        _ table: DataTable, _ groups: [(path: [String], rows: [Int])], successes: Int, trials: Int
    ) throws(AnalysisError) -> Measure {
        let hits = try ReturnChecks.numbers(table, successes)
        let tries = try ReturnChecks.numbers(table, trials)
        for row in hits.indices {
            let isWhole = hits[row] == hits[row].rounded() && tries[row] == tries[row].rounded()
            guard hits[row] >= 0, hits[row] <= tries[row], isWhole else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[successes],
                    text: Shown.number(hits[row]),
                    remedy:
                        "of \(Shown.number(tries[row])) \(table.headings[trials]) is not a rate: "
                        + "wanted are whole counts, and no more successes than trials.")
            }
        }
        let (allHits, allTries) = (hits.reduce(0, +), tries.reduce(0, +))
        guard allHits > 0, allHits < allTries else {
            throw .unsuitable(
                allHits == 0
                    ? "Nothing succeeded at all, so there is nothing to rank."
                    : "Everything succeeded, so there is nothing to rank.")
        }
        return .rates(
            successes: groups.map { group in group.rows.reduce(0) { $0 + hits[$1] } },
            trials: groups.map { group in group.rows.reduce(0) { $0 + tries[$1] } })
    }

    private static func means(
        _ analysis: RankAnalysis, _ table: DataTable, _ groups: [(path: [String], rows: [Int])],
        _ mean: Int
    ) throws(AnalysisError) -> Measure {
        for group in groups where group.rows.count > 1 {
            throw .badCell(
                row: table.fileRow(group.rows[1]), column: table.headings[mean],
                text: group.path.joined(separator: ", "),
                remedy: "comes twice; means need one row for each thing.")
        }
        let estimates = try ReturnChecks.numbers(table, mean)
        let error = try table.column(analysis.standardError, usual: errorNames, option: "--se")
        let deviation = try table.column(analysis.deviation, usual: deviationNames, option: "--sd")
        let count = try table.column(
            analysis.count, usual: ["n", "count", "observations", "posts", "size"],
            option: "--count")
        if let error, analysis.deviation == nil {
            let errors = try positive(table, error)
            return .means(
                estimates: estimates, errors: errors, counts: errors.map { _ in nil })
        }
        guard let deviation, let count else {
            throw .noColumn(
                wanted: "se", present: table.headings,
                hint: "Means need their standard errors (--se), or standard deviations and counts "
                    + "(--sd and --count).")
        }
        let (deviations, counts) = (try positive(table, deviation), try positive(table, count))
        return .means(
            estimates: estimates,
            errors: zip(deviations, counts).map { $0 / $1.squareRoot() }, counts: counts)
    }

    private static func positive(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Double] {
        let numbers = try ReturnChecks.numbers(table, column)
        for (row, number) in numbers.enumerated() where number <= 0 {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[column],
                text: Shown.number(number), remedy: "must be greater than 0.")
        }
        return numbers
    }

    /// Means of single values; the variance within things is shared by all (pooled), which a few
    /// values each could not say on their own.
    private static func values(
        _ table: DataTable, _ groups: [(path: [String], rows: [Int])], _ column: Int
    ) throws(AnalysisError) -> (Measure, [String]) {
        let values = try ReturnChecks.numbers(table, column)
        let counts = groups.map { Double($0.rows.count) }
        let means = groups.map { group in
            group.rows.reduce(0) { $0 + values[$1] } / Double(group.rows.count)
        }
        var (squares, degrees) = (0.0, 0.0)
        for (group, mean) in zip(groups, means) {
            for row in group.rows { squares += (values[row] - mean) * (values[row] - mean) }
            degrees += Double(group.rows.count - 1)
        }
        guard degrees >= 3, squares > 0 else { throw Self.tooAlike(Int(degrees)) }
        let deviation = (squares / degrees).squareRoot()
        return (
            .means(
                estimates: means, errors: counts.map { deviation / $0.squareRoot() },
                counts: counts),
            [
                "Values vary around their means by \(Shown.number(deviation)) (standard deviation, "
                    + "taken as equal for all)."
            ]
        )
    }

    /// Why values do not say how much chance there is in them, with `degrees` of them beyond the
    /// first of each thing.
    private static func tooAlike(_ degrees: Int) -> AnalysisError {
        let remedy =
            "Give several values for each thing, or end --levels with the group above it."
        if degrees == 0 {
            return .unsuitable(
                "Nothing is measured more than once, so chance cannot be told from quality. "
                    + remedy)
        }
        if degrees < 3 {
            return .unsuitable(
                "Only \(degrees) \(degrees == 1 ? "value is" : "values are") measured beyond the "
                    + "first of a thing, and 3 are the least that chance can be told from. "
                    + remedy)
        }
        return .unsuitable(
            "The values of each thing are all the same, so nothing says how much of a difference "
                + "is chance. If they are exact, compare them as they are.")
    }
}
