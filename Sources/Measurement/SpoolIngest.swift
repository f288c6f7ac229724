import Foundation
package import Kernel
package import Logging
package import Store
import Synchronization

/// Reads the spool files into the tables, in batches, each record exactly once.
///
/// How far a file was read is kept in the transaction of what was read, so a process killed at any
/// moment reads on at the right place, and reading a file again changes nothing.
package final class SpoolIngest: Sendable {
    let database: Database
    private let spool: Spool
    private let conversions: ConversionDesk
    private let salts: VisitorSalts
    private let changed: @Sendable (WorkspaceID) -> Void
    private let logger: Logger
    private let bursts = Mutex(BurstWatch())

    /// Bytes of one batch.
    static let batch = 512 << 10

    /// Creates the ingest; `changed` hears of each workspace that has new figures.
    package init(
        database: Database, spool: Spool, conversions: ConversionDesk, salts: VisitorSalts,
        logger: Logger, changed: @escaping @Sendable (WorkspaceID) -> Void = { _ in }
    ) {
        self.database = database
        self.spool = spool
        self.conversions = conversions
        self.salts = salts
        self.logger = logger
        self.changed = changed
    }

    /// Reads until the task is cancelled, then reads what is left.
    package func run() async throws {
        var isFailing = false
        while !Task.isCancelled {
            do {
                while !Task.isCancelled {
                    try await salts.refresh()
                    let began = ContinuousClock.now
                    guard try await step() > 0 else { break }
                    // In a flood, three quarters of the time are for those who click and for
                    // whoever else writes: what waits in the spool is not lost.
                    let took = began.duration(to: .now)
                    try? await Task.sleep(for: min(took * 3, .seconds(2)))
                }
                if isFailing { logger.notice("Clicks are counted again.") }
                isFailing = false
            } catch is CancellationError {
                break
            } catch {
                // Once for each outage: it may last hours, and clicks stay in the spool.
                if !isFailing { logger.error("Reading the click spool failed: \(error)") }
                isFailing = true
            }
            try? await Task.sleep(for: .milliseconds(400))
        }
    }

    /// Reads one batch of each file; the number of records that were new.
    @discardableResult
    package func step() async throws -> Int {
        let current = spool.currentFile
        var total = 0
        for file in try Self.files(in: spool.folder) {
            total += try await read(file, isCurrent: file == current)
        }
        return total
    }

    /// Bytes in the spool that have not been read into the tables.
    package func backlog() async throws -> Int64 {
        let marks = try await database.read { tx in
            var marks: [String: Int64] = [:]
            for row in try tx.rows("SELECT file, position FROM spool_mark") {
                marks[try row("file")] = try row("position")
            }
            return marks
        }
        var total: Int64 = 0
        for file in try Self.files(in: spool.folder) {
            let facts = try? FileManager.default.attributesOfItem(
                atPath: spool.folder + "/" + file)
            let size = (facts?[.size] as? NSNumber)?.int64Value ?? 0
            total += max(0, size - (marks[file] ?? 0))
        }
        return total
    }

    private static func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".spool") }.sorted()
    }

    private func read(_ file: String, isCurrent: Bool) async throws -> Int {
        let position: Int64 = try await database.read { tx in
            try tx.scalar(
                Int64.self, "SELECT position FROM spool_mark WHERE file = \(file)") ?? 0
        }
        let path = spool.folder + "/" + file
        let bytes = try Self.bytes(of: path, from: position)
        let (payloads, length) = SpoolFrame.records(in: bytes)
        guard length > 0 else {
            // A file of another process may still be written; an old one with nothing left, or
            // with a torn tail, never will.
            if !isCurrent, try Self.isOld(path) {
                try FileManager.default.removeItem(atPath: path)
                try await database.write { tx in
                    try tx.execute("DELETE FROM spool_mark WHERE file = \(file)")
                }
            }
            return 0
        }
        let hits = payloads.compactMap(Hit.init(bytes:))
        let before = bursts.withLock { $0 }
        let (touched, after) = try await database.write { tx in
            let moved = try tx.execute(
                """
                INSERT INTO spool_mark (file, position) VALUES (\(file), \(Int64(length)))
                ON CONFLICT (file) DO UPDATE SET position = \(position + Int64(length))
                    WHERE spool_mark.position = \(position)
                """)
            guard moved == 1 else { return (Set<WorkspaceID>(), before) }
            // Only a batch that is kept counts as seen, or trying again would look like a burst.
            var bursts = before
            let touched = try self.add(hits, from: "\(file)@\(position)", &bursts, tx)
            return (touched, bursts)
        }
        bursts.withLock { $0 = after }
        for workspace in touched { changed(workspace) }
        return payloads.count
    }

    private static func bytes(of path: String, from position: Int64) throws -> [UInt8] {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        try handle.seek(toOffset: UInt64(position))
        return Array(try handle.read(upToCount: batch) ?? Data())
    }

    private static func isOld(_ path: String) throws -> Bool {
        let facts = try FileManager.default.attributesOfItem(atPath: path)
        guard let changed = facts[.modificationDate] as? Date else { return false }
        return -changed.timeIntervalSinceNow > 86_400
    }

    /// Adds hits to the tables; the workspaces that have new figures.
    func add(
        _ hits: [Hit], from origin: String, _ bursts: inout BurstWatch,
        _ tx: borrowing Transaction
    ) throws -> Set<WorkspaceID> {
        var batch = try HitBatch(hits, tx)
        for (index, hit) in hits.enumerated() {
            switch hit.kind {
            case .click:
                let isBurst = hit.bot == nil && bursts.isBurst(hit.visitor, at: hit.at)
                try batch.click(hit, bot: isBurst ? .burst : hit.bot, tx)
            case .page: try batch.page(hit, tx)
            case .goal:
                try batch.goal(hit, reference: "\(origin)#\(index)", conversions, tx)
            }
        }
        try batch.flush(tx)
        return batch.touched
    }
}

