import Foundation
import Kernel

/// A year in the life of the invented roastery: pure data from a seed and a moment.
///
/// Nothing here is anybody's real figure; the rules below are ours.
struct Story {
    enum Place: Int, CaseIterable { case shop, academy, pictures }

    /// The piece of work a post belongs to.
    enum Strand: String, CaseIterable {
        case guides, origins, courses, gift, spring, giveaway, crisis
    }

    struct Post {
        let at: Instant
        let place: Place
        let strand: Strand
        let title: String
        let text: String
        let page: String
        /// Minutes somebody worked on it.
        let minutes: Int64
        var people = 0
        var bots = 0
    }

    struct Click {
        let post: Int
        let at: Instant
        let isBot: Bool
        var visitor: Int64
        let token: Int64
    }

    struct Order {
        let at: Instant
        /// Cents.
        let amount: Int64
        let name: String
        /// The clicks that led here, oldest first.
        let journey: [Int]
        let refund: (at: Instant, amount: Int64)?
    }

    let now: Instant
    let zone: Zone
    /// The first day of the first of twelve whole months.
    let start: CivilDate
    private(set) var posts: [Post] = []
    private(set) var clicks: [Click] = []
    private(set) var orders: [Order] = []
    private var random: SeededGenerator

    init(now: Instant, zone: Zone, seed: UInt64) {
        self.now = now
        self.zone = zone
        start = CivilDate(now, in: zone).civilMonth.adding(months: -12).firstDay
        random = SeededGenerator(seed: seed)
        writePosts()
        posts.sort { $0.at < $1.at }
        for index in posts.indices { draw(clicksOf: index) }
        clicks.sort { ($0.at, $0.token) < ($1.at, $1.token) }
        placeOrders()
    }

    // MARK: - The calendar of the year

    /// The whole month with this number in the year that the story tells.
    func month(_ number: Int) -> CivilMonth {
        let months = (0..<12).map { start.civilMonth.adding(months: $0) }
        return months.first { $0.month == number } ?? months[0]
    }

    func sprint(_ strand: Strand) -> (first: CivilDate, last: CivilDate)? {
        let (number, day, length) =
            switch strand {
            case .gift: (12, 1, 19)
            case .spring: (4, 6, 20)
            case .giveaway: (6, 8, 14)
            case .crisis: (9, 14, 5)
            case .guides, .origins, .courses: (0, 0, 0)
            }
        guard number > 0 else { return nil }
        let first = month(number).firstDay.adding(days: day - 1)
        return (first, first.adding(days: length))
    }

    private mutating func writePosts() {
        var week = start.startOfWeek.adding(days: 7)
        var number = 0
        let quiet = sprint(.crisis).map { $0.first...$0.last.adding(days: 2) }
        while zone.startOfDay(week) < now {
            let weekly: [(Int, Int, Int, Place, Strand, [DemoTexts.Piece])] = [
                (0, 8, 30, .shop, .guides, DemoTexts.guides),
                (1, 12, 15, .academy, .courses, DemoTexts.courses),
                (3, 17, 45, .shop, .origins, DemoTexts.origins),
                (5, 10, 0, .pictures, .origins, DemoTexts.pictures),
            ]
            for (day, hour, minute, place, strand, pieces) in weekly {
                let date = week.adding(days: day)
                // Nobody sells while an apology is on top of the page.
                if let quiet, quiet.contains(date), place != .academy { continue }
                let piece = pieces[number % pieces.count]
                add(piece, at: date, hour, minute, place, strand, again: number >= pieces.count)
            }
            number += 1
            week = week.adding(days: 7)
        }
        for (strand, pieces, step) in [
            (Strand.gift, DemoTexts.gift, 2), (.spring, DemoTexts.spring, 2),
            (.giveaway, DemoTexts.giveaway, 1), (.crisis, DemoTexts.crisis, 1),
        ] {
            guard let sprint = sprint(strand) else { continue }
            var day = sprint.first
            var count = 0
            while day < sprint.last {
                let isPicture = strand != .crisis && count % 3 == 2
                add(
                    pieces[count % pieces.count], at: day, 9 + count % 3 * 4, 5,
                    isPicture ? .pictures : .shop, strand, again: count >= pieces.count)
                count += 1
                day = day.adding(days: strand == .crisis && count > 1 ? 2 : step)
            }
        }
    }

