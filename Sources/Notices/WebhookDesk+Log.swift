import Foundation
import Jobs
package import Kernel
import Store

extension WebhookDesk {
    /// What was sent to a webhook, newest first.
    package func deliveries(
        to id: WebhookID, state: WebhookDelivery.State? = nil, in workspace: WorkspaceID,
        _ request: PageRequest = PageRequest()
    ) async throws -> Page<WebhookDelivery> {
        var conditions: [SQL] = ["workspace_id = \(workspace)", "webhook_id = \(id)"]
        if let state { conditions.append("state = \(state)") }
        if let after = request.after { conditions.append("id < \(after.id)") }
        let sql: SQL = """
            SELECT * FROM webhook_delivery WHERE \(.all(conditions))
            ORDER BY id DESC LIMIT \(request.limit + 1)
            """
        let found = try await database.read { tx in
            _ = try Webhook.load(id, in: workspace, tx)
            return try tx.all(WebhookDelivery.self, sql)
        }
        let items = Array(found.prefix(request.limit))
        let last = found.count > request.limit ? items.last : nil
        return Page(items: items, next: last.map { Cursor(key: "", id: $0.id.text) })
    }

    /// One delivery with its tries, oldest first.
    package func delivery(
        _ id: WebhookDeliveryID, in workspace: WorkspaceID
    ) async throws -> (delivery: WebhookDelivery, tries: [WebhookTry]) {
        try await database.read { tx in
            (try delivery(id, workspace, tx), try tries(of: [id], tx))
        }
    }

    /// The tries of several deliveries, oldest first.
    package func tries(of deliveries: [WebhookDeliveryID]) async throws -> [WebhookTry] {
        try await database.read { tx in try tries(of: deliveries, tx) }
    }

    private func tries(
        of deliveries: [WebhookDeliveryID], _ tx: borrowing Transaction
    ) throws -> [WebhookTry] {
        try tx.all(
            WebhookTry.self,
            "SELECT * FROM webhook_try WHERE delivery_id IN \(.list(deliveries)) ORDER BY id")
    }

    func delivery(
        _ id: WebhookDeliveryID, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> WebhookDelivery {
        let found = try tx.first(
            WebhookDelivery.self,
            "SELECT * FROM webhook_delivery WHERE workspace_id = \(workspace) AND id = \(id)")
        guard let found else { throw NoticesError.noSuchDelivery }
        return found
    }

    /// Sends one delivery again, with the same identifier and body.
    package func resend(
        _ id: WebhookDeliveryID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> WebhookDelivery {
        try await database.write { tx in
            let found = try delivery(id, workspace, tx)
            let webhook = try Webhook.load(found.webhook, in: workspace, tx)
            guard webhook.isOn else { throw NoticesError.webhookIsOff }
            let before = try tx.snapshot(Self.row(id))
            try again(found, tx)
            try record(
                "webhooks.sent-again", webhook, "Sent “\(found.type)” again to \(webhook.place)",
                changes: try before.changes(in: tx), principal, tx)
            return try delivery(id, workspace, tx)
        }
    }

    /// Sends again what was given up, at most five hundred at a time; answers how many.
    package func resendGivenUp(
        to id: WebhookID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Int {
        try await database.write { tx in
            let webhook = try Webhook.load(id, in: workspace, tx)
            guard webhook.isOn else { throw NoticesError.webhookIsOff }
            let found = try tx.all(
                WebhookDelivery.self,
                """
                SELECT * FROM webhook_delivery WHERE workspace_id = \(workspace)
                    AND webhook_id = \(id) AND state = 'gaveUp'
                ORDER BY id LIMIT 500
                """)
            for delivery in found { try again(delivery, tx) }
            if !found.isEmpty {
                try record(
                    "webhooks.sent-again", webhook,
                    "Sent \(found.count) messages again to \(webhook.place)",
                    changes: [Change("given_up", before: "\(found.count)", after: "0")],
                    principal, tx)
            }
            return found.count
        }
    }

    /// What people see of a delivery, for the record of changes.
    private static func row(_ id: WebhookDeliveryID) -> SQL {
        "SELECT type, state, tries FROM webhook_delivery WHERE id = \(id)"
    }

    private func again(_ delivery: WebhookDelivery, _ tx: borrowing Transaction) throws {
        let now = surroundings.now()
        try tx.execute(
            """
            UPDATE webhook_delivery
            SET state = 'waiting', tries = 0, next_at = \(now), finished_at = NULL
            WHERE id = \(delivery.id)
            """)
        try enqueue(delivery.id, delivery.webhook, delivery.workspace, at: now, tx)
    }

    /// Sends a message that only says that the webhook works.
    package func sendTest(
        to id: WebhookID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> WebhookDelivery {
        let message = surroundings.newID(WebhookDeliveryTag.self).text
        let now = surroundings.now()
        let body = try WebhookMessage.text(
            type: WebhookEvent.test, at: now, workspace: workspace, subject: "webhook:\(id)",
            summary: "A test that \(principal.name) asked for", by: principal.name, facts: "{}")
        return try await database.write { tx in
            let webhook = try Webhook.load(id, in: workspace, tx)
            guard webhook.isOn else { throw NoticesError.webhookIsOff }
            let made = try insert(
                message: message, type: WebhookEvent.test, body: body, for: id, workspace, tx)
            guard let made else { throw StoreError.noRow }
            try record(
                "webhooks.tested", webhook, "Sent a test to \(webhook.place)",
                changes: try tx.made(Self.row(made)), principal, tx)
            return try delivery(made, workspace, tx)
        }
    }

    /// Keeps a message for a webhook and plans its first try; nil when it is known already.
    @discardableResult
    func insert(
        message: String, type: String, body: String, for webhook: WebhookID,
        _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> WebhookDeliveryID? {
        let id: WebhookDeliveryID = surroundings.newID()
        let now = surroundings.now()
        let row = try tx.first(
            """
            INSERT INTO webhook_delivery (id, workspace_id, webhook_id, message_id, type, body,
                state, tries, next_at, created_at)
            VALUES (\(id), \(workspace), \(webhook), \(message), \(type), \(body), 'waiting', 0,
                \(now), \(now))
            ON CONFLICT (webhook_id, message_id) DO NOTHING RETURNING id
            """)
        guard row != nil else { return nil }
        try enqueue(id, webhook, workspace, at: now, tx)
        return id
    }

    func enqueue(
        _ id: WebhookDeliveryID, _ webhook: WebhookID, _ workspace: WorkspaceID,
        at moment: Instant, _ tx: borrowing Transaction
    ) throws {
        // A lane for each webhook: a slow receiver holds up nobody but itself.
        try queue.enqueue(
            WebhookWork.kind, WebhookWork.Target(workspace: workspace, delivery: id),
            workspace: workspace, lane: "webhook:\(webhook)", dueAt: moment,
            key: "webhook:\(id)", in: tx)
    }
}

/// The body of a message, in the form that Standard Webhooks asks for.
enum WebhookMessage {
    /// `{"type": …, "timestamp": …, "data": {…}}` with sorted keys.
    static func text(
        type: String, at moment: Instant, workspace: WorkspaceID, subject: String,
        summary: String, by name: String, facts: String
    ) throws -> String {
        let known = try JSONSerialization.jsonObject(with: Data(facts.utf8))
        let object: [String: Any] = [
            "type": type, "timestamp": moment.iso8601,
            "data": [
                "workspace": workspace.text, "subject": subject, "summary": summary, "by": name,
                "facts": known,
            ] as [String: Any],
        ]
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
