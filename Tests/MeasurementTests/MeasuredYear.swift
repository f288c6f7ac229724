import Channels
import Kernel
import Links
@testable import Measurement
import Planning
import Publishing
import Store
import Strategy
import TestSupport
import Testing

/// Thirteen months of a workspace by chance, and always the same: posts in many places, clicks,
/// orders in two currencies, refunds, costs, and margins that change.
struct MeasuredYear {
    let world: MeasurementWorld
    private var random = SeededGenerator(seed: 23)
    private var items: [String] = []
    private var initiatives: [InitiativeID] = []
    private var objectives: [ObjectiveID] = []
    private var posts: [PublicationID] = []
    private var slugs: [String] = []
    private var tokens: [(token: Int64, at: Instant)] = []
    private var orders: [ConversionDraft] = []
    private var bursts = BurstWatch()
    private var batch = 0
    private let end: Instant
    static let days: Int64 = 400
    static let currencies: [Currency] = [.euro, Currency("USD") ?? .euro]

    init(_ world: MeasurementWorld) async throws {
        self.world = world
        end = world.clock.now
        initiatives = [world.initiative, world.surroundings.newID(), world.surroundings.newID()]
        objectives = [world.objective, world.surroundings.newID()]
        try await plan()
        for _ in 0..<18 { try await publish() }
        try await makeLinksAnew()
        try await setMargins()
    }

    // MARK: - Chance

    private mutating func number(_ range: Range<Int64>) -> Int64 {
        Int64.random(in: range, using: &random)
    }

    private mutating func one<Element>(_ of: [Element]) -> Element {
        of[Int(number(0..<Int64(of.count)))]
    }

    private mutating func moment() -> Instant {
        end - .minutes(number(0..<Self.days * 1440))
    }

    // MARK: - What happens

    private mutating func plan() async throws {
        let (world, initiatives, objectives) = (world, initiatives, objectives)
        let ids = (0..<4).map { _ in world.surroundings.newID(Item.self).text }
        items = ids
        try await world.database.write { tx in
            for id in initiatives.dropFirst() {
                try tx.execute(
                    """
                    INSERT INTO initiative (id, workspace_id, kind, title, purpose, state,
                        starts_on, currency, created_at)
                    VALUES (\(id), \(world.acme), 'marathon', 'Guides', '', 'running',
                        '2025-11-01', 'EUR', 0)
                    """)
            }
            for id in objectives.dropFirst() {
                try tx.execute(
                    """
                    INSERT INTO objective (id, workspace_id, business_goal_id, title, kpi, unit,
                        source, baseline, target, starts_on, due_on, created_at)
                    VALUES (\(id), \(world.acme), \(world.goal), 'Readers', 'Visits', 'visits',
                        'entered', \(0.0), \(9.0), '2025-10-01', '2026-12-31', 0)
                    """)
            }
            for (index, id) in ids.enumerated() {
                try tx.execute(
                    """
                    INSERT INTO item (id, workspace_id, initiative_id, primary_objective_id, title,
                        note, month, state, position, created_at, updated_at)
                    VALUES (\(id), \(world.acme), \(initiatives[index % 3]),
                        \(index == 3 ? nil : objectives[index % 2]), 'Item', '', '2026-01', 'done',
                        \(index + 2), 0, 0)
                    """)
            }
        }
    }

