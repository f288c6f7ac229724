package import Jobs
package import Kernel
package import Planning
package import Publishing
package import Store
import Strategy

/// Marks identifiers of cost entries.
package enum CostTag {}
package typealias CostID = ID<CostTag>

/// Time or money that went into one post or one initiative.
package struct CostEntry: Sendable, Hashable, RowReadable {
    /// What was spent.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// People's time: minutes at an hourly rate.
        case people
        case direct
        case tools

        /// The words people read.
        package var name: String {
            switch self {
            case .people: "People's time"
            case .direct: "Money spent"
            case .tools: "Tools"
            }
        }
    }

    package let id: CostID
    package let publication: PublicationID?
    package let initiative: InitiativeID?
    package let kind: Kind
    package let minutes: Int64?
    /// Minor units an hour.
    package let hourlyRate: Int64?
    package let amount: Money
    package let spentOn: CivilDate
    package let note: String
    package let recordedBy: String
    /// What it was spent on, in words.
    package let title: String

    package init(row: Row) throws {
        id = try row("id")
        publication = try row("publication_id")
        initiative = try row("initiative_id")
        kind = try row("kind")
        minutes = try row("minutes")
        hourlyRate = try row("hourly_rate")
        amount = Money(minorUnits: try row("amount"), currency: try row("currency"))
        spentOn = DayNumber.date(try row("spent_on"))
        note = try row("note")
        recordedBy = try row("recorded_by")
        let post: String? = try row("post_title")
        let initiativeTitle: String? = try row("initiative_title")
        title = post ?? initiativeTitle ?? ""
    }
}

/// What a person says about a cost.
package struct CostDraft: Sendable, Hashable {
    /// What the cost belongs to.
    package enum Subject: Sendable, Hashable {
        case post(PublicationID)
        case initiative(InitiativeID)
    }

    package var subject: Subject
    package var kind: CostEntry.Kind
    package var minutes: Int64?
    package var hourlyRate: Int64?
    /// Minor units; for people's time it follows from minutes and rate.
    package var amount: Int64?
    package var currency: Currency
    package var spentOn: CivilDate
    package var note: String

    package init(
        subject: Subject, kind: CostEntry.Kind, minutes: Int64? = nil, hourlyRate: Int64? = nil,
        amount: Int64? = nil, currency: Currency, spentOn: CivilDate, note: String = ""
    ) {
        self.subject = subject
        self.kind = kind
        self.minutes = minutes
        self.hourlyRate = hourlyRate
        self.amount = amount
        self.currency = currency
        self.spentOn = spentOn
        self.note = note
    }

    /// The cost in minor units.
    func checkedAmount() throws(MeasurementError) -> Int64 {
        if kind == .people {
            guard let minutes, (1...100_000).contains(minutes), let hourlyRate,
                (0...100_000_000).contains(hourlyRate)
            else { throw .cost("Give the minutes and what an hour costs.") }
            return BudgetLine.cost(minutes: minutes, hourlyRate: hourlyRate)
        }
        guard let amount, (0...100_000_000_000).contains(amount) else {
            throw .cost("Give an amount of zero or more.")
        }
        return amount
    }
}

/// Days as tables count them: whole days since 1970-01-01.
package enum DayNumber {
    private static let epoch = CivilDate("1970-01-01")

    /// The day with this number.
    package static func date(_ number: Int64) -> CivilDate {
        guard let epoch else { preconditionFailure("the epoch is a day") }
        return epoch.adding(days: Int(number))
    }

    /// The number of a day: days since the epoch.
    package static func of(_ date: CivilDate) -> Int64 { Int64(date.daysSinceEpoch) }
}

