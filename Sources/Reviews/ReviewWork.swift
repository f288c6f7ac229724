package import Jobs
package import Kernel
import Planning
import Store
import Strategy

/// The clockwork that opens reviews: one job that wakes at least once an hour.
package struct ReviewWork: Sendable {
    /// Nothing to know: the job looks at every workspace.
    struct Nothing: Codable, Sendable {}

    static let opening = JobKind<Nothing>("reviews.open", retry: .persistent)
    private static let key = "reviews.open"

    private let desk: ReviewDesk

    package init(desk: ReviewDesk) { self.desk = desk }

    /// Starts the clockwork; starting it again changes nothing.
    package func start(queue: JobQueue) async throws {
        try await desk.database.write { tx in
            try queue.enqueue(
                Self.opening, Nothing(), workspace: nil, lane: Self.key,
                dueAt: desk.surroundings.now(), key: Self.key, in: tx)
        }
    }

    /// The handlers for the worker.
    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.opening) { _, context in
                try await desk.openDue()
                try await desk.database.write { tx in
                    let wake = desk.surroundings.now() + .hours(1)
                    try context.postpone(
                        until: min(wake, desk.nextOpening(tx) ?? wake), in: tx)
                }
            }
        ]
            + Self.changes.map { event in
                JobHandler.on(event, name: "reviews") { delivery, context in
                    try await look(at: delivery.workspace, context)
                }
            }
    }

    /// What changes when reviews open: a new workspace, another time zone, a cycle switched on.
    private static let changes = [
        "people.workspace-created", "people.workspace-changed", "reviews.cycleSet",
    ]

    /// Opens what is due in one workspace now, and sets the clockwork to its next opening.
    private func look(at workspace: WorkspaceID, _ context: JobContext) async throws {
        try await desk.openDue(in: workspace)
        try await desk.database.write { tx in
            guard let next = try desk.nextOpening(tx) else { return }
            try context.queue.enqueue(
                Self.opening, Nothing(), workspace: nil, lane: Self.key, dueAt: next,
                key: Self.key, in: tx)
        }
    }
}

extension ReviewDesk {
    private struct Place: RowReadable {
        let workspace: WorkspaceID
        let zone: Zone
        let createdAt: Instant

        init(row: Row) throws {
            workspace = try row("id")
            zone = try row("zone")
            createdAt = try row("created_at")
        }
    }

    /// Opens every review whose time has come, in one workspace or in all; returns how many.
    @discardableResult
    package func openDue(in workspace: WorkspaceID? = nil) async throws -> Int {
        let only: SQL = workspace.map { "WHERE id = \($0)" } ?? ""
        let places = try await database.read { tx in
            try tx.all(Place.self, "SELECT id, zone, created_at FROM workspace \(only) ORDER BY id")
        }
        var opened = 0
        for place in places {
            // One transaction for each workspace keeps the single writer free for others.
            opened += try await database.write { tx in
                let due = ReviewCycle.due(
                    at: surroundings.now(), zone: place.zone, since: place.createdAt,
                    cadences: try Self.cycles(in: place.workspace, tx))
                return try due.count { entry in
                    let opened = try open(
                        entry.cadence, entry.period, zone: place.zone, in: place.workspace,
                        by: .system("Review cycle"), tx)
                    if opened == nil {
                        try completeEarly(
                            entry.cadence, entry.period, zone: place.zone, in: place.workspace,
                            tx)
                    }
                    return opened != nil
                }
            }
        }
        return opened
    }