/// The hits of one batch on their way into the tables.
struct HitBatch {
    private struct Site {
        let key: Int64
        let workspace: WorkspaceID
    }

    private struct DayKey: Hashable {
        let workspace: WorkspaceID
        let day: Int64
        let link: Int64
    }

    private struct DayCount {
        var people: Int64 = 0
        var bots: Int64 = 0
        var visits: Int64 = 0

        mutating func add(_ other: Self) {
            people += other.people
            bots += other.bots
            visits += other.visits
        }
    }

    private var links: [String: MeasuredLinks.Entry] = [:]
    private var sites: [String: Site] = [:]
    private var zones: [WorkspaceID: Zone] = [:]
    private var currencies: [WorkspaceID: Currency] = [:]
    private struct Mark: Hashable {
        let workspace: WorkspaceID
        let content: String
    }

    private var marks: [Mark: String?] = [:]
    private var days: [DayKey: DayCount] = [:]
    /// Rows of clicks that are not in the table yet.
    private var clicks: [SQL] = []
    private(set) var touched: Set<WorkspaceID> = []

    init(_ hits: [Hit], _ tx: borrowing Transaction) throws {
        let slugs = Set(hits.filter { $0.kind == .click }.map(\.place))
        for entry in try MeasuredLinks.keys(slugs: slugs, tx) { links[entry.slug] = entry }
        let codes = Set(hits.filter { $0.kind != .click }.map(\.place))
        if !codes.isEmpty {
            for row in try tx.rows(
                "SELECT key, workspace_id, code FROM site WHERE code IN \(.list(codes.sorted()))")
            {
                sites[try row("code")] = Site(
                    key: try row("key"), workspace: try row("workspace_id"))
            }
        }
        let workspaces = Set(links.values.map(\.workspace) + sites.values.map(\.workspace))
        guard !workspaces.isEmpty else { return }
        for row in try tx.rows(
            """
            SELECT id, zone, currency FROM workspace WHERE id IN \(.list(workspaces.sorted()))
            """)
        {
            let id: WorkspaceID = try row("id")
            zones[id] = try row("zone")
            currencies[id] = try row("currency")
        }
    }

