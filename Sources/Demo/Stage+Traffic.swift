import Foundation
import Kernel
import Measurement
import Planning
import Store

extension Stage {
    /// Writes clicks, visits, orders, credits, costs and the networks' own figures.
    func measure(_ cast: Cast, _ published: [Published]) async throws {
        try await database.write { tx in
            let links = try writeLinks(cast, published, tx)
            let clicks = try writeClicks(links, tx)
            try writeVisits(cast, links, tx)
            try writeDays(cast, links, tx)
            let orders = try writeOrders(cast, tx)
            try writeCredits(orders, links, clicks, tx)
            try writeCosts(cast, published, tx)
            try writeFigures(cast, published, tx)
            try PlaceSums.rebuild(in: cast.workspace, tx)
        }
    }

    /// The short key of each post's link.
    private func writeLinks(
        _ cast: Cast, _ published: [Published], _ tx: borrowing Transaction
    ) throws -> [Int64] {
        try insert(
            "INSERT INTO measured_link (workspace_id, slug, publication_id)",
            published.map { "(\(cast.workspace), \($0.slug), \($0.publication))" }, tx)
        var keys: [String: Int64] = [:]
        for row in try tx.rows(
            "SELECT key, slug FROM measured_link WHERE workspace_id = \(cast.workspace)")
        {
            keys[try row("slug")] = try row("key", as: Int64.self)
        }
        return published.map { keys[$0.slug] ?? 0 }
    }

    /// The identifier of each click, in the story's order.
    private func writeClicks(_ links: [Int64], _ tx: borrowing Transaction) throws -> [Int64] {
        let bot = Int64(BotReason.agent.rawValue)
        try insert(
            "INSERT INTO click (link_key, at, visitor, token, bot)",
            story.clicks.map { click in
                """
                (\(links[click.post]), \(click.at), \(click.visitor), \(click.token),
                    \(click.isBot ? bot : 0))
                """
            }, tx)
        var ids: [Int64: Int64] = [:]
        for start in stride(from: 0, to: story.clicks.count, by: 5_000) {
            let tokens = story.clicks[start..<min(start + 5_000, story.clicks.count)].map(\.token)
            for row in try tx.rows("SELECT id, token FROM click WHERE token IN \(.list(tokens))") {
                ids[try row("token")] = try row("id", as: Int64.self)
            }
        }
        return story.clicks.map { ids[$0.token] ?? 0 }
    }

    /// Five of six people who click also see the page; the others close it first.
    private var visits: [Story.Click] {
        story.clicks.filter { !$0.isBot && $0.token % 6 != 0 }
    }

    private func writeVisits(
        _ cast: Cast, _ links: [Int64], _ tx: borrowing Transaction
    ) throws {
        let code = Hex.text(surroundings.randomBytes(8))
        let first = story.clicks.first?.at ?? story.now
        let last = story.clicks.last?.at ?? story.now
        let site = try tx.scalar(
            Int64.self,
            """
            INSERT INTO site (workspace_id, code, first_seen_at, last_seen_at)
            VALUES (\(cast.workspace), \(code), \(first), \(last)) RETURNING key
            """)
        guard let site else { throw StoreError.noRow }
        let paths = Set(story.posts.map(\.page)).sorted()
        try insert(
            "INSERT INTO site_page (site_key, path)", paths.map { "(\(site), \($0))" }, tx)
        var pages: [String: Int64] = [:]
        for row in try tx.rows("SELECT key, path FROM site_page WHERE site_key = \(site)") {
            pages[try row("path")] = try row("key", as: Int64.self)
        }
        try insert(
            """
            INSERT INTO visit (site_key, started_at, last_at, pages, visitor, token, link_key,
                landing_key, bot)
            """,
            visits.map { click in
                let seen = click.token % 5 + 1
                let page = pages[story.posts[click.post].page]
                return """
                    (\(site), \(click.at + .seconds(1)), \(click.at + .seconds(seen * 40)),
                        \(seen), \(click.visitor), \(click.token), \(links[click.post]), \(page), 0)
                    """
            }, tx)
    }