    private mutating func publish() async throws {
        let (world, surroundings) = (world, world.surroundings)
        let (post, publication): (PostID, PublicationID) = (
            surroundings.newID(), surroundings.newID()
        )
        let variant: VariantID = surroundings.newID()
        let item: String? = number(0..<5) == 0 ? nil : one(items)
        let objective: ObjectiveID? = number(0..<4) == 0 ? one(objectives) : nil
        let at: Instant? = number(0..<6) == 0 ? nil : moment()
        let sent: String? = number(0..<4) == 0 ? nil : "https://go.example/l/x"
        let loss: String? = number(0..<4) == 0 ? "The link was cut." : nil
        let link = try await world.database.write { tx in
            try tx.execute(
                """
                INSERT INTO post (id, workspace_id, item_id, objective_id, title, body, origin,
                    revision, created_at, updated_at)
                VALUES (\(post), \(world.acme), \(item), \(objective), 'Post', 'Words', 'written',
                    1, 0, 0)
                """)
            try tx.execute(
                """
                INSERT INTO variant (id, workspace_id, post_id, channel_id, further_parts,
                    visibility, has_own_media)
                VALUES (\(variant), \(world.acme), \(post), \(world.channel), '[]', 'everyone',
                    \(false))
                """)
            try tx.execute(
                """
                INSERT INTO publication (id, workspace_id, post_id, variant_id, channel_id, state,
                    content_hash, epoch, tries, looks, absences, parts_out, part_count,
                    published_at, sent_link, link_loss, updated_at)
                VALUES (\(publication), \(world.acme), \(post), \(variant), \(world.channel),
                    \(at == nil ? "draft" : "published"), 'x', 0, 0, 0, 0, 1, 1, \(at), \(sent),
                    \(loss), 0)
                """)
            if at != nil { try MeasuredPosts.keep(publication.text, in: world.acme, tx) }
            return try world.links.keep(
                for: publication.text, destination: try Destination("https://acme.example/"),
                utm: UTM(source: "mastodon"), label: "Post", in: world.acme, tx: tx)
        }
        posts.append(publication)
        slugs.append(link.slug)
    }

    /// Some posts had another link before, and some links belong to no post.
    private mutating func makeLinksAnew() async throws {
        for index in [2, 5] {
            let (world, slug, post) = (world, slugs[index], posts[index].text)
            let link = try await world.database.write { tx in
                _ = try MeasuredLinks.key(slug: slug, in: world.acme, tx)
                try world.links.drop(of: post, in: world.acme, tx: tx)
                return try world.links.keep(
                    for: post, destination: try Destination("https://acme.example/new"),
                    utm: UTM(source: "mastodon"), label: "Post", in: world.acme, tx: tx)
            }
            slugs.append(link.slug)
        }
        for name in ["Poster", "Parcel"] {
            slugs.append(
                try await world.links.create(
                    destination: try Destination("https://acme.example/poster"),
                    utm: UTM(source: "poster"), label: name, in: world.acme
                ).slug)
        }
    }

