import Foundation
package import Kernel
package import Store

/// Records events in the transaction of the change, and hands each to its subscribers as jobs.
///
/// That is the outbox: a subscriber's job exists exactly when the change it follows does.
package struct EventLog: Sendable {
    /// A part of the program that wants to hear of an event.
    package struct Subscription: Sendable {
        let event: String
        let kind: String
        let name: String
        /// Nil: every event of that name.
        let condition: Condition?
    }

    /// Whether an event concerns a subscriber; asked in the transaction that records it.
    package typealias Condition = @Sendable (Event, borrowing Transaction) throws -> Bool

    let queue: JobQueue
    private let subscriptions: [String: [Subscription]]

    package init(queue: JobQueue, subscriptions: [Subscription] = []) {
        self.queue = queue
        self.subscriptions = Dictionary(grouping: subscriptions, by: \.event)
    }

    /// Writes the event and enqueues a job for each subscriber.
    package func record(_ event: Event, in tx: borrowing Transaction) throws {
        let id: ID<Event> = queue.surroundings.newID()
        let payload = String(decoding: event.payload, as: UTF8.self)
        try tx.execute(
            """
            INSERT INTO event (id, workspace_id, name, subject, summary, payload, principal_kind,
                person_id, principal_name, origin, changes, at)
            VALUES (\(id), \(event.workspace), \(event.name), \(event.subject), \(event.summary),
                \(payload), \(event.principal.kind.rawValue), \(event.principal.person),
                \(event.principal.name), \(event.principal.from ?? ""),
                \(try JSON.text(event.changes)), \(queue.surroundings.now()))
            """)
        let delivery = try JSON.text(
            EventDelivery(
                id: id.text, name: event.name, workspace: event.workspace, subject: event.subject,
                payload: payload))
        var drafts: [JobQueue.Draft] = []
        for subscription in subscriptions[event.name] ?? [] {
            if let condition = subscription.condition, try !condition(event, tx) { continue }
            // A lane per subject: one after the other, and in order as long as none fails or is
            // spread later. So subscribers look at the present state, not at the event.
            drafts.append(
                .init(
                    kind: subscription.kind, payload: delivery,
                    lane: "event:\(subscription.name):\(event.subject)"))
        }
        if queue.hush.isOn, drafts.count > 1 {
            try enqueueSpread(drafts, of: event, delivery, in: tx)
        } else {
            try queue.enqueue(drafts, workspace: event.workspace, in: tx)
        }
    }

    /// The latest events of one subject (`kind:id`), newest first.
    package func activity(
        of subject: String, workspace: WorkspaceID, limit: Int = 50, in tx: borrowing Transaction
    ) throws -> [RecordedEvent] {
        try tx.all(
            RecordedEvent.self,
            """
            SELECT * FROM event WHERE workspace_id = \(workspace) AND subject = \(subject)
            ORDER BY id DESC LIMIT \(limit)
            """)
    }

    /// The latest events of a workspace, newest first.
    package func activity(
        workspace: WorkspaceID, limit: Int = 50, in tx: borrowing Transaction
    ) throws -> [RecordedEvent] {
        try tx.all(
            RecordedEvent.self,
            """
            SELECT * FROM event WHERE workspace_id = \(workspace) ORDER BY id DESC LIMIT \(limit)
            """)
    }
}

/// An event as a subscriber's job receives it.
package struct EventDelivery: Codable, Sendable {
    /// The event's identifier; stable over repeats, so subscribers can ignore a second delivery.
    package let id: String
    package let name: String
    package let workspace: WorkspaceID
    package let subject: String
    private let payload: String

    init(id: String, name: String, workspace: WorkspaceID, subject: String, payload: String) {
        self.id = id
        self.name = name
        self.workspace = workspace
        self.subject = subject
        self.payload = payload
    }

    /// The facts of the event as the JSON object that was recorded.
    package var factsJSON: String { payload }

    /// The facts of the event.
    package func facts<Facts: Decodable>(_ type: Facts.Type = Facts.self) throws -> Facts {
        try JSON.decode(type, from: payload)
    }
}

/// An event read back for an activity list.
package struct RecordedEvent: Sendable, RowReadable {
    package let id: ID<Event>
    package let name: String
    package let subject: String
    package let summary: String
    package let principalKind: String
    package let person: PersonID?
    package let principalName: String
    /// From where, in coarse words.
    package let origin: String
    package let changes: [Change]
    package let at: Instant
    /// Its place in the chain; nil until it is sealed, within seconds.
    package let number: Int64?
    /// What the chain says of it and of everything before it.
    package let hash: String?

    /// One event by the identifier of its deliveries; nil when its workspace is gone.
    package static func load(
        _ id: String, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> RecordedEvent? {
        try tx.first(
            RecordedEvent.self,
            "SELECT * FROM event WHERE workspace_id = \(workspace) AND id = \(id)")
    }

    package init(row: Row) throws {
        id = try row("id")
        name = try row("name")
        subject = try row("subject")
        summary = try row("summary")
        principalKind = try row("principal_kind")
        person = try row("person_id")
        principalName = try row("principal_name")
        origin = try row("origin")
        changes = try JSON.decode(from: try row("changes", as: String.self))
        at = try row("at")
        number = try row("seal_number")
        hash = try row("seal_hash")
    }
}
