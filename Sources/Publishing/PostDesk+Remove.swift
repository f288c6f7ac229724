import Jobs
package import Kernel
import Networks
import Store

extension PostDesk {
    /// Whether a side is out in a way that can be taken back from here.
    package func canRemove(_ side: PostSheet.Side) -> Bool {
        side.publication.delivery.state == .published && side.channel.isConnected
            && side.hasParts && [nil, .refused].contains(side.removal?.state)
    }

    /// Deletes a published post on its network; the worker does it, proves it, and says so.
    package func removeThere(
        _ id: PublicationID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> PostSheet {
        let now = surroundings.now()
        return try await database.write { tx in
            let publication = try Publication.load(id, in: workspace, tx)
            let sheet = try PostSheet.load(publication.post, in: workspace, tx)
            guard let side = sheet[id] else { throw PublishingError.noSuchPublication }
            guard publication.delivery.state == .published else {
                throw PublishingError.cannot(.remove, in: publication.delivery.state)
            }
            // Asked twice is asked once.
            if let state = side.removal?.state, state != .refused { return sheet }
            guard canRemove(side) else { throw PublishingError.notRemovable }
            let left = side.removal?.partsLeft ?? publication.delivery.partsOut
            let removal = Removal(
                of: id, in: workspace, parts: left, by: principal.name, at: now)
            try removal.save(tx)
            try plan.remove(publication, at: now, tx)
            try plan.record(
                "publishing.removal-asked", publication,
                "Asked to delete it on \(side.channel.network.name)", by: principal, tx)
            return try PostSheet.load(publication.post, in: workspace, tx)
        }
    }
}

extension DeliveryPlan {
    static let remove = JobKind<Target>(
        "publishing.remove", retry: .persistent, lease: .minutes(3))

    func remove(
        _ publication: Publication, at moment: Instant, _ tx: borrowing Transaction
    ) throws {
        try queue.enqueue(
            Self.remove, Target(workspace: publication.workspace, publication: publication.id),
            workspace: publication.workspace, lane: publication.lane, dueAt: moment,
            key: publication.key("remove"), in: tx)
    }

    /// Does what a decision about a removal asks for.
    func follow(
        _ action: Removal.Action, _ removal: Removal, _ publication: Publication,
        by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        switch action {
        case .remove(let moment):
            let now = surroundings.now()
            try remove(publication, at: now + (moment - now) * pace, tx)
        case .announce:
            try record(
                "publishing.removed", publication,
                "Deleted on its network, known by \(removal.proof ?? "its answer")",
                by: principal, tx)
        case .callPerson:
            try record(
                "publishing.removal-refused", publication,
                removal.message ?? "Could not be deleted", by: principal, tx)
        }
    }
}

extension Ledger {
    /// Makes the intent to delete one part durable; the database refuses a second open one.
    func intendRemoval(
        _ publication: Publication, part: Int, _ tx: borrowing Transaction
    ) throws -> ID<Attempt> {
        let id: ID<Attempt> = surroundings.newID()
        try tx.execute(
            """
            INSERT INTO removal_attempt (id, workspace_id, publication_id, kind, part, started_at)
            VALUES (\(id), \(publication.workspace), \(publication.id), 'removal', \(part),
                \(surroundings.now()))
            """)
        return id
    }

    /// Writes down what the network answered to a deletion.
    func closeRemoval(
        _ id: ID<Attempt>, _ answer: Result<Void, NetworkFailure>, _ tx: borrowing Transaction
    ) throws {
        var outcome = Attempt.Outcome.accepted
        var failure: NetworkFailure?
        if case .failure(let why) = answer {
            failure = why
            switch why.kind {
            case .ambiguous: outcome = .unknown
            case .authorizationExpired, .notPermitted, .contentRefused: outcome = .refused
            default: outcome = .notAccepted
            }
        }
        try tx.execute(
            """
            UPDATE removal_attempt SET finished_at = \(surroundings.now()), outcome = \(outcome),
                status = \(failure?.status), code = \(failure?.code),
                message = \(failure?.message)
            WHERE id = \(id) AND finished_at IS NULL
            """)
    }

    /// Closes deletions whose worker never wrote an answer.
    func closeInterruptedRemovals(
        _ publication: Publication, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE removal_attempt SET finished_at = \(surroundings.now()),
                outcome = 'interrupted',
                message = 'The program stopped between the intent and the answer.'
            WHERE publication_id = \(publication.id) AND finished_at IS NULL
            """)
    }

    /// Writes down what a look after a deletion has shown.
    func noteRemovalLook(
        _ outcome: Attempt.Outcome, _ publication: Publication, _ part: Int, _ message: String,
        _ tx: borrowing Transaction
    ) throws {
        let id: ID<Attempt> = surroundings.newID()
        let now = surroundings.now()
        try tx.execute(
            """
            INSERT INTO removal_attempt (id, workspace_id, publication_id, kind, part, started_at,
                finished_at, outcome, message)
            VALUES (\(id), \(publication.workspace), \(publication.id), 'look', \(part), \(now),
                \(now), \(outcome), \(message))
            """)
    }
}
