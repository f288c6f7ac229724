import Channels
import Engagement
import Jobs
import Kernel
import Links
import Measurement
import People
import Planning
import Publishing
import Reviews
import Store
import Strategy
import TestSupport
import Testing

@testable import Demo

@Suite struct `The demo workspace` {
    static let now = Instant(milliseconds: 1_795_424_400_000)
    static let migrations =
        PeopleSchema.migrations + JobsSchema.migrations + ChannelsSchema.migrations
        + LinksSchema.migrations + StrategySchema.migrations + PlanningSchema.migrations
        + PublishingSchema.migrations + EngagementSchema.migrations
        + MeasurementSchema.migrations + ReviewsSchema.migrations

    struct World {
        let db: Database
        let demo: DemoWorkspace
        let owner: PersonID

        func number(_ sql: SQL) async throws -> Int {
            try await db.read { tx in try tx.scalar(Int.self, sql) ?? 0 }
        }
    }

    private func with(
        _ engine: Engine, now: Instant = now, _ body: (World) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, Self.migrations) { db in
            let surroundings = ManualClock(now).surroundings(seed: 5)
            let owner: PersonID = surroundings.newID()
            try await db.write { tx in
                try tx.execute(
                    """
                    INSERT INTO person (id, email, name, password_hash, created_at)
                    VALUES (\(owner), 'ana@example.org', 'Ana Sol', 'x', \(now))
                    """)
            }
            try await body(
                World(
                    db: db, demo: DemoWorkspace(database: db, surroundings: surroundings),
                    owner: owner))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `has a year of posts, clicks and money that add up`(engine: Engine) async throws {
        try await with(engine) { world in
            let workspace = try await world.demo.create(owner: world.owner)
            let posts = try await world.number(
                "SELECT COUNT(*) FROM publication WHERE state = 'published'")
            #expect((200...400).contains(posts))
            let early = try await world.number(
                """
                SELECT COUNT(*) FROM publication
                WHERE published_at < \(Self.now - .days(330)) AND state = 'published'
                """)
            #expect(early > 10)
            let people = try await world.number("SELECT COUNT(*) FROM click WHERE bot = 0")
            let days = try await world.number("SELECT SUM(people) FROM link_day")
            let bots = try await world.number("SELECT COUNT(*) FROM click WHERE bot <> 0")
            #expect(people == days)
            #expect(people > 4_000 && bots > 300 && bots < people / 4)
            for model in CreditModel.allCases {
                // Every order has a journey, so each model hands out all of the money.
                let credited = try await world.number(
                    "SELECT SUM(amount) FROM credit WHERE model = \(model.rawValue)")
                let shares = try await world.number(
                    "SELECT SUM(share) FROM credit WHERE model = \(model.rawValue)")
                let earned = try await world.number("SELECT SUM(amount) FROM conversion")
                let orders = try await world.number("SELECT COUNT(*) FROM conversion")
                #expect(credited == earned)
                let summed = try await world.number(
                    "SELECT SUM(amount) FROM credit_day WHERE model = \(model.rawValue)")
                #expect(summed == earned, "what pages read is what there is")
                #expect(shares == orders * 1_000_000)
                #expect(earned > 500_000)
            }
            let refunds = try await world.number(
                "SELECT COUNT(*) FROM conversion WHERE refund_of IS NOT NULL")
            #expect(refunds > 0)
            let future = try await world.number(
                "SELECT COUNT(*) FROM click WHERE at > \(Self.now)")
            #expect(future == 0)
            #expect(try await world.demo.existing(of: world.owner) == workspace)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `has a plan for today: posts to come, one to approve and reviews to read`(
        engine: Engine
    ) async throws {
        try await with(engine) { world in
            _ = try await world.demo.create(owner: world.owner)
            let scheduled = try await world.number(
                "SELECT COUNT(*) FROM publication WHERE state = 'scheduled'")
            let waiting = try await world.number(
                "SELECT COUNT(*) FROM publication WHERE state = 'inReview'")
            let soon = try await world.number(
                """
                SELECT COUNT(*) FROM job WHERE kind = 'publishing.send'
                    AND due_at <= \(Self.now + .minutes(15))
                """)
            let reviews = try await world.number(
                "SELECT COUNT(*) FROM review WHERE state = 'finished'")
            let lessons = try await world.number("SELECT COUNT(*) FROM lesson")
            let ahead = try await world.number(
                "SELECT COUNT(DISTINCT month) FROM item WHERE month >= '2026-11'")
            #expect(scheduled == 6)
            #expect(waiting == 1)
            #expect(soon == 2)
            #expect(reviews == 11)
            #expect(lessons >= 5)
            #expect(ahead >= 12)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `leaves nothing when it is removed, and nothing else is touched`(
        engine: Engine
    ) async throws {
        try await with(engine) { world in
            let schema = try await world.db.describeSchema()
            let count = {
                var counts: [String: Int] = [:]
                for table in schema.tables.keys where !table.hasPrefix("schema_") {
                    counts[table] = try await world.number(
                        "SELECT COUNT(*) FROM \(SQL(raw: table))")
                }
                return counts
            }
            let before = try await count()
            let first = try await world.demo.create(owner: world.owner)
            let second = try await world.demo.create(owner: world.owner)
            try await world.demo.remove(first)
            let left = try await world.number(
                "SELECT COUNT(*) FROM publication WHERE workspace_id = \(second)")
            #expect(left > 200)
            try await world.demo.remove(second)
            let after = try await count()
            #expect(after == before)
            await #expect(throws: Problem.self) { try await world.demo.remove(second) }
        }
    }

    @Test func `exists before anybody can sign in, and is handed to the first who does`()
        async throws
    {
        try await with(.sqlite) { world in
            try await world.db.write { tx in try tx.execute("DELETE FROM person") }
            let workspace = try await world.demo.create(owner: nil)
            #expect(try await world.demo.existing() == workspace)
            let members = try await world.number("SELECT COUNT(*) FROM member")
            #expect(members == 2)
            try await world.demo.remove(workspace)
            let people = try await world.number("SELECT COUNT(*) FROM person")
            #expect(people == 0)
        }
    }

    @Test func `is the same for the same seed and moment`() throws {
        let zone = try #require(Zone("Europe/Brussels"))
        let stories = (0..<2).map { _ in Story(now: Self.now, zone: zone, seed: 3) }
        #expect(stories[0].clicks.map(\.token) == stories[1].clicks.map(\.token))
        #expect(stories[0].orders.map(\.amount) == stories[1].orders.map(\.amount))
        let other = Story(now: Self.now, zone: zone, seed: 4)
        #expect(other.clicks.map(\.token) != stories[0].clicks.map(\.token))
    }

    @Test(arguments: [
        "2026-01-01T00:30:00Z", "2026-03-29T01:00:00Z", "2026-12-24T12:00:00Z",
        "2028-02-29T09:00:00Z",
    ])
    func `can be told on any day`(day: String) async throws {
        let now = try #require(Instant(iso8601: day))
        try await with(.sqlite, now: now) { world in
            _ = try await world.demo.create(owner: world.owner)
            let orders = try await world.number("SELECT COUNT(*) FROM conversion")
            #expect(orders > 80)
        }
    }

    @Test func `tells of a crisis that is loud, earns nothing and costs refunds`() throws {
        let zone = try #require(Zone("Europe/Brussels"))
        var early = (orders: 0, refunds: 0)
        var usual = (orders: 0, refunds: 0)
        for seed in UInt64(1)...6 {
            let story = Story(now: Self.now, zone: zone, seed: seed)
            let days = try #require(story.sprint(.crisis))
            let posts = story.posts.filter { $0.strand == .crisis }
            let first = try #require(posts.first)
            #expect(posts.count >= 3)
            #expect(first.people > posts[posts.count - 1].people, "it is soon over")
            func talk(_ post: Story.Post) -> Double {
                let figures = story.figures(post)
                return Double(figures.replies) / Double(max(1, figures.likes))
            }
            let guide = try #require(story.posts.last { $0.strand == .guides && $0.people > 20 })
            #expect(talk(first) > 5 * talk(guide), "people answer more than they like")
            for order in story.orders {
                let last = try #require(order.journey.last)
                #expect(story.posts[story.clicks[last].post].strand != .crisis)
                let day = CivilDate(order.at, in: zone)
                if day >= days.first.adding(days: -12), day <= days.first {
                    early.orders += 1
                    early.refunds += order.refund == nil ? 0 : 1
                } else {
                    usual.orders += 1
                    usual.refunds += order.refund == nil ? 0 : 1
                }
            }
            // Nobody sells while an apology is on top of the page.
            let quiet = days.first...days.last.adding(days: 2)
            let selling = story.posts.filter {
                $0.strand != .crisis && $0.place != .academy
                    && quiet.contains(CivilDate($0.at, in: zone))
            }
            #expect(selling.isEmpty)
        }
        let (bad, good) = (
            Double(early.refunds) / Double(early.orders),
            Double(usual.refunds) / Double(usual.orders)
        )
        #expect(early.orders > 20 && bad > 4 * good)
    }

    @Test(arguments: TestDatabase.engines)
    func `answers every reply of the crisis and learns from it`(engine: Engine) async throws {
        try await with(engine) { world in
            _ = try await world.demo.create(owner: world.owner)
            let inCrisis: SQL = """
                FROM message JOIN conversation ON conversation.id = message.conversation_id
                JOIN publication ON publication.id = conversation.publication_id
                JOIN post ON post.id = publication.post_id JOIN item ON item.id = post.item_id
                JOIN initiative ON initiative.id = item.initiative_id
                WHERE initiative.title = 'Batch 0914'
                """
            let said = try await world.number(
                "SELECT COUNT(*) \(inCrisis) AND message.direction = 'incoming'")
            let answered = try await world.number(
                "SELECT COUNT(*) \(inCrisis) AND message.direction = 'outgoing'")
            #expect(said >= 6 && said == answered)
            let lessons = try await world.number(
                """
                SELECT COUNT(*) FROM lesson JOIN lesson_tag ON lesson_tag.lesson_id = lesson.id
                WHERE lesson_tag.tag = 'crisis'
                """)
            #expect(lessons == 1)
            let spent = try await world.number(
                """
                SELECT COUNT(*) FROM cost_entry
                JOIN initiative ON initiative.id = cost_entry.initiative_id
                WHERE initiative.title = 'Batch 0914'
                """)
            #expect(spent == 1)
        }
    }

    @Test func `tells of sprints that fade, a marathon that builds and a flop`() throws {
        let zone = try #require(Zone("Europe/Brussels"))
        let story = Story(now: Self.now, zone: zone, seed: 20)
        func mean(_ strand: Story.Strand, _ part: (Int) -> Range<Int>) -> Double {
            let posts = story.posts.filter { $0.strand == strand }
            let some = posts[part(posts.count)]
            return Double(some.reduce(0) { $0 + $1.people }) / Double(max(1, some.count))
        }
        for sprint in [Story.Strand.gift, .spring, .giveaway] {
            #expect(mean(sprint) { 0..<$0 / 3 } > 1.5 * mean(sprint) { $0 * 2 / 3..<$0 })
        }
        // The last posts have had less time, so the year's third quarter stands for its end.
        #expect(mean(.guides) { $0 / 2..<$0 * 3 / 4 } > 1.5 * mean(.guides) { 0..<$0 / 4 })
        func orders(_ strand: Story.Strand) -> Double {
            let clicks = story.clicks.count { !$0.isBot && story.posts[$0.post].strand == strand }
            let orders = story.orders.count { order in
                order.journey.last.map { story.posts[story.clicks[$0].post].strand == strand }
                    ?? false
            }
            return Double(orders) / Double(clicks)
        }
        #expect(orders(.giveaway) < orders(.guides) / 5)
    }
}
