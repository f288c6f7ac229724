import Foundation

/// How steady the result is: from week to week, and across posts.
package struct ConsistencyAnalysis: Sendable {
    package var date: String?
    package var value: String?
    package var group: String?

    package init() {}

    static let dates = [
        "date", "published", "published_at", "day", "posted_at", "timestamp", "time", "week",
    ]
    static let values = [
        "value", "revenue", "result", "engagements", "engagement", "clicks", "conversions",
        "events", "impressions", "views", "amount", "y",
    ]
    static let groups = ["channel", "network", "platform", "group", "format", "kind", "type"]

    private struct Member {
        var day: Int?
        var value: Double
    }

    /// Reads `table`, with one row for each post, and answers.
    package func answer(_ table: DataTable) throws(AnalysisError) -> ConsistencyAnswer {
        let date = try table.column(date, usual: Self.dates, option: "--date")
        let value = try table.required(value, usual: Self.values, option: "--value")
        let group = try table.column(group, usual: Self.groups, option: "--group")
        let days = try date.map { column throws(AnalysisError) in try table.days(column) }
        let values = try ReturnChecks.numbers(table, value)
        let names = group.map { ReturnChecks.groups(table, $0) }
        if let date, let days { try ReturnChecks.span(table, date, days) }
        guard !values.isEmpty else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        for (row, number) in values.enumerated() where number < 0 {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[value], text: Shown.number(number),
                remedy: "is negative; shares of a total need results of 0 or more.")
        }
        let members = values.indices.map { Member(day: days?[$0], value: values[$0]) }
        var rows = [row("all", members)]
        if let names, Set(names).count > 1 {
            var order: [String] = []
            var groups: [String: [Member]] = [:]
            for (name, member) in zip(names, members) {
                if groups[name] == nil { order.append(name) }
                groups[name, default: []].append(member)
            }
            rows += order.map { row($0, groups[$0] ?? []) }
        }
        var notes = rows.compactMap(\.verdict)
        if days == nil {
            notes.append("Without a column of days there is nothing to say of weeks.")
        }
        return ConsistencyAnswer(
            inputs: [AnalysisInput(table)],
            diagnostics: .init(posts: values.count, total: values.reduce(0, +)), rows: rows,
            notes: notes)
    }

    private func row(_ name: String, _ members: [Member]) -> ConsistencyAnswer.Row {
        let sorted = members.map(\.value).sorted(by: >)
        let total = sorted.reduce(0, +)
        func top(_ share: Double) -> (count: Int, share: Double?) {
            let count = max(1, Int((Double(sorted.count) * share - 1e-9).rounded(.up)))
            return (count, total > 0 ? sorted.prefix(count).reduce(0, +) / total : nil)
        }
        let weeks = weekly(members)
        let variation = weeks.flatMap(Self.variation)
        return ConsistencyAnswer.Row(
            group: name, posts: members.count, total: total, weeks: weeks?.count,
            weeklyMean: weeks.map { $0.reduce(0, +) / Double($0.count) },
            weeklyVariation: variation, weeklyVariationError: weeks.flatMap(Self.error),
            silentWeeks: weeks.map { $0.filter { $0 == 0 }.count },
            topPercentPosts: top(0.01).count, topPercentShare: top(0.01).share,
            topTenPercentShare: top(0.1).share, gini: Self.gini(sorted, total))
    }

    /// Sums of the weeks (Monday to Sunday) from the first post to the last, silent ones included.
    private func weekly(_ members: [Member]) -> [Double]? {
        // 1 January 1970 was a Thursday.
        let weeks = members.compactMap { member in
            member.day.map { (Int((Double($0 + 3) / 7).rounded(.down)), member.value) }
        }
        guard let first = weeks.map(\.0).min(), let last = weeks.map(\.0).max() else { return nil }
        var sums = Array(repeating: 0.0, count: last - first + 1)
        for (week, value) in weeks { sums[week - first] += value }
        return sums
    }

    /// The standard deviation (n − 1) over the mean.
    private static func variation(_ values: [Double]) -> Double? {
        guard values.count > 1 else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        guard mean > 0 else { return nil }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot() / mean
    }

    /// The jackknife's standard error of the variation (Efron and Stein, 1981).
    private static func error(_ values: [Double]) -> Double? {
        guard values.count > 3 else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        // Without one value, mean and squares follow from those of all.
        let parts = values.compactMap { left -> Double? in
            let rest = mean - (left - mean) / (count - 1)
            guard rest > 0 else { return nil }
            let within = max(0, squares - (left - mean) * (left - mean) * count / (count - 1))
            return (within / (count - 2)).squareRoot() / rest
        }
        guard parts.count == values.count else { return nil }
        let middle = parts.reduce(0, +) / count
        let spread = parts.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
        return (spread * (count - 1) / count).squareRoot()
    }

    private static func gini(_ descending: [Double], _ total: Double) -> Double? {
        guard total > 0 else { return nil }
        let count = Double(descending.count)
        var sum = 0.0
        for (index, value) in descending.reversed().enumerated() {
            sum += Double(index + 1) * value
        }
        return 2 * sum / (count * total) - (count + 1) / count
    }
}

/// How steady the result is.
package struct ConsistencyAnswer: AnalysisAnswer {
    package var method = "weekly coefficient of variation and top shares"
    package var inputs: [AnalysisInput]
    package var diagnostics: Diagnostics
    package var rows: [Row]
    package var notes: [String]

    enum CodingKeys: String, CodingKey { case method, inputs, diagnostics, rows, notes }

    /// What the answer rests on.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var posts: Int
        package var total: Double
    }

    /// All posts, or those of one group.
    package struct Row: Sendable, Encodable, Hashable {
        package var group: String
        package var posts: Int
        package var total: Double
        package var weeks: Int?
        package var weeklyMean: Double?
        /// The standard deviation of the weeks over their mean.
        package var weeklyVariation: Double?
        package var weeklyVariationError: Double?
        package var silentWeeks: Int?
        /// How many posts the top 1 % are, rounded up.
        package var topPercentPosts: Int
        package var topPercentShare: Double?
        package var topTenPercentShare: Double?
        package var gini: Double?

        fileprivate var verdict: String? {
            if posts < 100 {
                return "\(group): of \(posts) posts the top 1 % is a single one; its share says "
                    + "more about their number than about luck."
            }
            guard let topPercentShare, topPercentShare > 0.2 else { return nil }
            return "\(group): \(topPercentPosts) of \(posts) posts brought "
                + "\(Shown.percent(topPercentShare)) of the result; without luck like that, plan "
                + "with the median post, not with the mean."
        }
    }

    package var sections: [AnswerSection] {
        [
            .table(
                heading: [
                    "group", "posts", "total", "weeks", "silent", "variation", "±", "top 1 %",
                    "top 10 %", "Gini",
                ],
                rows: rows.map {
                    [
                        $0.group, "\($0.posts)", Shown.number($0.total),
                        $0.weeks.map { "\($0)" } ?? "–", $0.silentWeeks.map { "\($0)" } ?? "–",
                        Shown.number($0.weeklyVariation), Shown.number($0.weeklyVariationError),
                        Shown.percent($0.topPercentShare), Shown.percent($0.topTenPercentShare),
                        Shown.number($0.gini),
                    ]
                })
        ] + notes.map { .text($0) }
    }
}
