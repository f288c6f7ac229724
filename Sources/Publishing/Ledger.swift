import Kernel
import Networks
import Store

/// Writes the evidence down.
struct Ledger: Sendable {
    let surroundings: Surroundings

    /// Makes the intent to send one part durable; the database refuses a second open one.
    func intend(
        _ publication: Publication, part: Int, fingerprint: String, at start: Instant,
        _ tx: borrowing Transaction
    ) throws -> ID<Attempt> {
        let id: ID<Attempt> = surroundings.newID()
        try tx.execute(
            """
            INSERT INTO attempt (id, workspace_id, publication_id, kind, part, epoch, send_key,
                fingerprint, started_at, due_at)
            VALUES (\(id), \(publication.workspace), \(publication.id), 'send', \(part),
                \(publication.delivery.epoch), \(publication.sendKey(part: part)),
                \(fingerprint), \(start), \(publication.delivery.due?.at))
            """)
        return id
    }

    /// Writes down what came of a send, and what was seen on the wire.
    func close(
        _ id: ID<Attempt>, _ outcome: Attempt.Outcome, status: Int? = nil, code: String? = nil,
        message: String? = nil, trace: SendTrace?, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE attempt SET finished_at = \(surroundings.now()), outcome = \(outcome),
                status = \(status), code = \(code), message = \(message),
                left_at = \(trace?.leftAt), answer = \(trace?.answer)
            WHERE id = \(id) AND finished_at IS NULL
            """)
    }

    /// When the first bytes of a part left last, as far as anybody lived to write it down.
    func lastDeparture(
        _ publication: Publication, part: Int, _ tx: borrowing Transaction
    ) throws -> Instant? {
        try tx.scalar(
            Instant.self,
            """
            SELECT MAX(left_at) AS departure FROM attempt
            WHERE publication_id = \(publication.id) AND kind = 'send' AND part = \(part)
            """)
    }

    /// Closes sends whose worker never wrote an answer.
    func closeInterrupted(_ publication: Publication, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE attempt SET finished_at = \(surroundings.now()), outcome = 'interrupted',
                message = 'The program stopped between the intent and the answer.'
            WHERE publication_id = \(publication.id) AND kind = 'send' AND finished_at IS NULL
            """)
    }

    /// Writes a line that starts and ends at once: an upload, a look, a person's word.
    func note(
        _ kind: Attempt.Kind, _ outcome: Attempt.Outcome, _ publication: Publication,
        _ message: String?, status: Int? = nil, code: String? = nil, _ tx: borrowing Transaction
    ) throws {
        let id: ID<Attempt> = surroundings.newID()
        let part = publication.delivery.partsOut
        let now = surroundings.now()
        try tx.execute(
            """
            INSERT INTO attempt (id, workspace_id, publication_id, kind, part, epoch, send_key,
                fingerprint, started_at, finished_at, outcome, status, code, message)
            VALUES (\(id), \(publication.workspace), \(publication.id), \(kind), \(part),
                \(publication.delivery.epoch), \(publication.sendKey(part: part)),
                \(publication.delivery.contentHash), \(now), \(now), \(outcome), \(status),
                \(code), \(message))
            """)
    }

    /// When the first byte of this part, with this content, may first have left.
    func firstSend(
        _ publication: Publication, part: Int, _ tx: borrowing Transaction
    ) throws -> Instant? {
        try tx.scalar(
            Instant.self,
            """
            SELECT MIN(started_at) FROM attempt WHERE publication_id = \(publication.id)
                AND kind = 'send' AND send_key = \(publication.sendKey(part: part))
            """)
    }

    /// All lines about a publication, oldest first.
    static func lines(
        of publication: PublicationID, _ tx: borrowing Transaction
    ) throws -> [Attempt] {
        let sent = try tx.all(
            Attempt.self,
            "SELECT * FROM attempt WHERE publication_id = \(publication) ORDER BY id LIMIT 500")
        let removed = try tx.rows(
            """
            SELECT * FROM removal_attempt WHERE publication_id = \(publication)
            ORDER BY id LIMIT 500
            """
        ).map(Attempt.init(removal:))
        return sent + removed
    }
}