/// Which costs a list shows.
package struct CostFilter: Sendable, Hashable {
    package var period: ResultsPeriod?
    package var place: ResultsPlace?
    package var kind: CostEntry.Kind?
    /// Words in the note or in the title of what it was spent on.
    package var search: String
    package var order: EvidenceOrder

    package init(
        period: ResultsPeriod? = nil, place: ResultsPlace? = nil, kind: CostEntry.Kind? = nil,
        search: String = "", order: EvidenceOrder = .newest
    ) {
        self.period = period
        self.place = place
        self.kind = kind
        self.search = search
        self.order = order
    }

    /// From a cost, joined to its post, to where it counts in the line of sight.
    var joins: SQL {
        place == nil
            ? ""
            : """
            LEFT JOIN item ON item.id = post.item_id
            LEFT JOIN objective ON objective.id = \(ResultsQuery.objective)
            \(ResultsPlace.initiativeCostJoins)
            """
    }

    func conditions(_ workspace: WorkspaceID) -> [SQL] {
        var all: [SQL] = ["cost_entry.workspace_id = \(workspace)"]
        if let days = period?.days {
            all.append(
                """
                cost_entry.spent_on >= \(days.lowerBound)
                    AND cost_entry.spent_on <= \(days.upperBound)
                """)
        }
        if let place { all.append(place.onCost) }
        if let kind { all.append("cost_entry.kind = \(kind)") }
        if !search.isEmpty {
            all.append(
                """
                \(.contains("cost_entry.note", search)) OR \(.contains("post.title", search))
                    OR \(.contains("initiative.title", search))
                """)
        }
        return all
    }
}

