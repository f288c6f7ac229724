import Foundation
import Statistics

/// Engagement by post, as people write it.
struct EngagementFile: Sendable {
    /// One post's name, group and curve.
    struct Post: Sendable {
        var name: String
        var group: String
        var curve: EngagementCurve
    }

    var posts: [Post] = []

    static let postNames = [
        "post", "post_id", "id", "publication", "post_name", "name", "title", "url", "content",
    ]
    static let groupNames = [
        "kind", "group", "network", "channel", "platform", "format", "type", "category", "source",
    ]
    static let hourNames = [
        "hours_since_publish", "hours", "hour", "age_hours", "hours_since_publication", "age",
        "t", "time", "elapsed", "elapsed_hours",
    ]
    static let eventNames = [
        "events_in_bucket", "events", "engagements", "engagement", "count", "interactions",
        "clicks", "views", "impressions", "likes", "n",
    ]
    static let cumulativeNames = [
        "cumulative", "cumulative_events", "total", "running_total", "cumulative_engagement",
    ]
    static let windowNames = ["window_h", "window", "window_hours", "observed_hours", "observed"]

    private struct Bucket {
        var hours: Double
        var count: Double
        var row: Int
    }

    init(_ analysis: HalfLifeAnalysis, _ table: DataTable) throws(AnalysisError) {
        let post = try table.column(analysis.post, usual: Self.postNames, option: "--post")
        let group = try table.column(analysis.group, usual: Self.groupNames, option: "--group")
        let hours = try table.required(analysis.hours, usual: Self.hourNames, option: "--hours")
        let events = try table.column(
            analysis.events, usual: analysis.cumulative == nil ? Self.eventNames : [],
            option: "--events")
        let cumulative = try table.column(
            analysis.cumulative, usual: Self.cumulativeNames, option: "--cumulative")
        guard let counted = events ?? cumulative else {
            throw .noColumn(
                wanted: "events_in_bucket", present: table.headings,
                hint: "Say with --events which one counts what happened in a bucket, or with "
                    + "--cumulative which one counts what had happened until then.")
        }
        let window = try table.column(
            analysis.window, usual: analysis.windowHours == nil ? Self.windowNames : [],
            option: "--window-column")
        let names = try post.map { column throws(AnalysisError) in
            try ReturnChecks.names(table, column, thing: "post")
        }
        let groups = group.map { ReturnChecks.groups(table, $0) }
        let limits = 0...(HalfLifeAnalysis.longest / analysis.unitHours)
        let times = try ReturnChecks.numbers(table, hours, within: limits)
        let counts = try ReturnChecks.numbers(table, counted)
        let windows = try window.map { column throws(AnalysisError) in
            try ReturnChecks.numbers(table, column, within: limits)
        }
        var order: [(name: String, group: String)] = []
        var buckets: [String: [Bucket]] = [:]
        for row in times.indices {
            let (name, group) = (names?[row] ?? "all", groups?[row] ?? "all")
            let key = "\(group)\u{1F}\(name)"
            if buckets[key] == nil { order.append((name, group)) }
            buckets[key, default: []].append(
                Bucket(hours: times[row] * analysis.unitHours, count: counts[row], row: row))
        }
        for (name, group) in order {
            let sorted = (buckets["\(group)\u{1F}\(name)"] ?? []).sorted { $0.hours < $1.hours }
            let own = sorted.last.flatMap { last in
                windows.map { $0[last.row] * analysis.unitHours } ?? analysis.windowHours
            }
            let curve = try Self.curve(
                sorted, table, (hours, counted), isCumulative: events == nil, window: own)
            posts.append(Post(name: name, group: group, curve: curve))
        }
    }

    private static func curve(
        _ buckets: [Bucket], _ table: DataTable, _ columns: (hours: Int, counted: Int),
        isCumulative: Bool, window: Double?
    ) throws(AnalysisError) -> EngagementCurve {
        var (ends, counts): ([Double], [Double]) = ([], [])
        var (previous, sum) = (0.0, 0.0)
        for bucket in buckets {
            func bad(_ column: Int, _ value: Double, _ remedy: String) -> AnalysisError {
                .badCell(
                    row: table.fileRow(bucket.row), column: table.headings[column],
                    text: Shown.number(value), remedy: remedy)
            }
            let count = isCumulative ? bucket.count - sum : bucket.count
            guard count >= 0 else {
                throw bad(
                    columns.counted, bucket.count,
                    isCumulative
                        ? "is less than before; a cumulative count does not fall."
                        : "must not be negative.")
            }
            if bucket.hours == 0, previous == 0, count == 0 { continue }
            guard bucket.hours > previous else {
                throw bad(
                    columns.hours, bucket.hours,
                    "comes twice in one post, or is not after its publication. Wanted is the end "
                        + "of each bucket, in hours.")
            }
            ends.append(bucket.hours)
            counts.append(count)
            previous = bucket.hours
            sum += count
        }
        let isComplete = isCumulative || counts.dropLast().contains(0)
        if !isComplete { fillGaps(&ends, &counts) }
        if let window, let last = buckets.last, ends.count > 1, window <= ends[ends.count - 2] {
            throw .badCell(
                row: table.fileRow(last.row), column: table.headings[columns.hours],
                text: Shown.number(last.hours),
                remedy: "begins after the post's observation has ended, at "
                    + "\(Shown.number(window)) hours. Correct the window, or take the row out.")
        }
        if let window, window > previous {
            ends.append(window)
            counts.append(0)
        }
        return EngagementCurve(ends: ends, counts: counts)
    }

    /// Puts back empty buckets that a file leaves out: a gap that is several times the width of its
    /// neighbours, before a bucket so small that an empty one beside it is no surprise.
    private static func fillGaps(_ ends: inout [Double], _ counts: inout [Double]) {
        let widths = ends.indices.map { ends[$0] - ($0 > 0 ? ends[$0 - 1] : 0) }
        var (filled, numbers): ([Double], [Double]) = ([], [])
        for index in ends.indices {
            let near = widths[max(0, index - 4)...min(widths.count - 1, index + 4)]
            let width = near.min() ?? widths[index]
            let times = widths[index] / width
            if counts[index] <= 3, times > 1.5, abs(times - times.rounded()) < 1e-6 {
                filled.append(ends[index] - width)
                numbers.append(0)
            }
            filled.append(ends[index])
            numbers.append(counts[index])
        }
        (ends, counts) = (filled, numbers)
    }
}