    private mutating func add(
        _ piece: DemoTexts.Piece, at date: CivilDate, _ hour: Int, _ minute: Int, _ place: Place,
        _ strand: Strand, again: Bool
    ) {
        guard let local = LocalTime(date: date, hour: hour, minute: minute) else { return }
        let at = zone.instant(local) + .milliseconds(Int64.random(in: 300...9_000, using: &random))
        guard at < now - .hours(3) else { return }
        let opening = again ? DemoTexts.openings.randomElement(using: &random) ?? "" : ""
        let minutes =
            switch strand {
            case .guides: Int64.random(in: 30...55, using: &random)
            case .courses: Int64.random(in: 15...30, using: &random)
            case .origins: Int64.random(in: 15...40, using: &random)
            case .gift, .spring: Int64.random(in: 25...60, using: &random)
            case .giveaway: Int64.random(in: 40...90, using: &random)
            case .crisis: Int64.random(in: 90...180, using: &random)
            }
        posts.append(
            Post(
                at: at, place: place, strand: strand, title: piece.title,
                text: opening + piece.body, page: piece.page, minutes: minutes))
    }

    // MARK: - Clicks

    /// How far into the year a moment lies, from 0 to 1.
    private func progress(_ at: Instant) -> Double {
        let begin = zone.startOfDay(start)
        return (at - begin).inSeconds / max(1, (now - begin).inSeconds)
    }

    private func expectedClicks(_ post: Post) -> Double {
        let t = progress(post.at)
        let day = sprint(post.strand).map {
            Double(CivilDate(post.at, in: zone).daysSinceEpoch - $0.first.daysSinceEpoch)
        }
        return switch post.strand {
        // The marathon builds; sprints start high and fade.
        case .guides: 10 + 46 * t
        case .courses: 10 + 16 * t
        case .origins: post.place == .pictures ? 12 + 8 * t : 11 + 10 * t
        case .gift: 14 + 85 * exp(-(day ?? 0) / 8)
        case .spring: 12 + 90 * exp(-(day ?? 0) / 6)
        case .giveaway: 30 + 130 * exp(-(day ?? 0) / 7)
        case .crisis: 60 + 150 * exp(-(day ?? 0) / 2)
        }
    }

    private mutating func draw(clicksOf index: Int) {
        let post = posts[index]
        let wanted = expectedClicks(post) * Double.random(in: 0.65...1.4, using: &random)
        for _ in 0..<Int(wanted.rounded()) { click(index, isBot: false) }
        for _ in 0..<Int((wanted * 0.13).rounded()) { click(index, isBot: true) }
    }

    private mutating func click(_ index: Int, isBot: Bool) {
        let post = posts[index]
        // Half within six hours, and guides are found again for weeks.
        let isTail = post.strand == .guides && Int.random(in: 0..<10, using: &random) < 4
        let mean = isBot ? 600.0 : isTail ? 11 * 86_400 : 8 * 3_600
        let delay = -mean * log(Double.random(in: 0.0001...1, using: &random))
        let at = post.at + .milliseconds(Int64(delay * 1000) + 20_000)
        guard at < now else { return }
        clicks.append(
            Click(
                post: index, at: at, isBot: isBot,
                visitor: Int64.random(in: 1...(.max), using: &random),
                token: Int64.random(in: 1...(.max), using: &random)))
        if isBot { posts[index].bots += 1 } else { posts[index].people += 1 }
    }

    // MARK: - Orders

    private func conversionRate(_ strand: Strand) -> Double {
        switch strand {
        case .guides: 0.05
        case .courses: 0.045
        case .origins: 0.05
        case .gift: 0.1
        case .spring: 0.085
        case .giveaway: 0.002
        case .crisis: 0
        }
    }

