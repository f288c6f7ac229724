import Foundation
import Jobs
import Kernel
import Logging
import People
import Store
import Synchronization
import TestSupport

@testable import Notices

/// Acme with one webhook, and a receiver that answers what a test wrote down.
struct WebhookWorld {
    let database: Database
    let clock: ManualClock
    let surroundings: Surroundings
    let queue: JobQueue
    let events: EventLog
    let desk: WebhookDesk
    let worker: JobWorker
    let receiver: Receiver
    let acme: WorkspaceID
    let other: WorkspaceID
    let principal: Principal

    static let start = Instant(milliseconds: 1_795_420_800_000)
    static let migrations =
        PeopleSchema.migrations + JobsSchema.migrations + NoticesSchema.migrations.prefix(1)

    static func with(_ engine: Engine, _ body: (WebhookWorld) async throws -> Void) async throws {
        try await TestDatabase.with(engine, Array(migrations)) { database in
            try await body(try await WebhookWorld(database))
        }
    }

    init(_ database: Database) async throws {
        let clock = ManualClock(Self.start)
        let surroundings = clock.surroundings(seed: 5)
        let queue = JobQueue(surroundings: surroundings)
        let receiver = Receiver()
        let box = try SecretBox(key: Array(1...32), surroundings: surroundings)
        let make = { (events: EventLog) in
            WebhookDesk(
                database: database, events: events, queue: queue, surroundings: surroundings,
                box: box,
                check: { url in
                    guard url.hasPrefix("https://") else { throw NoticesError.address }
                })
        }
        let listeners = WebhookWork(desk: make(EventLog(queue: queue))) { await receiver.take($0) }
            .handlers().compactMap(\.subscription)
        let events = EventLog(queue: queue, subscriptions: listeners)
        let desk = make(events)
        self.database = database
        self.clock = clock
        self.surroundings = surroundings
        self.queue = queue
        self.events = events
        self.desk = desk
        self.receiver = receiver
        worker = JobWorker(
            database: database, queue: queue,
            handlers: WebhookWork(desk: desk) { await receiver.take($0) }.handlers(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            name: "test")
        acme = surroundings.newID()
        other = surroundings.newID()
        principal = Principal(kind: .person, person: surroundings.newID(), name: "Ana Sol")
        let (acme, other) = (acme, other)
        try await database.write { tx in
            for (id, slug) in [(acme, "acme"), (other, "other")] {
                try tx.execute(
                    """
                    INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                    VALUES (\(id), \(slug), \(slug), 'Europe/Berlin', 'EUR', 0)
                    """)
            }
        }
    }

    func webhook(_ types: Set<String> = []) async throws -> (
        webhook: Webhook, secret: WebhookSecret
    ) {
        try await desk.create(
            WebhookPlan(url: "https://hooks.example/in", types: types), in: acme, by: principal)
    }

    func happen(_ name: String = "publishing.published", in workspace: WorkspaceID? = nil)
        async throws
    {
        let event = try Event(
            name, workspace: workspace ?? acme, subject: "post:1", summary: "Published, on time",
            payload: ["channel": "c"], by: principal)
        try await database.write { [events] tx in try events.record(event, in: tx) }
    }

    /// Runs what is due until `time` has passed, in steps of a minute.
    func pass(_ time: Duration, step: Duration = .minutes(30)) async {
        let end = clock.now + time
        await worker.runDue()
        while clock.now < end {
            clock.advance(by: step)
            await worker.runDue()
        }
    }

    func log(_ id: WebhookID) async throws -> [WebhookDelivery] {
        try await desk.deliveries(to: id, in: acme).items
    }
}

/// The other end of a webhook.
final class Receiver: Sendable {
    struct State: Sendable {
        var answers: [WebhookOutcome] = []
        var standing = WebhookOutcome.answered(status: 204, excerpt: "", retryAfter: nil)
        var messages: [WebhookWork.Message] = []
    }

    let state = Mutex(State())

    var messages: [WebhookWork.Message] { state.withLock { $0.messages } }

    func answer(_ outcome: WebhookOutcome) { state.withLock { $0.standing = outcome } }
    func answerOnce(_ outcomes: WebhookOutcome...) { state.withLock { $0.answers = outcomes } }

    func take(_ message: WebhookWork.Message) async -> WebhookOutcome {
        state.withLock { state in
            state.messages.append(message)
            return state.answers.isEmpty ? state.standing : state.answers.removeFirst()
        }
    }
}

extension WebhookWork.Message {
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Whether a receiver that knows `secret` would take it.
    func isSigned(with secret: WebhookSecret, now: Instant) -> Bool {
        guard let id = header("webhook-id"), let text = header("webhook-timestamp"),
            let seconds = Int64(text), let signature = header("webhook-signature")
        else { return false }
        return WebhookSignature.verify(
            body, id: id, at: Instant(milliseconds: seconds * 1000), header: signature,
            with: secret, now: now)
    }
}
