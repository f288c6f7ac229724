import Foundation
import Statistics

/// How long posts live: the half-life of their engagement, post by post and for each group.
package struct HalfLifeAnalysis: Sendable {
    package var post: String?
    package var group: String?
    package var hours: String?
    package var events: String?
    package var cumulative: String?
    /// The column of hours for which each post was observed.
    package var window: String?
    /// Hours for which every post was observed, where no column says it.
    package var windowHours: Double?
    /// Hours in the unit of the file's times.
    package var unitHours = 1.0
    /// After how many days it is asked what is left.
    package var days: [Double] = [30, 60, 90]

    package init() {}

    /// What of the burst may be outstanding before a post counts as still growing.
    static let growing = 0.05
    /// A hundred years, in hours.
    static let longest = 876_600.0

    /// Reads `table` and answers.
    package func answer(_ table: DataTable) throws(AnalysisError) -> HalfLifeAnswer {
        try checkOptions()
        let posts = try EngagementFile(self, table).posts
        var rows: [HalfLifeAnswer.Row] = []
        var fits: [String: [(post: EngagementFile.Post, decay: EngagementDecay)]] = [:]
        var silent = 0
        for post in posts {
            guard let decay = EngagementDecay(post.curve) else {
                silent += 1
                continue
            }
            rows.append(row(post, decay))
            fits[post.group, default: []].append((post, decay))
        }
        guard !rows.isEmpty else {
            throw .unsuitable("\(table.name) holds no engagement: all counts are 0.")
        }
        let groups = fits.sorted { $0.key < $1.key }.map { group($0.key, $0.value, rows) }
        let growing = rows.filter(\.isGrowing).count
        var notes: [String] = []
        if growing > 0 {
            notes.append(
                "\(growing) of \(rows.count) posts are still growing; they are censored, not cut: "
                    + "what is still to come is part of their half-life.")
        }
        if silent > 0 { notes.append("\(silent) posts without any engagement are left out.") }
        for row in rows where row.dispersion > 3 {
            notes.append(
                "Post \(row.post): engagement comes in waves that one exponential does not describe "
                    + "(dispersion \(Shown.number(row.dispersion))); its interval is widened, and "
                    + "the time to half is the safer reading.")
            if notes.count > 8 { break }
        }
        for group in groups where group.posts < 5 {
            notes.append(
                "\(group.group): \(group.posts) \(group.posts == 1 ? "post says" : "posts say") "
                    + "little about other posts of the group.")
        }
        return HalfLifeAnswer(
            inputs: [AnalysisInput(table)],
            diagnostics: .init(
                posts: rows.count, growingPosts: growing, silentPosts: silent,
                events: rows.reduce(0) { $0 + $1.events }),
            rows: rows, groups: groups, notes: notes)
    }

    private func checkOptions() throws(AnalysisError) {
        guard events == nil || cumulative == nil else {
            throw .unsuitable(
                "--events counts what happened in a bucket and --cumulative what had happened "
                    + "until then: say only one of them.")
        }
        guard window == nil || windowHours == nil else {
            throw .unsuitable(
                "--window holds for every post and --window-column for each: say only one of them.")
        }
        try ReturnChecks.option(
            "--window", windowHours, within: 1e-6...Self.longest,
            "a number of hours greater than 0, and at most a hundred years of them")
        try ReturnChecks.option(
            "--unit-hours", unitHours, within: 1e-9...Self.longest,
            "a number of hours greater than 0")
        for day in days {
            try ReturnChecks.option(
                "--days", day, within: 0...(Self.longest / 24),
                "days from 0 to \(ReturnChecks.short(Self.longest / 24))")
        }
    }

    private func row(
        _ post: EngagementFile.Post, _ decay: EngagementDecay
    ) -> HalfLifeAnswer.Row {
        let window = post.curve.window
        let burst = decay.burst
        let outstanding = decay.halfLife.flatMap { half in burst.map { $0 * exp2(-window / half) } }
        let isGrowing = burst.map { (outstanding ?? 0) > Self.growing * max(1, $0) } ?? true
        return HalfLifeAnswer.Row(
            post: post.name, group: post.group, events: post.curve.total, windowHours: window,
            halfLifeHours: decay.halfLife, low: decay.low, high: decay.high,
            timeToHalfHours: timeToHalf(post.curve, decay, outstanding ?? 0, isGrowing: isGrowing),
            timeToHalfWithinWindowHours: timeToHalf(post.curve, decay, 0, isGrowing: false),
            projectedEvents: outstanding.map { post.curve.total + $0 },
            baselineEvents: decay.baseline * window, baselinePerDay: decay.baseline * 24,
            isGrowing: isGrowing, dispersion: decay.dispersion,
            remaining: remaining(decay, window, low: decay.low, high: decay.high))
    }

    /// When half of what there was and is still to come had come; within a bucket the fit says
    /// where.
    private func timeToHalf(
        _ curve: EngagementCurve, _ decay: EngagementDecay, _ outstanding: Double, isGrowing: Bool
    ) -> Double? {
        let half = (curve.total + outstanding) / 2
        guard !isGrowing || decay.halfLife != nil else { return nil }
        var (start, sum) = (0.0, 0.0)
        for (end, count) in zip(curve.ends, curve.counts) {
            if sum + count >= half, count > 0 {
                let share = (half - sum) / count
                guard let life = decay.halfLife, decay.baseline == 0 else {
                    return start + share * (end - start)
                }
                let rate = log(2) / life
                return start - log1p(share * expm1(-rate * (end - start))) / rate
            }
            sum += count
            start = end
        }
        // More than half is still to come: the burst says when.
        guard let life = decay.halfLife, let burst = decay.burst, burst > half else { return nil }
        return -log(1 - half / burst) / log(2) * life
    }

    /// The share of the final engagement that comes later than each day: the burst to its end, the
    /// trickle as far as it was observed.
    private func remaining(
        _ decay: EngagementDecay, _ window: Double, low: Double, high: Double?
    ) -> [HalfLifeAnswer.Remaining] {
        days.map { days in
            func share(_ life: Double?) -> Double? {
                guard let life, let burst = decay.burst else { return nil }
                let all = burst + decay.baseline * window
                guard all > 0 else { return nil }
                let later = burst * exp2(-24 * days / life)
                return (later + decay.baseline * max(0, window - 24 * days)) / all
            }
            return HalfLifeAnswer.Remaining(
                days: days, share: share(decay.halfLife), low: share(low), high: share(high))
        }
    }

    private func group(
        _ name: String, _ members: [(post: EngagementFile.Post, decay: EngagementDecay)],
        _ rows: [HalfLifeAnswer.Row]
    ) -> HalfLifeAnswer.Group {
        let own = rows.filter { $0.group == name }
        let windows = members.map(\.post.curve.window)
        let alone = members.count == 1 ? members.first?.decay : nil
        let together =
            alone == nil ? GroupDecay(members.map(\.post.curve), members.map(\.decay)) : nil
        let (pooled, typical) = (alone ?? together?.pooled, together?.typical)
        let halves = own.compactMap(\.timeToHalfHours)
        let isKnown = halves.count == own.count
        return HalfLifeAnswer.Group(
            group: name, posts: own.count, growingPosts: own.filter(\.isGrowing).count,
            events: own.reduce(0) { $0 + $1.events },
            medianHalfLifeHours: alone.map { $0.halfLife } ?? typical?.median,
            low: alone?.low ?? typical?.low ?? pooled?.low,
            high: alone.map { $0.high } ?? typical?.high,
            spread: alone == nil ? typical?.spread : nil,
            pooledHalfLifeHours: pooled?.halfLife, pooledLow: pooled?.low,
            pooledHigh: pooled?.high,
            medianTimeToHalfHours: isKnown && !halves.isEmpty
                ? SortedSample(halves).median : nil,
            remaining: pooled.map {
                remaining($0, windows.max() ?? 0, low: $0.low, high: $0.high)
            } ?? [])
    }
}
