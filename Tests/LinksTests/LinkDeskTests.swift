import Jobs
import Kernel
import Links
import Logging
import Store
import TestSupport
import Testing

struct LinkDeskTests {
    static let world = Migration(
        "test/0001-world", ["CREATE TABLE workspace (id \(.id) PRIMARY KEY)"])
    static let migrations = [world] + LinksSchema.migrations + JobsSchema.migrations

    struct Place {
        let database: Database
        let surroundings: Surroundings
        let desk: LinkDesk
        let workspace: WorkspaceID
        let clock: ManualClock
    }

    func with(_ engine: Engine, _ body: (Place) async throws -> Void) async throws {
        try await TestDatabase.with(engine, Self.migrations) { database in
            let clock = ManualClock(Instant(milliseconds: 1_800_000_000_000))
            let surroundings = clock.surroundings(seed: 7)
            let workspace: WorkspaceID = surroundings.newID()
            try await database.write { tx in
                _ = try tx.execute("INSERT INTO workspace (id) VALUES (\(workspace))")
            }
            try await body(
                Place(
                    database: database, surroundings: surroundings,
                    desk: LinkDesk(database: database, surroundings: surroundings),
                    workspace: workspace, clock: clock))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps one link for a publication and its slug for ever`(engine: Engine) async throws {
        try await with(engine) { place in
            let publication: ID<Int> = place.surroundings.newID()
            let keep = { (text: String, source: String) in
                try await place.database.write { tx in
                    try place.desk.keep(
                        for: publication.text, destination: Destination(text),
                        utm: UTM(source: source), label: "Tea", in: place.workspace, tx: tx)
                }
            }
            let first = try await keep("https://shop.example/a", "bluesky")
            let second = try await keep("https://shop.example/b", "mastodon")
            #expect(first.slug == second.slug)
            #expect(first.id == second.id)
            #expect(second.target == "https://shop.example/b?utm_source=mastodon")
            #expect(
                second.shortAddress(base: "https://go.example")
                    == "https://go.example/l/\(first.slug)")
            #expect(try await place.desk.link(slug: first.slug) == second)
            #expect(try await place.desk.link(slug: "nothere1") == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `lists links by page, newest first`(engine: Engine) async throws {
        try await with(engine) { place in
            for index in 0..<5 {
                place.clock.advance(by: .seconds(1))
                _ = try await place.desk.create(
                    destination: Destination("https://shop.example/\(index)"), utm: UTM(),
                    label: "\(index)", in: place.workspace)
            }
            let first = try await place.desk.list(in: place.workspace, PageRequest(limit: 3))
            #expect(first.items.map(\.label) == ["4", "3", "2"])
            let rest = try await place.desk.list(
                in: place.workspace, PageRequest(limit: 3, after: first.next))
            #expect(rest.items.map(\.label) == ["1", "0"])
            #expect(rest.next == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asks the public address until it answers`(engine: Engine) async throws {
        try await with(engine) { place in
            let queue = JobQueue(surroundings: place.surroundings)
            let answers = Answers()
            let desk = PublicAddressDesk(
                database: place.database, queue: queue, events: EventLog(queue: queue),
                surroundings: place.surroundings, fetch: { url in await answers.answer(url) })
            let worker = JobWorker(
                database: place.database, queue: queue, handlers: desk.handlers(),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                name: "test")
            try await desk.configure("https://go.example.org")
            #expect(await worker.runDue() == 1)
            #expect(try await !desk.current().isProven)
            let url = try #require(await answers.asked.first)
            let challenge = String(url.dropFirst("https://go.example.org".count + 25))
            await answers.set(try await desk.answer(to: challenge))
            #expect(await worker.runDue() == 0)
            place.clock.advance(by: .minutes(5))
            #expect(await worker.runDue() == 1)
            #expect(try await desk.current().isProven)
            #expect(try await desk.answer(to: "another") == nil)
        }
    }

    actor Answers {
        var asked: [String] = []
        var body: String?

        func set(_ text: String?) { body = text }

        func answer(_ url: String) -> Result<String, PublicAddress.NoAnswer> {
            asked.append(url)
            return body.map(Result.success) ?? .failure(.init("Nobody answers there."))
        }
    }
}
