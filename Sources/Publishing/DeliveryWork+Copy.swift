import Jobs
package import Kernel
package import Store

extension DeliveryWork {
    /// Makes everything doubtful that was due before a person said that this copy publishes.
    ///
    /// Whoever else had the data may have sent it, so the account's own posts are read first.
    /// Returns how many posts that were.
    package func suspectCopies(
        by principal: Principal, _ tx: borrowing Transaction
    ) throws -> Int {
        let now = surroundings.now()
        let due = try tx.all(
            Publication.self,
            """
            SELECT * FROM publication WHERE state IN ('scheduled', 'preparing')
                AND due_at <= \(now) ORDER BY due_at, id
            """)
        for var publication in due {
            let action = publication.delivery.suspectCopy(at: now)
            publication.updatedAt = now
            publication.message = "Another copy of this database may have sent it. Looking."
            try ledger.suspect(publication, since: publication.delivery.due?.at ?? now, tx)
            try publication.save(tx)
            try plan.follow(action, publication, by: principal, tx)
        }
        return due.count
    }
}

extension Ledger {
    /// Notes that another program may have sent this, from its due time on.
    func suspect(
        _ publication: Publication, since start: Instant, _ tx: borrowing Transaction
    ) throws {
        let id: ID<Attempt> = surroundings.newID()
        let part = publication.delivery.partsOut
        try tx.execute(
            """
            INSERT INTO attempt (id, workspace_id, publication_id, kind, part, epoch, send_key,
                fingerprint, started_at, finished_at, outcome, message)
            VALUES (\(id), \(publication.workspace), \(publication.id), 'send', \(part),
                \(publication.delivery.epoch), \(publication.sendKey(part: part)),
                \(publication.delivery.contentHash), \(start), \(surroundings.now()),
                'interrupted', 'Another copy of this database may have sent it.')
            """)
    }
}