    /// Fills in the whole period where a review was opened before the period was over.
    ///
    /// One that was finished early stays as it is: its minute stands.
    private func completeEarly(
        _ cadence: ReviewCadence, _ period: ReviewCadence.Period, zone: Zone,
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let condition: SQL =
            """
            workspace_id = \(workspace) AND cadence = \(cadence)
                AND starts_on = \(period.startsOn) AND state = 'open'
                AND figures_at < \(period.end(in: zone))
            """
        guard try tx.exists("SELECT 1 FROM review WHERE \(condition)") else { return }
        let figures = try figures(of: period, cadence, zone: zone, in: workspace, tx)
        try tx.execute(
            """
            UPDATE review SET figures = \(figures), figures_at = \(surroundings.now())
            WHERE \(condition)
            """)
    }

    func nextOpening(_ tx: borrowing Transaction) throws -> Instant? {
        try tx.all(Place.self, "SELECT id, zone, created_at FROM workspace").compactMap {
            ReviewCycle.next(
                after: surroundings.now(), zone: $0.zone, cadences: ReviewCadence.allCases)
        }.min()
    }
}

// MARK: - The figures

extension ReviewDesk {
    /// The snapshot of a period: what the plan said, what happened, what stood out.
    func figures(
        of period: ReviewCadence.Period, _ cadence: ReviewCadence, zone: Zone,
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> ReviewFigures {
        let measured = try figures.measured(workspace, period, zone, tx)
        return ReviewFigures(
            said: try planned(period, workspace, tx) + promised(before: period, workspace, tx),
            happened: try measured.happened + objectives(period, zone, workspace, tx),
            surprises: measured.surprises)
    }

    /// The items of the period's months; a week shows those of its month that are not done.
    private func planned(
        _ period: ReviewCadence.Period, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ReviewFigures.Line] {
        let items = try tx.all(
            PlanItem.self,
            """
            SELECT * FROM item WHERE workspace_id = \(workspace)
                AND month IN \(.list(period.months)) AND state <> 'dropped'
            ORDER BY month, position, id LIMIT 100
            """)
        guard !items.isEmpty else { return [] }
        let done = items.count { $0.state == .done }
        let names = period.months.map(\.name).joined(separator: ", ")
        let head = ReviewFigures.Line(
            label: "Items in the plan", value: "\(done) of \(items.count) done", note: names)
        return [head]
            + items.map { item in
                ReviewFigures.Line(
                    label: item.title, value: item.state.name, note: item.month.name,
                    subject: item.subject)
            }
    }

    /// Decisions that were due by the end of the period.
    private func promised(
        before period: ReviewCadence.Period, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> [ReviewFigures.Line] {
        try tx.all(
            Decision.self,
            """
            SELECT * FROM decision WHERE workspace_id = \(workspace)
                AND due_on <= \(period.endsOn)
                AND (due_on >= \(period.startsOn) OR state = 'open')
            ORDER BY due_on, id LIMIT 100
            """
        ).map { decision in
            let value =
                switch decision.state {
                case .open: "Still open"
                case .done: "Done"
                case .dropped: "Dropped"
                }
            return ReviewFigures.Line(
                label: decision.what, value: value, note: "decided, due \(decision.dueOn.words)",
                subject: decision.subject)
        }
    }

    /// How each objective stood on the last day of the period.
    private func objectives(
        _ period: ReviewCadence.Period, _ zone: Zone, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> [ReviewFigures.Line] {
        // A period that is not over yet stands as of today.
        let today = min(period.endsOn, CivilDate(surroundings.now(), in: zone))
        let book = try StrategyBook.load(workspace, today: today, tx)
        return book.objectives.filter { $0.objective.startsOn <= period.endsOn }.map { entry in
            let objective = entry.objective
            let target = "target \(objective.words(objective.target))"
            guard let latest = entry.standing.latest else {
                return ReviewFigures.Line(
                    label: objective.kpi, value: "—", note: "no check-in yet, \(target)",
                    subject: objective.subject)
            }
            return ReviewFigures.Line(
                label: objective.kpi, value: objective.words(latest.value),
                note: "\(entry.standing.status.name.lowercased()), \(target) by "
                    + objective.dueOn.words,
                subject: objective.subject)
        }
    }
}