    /// Sums for each link and day, as the collector keeps them.
    private func writeDays(
        _ cast: Cast, _ links: [Int64], _ tx: borrowing Transaction
    ) throws {
        struct Key: Hashable {
            let day: Int
            let post: Int
        }
        var counts: [Key: (people: Int, bots: Int, visits: Int)] = [:]
        func day(_ at: Instant) -> Int { CivilDate(at, in: zone).daysSinceEpoch }
        for click in story.clicks {
            let key = Key(day: day(click.at), post: click.post)
            if click.isBot {
                counts[key, default: (0, 0, 0)].bots += 1
            } else {
                counts[key, default: (0, 0, 0)].people += 1
            }
        }
        for click in visits {
            let key = Key(day: day(click.at + .seconds(1)), post: click.post)
            counts[key, default: (0, 0, 0)].visits += 1
        }
        let keys = counts.keys.sorted { ($0.day, $0.post) < ($1.day, $1.post) }
        try insert(
            "INSERT INTO link_day (workspace_id, day, link_key, people, bots, visits)",
            keys.map { key in
                let count = counts[key] ?? (0, 0, 0)
                return """
                    (\(cast.workspace), \(key.day), \(links[key.post]), \(count.people),
                        \(count.bots), \(count.visits))
                    """
            }, tx)
    }

    // MARK: - Money

    /// An order or a refund with the clicks that share it.
    private struct Sale {
        let reference: String
        let amount: Int64
        /// When the order was made, for its refund too.
        let at: Instant
        let journey: [Int]
        var key: Int64 = 0
    }

    private func writeOrders(_ cast: Cast, _ tx: borrowing Transaction) throws -> [Sale] {
        let row = {
            (
                reference: String, order: Story.Order, at: Instant, amount: Int64,
                original: Int64?
            ) -> SQL in
            let id: ConversionID = self.id(at: at)
            let token = story.clicks[order.journey[order.journey.count - 1]].token
            return """
                (\(id), \(cast.workspace), 'site', \(reference), 'order', \(order.name), \(at),
                    \(CivilDate(at, in: zone).daysSinceEpoch), \(amount), \(currency),
                    \(original), \(original == nil ? token : nil),
                    \(amount < 0 ? "Batch or second thoughts" : ""), 0, 1, 'Site snippet', \(at))
                """
        }
        let head: SQL = """
            INSERT INTO conversion (id, workspace_id, source, reference, kind, name, at, day,
                amount, currency, refund_of, token, note, bot, version, recorded_by, recorded_at)
            """
        var money = story.orders.enumerated().map { index, order in
            Sale(
                reference: "KF-\(10_001 + index)", amount: order.amount, at: order.at,
                journey: order.journey)
        }
        try insert(
            head,
            zip(story.orders, money).map { order, money in
                row(money.reference, order, order.at, money.amount, nil)
            }, tx)
        let keys = try keys(cast, tx)
        var refunds: [SQL] = []
        for (order, sold) in zip(story.orders, money) {
            guard let refund = order.refund else { continue }
            let back = Sale(
                reference: sold.reference + "-R", amount: -refund.amount, at: order.at,
                journey: order.journey)
            refunds.append(
                row(back.reference, order, refund.at, back.amount, keys[sold.reference]))
            money.append(back)
        }
        try insert(head, refunds, tx)
        let all = try self.keys(cast, tx)
        for index in money.indices { money[index].key = all[money[index].reference] ?? 0 }
        return money
    }

    private func keys(_ cast: Cast, _ tx: borrowing Transaction) throws -> [String: Int64] {
        var keys: [String: Int64] = [:]
        for row in try tx.rows(
            "SELECT key, reference FROM conversion WHERE workspace_id = \(cast.workspace)")
        {
            keys[try row("reference")] = try row("key", as: Int64.self)
        }
        return keys
    }

