import Channels
import Foundation
import Jobs
import Kernel
import Links
import Logging
import Networks
import People
import Planning
import Publishing
import Store
import Strategy
import Synchronization
import TestSupport

@testable import Notices

/// Acme with an owner, an editor who writes and an approver; one channel with a scheduled post.
struct NoticeWorld {
    let database: Database
    let clock: ManualClock
    let surroundings: Surroundings
    let events: EventLog
    let desk: NoticeDesk
    let worker: JobWorker
    let post: PostBox
    let acme: WorkspaceID
    let owner: PersonID
    let editor: PersonID
    let approver: PersonID
    let channel: ChannelID
    let publication: PublicationID
    let due: Instant

    /// 09:00 in Berlin.
    static let start = Instant(milliseconds: 1_795_420_800_000)
    static let migrations =
        JobsSchema.migrations + PeopleSchema.migrations + ChannelsSchema.migrations
        + StrategySchema.migrations + LinksSchema.migrations + PlanningSchema.migrations
        + PublishingSchema.migrations + NoticesSchema.migrations

    static func with(
        _ engine: Engine, canMail: Bool = true, _ body: (NoticeWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, migrations) { database in
            try await body(try await NoticeWorld(database, canMail: canMail))
        }
    }

    init(_ database: Database, canMail: Bool) async throws {
        let clock = ManualClock(Self.start)
        let surroundings = clock.surroundings(seed: 7)
        let queue = JobQueue(surroundings: surroundings)
        let post = PostBox()
        let send: NoticeWork.Send = { try await post.take($0) }
        let work = { (events: EventLog) -> NoticeWork in
            let desk = NoticeDesk(
                database: database, events: events, queue: queue, surroundings: surroundings,
                canMail: canMail)
            return NoticeWork(desk: desk, send: canMail ? send : nil)
        }
        let events = EventLog(
            queue: queue,
            subscriptions: work(EventLog(queue: queue)).handlers().compactMap(\.subscription))
        self.database = database
        self.clock = clock
        self.surroundings = surroundings
        self.events = events
        self.post = post
        desk = NoticeDesk(
            database: database, events: events, queue: queue, surroundings: surroundings,
            canMail: canMail)
        worker = JobWorker(
            database: database, queue: queue, handlers: work(events).handlers(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            name: "test")
        acme = surroundings.newID()
        (owner, editor) = (surroundings.newID(), surroundings.newID())
        approver = surroundings.newID()
        channel = surroundings.newID()
        publication = surroundings.newID()
        due = Self.start + .hours(20)
        try await fillPeople()
        try await fillPost()
    }

    private func fillPeople() async throws {
        let people = [(owner, "owner"), (editor, "editor"), (approver, "approver")]
        let (acme, surroundings) = (acme, surroundings)
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                VALUES (\(acme), 'acme', 'Acme', 'Europe/Berlin', 'EUR', 0)
                """)
            for (id, role) in people {
                let member: MemberID = surroundings.newID()
                try tx.execute(
                    """
                    INSERT INTO person (id, email, name, created_at)
                    VALUES (\(id), \(role + "@acme.example"), \(role.capitalized), 0)
                    """)
                try tx.execute(
                    """
                    INSERT INTO member (id, workspace_id, person_id, role, created_at)
                    VALUES (\(member), \(acme), \(id), \(role), 0)
                    """)
            }
        }
    }

    private func fillPost() async throws {
        let (acme, editor, channel, publication, due) = (acme, editor, channel, publication, due)
        let (post, variant): (PostID, VariantID) = (surroundings.newID(), surroundings.newID())
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, connection, server,
                    account_id, sealed, zone, created_at)
                VALUES (\(channel), \(acme), 'mastodon', 'Shop', 'connected', 'https://m.example',
                    '1', \(Data([1])), 'Europe/Berlin', 0)
                """)
            try tx.execute(
                """
                INSERT INTO post (id, workspace_id, title, body, origin, revision, author_id,
                    created_at, updated_at)
                VALUES (\(post), \(acme), 'Tour', 'Come in.', 'written', 1, \(editor), 0, 0)
                """)
            try tx.execute(
                """
                INSERT INTO variant (id, workspace_id, post_id, channel_id, further_parts,
                    visibility, has_own_media)
                VALUES (\(variant), \(acme), \(post), \(channel), '[]', 'everyone', \(false))
                """)
            try tx.execute(
                """
                INSERT INTO publication (id, workspace_id, post_id, variant_id, channel_id, state,
                    content_hash, due_local, zone, due_at, epoch, tries, looks, absences,
                    parts_out, part_count, updated_at)
                VALUES (\(publication), \(acme), \(post), \(variant), \(channel), 'scheduled',
                    'h', '2026-11-24T05:00', 'Europe/Berlin', \(due), 0, 0, 0, 0, 0, 1, 0)
                """)
        }
    }

    // MARK: - What happens

    struct Facts: Codable {
        let publication: PublicationID
        let channel: ChannelID
    }

    func happen(_ name: String, subject: String? = nil, by person: PersonID? = nil) async throws {
        let event = try Event(
            name, workspace: acme, subject: subject ?? "post:\(publication)", summary: "Happened",
            payload: Facts(publication: publication, channel: channel),
            by: Principal(kind: .person, person: person ?? owner, name: "Somebody"))
        try await database.write { [events] tx in try events.record(event, in: tx) }
        await worker.runDue()
    }

    /// What the last look before the due time found.
    func preflight(_ findings: PreflightFinding...) async throws {
        let (publication, acme, due, now) = (publication, acme, due, clock.now)
        let text = try JSON.text(findings)
        try await database.write { tx in
            _ = try tx.execute(
                """
                INSERT INTO preflight
                    (publication_id, workspace_id, due_at, checked_at, is_good, findings)
                VALUES (\(publication), \(acme), \(due), \(now), \(findings.isEmpty), \(text))
                ON CONFLICT (publication_id) DO UPDATE SET is_good = excluded.is_good,
                    findings = excluded.findings
                """)
        }
        try await happen(
            findings.isEmpty ? "publishing.preflight-passed" : "publishing.preflight-failed")
    }

    func state(_ state: String, reason: String? = nil, message: String? = nil) async throws {
        let publication = publication
        try await database.write { tx in
            _ = try tx.execute(
                """
                UPDATE publication SET state = \(state), reason = \(reason), message = \(message)
                WHERE id = \(publication)
                """)
        }
    }

    func open(_ person: PersonID) async throws -> [Notice] {
        try await desk.list(for: person, in: acme, onlyOpen: true)
    }

    func told(_ name: String) async throws -> Int {
        try await database.read { tx in
            try tx.scalar(Int.self, "SELECT COUNT(*) FROM event WHERE name = \(name)") ?? 0
        }
    }
}

/// The mail server of a test.
final class PostBox: Sendable {
    struct State: Sendable {
        var letters: [NoticeWork.Mail] = []
        var failures = 0
    }

    struct Down: Error {}

    let state = Mutex(State())

    /// Who got what, sorted.
    var letters: [String] {
        state.withLock { state in
            state.letters.map { "\($0.address): \($0.notice.title)" }.sorted()
        }
    }

    func take(_ mail: NoticeWork.Mail) async throws {
        try state.withLock { state in
            if state.failures > 0 {
                state.failures -= 1
                throw Down()
            }
            state.letters.append(mail)
        }
    }
}
