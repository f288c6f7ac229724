package import Jobs
import Kernel
import Store

/// Carries events to webhooks: at least once each, under an identifier that stays the same.
package struct WebhookWork: Sendable {
    /// One try as it goes out.
    package struct Message: Sendable {
        package let url: String
        package let body: String
        package let headers: [(name: String, value: String)]
    }

    /// Sends one try through the address guard; whatever happens is an outcome.
    package typealias Send = @Sendable (Message) async -> WebhookOutcome

    struct Target: Codable, Sendable {
        let workspace: WorkspaceID
        let delivery: WebhookDeliveryID
    }

    /// Nothing to know: the job looks at the whole log.
    private struct Nothing: Codable, Sendable {}

    static let kind = JobKind<Target>("webhooks.deliver", retry: .persistent)
    private static let pruneKind = JobKind<Nothing>("webhooks.forget", retry: .persistent)
    private static let sender = Principal.system("Webhooks")

    private let desk: WebhookDesk
    private let send: Send
    private let retries: WebhookRetries
    /// Below 1 when faults are rehearsed: waits are as much shorter.
    private let pace: Double

    package init(
        desk: WebhookDesk, retries: WebhookRetries = WebhookRetries(), pace: Double = 1,
        send: @escaping Send
    ) {
        self.desk = desk
        self.send = send
        self.retries = retries
        self.pace = pace
    }

    /// Starts the daily look for what is too old for the log; again changes nothing.
    package func start(queue: JobQueue) async throws {
        try await desk.database.write { tx in
            try queue.enqueue(
                Self.pruneKind, Nothing(), workspace: nil, lane: Self.pruneKind.name,
                dueAt: desk.surroundings.now() + .hours(1), key: Self.pruneKind.name, in: tx)
        }
    }

    package func handlers() -> [JobHandler] {
        WebhookEvent.all.map { event in
            JobHandler.on(event.source, name: "webhooks", when: Self.hasListeners) {
                delivery, context in try await hand(delivery, event, context)
            }
        } + [
            JobHandler(Self.kind) { target, context in try await deliver(target, context) },
            JobHandler(Self.pruneKind) { _, context in
                try await desk.database.write { tx in
                    let oldest = desk.surroundings.now() - WebhookDesk.memory
                    try tx.execute(
                        """
                        DELETE FROM webhook_delivery
                        WHERE created_at < \(oldest) AND state <> 'waiting'
                        """)
                    try context.postpone(until: desk.surroundings.now() + .days(1), in: tx)
                }
            },
        ]
    }

    /// Most workspaces have no webhook; nothing is planned for them.
    private static let hasListeners: EventLog.Condition = { event, tx in
        try tx.exists(
            "SELECT 1 FROM webhook WHERE workspace_id = \(event.workspace) AND is_on = \(true)")
    }

    /// Gives an event to every webhook that wants it.
    private func hand(
        _ event: EventDelivery, _ kind: WebhookEvent, _ context: JobContext
    ) async throws {
        try await desk.database.write { tx in
            try context.complete(in: tx)
            let wanting = try tx.all(
                Webhook.self,
                """
                SELECT * FROM webhook WHERE workspace_id = \(event.workspace) AND is_on = \(true)
                """
            ).filter { $0.wants(kind.type) }
            guard !wanting.isEmpty,
                let known = try RecordedEvent.load(event.id, in: event.workspace, tx)
            else { return }
            let body = try WebhookMessage.text(
                type: kind.type, at: known.at, workspace: event.workspace, subject: event.subject,
                summary: known.summary, by: known.principalName, facts: event.factsJSON)
            for webhook in wanting {
                try desk.insert(
                    message: event.id, type: kind.type, body: body, for: webhook.id,
                    event.workspace, tx)
            }
        }
    }

    /// Makes one try and decides what follows.
    private func deliver(_ target: Target, _ context: JobContext) async throws {
        let database = desk.database
        let loaded = try await database.read {
            tx -> (WebhookDelivery, Webhook, [WebhookSecret])? in
            guard let delivery = try? desk.delivery(target.delivery, target.workspace, tx),
                delivery.state == .waiting
            else { return nil }
            let webhook = try Webhook.load(delivery.webhook, in: target.workspace, tx)
            guard webhook.isOn else { return nil }
            // Without its key nothing can be signed; that is a failure people must see.
            let secrets = try? desk.secrets(of: webhook.id, in: target.workspace, tx)
            return (delivery, webhook, secrets ?? [])
        }
        guard let (delivery, webhook, secrets) = loaded else { return }
        let began = desk.surroundings.now()
        let message = Message(
            url: webhook.url, body: delivery.body,
            headers: Self.headers(delivery, at: began, secrets))
        let outcome =
            secrets.isEmpty
            ? .failed("The secret cannot be opened with this installation's key. Make a new one.")
            : await send(message)
        try Task.checkCancellation()
        let jitter = Double(desk.surroundings.randomBytes(1).first ?? 0) / 256
        try await database.write { tx in
            try keep(outcome, of: delivery, began, jitter: jitter, context, tx)
        }
    }

    static func headers(
        _ delivery: WebhookDelivery, at moment: Instant, _ secrets: [WebhookSecret]
    ) -> [(name: String, value: String)] {
        let signatures = secrets.map {
            WebhookSignature.sign(delivery.body, id: delivery.message, at: moment, with: $0)
        }
        return [
            ("content-type", "application/json"), ("webhook-id", delivery.message),
            ("webhook-timestamp", "\(moment.milliseconds / 1000)"),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    private func keep(
        _ outcome: WebhookOutcome, of delivery: WebhookDelivery, _ began: Instant,
        jitter: Double, _ context: JobContext, _ tx: borrowing Transaction
    ) throws {
        try context.confirmLease(in: tx)
        let now = desk.surroundings.now()
        let id: ID<WebhookTry> = desk.surroundings.newID()
        // The webhook may have been removed or switched off while the receiver was asked.
        guard let delivery = try? desk.delivery(delivery.id, delivery.workspace, tx) else {
            return try context.complete(in: tx)
        }
        let webhook = try Webhook.load(delivery.webhook, in: delivery.workspace, tx)
        try tx.execute(
            """
            INSERT INTO webhook_try (id, workspace_id, delivery_id, at, took, status, excerpt)
            VALUES (\(id), \(delivery.workspace), \(delivery.id), \(began),
                \(max(0, (now - began).inMilliseconds)), \(outcome.status), \(outcome.excerpt))
            """)
        guard delivery.state == .waiting else { return try context.complete(in: tx) }
        let next = retries.next(
            after: outcome, tries: delivery.tries + 1, failingSince: webhook.failingSince,
            now: now, jitter: jitter)
        try tx.execute(
            """
            UPDATE webhook SET failing_since
                = \(next == .delivered ? nil : webhook.failingSince ?? now)
            WHERE id = \(webhook.id)
            """)
        switch next {
        case .delivered: try finish(delivery, .delivered, now, tx)
        case .giveUp: try finish(delivery, .gaveUp, now, tx)
        case .switchOff(let reason):
            try switchOff(webhook, reason, tx)
        case .again(let wait):
            let moment = now + wait * pace
            try tx.execute(
                """
                UPDATE webhook_delivery SET tries = tries + 1, next_at = \(moment)
                WHERE id = \(delivery.id)
                """)
            return try context.postpone(until: moment, in: tx)
        }
        try context.complete(in: tx)
    }

    private func finish(
        _ delivery: WebhookDelivery, _ state: WebhookDelivery.State, _ now: Instant,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE webhook_delivery
            SET state = \(state), tries = tries + 1, next_at = NULL, finished_at = \(now)
            WHERE id = \(delivery.id)
            """)
    }

    private func switchOff(
        _ webhook: Webhook, _ reason: String, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE webhook SET is_on = \(false), off_reason = \(reason) WHERE id = \(webhook.id)
            """)
        try desk.stopWaiting(for: webhook.id, tx)
        try desk.record(
            "webhooks.switched-off", webhook,
            "Switched the webhook \(webhook.place) off: \(reason)",
            changes: [Change("is_on", before: "yes", after: "no")], Self.sender, tx)
    }
}
