package import Jobs
package import Kernel
package import Planning
package import Store

/// Opens, fills and finishes reviews, and keeps what they taught.
package struct ReviewDesk: Sendable {
    let database: Database
    let events: EventLog
    let surroundings: Surroundings
    let plan: PlanDesk
    let figures: FiguresSource

    package init(
        database: Database, events: EventLog, surroundings: Surroundings, plan: PlanDesk,
        figures: FiguresSource = .none
    ) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
        self.plan = plan
        self.figures = figures
    }

    func record(
        _ name: String, _ subject: String, _ summary: String, changes: [Change] = [],
        in workspace: WorkspaceID, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        try events.record(
            Event(
                "reviews.\(name)", workspace: workspace, subject: subject, summary: summary,
                changes: changes, by: principal),
            in: tx)
    }

    func requireMember(
        _ member: MemberID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let belongs = try tx.exists(
            """
            SELECT 1 FROM member WHERE id = \(member) AND workspace_id = \(workspace)
                AND removed_at IS NULL
            """)
        guard belongs else { throw ReviewError.ownerNeeded }
    }

    /// A review of the workspace that people still work on.
    func requireOpen(
        _ id: ReviewID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Review {
        guard let review = try Review.find(id, in: workspace, tx) else {
            throw ReviewError.noSuchReview
        }
        guard review.state == .open else { throw ReviewError.finishedAlready }
        return review
    }
}

// MARK: - Opening and finishing

extension ReviewDesk {
    /// Opens the review of the period that `day` falls in, with its figures filled in.
    ///
    /// `soFar` allows a period that is not over yet, as long as it has begun.
    package func open(
        _ cadence: ReviewCadence, holding day: CivilDate, soFar: Bool = false, zone: Zone,
        in workspace: WorkspaceID, by principal: Principal
    ) async throws -> ReviewID {
        let period = cadence.period(holding: day)
        let today = CivilDate(surroundings.now(), in: zone)
        guard period.startsOn <= today else { throw ReviewError.periodNotBegun }
        guard soFar || period.endsOn < today else { throw ReviewError.periodNotOver }
        return try await database.write { tx in
            guard
                let id = try open(
                    cadence, period, zone: zone, in: workspace, by: principal, tx)
            else { throw ReviewError.openedAlready }
            return id
        }
    }

    /// Opens a review unless there is one of that time; returns nil when there is.
    func open(
        _ cadence: ReviewCadence, _ period: ReviewCadence.Period, zone: Zone,
        in workspace: WorkspaceID, by principal: Principal, _ tx: borrowing Transaction
    ) throws -> ReviewID? {
        let exists = try tx.exists(
            """
            SELECT 1 FROM review WHERE workspace_id = \(workspace) AND cadence = \(cadence)
                AND starts_on = \(period.startsOn)
            """)
        guard !exists else { return nil }
        let id: ReviewID = surroundings.newID()
        let now = surroundings.now()
        let figures = try figures(of: period, cadence, zone: zone, in: workspace, tx)
        try tx.execute(
            """
            INSERT INTO review (id, workspace_id, cadence, starts_on, ends_on, state, figures,
                figures_at, summary, opened_at)
            VALUES (\(id), \(workspace), \(cadence), \(period.startsOn), \(period.endsOn), 'open',
                \(figures), \(now), '', \(now))
            """)
        try record(
            "opened", "review:\(id)", "Opened with its figures filled in",
            changes: try tx.made(
                "SELECT cadence, starts_on, ends_on, state FROM review WHERE id = \(id)"),
            in: workspace,
            by: principal, tx)
        return id
    }

    /// Fills in the figures again, for orders and readings that came late.
    package func refreshFigures(
        of id: ReviewID, zone: Zone, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM review WHERE id = \(id) AND workspace_id = \(workspace)")
            let review = try requireOpen(id, in: workspace, tx)
            let figures = try figures(
                of: review.period, review.cadence, zone: zone, in: workspace, tx)
            try tx.execute(
                """
                UPDATE review SET figures = \(figures), figures_at = \(surroundings.now())
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            try record(
                "figuresRefreshed", review.subject, "Filled in the figures again",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Finishes a review: what it says becomes the minute.
    package func finish(
        _ id: ReviewID, summary: String, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM review WHERE id = \(id) AND workspace_id = \(workspace)")
            let review = try requireOpen(id, in: workspace, tx)
            let hasFindings = try tx.exists(
                """
                SELECT 1 FROM finding WHERE review_id = \(id) AND workspace_id = \(workspace)
                LIMIT 1
                """)
            guard hasFindings else { throw ReviewError.nothingFound }
            try tx.execute(
                """
                UPDATE review SET state = 'finished', summary = \(summary),
                    finished_at = \(surroundings.now()), finished_by = \(principal.name)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            try record(
                "finished", review.subject, "Finished; the minute stands",
                changes: try before.changes(in: tx), in: workspace,
                by: principal, tx)
        }
    }

    /// Opens a finished review again, to correct its minute.
    package func reopen(
        _ id: ReviewID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM review WHERE id = \(id) AND workspace_id = \(workspace)")
            let changed = try tx.execute(
                """
                UPDATE review SET state = 'open', finished_at = NULL, finished_by = NULL
                WHERE id = \(id) AND workspace_id = \(workspace) AND state = 'finished'
                """)
            guard changed == 1 else { throw ReviewError.noSuchReview }
            try record(
                "reopened", "review:\(id)", "Reopened", changes: try before.changes(in: tx),
                in: workspace, by: principal, tx)
        }
    }

    /// Switches a cycle on or off; reviews that are open stay open.
    package func setCycle(
        _ cadence: ReviewCadence, isOn: Bool, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT cadence, 'off' AS state FROM review_cycle_off
                WHERE cadence = \(cadence) AND workspace_id = \(workspace)
                """)
            try tx.execute(
                """
                DELETE FROM review_cycle_off
                WHERE workspace_id = \(workspace) AND cadence = \(cadence)
                """)
            if !isOn {
                try tx.execute(
                    """
                    INSERT INTO review_cycle_off (workspace_id, cadence)
                    VALUES (\(workspace), \(cadence))
                    """)
            }
            try record(
                "cycleSet", "strategy:\(workspace)",
                "Switched \(isOn ? "on" : "off") the \(cadence.rawValue) review",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }
}
