/// How long posts live.
package struct HalfLifeAnswer: AnalysisAnswer {
    package var method = "exponential with baseline, right-censored"
    package var inputs: [AnalysisInput]
    package var diagnostics: Diagnostics
    /// The posts.
    package var rows: [Row]
    package var groups: [Group]
    package var notes: [String]

    enum CodingKeys: String, CodingKey { case method, inputs, diagnostics, rows, groups, notes }

    /// What the answer rests on.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var posts: Int
        package var growingPosts: Int
        package var silentPosts: Int
        package var events: Double
    }

    /// The share of the final engagement that comes after some days.
    package struct Remaining: Sendable, Encodable, Hashable {
        package var days: Double
        package var share: Double?
        package var low: Double?
        package var high: Double?
    }

    /// One post.
    package struct Row: Sendable, Encodable, Hashable {
        package var post: String
        package var group: String
        package var events: Double
        package var windowHours: Double
        /// The half-life of the burst; absent where no end is in sight.
        package var halfLifeHours: Double?
        package var low: Double
        package var high: Double?
        /// The time to a half of the final engagement, what is still to come included.
        package var timeToHalfHours: Double?
        /// The time to a half of what was seen.
        package var timeToHalfWithinWindowHours: Double?
        package var projectedEvents: Double?
        package var baselineEvents: Double
        package var baselinePerDay: Double
        /// Whether more than a twentieth of the burst is still to come.
        package var isGrowing: Bool
        /// The variance of counts against chance alone.
        package var dispersion: Double
        package var remaining: [Remaining]
    }

    /// A network, kind or format.
    package struct Group: Sendable, Encodable, Hashable {
        package var group: String
        package var posts: Int
        package var growingPosts: Int
        package var events: Double
        /// The median half-life among posts like these, with the interval at 95 %.
        package var medianHalfLifeHours: Double?
        package var low: Double?
        package var high: Double?
        /// The factor by which a post typically differs from the median.
        package var spread: Double?
        /// One half-life for all events of the group.
        package var pooledHalfLifeHours: Double?
        package var pooledLow: Double?
        package var pooledHigh: Double?
        package var medianTimeToHalfHours: Double?
        package var remaining: [Remaining]
    }

    package var sections: [AnswerSection] {
        let days = groups.first?.remaining.map { "after \(Shown.number($0.days)) d" } ?? []
        let groupRows = groups.map { group in
            [
                group.group, "\(group.posts)", "\(group.growingPosts)",
                Self.time(group.medianHalfLifeHours), Self.time(group.low), Self.time(group.high),
                Self.time(group.pooledHalfLifeHours), Self.time(group.medianTimeToHalfHours),
            ] + group.remaining.map { Shown.percent($0.share) }
        }
        let postRows = rows.map { row in
            [
                row.post, row.group, Shown.number(row.events), Self.time(row.halfLifeHours),
                Self.time(row.low), Self.time(row.high), Self.time(row.timeToHalfHours),
                Shown.number(row.baselinePerDay), row.isGrowing ? "growing" : "",
            ]
        }
        return [
            .table(
                heading: [
                    "group", "posts", "growing", "median half-life", "95 % from", "to", "pooled",
                    "time to half",
                ] + days, rows: groupRows),
            .table(
                heading: [
                    "post", "group", "events", "half-life", "95 % from", "to", "time to half",
                    "baseline a day", "",
                ], rows: postRows),
        ] + notes.map { .text($0) }
    }

    private static func time(_ hours: Double?) -> String {
        guard let hours else { return "–" }
        if hours < 1 { return Shown.number(hours * 60) + " min" }
        return hours < 72 ? Shown.number(hours) + " h" : Shown.number(hours / 24) + " d"
    }

    package var picture: Picture? {
        let rows = groups.compactMap { group in
            group.medianHalfLifeHours.map { middle in
                (
                    name: group.group, low: group.low ?? middle, middle: middle,
                    high: group.high ?? middle, seen: group.medianTimeToHalfHours
                )
            }
        }
        guard !rows.isEmpty else { return nil }
        return ReturnPicture.intervals(
            title:
                "Median half-life in hours (logarithmic), with the interval at 95 %; rings: time "
                + "to half of the engagement", rows: rows, isLogarithmic: true)
    }
}