/// Keeps what posts and initiatives cost.
package struct CostDesk: Sendable {
    private let database: Database
    private let events: EventLog
    private let surroundings: Surroundings

    package init(database: Database, events: EventLog, surroundings: Surroundings) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
    }

    private static let selected: SQL = """
        SELECT cost_entry.*, post.title AS post_title, initiative.title AS initiative_title
        FROM cost_entry \(titles)
        """

    private static let titles: SQL = """
        LEFT JOIN publication ON publication.id = cost_entry.publication_id
        LEFT JOIN post ON post.id = publication.post_id
        LEFT JOIN initiative ON initiative.id = cost_entry.initiative_id
        """

    /// Enters a cost.
    @discardableResult
    package func add(
        _ draft: CostDraft, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> CostEntry {
        let amount = try draft.checkedAmount()
        let id: CostID = surroundings.newID()
        let now = surroundings.now()
        var publication: PublicationID?
        var initiative: InitiativeID?
        let subject: String
        switch draft.subject {
        case .post(let id):
            publication = id
            subject = "post:\(id)"
        case .initiative(let id):
            initiative = id
            subject = "initiative:\(id)"
        }
        let (post, plan) = (publication, initiative)
        let isPeople = draft.kind == .people
        return try await database.write { tx in
            try Self.check(post, plan, workspace, tx)
            try tx.execute(
                """
                INSERT INTO cost_entry (id, workspace_id, publication_id, initiative_id, kind,
                    minutes, hourly_rate, amount, currency, spent_on, note, recorded_by,
                    recorded_at)
                VALUES (\(id), \(workspace), \(post), \(plan), \(draft.kind),
                    \(isPeople ? draft.minutes : nil), \(isPeople ? draft.hourlyRate : nil),
                    \(amount), \(draft.currency), \(DayNumber.of(draft.spentOn)),
                    \(String(draft.note.prefix(500))), \(principal.name), \(now))
                """)
            if let post { try MeasuredPosts.keep(post.text, in: workspace, tx) }
            let entry = try tx.first(
                CostEntry.self, "\(Self.selected) WHERE cost_entry.id = \(id)")
            guard let entry else { throw StoreError.noRow }
            try events.record(
                try Event(
                    "measurement.cost-entered", workspace: workspace, subject: subject,
                    summary: "Entered a cost of \(entry.amount.formatted)",
                    changes: try tx.made(Self.row(id)), by: principal), in: tx)
            return entry
        }
    }

    private static func check(
        _ post: PublicationID?, _ initiative: InitiativeID?, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        if let post,
            try !tx.exists(
                "SELECT 1 FROM publication WHERE workspace_id = \(workspace) AND id = \(post)")
        {
            throw Problem.notFound("post")
        }
        if let initiative,
            try !tx.exists(
                "SELECT 1 FROM initiative WHERE workspace_id = \(workspace) AND id = \(initiative)")
        {
            throw Problem.notFound("initiative")
        }
    }

    /// A cost's row for the record of changes.
    private static func row(_ id: CostID) -> SQL { "SELECT * FROM cost_entry WHERE id = \(id)" }

    /// Takes a cost out that was a mistake.
    package func remove(
        _ id: CostID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let row = try tx.snapshot(Self.row(id))
            let found = try tx.first(
                """
                DELETE FROM cost_entry WHERE workspace_id = \(workspace) AND id = \(id)
                RETURNING publication_id
                """)
            guard let found else { throw Problem.notFound("cost") }
            if let post: String = try found("publication_id") {
                try MeasuredPosts.keep(post, in: workspace, tx)
            }
            try events.record(
                try Event(
                    "measurement.cost-removed", workspace: workspace,
                    subject: "workspace:\(workspace)", summary: "Removed a cost",
                    changes: try row.changes(in: tx), by: principal),
                in: tx)
        }
    }

    /// The entered costs.
    package func list(
        _ filter: CostFilter = CostFilter(), in workspace: WorkspaceID,
        page: PageRequest = PageRequest()
    ) async throws -> Page<CostEntry> {
        let list = ListOrder(
            filter.order == .largest ? "cost_entry.amount" : "cost_entry.spent_on",
            then: "cost_entry.id", .text, isDescending: filter.order != .oldest)
        var all = filter.conditions(workspace)
        if let after = try list.after(page.after) { all.append(after) }
        let (conditions, joins) = (SQL.all(all), filter.joins)
        let found = try await database.read { tx in
            try tx.all(
                CostEntry.self,
                """
                \(Self.selected) \(joins) WHERE \(conditions)
                ORDER BY \(list.clause) LIMIT \(page.limit + 1)
                """)
        }
        return Page(found, limit: page.limit) { entry in
            let key =
                filter.order == .largest
                ? entry.amount.minorUnits : DayNumber.of(entry.spentOn)
            return Cursor(key: String(key), id: entry.id.text)
        }
    }

    /// What all rows of such a list come to.
    package func sum(
        of filter: CostFilter, _ currency: Currency, in workspace: WorkspaceID
    ) async throws -> ListSum {
        let row = try await database.read { tx in
            try tx.first(
                """
                SELECT CAST(COUNT(*) AS BIGINT) AS entries,
                    CAST(COALESCE(SUM(CASE WHEN cost_entry.currency = \(currency)
                        THEN cost_entry.amount ELSE 0 END), 0) AS BIGINT) AS amount
                FROM cost_entry \(Self.titles) \(filter.joins)
                WHERE \(.all(filter.conditions(workspace)))
                """)
        }
        guard let row else { return ListSum(entries: 0, amount: 0) }
        return ListSum(entries: try row("entries"), amount: try row("amount"))
    }

    /// What stands for a choice of subject: recent posts and open initiatives.
    package func subjects(
        in workspace: WorkspaceID
    ) async throws -> (
        posts: [(id: PublicationID, title: String)],
        initiatives: [(id: InitiativeID, title: String)]
    ) {
        let found = try await database.read { tx in
            (
                try tx.rows(
                    """
                    SELECT publication.id, post.title, channel.name FROM publication
                    JOIN post ON post.id = publication.post_id
                    JOIN channel ON channel.id = publication.channel_id
                    WHERE publication.workspace_id = \(workspace)
                        AND publication.published_at IS NOT NULL
                    ORDER BY publication.published_at DESC LIMIT 200
                    """),
                try tx.rows(
                    """
                    SELECT id, title FROM initiative WHERE workspace_id = \(workspace)
                    ORDER BY starts_on DESC LIMIT 200
                    """)
            )
        }
        return (
            try found.0.map { row in
                let name: String = try row("name")
                return (try row("id"), try row("title", as: String.self) + " — " + name)
            },
            try found.1.map { (try $0("id"), try $0("title")) }
        )
    }
}