    /// One margin from the first day of a block, one within a block, two within another.
    private mutating func setMargins() async throws {
        let last = Blocks.ofDays.block(of: DayNumber.of(CivilDate(end, in: world.berlin)))
        let edge = Blocks.ofDays.start(of: last - 3)
        let days = [edge - 300, edge, edge - 5 * 32 + 11, edge - 2 * 32 + 4, edge - 2 * 32 + 30]
        for (index, day) in days.enumerated() {
            let (acme, id) = (world.acme, world.surroundings.newID(Margin.self))
            try await world.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO margin (id, workspace_id, valid_from, hundredths_of_percent,
                        because, created_at)
                    VALUES (\(id), \(acme), \(DayNumber.date(day)), \(1_003 + index * 1_711), '', 0)
                    """)
            }
        }
    }

    private enum Margin {}
    private enum Item {}

    /// Clicks by people and robots, and visits, as ingestion adds them.
    mutating func count() async throws {
        for _ in 0..<3 {
            var hits: [Hit] = []
            for _ in 0..<60 {
                let (at, token) = (moment(), Int64.random(in: 1 ... .max, using: &random))
                let isRobot = number(0..<6) == 0
                hits.append(
                    Hit(
                        kind: .click, at: at, visitor: number(1..<40), token: token,
                        bot: isRobot ? .agent : nil, place: one(slugs)))
                if !isRobot { tokens.append((token, at)) }
                guard number(0..<3) == 0 else { continue }
                hits.append(
                    Hit(
                        kind: .page, at: at + .seconds(5), visitor: number(1..<40), token: token,
                        bot: nil, place: world.site.code, texts: ["/", "1"]))
            }
            batch += 1
            let (ingest, now, number) = (world.ingest, bursts, batch)
            bursts = try await world.database.write { [hits] tx in
                var bursts = now
                _ = try ingest.add(hits, from: "year@\(number)", &bursts, tx)
                return bursts
            }
        }
    }

    private func record(
        _ draft: ConversionDraft, from source: Conversion.Source = .api
    ) async throws {
        try await world.conversions.record(
            draft, from: source, zone: world.berlin, in: world.acme, by: world.principal)
    }

    /// Orders and leads by clicks, by links that nobody clicked, and by robots.
    mutating func sell() async throws {
        for _ in 0..<60 {
            let click = one(tokens)
            let isLead = number(0..<5) == 0
            let isNamed = number(0..<5) == 0
            var draft = ConversionDraft(
                kind: isLead ? .lead : .order, reference: "order \(orders.count)",
                at: min(end, click.at + .hours(number(0..<700))),
                amount: Money(
                    minorUnits: number(0..<20) == 0 ? 0 : number(1..<20_000),
                    currency: number(0..<5) == 0 ? Self.currencies[1] : Self.currencies[0]))
            if isNamed {
                draft.link = one(slugs)
            } else {
                draft.token = click.token
            }
            if number(0..<10) == 0 { draft.bot = .agent }
            try await record(draft, from: isLead ? .entered : .site)
            orders.append(draft)
        }
    }

    /// Refunds long after the order, single cents among them, and corrected amounts.
    mutating func giveBack() async throws {
        for (index, order) in orders.enumerated() where order.kind == .order {
            guard order.amount.minorUnits > 2, number(0..<3) == 0 else { continue }
            if number(0..<3) == 0 {
                // The shop knows the amount better than the site.
                var better = order
                better.amount.minorUnits += number(1..<500)
                try await record(better)
            }
            var refund = ConversionDraft(
                reference: "back \(index)", at: min(end, order.at + .days(number(0..<60))),
                amount: order.amount, refundOf: order.reference)
            refund.amount.minorUnits = number(0..<2) == 0 ? -1 : -order.amount.minorUnits
            try await record(refund, from: .site)
        }
    }

    /// Costs of posts, also of unpublished ones, and of initiatives; some are taken out again.
    mutating func spend() async throws {
        for index in 0..<30 {
            let cost = try await world.costs.add(
                CostDraft(
                    subject: number(0..<5) == 0
                        ? .initiative(one(initiatives)) : .post(one(posts)),
                    kind: .direct, amount: number(1..<9_000), currency: one(Self.currencies),
                    spentOn: CivilDate(moment(), in: world.berlin)), in: world.acme,
                by: world.principal)
            if index % 4 == 0 {
                try await world.costs.remove(cost.id, in: world.acme, by: world.principal)
            }
        }
    }

    /// Posts get other items or objectives, and items other initiatives.
    mutating func move() async throws {
        for _ in 0..<4 {
            let (acme, post, item) = (world.acme, one(posts), one(items))
            let initiative: InitiativeID? = number(0..<3) == 0 ? nil : one(initiatives)
            let objective: ObjectiveID? = number(0..<3) == 0 ? nil : one(objectives)
            let turn = number(0..<3)
            try await world.database.write { tx in
                let own: SQL = "(SELECT post_id FROM publication WHERE id = \(post))"
                switch turn {
                case 0: try tx.execute("UPDATE post SET item_id = \(item) WHERE id = \(own)")
                case 1:
                    try tx.execute(
                        "UPDATE post SET objective_id = \(objective) WHERE id = \(own)")
                default:
                    try tx.execute(
                        "UPDATE item SET initiative_id = \(initiative) WHERE id = \(item)")
                }
                try PlaceSums.settle(in: acme, tx)
            }
        }
    }
}

// MARK: - What must be true

extension MeasuredYear {
    private static let fresh: [(table: SQL, sums: SQL)] = [
        (
            "workspace_id, block, place_key, people, bots, visits FROM place_block",
            """
            SELECT workspace_id, day / 32, place_key, CAST(SUM(people) AS BIGINT),
                CAST(SUM(bots) AS BIGINT), CAST(SUM(visits) AS BIGINT)
            FROM place_day GROUP BY 1, 2, 3
            """
        ),
        (
            "workspace_id, block, place_key, posts, tracked, marked, known FROM post_block",
            """
            SELECT workspace_id, published_at / 2147483648, place_key, COUNT(*),
                COUNT(CASE WHEN is_tracked THEN 1 END), COUNT(CASE WHEN is_marked THEN 1 END),
                COUNT(CASE WHEN has_cost THEN 1 END)
            FROM measured_post WHERE published_at IS NOT NULL GROUP BY 1, 2, 3
            """
        ),
        (
            """
            workspace_id, model, currency, block, place_key, earned_block, amount, orders, leads
                FROM credit_block
            """,
            """
            SELECT credit_day.workspace_id, model, currency, day / 32, place_key, earned_day / 32,
                CAST(SUM(amount) AS BIGINT), CAST(SUM(orders) AS BIGINT),
                CAST(SUM(leads) AS BIGINT)
            FROM credit_day JOIN measured_link ON key = link_key GROUP BY 1, 2, 3, 4, 5, 6
            """
        ),
    ]

    /// Compares each block with the sum of the days it holds, and both with what was recorded.
    func expectExact(_ when: String) async throws {
        try await world.database.read { tx in
            for (table, sums) in Self.fresh {
                let extra = try tx.rows("SELECT \(table) EXCEPT \(sums)")
                let missing = try tx.rows("\(sums) EXCEPT SELECT \(table)")
                #expect(extra.isEmpty, "\(when): a block nobody counted")
                #expect(missing.isEmpty, "\(when): a block is missing")
            }
        }
    }

    /// How many links are marked as not their post's first.
    func furtherLinks() async throws -> Int64? {
        try await world.database.read { tx in
            try tx.scalar(
                Int64.self,
                "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM measured_link WHERE is_further")
        }
    }

    /// The rows of the three tables as text.
    func blocks() async throws -> [[String]] {
        try await world.database.read { tx in
            try ["place_block", "post_block", "credit_block"].map { table in
                try tx.rows("SELECT * FROM \(SQL(raw: table))").map { "\($0)" }.sorted()
            }
        }
    }

    private mutating func period() throws -> ResultsPeriod {
        let last = CivilDate(end, in: world.berlin).adding(days: Int(10 - number(0..<330)))
        let length = number(0..<4) == 0 ? number(0..<40) : number(40..<Self.days)
        return try ResultsPeriod(from: last.adding(days: -Int(length)), to: last)
    }

    /// Asks the same by blocks and by days alone, in many ways, and once by the orders themselves.
    ///
    /// A short page has only posts that earned something, or equal ones might take turns.
    mutating func expectSameResults(_ when: String) async throws {
        var places: [ResultsPlace?] = [nil, nil, ResultsPlace(.channels, world.channel.text)]
        places += (initiatives.map(\.text) + [""]).map { ResultsPlace(.initiatives, $0) }
        places += (objectives.map(\.text) + [""]).map { ResultsPlace(.objectives, $0) }
        places += [world.goal.text, ""].map { ResultsPlace(.goals, $0) }
        var (whole, revenue, clicks) = (0, Int64(0), Int64(0))
        for zone in ["Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu"] {
            let acme = world.acme
            try await world.database.write { tx in
                try tx.execute("UPDATE workspace SET zone = \(zone) WHERE id = \(acme)")
            }
            for _ in 0..<12 {
                let (place, period) = (one(places), try period())
                let query = ResultsQuery(
                    grain: place?.grain ?? one(Array(ResultsGrain.allCases)),
                    model: one(Array(CreditModel.allCases)), period: period,
                    currency: number(0..<4) == 0 ? Self.currencies[1] : .euro, workspace: acme,
                    limit: 1_000, within: place)
                let results = try await compare(query, "\(when), \(zone), \(period)")
                if query.grain == .posts, place == nil {
                    try await compareShort(query, "\(when), \(zone), \(period)")
                }
                let days = query.from..<query.to + 1
                if !Blocks.ofDays.parts(of: days).whole.isEmpty { whole += 1 }
                revenue += results.rows.reduce(0) { $0 + $1.revenue }
                clicks += results.rows.reduce(0) { $0 + ($1.clicks ?? 0) }
            }
        }
        #expect(whole > 15 && revenue > 0 && clicks > 0, "\(when): the questions asked little")
    }

    private func compareShort(_ query: ResultsQuery, _ when: String) async throws {
        var all = query
        all.isPlain = true
        let plain = all
        try await world.database.read { tx in
            let rows = try plain.rows(tx).rows
            for limit in [1, 3, 5] {
                let short = ResultsQuery(
                    grain: .posts, model: query.model, period: query.period,
                    currency: query.currency, workspace: query.workspace, limit: limit)
                guard rows.count > limit, rows[limit - 1].revenue > rows[limit].revenue else {
                    continue
                }
                let found = try short.rows(tx).rows.map { [$0.revenue, $0.orders, $0.leads] }
                let best = rows.prefix(limit).map { [$0.revenue, $0.orders, $0.leads] }
                #expect(found == best, "\(when): the best \(limit)")
            }
        }
    }

    private func compare(_ query: ResultsQuery, _ when: String) async throws -> Results {
        var plain = query
        plain.isPlain = true
        let (days, earned) = (plain, try await earned(query))
        return try await world.database.read { tx in
            let (byBlocks, byDays) = (try query.results(tx), try days.results(tx))
            #expect(byBlocks.rows == byDays.rows, "\(when)")
            #expect(byBlocks.total == byDays.total, "\(when)")
            if query.grain == .objectives {
                let found = byBlocks.rows.filter { $0.orders + $0.leads > 0 || $0.revenue != 0 }
                for row in found { #expect(earned[row.id]?.revenue == row.revenue, "\(when)") }
                for row in found { #expect(earned[row.id]?.weighted == row.weighted, "\(when)") }
                let all = earned.values.reduce(0) { $0 + $1.revenue }
                if query.within == nil {
                    #expect(found.reduce(0) { $0 + $1.revenue } == all, "\(when)")
                }
            }
            return byBlocks
        }
    }

    private struct Earned {
        var revenue: Int64 = 0
        var weighted: Int64 = 0
    }

    /// The money of each objective, from orders and their credit, one by one.
    private func earned(_ query: ResultsQuery) async throws -> [String: Earned] {
        try await world.database.read { tx in
            let margins = try MarginHistory.load(in: query.workspace, tx)
            var sums: [String: Earned] = [:]
            for row in try tx.rows(
                """
                SELECT \(ResultsQuery.objective) AS objective, credit.amount,
                    COALESCE(original.day, conversion.day) AS earned_day
                FROM conversion JOIN touch ON touch.conversion_key = conversion.key
                    AND touch.version = conversion.version
                JOIN credit ON credit.touch_id = touch.id
                JOIN measured_link ON measured_link.key = touch.link_key
                LEFT JOIN conversion AS original ON original.key = conversion.refund_of
                LEFT JOIN publication ON publication.id = measured_link.publication_id
                LEFT JOIN post ON post.id = publication.post_id
                LEFT JOIN item ON item.id = post.item_id
                WHERE conversion.workspace_id = \(query.workspace) AND conversion.bot = 0
                    AND credit.model = \(query.model.rawValue)
                    AND conversion.currency = \(query.currency)
                    AND conversion.day >= \(query.from) AND conversion.day <= \(query.to)
                """)
            {
                let id: String = try row("objective", as: String?.self) ?? ""
                let amount: Int64 = try row("amount")
                sums[id, default: Earned()].revenue += amount
                sums[id, default: Earned()].weighted +=
                    amount * (margins.hundredths(on: try row("earned_day")) ?? 0)
            }
            return sums
        }
    }
}
