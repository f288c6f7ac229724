import Foundation
package import Jobs
package import Kernel
package import People
package import Store

/// Keeps the addresses that are told what happens, their secrets and the log of what was sent.
package struct WebhookDesk: Sendable {
    /// Webhooks that a workspace may have.
    package static let most = 20
    /// The log goes back so far.
    package static let memory = Duration.days(30)

    let database: Database
    let events: EventLog
    let queue: JobQueue
    let surroundings: Surroundings
    let box: SecretBox
    /// Refuses addresses that this program may not reach.
    let check: @Sendable (String) throws -> Void

    package init(
        database: Database, events: EventLog, queue: JobQueue, surroundings: Surroundings,
        box: SecretBox, check: @escaping @Sendable (String) throws -> Void
    ) {
        self.database = database
        self.events = events
        self.queue = queue
        self.surroundings = surroundings
        self.box = box
        self.check = check
    }

    /// The webhooks of a workspace, oldest first.
    package func webhooks(in workspace: WorkspaceID) async throws -> [Webhook] {
        try await database.read { tx in
            try tx.all(
                Webhook.self,
                "SELECT * FROM webhook WHERE workspace_id = \(workspace) ORDER BY id")
        }
    }

    /// One webhook.
    package func webhook(_ id: WebhookID, in workspace: WorkspaceID) async throws -> Webhook {
        try await database.read { tx in try Webhook.load(id, in: workspace, tx) }
    }

    /// Adds a webhook; its secret is answered here and never again.
    package func create(
        _ plan: WebhookPlan, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> (webhook: Webhook, secret: WebhookSecret) {
        let plan = try plan.checked()
        try check(plan.url)
        let id: WebhookID = surroundings.newID()
        let secret = newSecret()
        let sealed = try seal(secret, id)
        let now = surroundings.now()
        let webhook = try await database.write { tx in
            let count = try tx.scalar(
                Int.self, "SELECT COUNT(*) FROM webhook WHERE workspace_id = \(workspace)")
            guard (count ?? 0) < Self.most else { throw NoticesError.tooManyWebhooks }
            try tx.execute(
                """
                INSERT INTO webhook (id, workspace_id, url, note, types, sealed, is_on,
                    created_at, created_by)
                VALUES (\(id), \(workspace), \(plan.url), \(plan.note),
                    \(try JSON.text(plan.types.sorted())), \(sealed), \(true), \(now),
                    \(principal.name))
                """)
            let made = try Webhook.load(id, in: workspace, tx)
            try record(
                "webhooks.created", made, "Added the webhook \(made.place)",
                changes: try tx.made(Self.row(id)), principal, tx)
            return made
        }
        return (webhook, secret)
    }

    /// Changes address, purpose and events.
    package func change(
        _ id: WebhookID, to plan: WebhookPlan, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Webhook {
        let plan = try plan.checked()
        try check(plan.url)
        return try await database.write { tx in
            let before = try Webhook.load(id, in: workspace, tx)
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE webhook SET url = \(plan.url), note = \(plan.note),
                    types = \(try JSON.text(plan.types.sorted()))
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            let after = try Webhook.load(id, in: workspace, tx)
            if after != before {
                try record(
                    "webhooks.changed", after, "Changed the webhook \(after.place)",
                    changes: try row.changes(in: tx), principal, tx)
            }
            return after
        }
    }

    /// Gives a webhook a new secret; the old one signs too for some hours.
    package func rotate(
        _ id: WebhookID, overlapHours: Int, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> (webhook: Webhook, secret: WebhookSecret) {
        guard (0...168).contains(overlapHours) else { throw NoticesError.overlap }
        let secret = newSecret()
        let sealed = try seal(secret, id)
        let until = surroundings.now() + .hours(Int64(overlapHours))
        let webhook = try await database.write { tx in
            let before = try Webhook.load(id, in: workspace, tx)
            let present = try secrets(of: id, in: workspace, tx).first
            let previous = overlapHours == 0 ? nil : try present.map { try seal($0, id, old: true) }
            try tx.execute(
                """
                UPDATE webhook SET sealed = \(sealed), sealed_previous = \(previous),
                    previous_until = \(previous == nil ? nil : until)
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            try record(
                "webhooks.rotated", before, "Gave the webhook \(before.place) a new secret",
                changes: [Change("secret", before: "(secret)", after: "(secret)")], principal, tx)
            return try Webhook.load(id, in: workspace, tx)
        }
        return (webhook, secret)
    }

    /// Switches a webhook on or off; while it is off, nothing is kept for it.
    package func setOn(
        _ isOn: Bool, _ id: WebhookID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Webhook {
        try await database.write { tx in
            let before = try Webhook.load(id, in: workspace, tx)
            guard before.isOn != isOn else { return before }
            let row = try tx.snapshot(Self.row(id))
            try tx.execute(
                """
                UPDATE webhook SET is_on = \(isOn), off_reason = NULL, failing_since = NULL
                WHERE workspace_id = \(workspace) AND id = \(id)
                """)
            if !isOn { try stopWaiting(for: id, tx) }
            try record(
                isOn ? "webhooks.on" : "webhooks.off", before,
                "Switched the webhook \(before.place) \(isOn ? "on" : "off")",
                changes: try row.changes(in: tx), principal, tx)
            return try Webhook.load(id, in: workspace, tx)
        }
    }

    /// Removes a webhook with its log.
    package func remove(
        _ id: WebhookID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try Webhook.load(id, in: workspace, tx)
            let row = try tx.snapshot(Self.row(id))
            try tx.execute("DELETE FROM webhook WHERE workspace_id = \(workspace) AND id = \(id)")
            try record(
                "webhooks.removed", before, "Removed the webhook \(before.place)",
                changes: try row.changes(in: tx), principal, tx)
        }
    }

    // MARK: - Secrets

    private func newSecret() -> WebhookSecret { WebhookSecret(key: surroundings.randomBytes(32)) }

    /// Bound to its row and column: sealed text that was moved no longer opens.
    private func seal(_ secret: WebhookSecret, _ id: WebhookID, old: Bool = false) throws -> Data {
        try box.seal(Data(secret.text.utf8), for: Self.sealedPlace(id, old: old))
    }

    private static func sealedPlace(_ id: WebhookID, old: Bool) -> String {
        "webhook:\(id)" + (old ? ":previous" : "")
    }

    /// The secrets that sign now, the present one first.
    func secrets(
        of id: WebhookID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [WebhookSecret] {
        let row = try tx.first(
            """
            SELECT sealed, sealed_previous, previous_until FROM webhook
            WHERE workspace_id = \(workspace) AND id = \(id)
            """)
        guard let row else { throw NoticesError.noSuchWebhook }
        let sealed: Data = try row("sealed")
        var texts = [try box.open(sealed, for: Self.sealedPlace(id, old: false))]
        if let previous: Data = try row("sealed_previous"),
            let until: Instant = try row("previous_until"), until > surroundings.now()
        {
            texts.append(try box.open(previous, for: Self.sealedPlace(id, old: true)))
        }
        return texts.compactMap { WebhookSecret(String(decoding: $0, as: UTF8.self)) }
    }

    // MARK: - What several parts need

    /// Ends the waiting of everything that is on its way; a person can send it again.
    func stopWaiting(for id: WebhookID, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE webhook_delivery
            SET state = 'gaveUp', next_at = NULL, finished_at = \(surroundings.now())
            WHERE webhook_id = \(id) AND state = 'waiting'
            """)
    }

    func record(
        _ name: String, _ webhook: Webhook, _ summary: String, changes: [Change],
        _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        try events.record(
            try Event(
                name, workspace: webhook.workspace, subject: "webhook:\(webhook.id)",
                summary: summary, changes: changes, by: principal), in: tx)
    }

    /// What people see of a webhook, for the record of changes.
    private static func row(_ id: WebhookID) -> SQL {
        "SELECT url, note, types, is_on FROM webhook WHERE id = \(id)"
    }
}

extension Webhook {
    /// What people call it: its purpose, or the server it goes to.
    package var place: String {
        note.isEmpty ? URL(string: url)?.host ?? "without a name" : "“\(note)”"
    }
}