    /// Shares each order among its clicks by the program's own rule.
    private func writeCredits(
        _ orders: [Sale], _ links: [Int64], _ clicks: [Int64], _ tx: borrowing Transaction
    ) throws {
        struct Place: Hashable {
            let conversion: Int64
            let position: Int64
        }
        var touches: [SQL] = []
        var shares: [(Place, CreditModel, amount: Int64, share: Int64)] = []
        for order in orders {
            let steps = order.journey.map { index in
                JourneyClick(
                    at: story.clicks[index].at, link: links[story.clicks[index].post],
                    click: clicks[index])
            }
            let journey = Journey(steps, before: order.at)
            for (position, touch) in journey.touches.enumerated() {
                touches.append(
                    """
                    (\(order.key), 1, \(position), \(touch.at), \(touch.link), \(touch.click))
                    """)
            }
            for model in CreditModel.allCases {
                let parts = journey.credits(model, amount: order.amount)
                for (position, part) in parts.enumerated() where part.share > 0 {
                    let place = Place(conversion: order.key, position: Int64(position))
                    shares.append((place, model, part.amount, part.share))
                }
            }
        }
        try insert(
            "INSERT INTO touch (conversion_key, version, position, at, link_key, click_id)",
            touches, tx)
        var ids: [Place: Int64] = [:]
        for chunk in stride(from: 0, to: orders.count, by: 2_000) {
            let some = orders[chunk..<min(chunk + 2_000, orders.count)].map(\.key)
            for row in try tx.rows(
                """
                SELECT id, conversion_key, position FROM touch
                WHERE conversion_key IN \(.list(some))
                """)
            {
                let place = Place(
                    conversion: try row("conversion_key"), position: try row("position"))
                ids[place] = try row("id", as: Int64.self)
            }
        }
        try insert(
            "INSERT INTO credit (touch_id, model, amount, share)",
            shares.map { place, model, amount, share in
                "(\(ids[place]), \(model.rawValue), \(amount), \(share))"
            }, tx)
    }

    private func writeCosts(
        _ cast: Cast, _ published: [Published], _ tx: borrowing Transaction
    ) throws {
        let head: SQL = """
            INSERT INTO cost_entry (id, workspace_id, publication_id, initiative_id, kind, minutes,
                hourly_rate, amount, currency, spent_on, note, recorded_by, recorded_at)
            """
        let rate = Self.hourlyRate
        let ofPosts: [SQL] = zip(story.posts, published).map { post, row in
            let id: ID<Story> = self.id(at: post.at)
            let day = CivilDate(post.at, in: zone).daysSinceEpoch
            return """
                (\(id), \(cast.workspace), \(row.publication), NULL, 'people', \(post.minutes),
                    \(rate), \((post.minutes * rate + 30) / 60), \(currency), \(day),
                    'Writing and answering', \(Self.ines.name), \(post.at))
                """
        }
        let spent: [(Story.Strand, Int64, String)] = [
            (.gift, 28_400, "Paid posts"), (.spring, 12_000, "First bags, postage"),
            (.giveaway, 61_500, "Prizes and a photographer"),
            (.crisis, 22_300, "Postage for 118 fresh bags"),
        ]
        let ofSprints: [SQL] = spent.compactMap { strand, amount, note in
            guard let initiative = cast.initiatives[strand], let dates = story.sprint(strand)
            else { return nil }
            let at = zone.startOfDay(dates.last)
            let id: ID<Story> = self.id(at: at)
            return """
                (\(id), \(cast.workspace), NULL, \(initiative), 'direct', NULL, NULL, \(amount),
                    \(currency), \(dates.last.daysSinceEpoch), \(note), \(Self.ines.name), \(at))
                """
        }
        try insert(head, ofPosts, tx)
        // Apart, so that PostgreSQL sees one type in each column of NULLs.
        for row in ofSprints { try insert(head, [row], tx) }
    }

    /// Snapshots that grow quickly at first; networks like the practice one report no views.
    private func writeFigures(
        _ cast: Cast, _ published: [Published], _ tx: borrowing Transaction
    ) throws {
        var rows: [SQL] = []
        for (index, post) in story.posts.enumerated() where post.place != .pictures {
            let figures = story.figures(post)
            for (age, part) in [(1, 0.3), (24, 0.78), (168, 0.95), (672, 1.0)] {
                let at = post.at + .hours(Int64(age))
                guard at < story.now else { break }
                let grown = { (figure: Int) in Int((Double(figure) * part).rounded()) }
                rows.append(
                    """
                    (\(cast.workspace), \(published[index].publication), \(at),
                        \(Int64(age) * 3_600_000), \(grown(figures.likes)),
                        \(grown(figures.reposts)), \(grown(figures.replies)), NULL, NULL)
                    """)
            }
        }
        try insert(
            """
            INSERT INTO network_figures (workspace_id, publication_id, taken_at, age, likes,
                reposts, replies, quotes, impressions)
            """, rows, tx)
    }
}
