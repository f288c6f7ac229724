package import Kernel
import Networks
package import Store

/// A published post on its way out of its network. Pure: no clock, no store.
///
/// Deleting twice does what deleting once does, so a lost answer is followed by another try; what
/// counts is that a look afterwards finds nothing.
package struct Removal: Sendable, Hashable, RowReadable {
    /// Where a removal stands.
    package enum State: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case asked
        case removed
        /// The network does not do it; a person may ask again.
        case refused
    }

    /// What the desk does after a decision, in the same transaction.
    package enum Action: Sendable, Hashable {
        /// Delete the next part, or this one again.
        case remove(at: Instant)
        case announce
        case callPerson
    }

    package let publication: PublicationID
    package let workspace: WorkspaceID
    package private(set) var state: State
    /// Parts that are still there; the last one goes first, so that nothing hangs below a gap.
    package private(set) var partsLeft: Int
    package private(set) var tries: Int
    package var message: String?
    /// By which means we know that it is gone.
    package private(set) var proof: String?
    package let askedBy: String
    package let askedAt: Instant
    package private(set) var removedAt: Instant?

    /// Failures in a row before a person is called.
    static let mostTries = 12

    init(
        of publication: PublicationID, in workspace: WorkspaceID, parts: Int, by name: String,
        at now: Instant
    ) {
        self.publication = publication
        self.workspace = workspace
        state = .asked
        partsLeft = parts
        tries = 0
        message = nil
        proof = nil
        askedBy = name
        askedAt = now
        removedAt = nil
    }

    package init(row: Row) throws {
        publication = try row("publication_id")
        workspace = try row("workspace_id")
        state = try row("state")
        partsLeft = try row("parts_left")
        tries = try row("tries")
        message = try row("message")
        proof = try row("proof")
        askedBy = try row("asked_by")
        askedAt = try row("asked_at")
        removedAt = try row("removed_at")
    }

    /// A look has shown that the part is not there any more.
    mutating func gone(by means: String, at now: Instant) -> Action {
        partsLeft -= 1
        tries = 0
        message = nil
        guard partsLeft <= 0 else { return .remove(at: now) }
        state = .removed
        proof = means
        removedAt = now
        return .announce
    }

    /// A look has shown that the part is still there.
    mutating func stillThere(at now: Instant) -> Action {
        again(at: now + pause, "It is still there. Deleting it once more.")
    }

    /// The network, or the look after it, answered with a failure, or nothing came back.
    mutating func failed(_ failure: NetworkFailure, at now: Instant) -> Action {
        switch failure.kind {
        case .rateLimited(let wait):
            return again(
                at: now + min(max(wait ?? .minutes(1), .seconds(1)), .hours(6)), failure.message)
        case .unavailable, .ambiguous, .duplicate, .gone:
            return again(at: now + pause, failure.message)
        case .authorizationExpired, .notPermitted, .contentRefused:
            return refuse(failure.message)
        }
    }

    /// It cannot be done from here.
    mutating func refuse(_ why: String) -> Action {
        state = .refused
        message = why
        return .callPerson
    }

    private mutating func again(at moment: Instant, _ why: String) -> Action {
        tries += 1
        message = why
        guard tries < Self.mostTries else { return refuse(why) }
        return .remove(at: moment)
    }

    /// 5 s, 10 s, 20 s … ten minutes.
    private var pause: Duration {
        min(.seconds(5 * (Int64(1) << Int64(min(tries, 10)))), .minutes(10))
    }
}

extension Removal {
    static func load(
        _ publication: PublicationID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Removal? {
        try tx.first(
            Removal.self,
            """
            SELECT * FROM publication_removal
            WHERE workspace_id = \(workspace) AND publication_id = \(publication)
            """)
    }

    func save(_ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO publication_removal (publication_id, workspace_id, state, parts_left,
                tries, message, proof, asked_by, asked_at, removed_at)
            VALUES (\(publication), \(workspace), \(state), \(partsLeft), \(tries), \(message),
                \(proof), \(askedBy), \(askedAt), \(removedAt))
            ON CONFLICT (publication_id) DO UPDATE SET state = excluded.state,
                parts_left = excluded.parts_left, tries = excluded.tries,
                message = excluded.message, proof = excluded.proof, asked_by = excluded.asked_by,
                asked_at = excluded.asked_at, removed_at = excluded.removed_at
            """)
    }
}
