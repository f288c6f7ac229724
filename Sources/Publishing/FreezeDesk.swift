package import Jobs
package import Kernel
import Planning
package import Store

/// Stops what is due, and starts it again with people's word on what became late meanwhile.
package struct FreezeDesk: Sendable {
    private let database: Database
    private let plan: DeliveryPlan
    private let posts: PostDesk
    private let surroundings: Surroundings

    package init(
        database: Database, events: EventLog, queue: JobQueue, surroundings: Surroundings,
        posts: PostDesk
    ) {
        self.database = database
        plan = DeliveryPlan(queue: queue, events: events, surroundings: surroundings)
        self.posts = posts
        self.surroundings = surroundings
    }

    /// What stands still now, oldest first; one indexed query, asked for every page.
    package func open(in workspace: WorkspaceID) async throws -> [Freeze] {
        try await database.read { tx in
            try tx.all(
                Freeze.self,
                """
                \(Freeze.select) WHERE publishing_freeze.workspace_id = \(workspace)
                    AND publishing_freeze.lifted_at IS NULL
                ORDER BY publishing_freeze.began_at, publishing_freeze.id
                """)
        }
    }

    /// The latest freezes, open ones and those of the past.
    package func all(in workspace: WorkspaceID) async throws -> [Freeze] {
        try await database.read { tx in
            try tx.all(
                Freeze.self,
                """
                \(Freeze.select) WHERE publishing_freeze.workspace_id = \(workspace)
                ORDER BY publishing_freeze.id DESC LIMIT 100
                """)
        }
    }

    /// One freeze.
    package func freeze(_ id: FreezeID, in workspace: WorkspaceID) async throws -> Freeze {
        try await database.read { tx in try Freeze.load(id, in: workspace, tx) }
    }

    /// Stops everything of a scope that is due from now on; a second time changes nothing.
    package func freeze(
        _ scope: Freeze.Scope, reason: String, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Freeze {
        try await database.write { tx in
            try begin(scope, reason, workspace, principal, tx)
        }
    }

    /// Stops several workspaces in one transaction: all of them or none.
    package func freeze(
        everything workspaces: [WorkspaceID], reason: String, by principal: Principal
    ) async throws -> [Freeze] {
        try await database.write { tx in
            var made: [Freeze] = []
            for workspace in workspaces {
                made.append(try begin(.workspace, reason, workspace, principal, tx))
            }
            return made
        }
    }

    private func begin(
        _ scope: Freeze.Scope, _ reason: String, _ workspace: WorkspaceID,
        _ principal: Principal, _ tx: borrowing Transaction
    ) throws -> Freeze {
        try tx.takeTurn(Transaction.departures)
        try require(scope, workspace, tx)
        let open = try tx.scalar(
            FreezeID.self,
            """
            SELECT id FROM publishing_freeze
            WHERE workspace_id = \(workspace) AND lifted_at IS NULL AND scope = \(scope.kind)
                AND COALESCE(channel_id, initiative_id, '')
                    = \(scope.channel?.text ?? scope.initiative?.text ?? "")
            """)
        if let open { return try Freeze.load(open, in: workspace, tx) }
        let id: FreezeID = surroundings.newID()
        try tx.execute(
            """
            INSERT INTO publishing_freeze (id, workspace_id, scope, channel_id, initiative_id,
                reason, began_at, began_by)
            VALUES (\(id), \(workspace), \(scope.kind), \(scope.channel), \(scope.initiative),
                \(String(reason.prefix(500))), \(surroundings.now()), \(principal.name))
            """)
        let freeze = try Freeze.load(id, in: workspace, tx)
        let why = reason.isEmpty ? "" : ": “\(reason.prefix(200))”"
        try record(
            "publishing.frozen", freeze, "Froze \(freeze.what)\(why)",
            changes: try tx.made(Self.row(id)), principal, tx)
        return freeze
    }

    private func require(
        _ scope: Freeze.Scope, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        switch scope {
        case .workspace: return
        case .channel(let id): _ = try ChannelFacts.load(id, in: workspace, tx)
        case .initiative(let id):
            let exists = try tx.exists(
                "SELECT 1 FROM initiative WHERE workspace_id = \(workspace) AND id = \(id)")
            guard exists else { throw Problem.notFound("initiative") }
        }
    }

    /// What a freeze has made late and nobody has decided about yet, oldest first.
    package func late(_ id: FreezeID, in workspace: WorkspaceID) async throws -> [PublicationLine] {
        let now = surroundings.now()
        return try await database.read { tx in
            let freeze = try Freeze.load(id, in: workspace, tx)
            let waiting = Self.waiting(freeze, now)
            return try tx.all(
                PublicationLine.self,
                """
                \(PublicationLine.select) WHERE publication.workspace_id = \(workspace)
                    AND ((publication.state = 'needsPerson' AND publication.freeze_id = \(id))
                        OR (\(waiting)))
                ORDER BY publication.due_at, publication.id LIMIT 500
                """)
        }
    }

    /// Posts whose time has come during the freeze, which no worker has looked at yet.
    private static func waiting(_ freeze: Freeze, _ now: Instant) -> SQL {
        guard freeze.isOpen else { return "FALSE" }
        return """
            publication.state IN ('scheduled', 'preparing') AND publication.due_at <= \(now)
                AND \(freeze.scope.condition)
            """
    }

    /// Ends a freeze: what is not due yet goes out at its time, what is late waits for a word.
    package func lift(
        _ id: FreezeID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Freeze {
        let now = surroundings.now()
        return try await database.write { tx in
            let freeze = try Freeze.load(id, in: workspace, tx)
            guard freeze.isOpen else { return freeze }
            let row = try tx.snapshot(Self.row(id))
            let overdue = try tx.all(
                Publication.self,
                """
                SELECT * FROM publication WHERE workspace_id = \(workspace)
                    AND \(Self.waiting(freeze, now))
                """)
            for var publication in overdue {
                let action = publication.hold(by: id, reason: freeze.reason, at: now)
                try publication.save(tx)
                try plan.follow(action, publication, by: principal, tx)
            }
            try tx.execute(
                """
                UPDATE publishing_freeze SET lifted_at = \(now), lifted_by = \(principal.name)
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            try record(
                "publishing.resumed", freeze, "Resumed \(freeze.what)",
                changes: try row.changes(in: tx), principal, tx)
            return try Freeze.load(id, in: workspace, tx)
        }
    }

    /// What a person wants of one post that is late after a freeze.
    package enum Choice: Sendable, Hashable {
        case publishNow
        case move(Due)
        /// Off the calendar; the post stays and can be scheduled again.
        case leave
    }

    /// Ends a freeze and does what people want of each late post.
    ///
    /// Answers what could not be done, by publication; those keep waiting for a person.
    package func resume(
        _ id: FreezeID, _ choices: [PublicationID: Choice], in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> (freeze: Freeze, refused: [PublicationID: Problem]) {
        let freeze = try await lift(id, in: workspace, by: principal)
        var refused: [PublicationID: Problem] = [:]
        for (publication, choice) in choices.sorted(by: { $0.key < $1.key }) {
            do {
                try await decide(choice, publication, id, workspace, principal)
            } catch let error as any Presentable {
                refused[publication] = error.problem
            }
        }
        return (freeze, refused)
    }

    private func decide(
        _ choice: Choice, _ id: PublicationID, _ freeze: FreezeID, _ workspace: WorkspaceID,
        _ principal: Principal
    ) async throws {
        let publication = try await database.read { tx in
            try Publication.load(id, in: workspace, tx)
        }
        // Decided by somebody else in the meantime: their word counts.
        guard publication.freeze == freeze, publication.delivery.reason == .frozen else { return }
        switch choice {
        case .publishNow:
            _ = try await posts.release(id, in: workspace, by: principal)
        case .move(let due):
            _ = try await posts.schedule(
                publication.post, at: due, only: [id], in: workspace, by: principal)
        case .leave:
            _ = try await posts.unschedule(
                publication.post, only: [id], in: workspace, by: principal)
        }
    }

    /// A freeze's row for the record of changes.
    private static func row(_ id: FreezeID) -> SQL {
        "SELECT * FROM publishing_freeze WHERE id = \(id)"
    }

    private func record(
        _ name: String, _ freeze: Freeze, _ summary: String, changes: [Change],
        _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        try plan.events.record(
            try Event(
                name, workspace: freeze.workspace, subject: freeze.scope.subject(freeze.workspace),
                summary: summary, changes: changes, by: principal), in: tx)
    }
}

extension PostDesk {
    /// Sends a publication that was held for being late: a person has said so.
    package func release(
        _ id: PublicationID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> PostSheet {
        let post = try await post(of: id, in: workspace)
        let now = surroundings.now()
        return try await change(id: post, id, in: workspace, by: principal) { publication in
            let action = try publication.delivery.absentByPerson(at: now)
            publication.message = nil
            return ("publishing.released", "Publish it now, though late", action)
        } also: { _, _ in
        }
    }
}

extension Publication {
    /// Keeps a due publication back because of a freeze.
    mutating func hold(by freeze: FreezeID, reason: String, at now: Instant) -> Delivery.Action {
        let action = delivery.freeze()
        guard action != .nothing else { return action }
        self.freeze = freeze
        updatedAt = now
        message = Self.frozenMessage(reason)
        return action
    }

    static func frozenMessage(_ reason: String) -> String {
        "Held by a freeze" + (reason.isEmpty ? "." : ": “\(reason)”.")
    }
}