    private func day(_ instant: Instant, in workspace: WorkspaceID) -> Int64 {
        Int64(CivilDate(instant, in: zones[workspace] ?? .utc).daysSinceEpoch)
    }

    mutating func click(_ hit: Hit, bot: BotReason?, _ tx: borrowing Transaction) throws {
        guard let link = links[hit.place] else { return }
        clicks.append(
            """
            (\(link.key), \(hit.at), \(hit.visitor), \(hit.token), \(Int64(bot?.rawValue ?? 0)))
            """)
        if clicks.count == Self.clicksAtOnce {
            try keepClicks(clicks, tx)
            clicks.removeAll(keepingCapacity: true)
        }
        let key = DayKey(
            workspace: link.workspace, day: day(hit.at, in: link.workspace), link: link.key)
        if bot == nil {
            days[key, default: .init()].people += 1
        } else {
            days[key, default: .init()].bots += 1
        }
        touched.insert(link.workspace)
    }

    /// Clicks of one statement, so that a flood is mostly the database's own work.
    private static let clicksAtOnce = 64

    private func keepClicks(_ rows: [SQL], _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO click (link_key, at, visitor, token, bot)
            VALUES \(.joined(rows, separator: ", ")) ON CONFLICT (token) DO NOTHING
            """)
    }

    /// Keeps the last clicks one by one: for each number of them a statement would be prepared.
    private mutating func keepClicks(_ tx: borrowing Transaction) throws {
        for row in clicks { try keepClicks([row], tx) }
        clicks.removeAll(keepingCapacity: true)
    }

    /// A page view opens a visit or prolongs the visitor's last one.
    mutating func page(_ hit: Hit, _ tx: borrowing Transaction) throws {
        guard let site = sites[hit.place] else { return }
        // The click that led here may be of the same batch.
        try keepClicks(tx)
        touched.insert(site.workspace)
        try tx.execute(
            """
            UPDATE site SET first_seen_at = COALESCE(first_seen_at, \(hit.at)),
                last_seen_at = \(hit.at)
            WHERE key = \(site.key)
            """)
        if let visitor = hit.visitor {
            let open = try tx.first(
                """
                SELECT id, token, link_key FROM visit
                WHERE site_key = \(site.key) AND visitor = \(visitor)
                    AND last_at >= \(hit.at - Journey.session) ORDER BY last_at DESC LIMIT 1
                """)
            if let open {
                let token: Int64? = try open("token")
                let id: Int64 = try open("id")
                let named = hit.token == nil ? try marked(hit, site.workspace, tx) : nil
                let isOther = try named != nil && open("link_key", as: Int64?.self) != named
                if hit.token == nil ? !isOther : token == hit.token {
                    try tx.execute(
                        """
                        UPDATE visit SET last_at = \(hit.at), pages = pages + 1 WHERE id = \(id)
                        """)
                    return
                }
            }
        } else if hit.token == nil, hit.texts.dropFirst().first != "1" {
            // A later page of somebody who asked not to be recognised belongs to no visit.
            return
        }
        try openVisit(hit, site, tx)
    }

    private mutating func openVisit(
        _ hit: Hit, _ site: Site, _ tx: borrowing Transaction
    ) throws {
        let (link, isMarked) = try linkBehind(hit, site.workspace, tx)
        let path = String((hit.texts.first ?? "/").prefix(300))
        let landing: Int64? = try tx.scalar(
            Int64.self,
            """
            INSERT INTO site_page (site_key, path) VALUES (\(site.key), \(path))
            ON CONFLICT (site_key, path) DO UPDATE SET path = excluded.path RETURNING key
            """)
        try tx.execute(
            """
            INSERT INTO visit (site_key, started_at, last_at, pages, visitor, token, link_key,
                landing_key, bot, by_mark)
            VALUES (\(site.key), \(hit.at), \(hit.at), 1, \(hit.visitor), \(hit.token), \(link),
                \(landing), \(Int64(hit.bot?.rawValue ?? 0)), \(isMarked))
            """)
        guard hit.bot == nil else { return }
        try VisitSums.add(1, at: hit.at, site: site.key, tx)
        guard let link else { return }
        let key = DayKey(
            workspace: site.workspace, day: day(hit.at, in: site.workspace), link: link)
        days[key, default: .init()].visits += 1
    }

    /// The link that a page's address names as its content; only one of the site's own workspace.
    private mutating func marked(
        _ hit: Hit, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Int64? {
        try slug(marked: hit, workspace, tx).flatMap {
            try MeasuredLinks.key(slug: $0, in: workspace, tx)
        }
    }

    private mutating func slug(
        marked hit: Hit, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> String? {
        guard let content = hit.content, ContentMark.isPlausible(content) else { return nil }
        let mark = Mark(workspace: workspace, content: content)
        if let known = marks[mark] { return known }
        let found = try tx.rows(
            """
            SELECT slug FROM link WHERE workspace_id = \(workspace) AND utm_content = \(content)
                AND publication_id IS NOT NULL LIMIT 2
            """)
        // Two would say nothing about which it was.
        let slug: String? = found.count == 1 ? try found[0]("slug") : nil
        marks.updateValue(slug, forKey: mark)
        return slug
    }

    /// The link that brought a visit: by the click's number, else by the post that the address
    /// names, else by the same visitor; and whether it was named without a click.
    private mutating func linkBehind(
        _ hit: Hit, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> (link: Int64?, isMarked: Bool) {
        if let token = hit.token {
            let clicked: Int64? = try tx.scalar(
                Int64.self,
                """
                SELECT click.link_key FROM click
                JOIN measured_link ON measured_link.key = click.link_key
                WHERE click.token = \(token) AND measured_link.workspace_id = \(workspace)
                """)
            return (clicked, false)
        }
        if let marked = try marked(hit, workspace, tx) { return (marked, true) }
        return (try linkClicked(hit, workspace, tx), false)
    }

    private func linkClicked(
        _ hit: Hit, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Int64? {
        guard let visitor = hit.visitor else { return nil }
        return try tx.scalar(
            Int64.self,
            """
            SELECT click.link_key FROM click
            JOIN measured_link ON measured_link.key = click.link_key
            WHERE click.visitor = \(visitor) AND measured_link.workspace_id = \(workspace)
                AND click.bot = 0 AND click.at <= \(hit.at)
                AND click.at >= \(hit.at - Journey.session)
            ORDER BY click.at DESC LIMIT 1
            """)
    }

    /// A goal becomes a conversion; one that makes no sense is counted and shown with its reason.
    mutating func goal(
        _ hit: Hit, reference: String, _ desk: ConversionDesk, _ tx: borrowing Transaction
    ) throws {
        guard let site = sites[hit.place], hit.texts.count >= 4 else { return }
        try keepClicks(tx)
        touched.insert(site.workspace)
        let own = currencies[site.workspace] ?? .euro
        let order = hit.texts[3]
        guard let currency = hit.texts[2].isEmpty ? own : Currency(hit.texts[2]) else {
            return try refuse(.currency, hit, site, tx)
        }
        guard let value = GoalValue(hit.texts[1], currency: currency) else {
            return try refuse(.amount, hit, site, tx)
        }
        let isOrder = !order.isEmpty || value.money.minorUnits > 0
        let draft = ConversionDraft(
            kind: isOrder ? .order : .lead, reference: order.isEmpty ? reference : order,
            name: String(hit.texts[0].prefix(100)), at: hit.at, amount: value.money,
            token: hit.token, visitor: hit.visitor,
            link: hit.token == nil ? try slug(marked: hit, site.workspace, tx) : nil,
            note: value.isRounded
                ? "The site said \(hit.texts[1]), rounded to \(value.money.decimal)." : "",
            bot: hit.bot)
        let zone = zones[site.workspace] ?? .utc
        do {
            _ = try desk.add(
                draft, from: .site, zone: zone, in: site.workspace, by: "Site snippet", tx)
        } catch MeasurementError.differs {
            try refuse(.differs, hit, site, tx)
        } catch MeasurementError.reference {
            try refuse(.reference, hit, site, tx)
        } catch is MeasurementError {
            try refuse(.amount, hit, site, tx)
        }
    }

    private func refuse(
        _ reason: RefusedGoals.Reason, _ hit: Hit, _ site: Site, _ tx: borrowing Transaction
    ) throws {
        guard hit.bot == nil else { return }
        try RefusedGoals.add(
            reason, reference: hit.texts[3].isEmpty ? hit.texts[0] : hit.texts[3], at: hit.at,
            day: day(hit.at, in: site.workspace), in: site.workspace, tx)
    }

    mutating func flush(_ tx: borrowing Transaction) throws {
        try keepClicks(tx)
        for (key, count) in days {
            try tx.execute(
                """
                INSERT INTO link_day (workspace_id, day, link_key, people, bots, visits)
                VALUES (\(key.workspace), \(key.day), \(key.link), \(count.people),
                    \(count.bots), \(count.visits))
                ON CONFLICT (workspace_id, day, link_key) DO UPDATE
                    SET people = link_day.people + excluded.people,
                        bots = link_day.bots + excluded.bots,
                        visits = link_day.visits + excluded.visits
                """)
        }
        try flushSums(tx)
        days.removeAll()
    }

    /// What counts are added up by.
    private enum Sum: Hashable {
        case whole(WorkspaceID, day: Int64)
        case place(WorkspaceID, Int64, day: Int64)
        case block(WorkspaceID, Int64, block: Int64)

        /// The table, the columns of its key, and their values.
        var target: (table: SQL, key: SQL, values: SQL) {
            switch self {
            case .whole(let workspace, let day):
                ("workspace_day", "workspace_id, day", "\(workspace), \(day)")
            case .place(let workspace, let place, let day):
                ("place_day", "workspace_id, day, place_key", "\(workspace), \(day), \(place)")
            case .block(let workspace, let place, let block):
                (
                    "place_block", "workspace_id, block, place_key",
                    "\(workspace), \(block), \(place)"
                )
            }
        }
    }

    /// The same counts for whole workspaces and for places in the line of sight, so that a year is
    /// read in as many rows as it has blocks of days and places.
    private func flushSums(_ tx: borrowing Transaction) throws {
        var sums: [Sum: DayCount] = [:]
        for (workspace, keys) in Dictionary(grouping: days.keys, by: \.workspace) {
            let places = try PlaceSums.places(of: Set(keys.map(\.link)), in: workspace, tx)
            for key in keys {
                let count = days[key] ?? .init()
                sums[.whole(workspace, day: key.day), default: .init()].add(count)
                guard let place = places[key.link] else { continue }
                let block = Blocks.ofDays.block(of: key.day)
                sums[.place(workspace, place, day: key.day), default: .init()].add(count)
                sums[.block(workspace, place, block: block), default: .init()].add(count)
            }
        }
        for (sum, count) in sums {
            let (table, key, values) = sum.target
            try tx.execute(
                """
                INSERT INTO \(table) (\(key), people, bots, visits)
                VALUES (\(values), \(count.people), \(count.bots), \(count.visits))
                ON CONFLICT (\(key)) DO UPDATE
                    SET people = \(table).people + excluded.people,
                        bots = \(table).bots + excluded.bots,
                        visits = \(table).visits + excluded.visits
                """)
        }
    }
}
