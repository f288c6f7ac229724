package import Jobs
package import Kernel
package import Store

/// Sums of clicks and visits by the place that a link's post has in the line of sight.
///
/// A place is a channel, an initiative and an objective. There are few of them, so a year by any of
/// the three is read in some thousand rows, however many links there are. Counts go to the place
/// that a link had when it was first counted; when its post moves in the plan, they move after it.
package struct PlaceSums: Sendable {
    private struct Nothing: Codable, Sendable {}

    private struct Published: Codable, Sendable {
        let publication: String
    }

    private static let settling = JobKind<Nothing>("measurement.places", lease: .minutes(2))
    /// What can give a post another initiative or objective.
    private static let changes = [
        "planning.itemChanged", "planning.itemMoved", "planning.itemRemoved",
        "publishing.changed",
    ]

    private let database: Database

    package init(database: Database) { self.database = database }

    package func handlers() -> [JobHandler] {
        Self.changes.map { event in
            JobHandler.on(event, name: "places") { delivery, context in
                try await database.write { tx in
                    try context.complete(in: tx)
                    try context.queue.enqueue(
                        Self.settling, Nothing(), workspace: delivery.workspace,
                        lane: "places:\(delivery.workspace)",
                        dueAt: context.job.dueAt, key: "places:\(delivery.workspace)", in: tx)
                }
            }
        } + [
            JobHandler.on("publishing.published", name: "measured") { delivery, context in
                let facts: Published = try delivery.facts()
                try await database.write { tx in
                    try context.complete(in: tx)
                    try MeasuredPosts.keep(facts.publication, in: delivery.workspace, tx)
                }
            },
            JobHandler(Self.settling) { _, context in
                guard let workspace = context.job.workspace else { return }
                try await database.write { tx in
                    try context.complete(in: tx)
                    try Self.settle(in: workspace, tx)
                }
            },
        ]
    }

    // MARK: - Where a link belongs

    private struct Place: Hashable {
        let channel: String?
        let initiative: String?
        let objective: String?
    }

    /// From a measured link up the line of sight.
    private static let live: SQL = """
        FROM measured_link
        LEFT JOIN publication ON publication.id = measured_link.publication_id
        LEFT JOIN post ON post.id = publication.post_id
        LEFT JOIN item ON item.id = post.item_id
        """
    private static let channel: SQL = "publication.channel_id"
    private static let initiative: SQL = "item.initiative_id"

    /// The places of links, given to those that have none.
    static func places(
        of links: Set<Int64>, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [Int64: Int64] {
        guard !links.isEmpty else { return [:] }
        // Nobody moves a link while its counts are added.
        try tx.takeTurn("places:\(workspace)")
        var out: [Int64: Int64] = [:]
        var known: [Place: Int64] = [:]
        for row in try tx.rows(
            """
            SELECT measured_link.key, measured_link.place_key, \(channel) AS channel_id,
                \(initiative) AS initiative_id, \(ResultsQuery.objective) AS objective_id \(live)
            WHERE measured_link.key IN \(.list(links.sorted()))
            """)
        {
            let link: Int64 = try row("key")
            if let place: Int64 = try row("place_key") {
                out[link] = place
                continue
            }
            let place = try key(of: row, in: workspace, &known, tx)
            try tx.execute("UPDATE measured_link SET place_key = \(place) WHERE key = \(link)")
            out[link] = place
        }
        return out
    }

    private static func key(
        of row: Row, in workspace: WorkspaceID, _ known: inout [Place: Int64],
        _ tx: borrowing Transaction
    ) throws -> Int64 {
        let place = Place(
            channel: try row("channel_id"), initiative: try row("initiative_id"),
            objective: try row("objective_id"))
        if let key = known[place] { return key }
        let found = try tx.scalar(
            Int64.self,
            """
            SELECT MIN(key) AS key FROM measured_place WHERE workspace_id = \(workspace)
                AND channel_id IS NOT DISTINCT FROM \(place.channel)
                AND initiative_id IS NOT DISTINCT FROM \(place.initiative)
                AND objective_id IS NOT DISTINCT FROM \(place.objective)
            """)
        let made =
            try found
            ?? tx.scalar(
                Int64.self,
                """
                INSERT INTO measured_place (workspace_id, channel_id, initiative_id, objective_id)
                VALUES (\(workspace), \(place.channel), \(place.initiative), \(place.objective))
                RETURNING key
                """)
        guard let made else { throw StoreError.noRow }
        known[place] = made
        return made
    }

    // MARK: - Moving

    /// Moves the counts of links whose posts have another place by now.
    static func settle(in workspace: WorkspaceID, _ tx: borrowing Transaction) throws {
        try tx.takeTurn("places:\(workspace)")
        var known: [Place: Int64] = [:]
        let strays = try tx.rows(
            """
            SELECT measured_link.key, measured_link.place_key, \(channel) AS channel_id,
                \(initiative) AS initiative_id, \(ResultsQuery.objective) AS objective_id \(live)
            JOIN measured_place ON measured_place.key = measured_link.place_key
            WHERE measured_link.workspace_id = \(workspace) AND (
                measured_place.channel_id IS DISTINCT FROM \(channel)
                OR measured_place.initiative_id IS DISTINCT FROM \(initiative)
                OR measured_place.objective_id IS DISTINCT FROM \(ResultsQuery.objective))
            """)
        for row in strays {
            let new = try key(of: row, in: workspace, &known, tx)
            try move(try row("key"), from: try row("place_key"), to: new, tx)
        }
        if !strays.isEmpty {
            try tx.execute(BlockSums.places.clearing("\(workspace)"))
            try tx.execute(CreditSums.clearingBlocks(of: workspace))
        }
        try MeasuredPosts.settle(in: workspace, tx)
    }

    private static func move(
        _ link: Int64, from old: Int64, to new: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE place_day SET people = place_day.people - link_day.people,
                bots = place_day.bots - link_day.bots,
                visits = place_day.visits - link_day.visits
            FROM link_day WHERE link_day.link_key = \(link) AND place_day.place_key = \(old)
                AND place_day.day = link_day.day
            """)
        try tx.execute(
            """
            DELETE FROM place_day
            WHERE place_key = \(old) AND people = 0 AND bots = 0 AND visits = 0
            """)
        try tx.execute(
            """
            INSERT INTO place_day (place_key, workspace_id, day, people, bots, visits)
            SELECT \(new), workspace_id, day, people, bots, visits FROM link_day
            WHERE link_key = \(link)
            ON CONFLICT (workspace_id, day, place_key) DO UPDATE
                SET people = place_day.people + excluded.people,
                    bots = place_day.bots + excluded.bots,
                    visits = place_day.visits + excluded.visits
            """)
        let blocks = BlockSums.places
        try tx.execute(blocks.adding(BlockSums.rows(of: link, at: old), sign: -1))
        try tx.execute(blocks.adding(BlockSums.rows(of: link, at: new)))
        let credit = BlockSums.rowsOfCredit("earned.link_key = \(link)")
        try tx.execute(BlockSums.credit.adding(credit, sign: -1))
        try tx.execute("UPDATE measured_link SET place_key = \(new) WHERE key = \(link)")
        try tx.execute(BlockSums.credit.adding(credit))
    }

    /// Adds up all sums of a workspace whose links and days were written by other means.
    package static func rebuild(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let links = try tx.rows("SELECT key FROM measured_link WHERE workspace_id = \(workspace)")
            .map { try $0("key", as: Int64.self) }
        _ = try places(of: Set(links), in: workspace, tx)
        try tx.execute(MeasuredLinks.marking("workspace_id = \(workspace)"))
        for table in ["workspace_day", "place_day"] {
            try tx.execute("DELETE FROM \(SQL(raw: table)) WHERE workspace_id = \(workspace)")
        }
        for statement in Self.sums("WHERE link_day.workspace_id = \(workspace)") {
            try tx.execute(statement)
        }
        try tx.execute(BlockSums.places.clearingAll("\(workspace)"))
        try tx.execute(
            BlockSums.places.adding(BlockSums.rowsOfPlaces("workspace_id = \(workspace)")))
        try MeasuredPosts.rebuild(in: workspace, tx)
        try CreditSums.rebuild(in: workspace, tx)
        try VisitSums.rebuild(in: workspace, tx)
    }

    /// The statements that fill the sums from the days of each link.
    static func sums(_ condition: SQL) -> [SQL] {
        let figures: SQL = """
            CAST(SUM(link_day.people) AS BIGINT), CAST(SUM(link_day.bots) AS BIGINT),
                CAST(SUM(link_day.visits) AS BIGINT)
            """
        return [
            """
            INSERT INTO workspace_day (workspace_id, day, people, bots, visits)
            SELECT workspace_id, day, \(figures) FROM link_day \(condition)
            GROUP BY workspace_id, day
            """,
            """
            INSERT INTO place_day (workspace_id, day, place_key, people, bots, visits)
            SELECT link_day.workspace_id, link_day.day, measured_link.place_key, \(figures)
            FROM link_day JOIN measured_link ON measured_link.key = link_day.link_key
            \(condition)
            GROUP BY link_day.workspace_id, link_day.day, measured_link.place_key
            """,
        ]
    }
}