    private mutating func placeOrders() {
        let people = clicks.indices.filter { !clicks[$0].isBot }
        var used: Set<Int> = []
        for (place, index) in people.enumerated() {
            let click = clicks[index]
            let strand = posts[click.post].strand
            guard Double.random(in: 0..<1, using: &random) < conversionRate(strand) else {
                continue
            }
            let wait = Int64.random(in: 90_000...5_400_000, using: &random)
            let at = click.at + .milliseconds(wait)
            guard at < now, !used.contains(index) else { continue }
            // A third had met us before, mostly through a guide.
            var journey = [index]
            let earlierVisits = [0, 0, 0, 0, 1, 1, 2].randomElement(using: &random) ?? 0
            for _ in 0..<earlierVisits {
                let back = Int.random(in: 5...220, using: &random)
                guard place - back >= 0 else { continue }
                let earlier = people[place - back]
                let isOther = journey.allSatisfy { clicks[$0].post != clicks[earlier].post }
                if at - clicks[earlier].at < .days(29), isOther, !used.contains(earlier) {
                    journey.append(earlier)
                }
            }
            journey.sort { clicks[$0].at < clicks[$1].at }
            // One person clicked all of these, so the program's own rule finds the same journey.
            for step in journey { clicks[step].visitor = click.visitor }
            used.formUnion(journey)
            orders.append(order(at, strand, journey))
        }
    }

    private mutating func order(_ at: Instant, _ strand: Strand, _ journey: [Int]) -> Order {
        let (amounts, name): ([Int64], String) =
            switch strand {
            case .courses: ([9_500, 9_500, 6_500, 19_000], "Course booking")
            case .gift: ([4_900, 4_900, 9_800], "Winter box")
            case .spring: ([2_680, 2_680, 5_360], "Subscription")
            default: ([1_390, 1_490, 2_680, 2_980, 3_950, 4_470, 5_960], "Coffee order")
            }
        let amount = amounts.randomElement(using: &random) ?? 2_680
        var chance = 0.02
        if let crisis = sprint(.crisis) {
            let day = CivilDate(at, in: zone)
            if day >= crisis.first.adding(days: -12), day <= crisis.first { chance = 0.4 }
        }
        var refund: (Instant, Int64)?
        if Double.random(in: 0..<1, using: &random) < chance {
            let back = at + .days(Int64.random(in: 3...12, using: &random))
            if back < now { refund = (back, amount) }
        }
        return Order(at: at, amount: amount, name: name, journey: journey, refund: refund)
    }
}

extension Story {
    /// What a month brought, from the same data that the database gets.
    struct Tally {
        var posts = 0
        var people = 0
        var orders = 0
        /// Cents, refunds taken off.
        var revenue: Int64 = 0
        var bookings = 0
        /// Minutes of work.
        var minutes: Int64 = 0
    }

    func tally(from first: CivilDate, through last: CivilDate) -> Tally {
        let range = zone.startOfDay(first)..<zone.startOfDay(last.adding(days: 1))
        var tally = Tally()
        for post in posts where range.contains(post.at) {
            tally.posts += 1
            tally.minutes += post.minutes
        }
        tally.people = clicks.count { !$0.isBot && range.contains($0.at) }
        for order in orders {
            if range.contains(order.at) {
                tally.orders += 1
                tally.revenue += order.amount
                if order.name == "Course booking" { tally.bookings += 1 }
            }
            if let refund = order.refund, range.contains(refund.at) {
                tally.revenue -= refund.amount
            }
        }
        return tally
    }
}

extension Story {
    /// What the network counts below a post in the end; loud posts are liked more than clicked.
    func figures(_ post: Post) -> (likes: Int, reposts: Int, replies: Int) {
        let (love, talk) =
            switch post.strand {
            case .giveaway: (4.5, 0.12)
            case .crisis: (0.4, 0.5)
            default: (1.3, 0.06)
            }
        let people = Double(post.people)
        return (
            Int((people * love).rounded()), Int((people * love * 0.18).rounded()),
            Int((people * talk).rounded())
        )
    }
}
