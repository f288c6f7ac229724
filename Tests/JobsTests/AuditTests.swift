import Foundation
import Jobs
import Kernel
import Store
import TestSupport
import Testing

/// The record of changes with its chain, on a fresh database.
private struct AuditWorld: Sendable {
    static let ana = Principal(
        kind: .person, person: PersonID("01900000-0000-7000-8000-00000000000a"), name: "Ana Sol",
        from: "Firefox on Linux, internet")

    let db: Database
    let clock: ManualClock
    let log: EventLog
    let chain: AuditChain
    let workspace: WorkspaceID
    let other: WorkspaceID

    static func with(_ engine: Engine, _ body: (AuditWorld) async throws -> Void) async throws {
        try await TestDatabase.with(engine, JobsSchema.migrations) { db in
            let clock = ManualClock(Instant(milliseconds: 1_795_424_400_000))
            let surroundings = clock.surroundings(seed: 3)
            try await body(
                AuditWorld(
                    db: db, clock: clock,
                    log: EventLog(queue: JobQueue(surroundings: surroundings)),
                    chain: AuditChain(database: db, surroundings: surroundings),
                    workspace: surroundings.newID(), other: surroundings.newID()))
        }
    }

    func record(
        _ summary: String, in place: WorkspaceID? = nil, by principal: Principal = ana,
        changes: [Change] = []
    ) async throws {
        let place = place ?? workspace
        clock.advance(by: .seconds(1))
        try await db.write { [log] tx in
            try log.record(
                Event(
                    "test.changed", workspace: place, subject: "thing:1", summary: summary,
                    payload: Facts(share: 0.25, count: 3, words: ["é", "b"]), changes: changes,
                    by: principal), in: tx)
        }
    }

    struct Facts: Codable, Sendable {
        let share: Double
        let count: Int
        let words: [String]
    }

    /// Records and seals ten entries.
    func fill() async throws {
        for number in 1...10 {
            try await record(
                "Change \(number)", changes: [Change("title", before: "a", after: "\(number)")])
        }
        try await chain.seal()
    }

    func tamper(_ sql: SQL) async throws { try await db.write { try $0.execute(sql) } }

    func findings(against head: AuditHead? = nil) async throws -> [AuditReport.Finding] {
        try await chain.verify(workspace, against: head).findings
    }
}

struct AuditTests {
    @Test(arguments: TestDatabase.engines)
    func `seals what was recorded, one chain for each workspace`(engine: Engine) async throws {
        try await AuditWorld.with(engine) { world in
            try await world.fill()
            try await world.record("Elsewhere", in: world.other)
            #expect(try await world.chain.verify(world.other).waiting == 1)
            #expect(try await world.chain.seal() == 1)
            #expect(try await world.chain.seal() == 0)
            let report = try await world.chain.verify(world.workspace)
            #expect(report.isIntact)
            #expect(report.entries == 10)
            #expect(report.head == (try await world.chain.head(of: world.workspace)))
            #expect(try await world.chain.verify(world.other).entries == 1)
            try await world.record("One more")
            try await world.chain.seal()
            #expect(try await world.chain.verify(world.workspace, against: report.head).isIntact)
        }
    }

    static let edits: [String] = [
        "summary = 'Nothing happened'", "principal_name = 'Bo'", "person_id = NULL",
        "origin = 'elsewhere'", "changes = '[]'", "payload = '{}'", "at = at + 1",
        "name = 'test.other'", "subject = 'thing:2'", "principal_kind = 'token'",
        "seal_what = 'x'", "salt_what = NULL", "salt_who = NULL",
        "summary = 'Erased with a person', salt_what = NULL", "seal_hash = 'x'",
    ]

    @Test(arguments: TestDatabase.engines, edits)
    func `notices every edit`(engine: Engine, edit: String) async throws {
        try await AuditWorld.with(engine) { world in
            try await world.fill()
            try await world.tamper(
                "UPDATE event SET \(SQL(raw: edit)) WHERE seal_number = 4")
            let found = try await world.findings()
            #expect(found.contains { $0.number == 4 || $0.number == 5 }, "\(edit)")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `notices removal, reordering, insertion and a cut`(engine: Engine) async throws {
        try await AuditWorld.with(engine) { world in
            try await world.fill()
            let kept = try await world.chain.head(of: world.workspace)
            try await world.tamper("DELETE FROM event WHERE seal_number = 4")
            #expect(try await world.findings().map(\.kind) == [.missing])
            // Closing the gap leaves links that do not fit.
            try await world.tamper(
                "UPDATE event SET seal_number = seal_number - 1 WHERE seal_number > 4")
            #expect(try await world.findings().contains { $0.kind == .changed && $0.number == 4 })
            #expect(try await world.findings().contains { $0.kind == .cutOff })
            #expect(try await !world.chain.verify(world.workspace, against: kept).isIntact)
        }
        try await AuditWorld.with(engine) { world in
            try await world.fill()
            try await world.tamper("UPDATE event SET seal_number = 100 WHERE seal_number = 3")
            try await world.tamper("UPDATE event SET seal_number = 3 WHERE seal_number = 4")
            try await world.tamper("UPDATE event SET seal_number = 4 WHERE seal_number = 100")
            #expect(try await world.findings().map(\.number).prefix(2) == [3, 4])
        }
        try await AuditWorld.with(engine) { world in
            try await world.fill()
            let kept = try await world.chain.head(of: world.workspace)
            try await world.tamper("DELETE FROM event WHERE seal_number > 8")
            #expect(try await world.findings().map(\.kind) == [.cutOff])
            // Whoever can also rewrite the chain's own note is found by a head kept elsewhere.
            try await world.tamper(
                """
                UPDATE audit_head SET number = 8,
                    hash = (SELECT seal_hash FROM event WHERE seal_number = 8)
                """)
            #expect(try await world.findings() == [])
            #expect(try await world.findings(against: kept).map(\.kind) == [.cutOff])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps the chain when a person is erased`(engine: Engine) async throws {
        try await AuditWorld.with(engine) { world in
            let bo = Principal(kind: .person, person: nil, name: "Bo")
            try await world.record("Wrote a post")
            try await world.record("Invited ana@example.org", by: bo)
            try await world.record("Something else", by: bo)
            try await world.chain.seal()
            let before = try await world.chain.head(of: world.workspace)
            let person = try #require(AuditWorld.ana.person)
            try await world.db.write { [log = world.log] tx in
                try log.erase(person, mentions: ["ana@example.org", "Ana Sol"], in: tx)
            }
            let report = try await world.chain.verify(world.workspace, against: before)
            #expect(report.isIntact)
            #expect(report.erased == 2)
            let events = try await world.db.read { [log = world.log, place = world.workspace] tx in
                try log.list(ActivityFilter(), in: place, PageRequest(), tx).items
            }
            #expect(events.map(\.principalName) == ["Bo", "Bo", "Somebody who was erased"])
            #expect(
                events.map(\.summary) == ["Something else", "Erased with a person", "Wrote a post"])
            // Erasing is no way to put other words in.
            try await world.tamper("UPDATE event SET summary = 'Ana stole' WHERE seal_number = 2")
            #expect(try await world.findings().map(\.number) == [2])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `many writers and sealers at once make one chain`(engine: Engine) async throws {
        try await AuditWorld.with(engine) { world in
            try await withThrowingTaskGroup { group in
                for writer in 1...4 {
                    group.addTask {
                        for number in 1...15 {
                            try await world.record("Writer \(writer), change \(number)")
                        }
                    }
                }
                for _ in 1...2 {
                    group.addTask {
                        for _ in 1...10 { try await world.chain.seal() }
                    }
                }
                try await group.waitForAll()
            }
            try await world.chain.seal()
            let report = try await world.chain.verify(world.workspace)
            #expect(report.isIntact, "\(report.findings)")
            #expect(report.entries == 60)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `lists by words, person, way and day, page by page`(engine: Engine) async throws {
        try await AuditWorld.with(engine) { world in
            try await world.fill()
            let token = Principal(kind: .token, person: nil, name: "Bo via “Shop”")
            try await world.record("100% done_", by: token)
            func list(_ filter: ActivityFilter, _ page: PageRequest = PageRequest())
                async throws -> Page<RecordedEvent>
            {
                try await world.db.read { [log = world.log, place = world.workspace] tx in
                    try log.list(filter, in: place, page, tx)
                }
            }
            #expect(try await list(ActivityFilter(search: "0% DONE_")).items.count == 1)
            #expect(try await list(ActivityFilter(search: "shop")).items.count == 1)
            #expect(try await list(ActivityFilter(kind: .token)).items.count == 1)
            #expect(try await list(ActivityFilter(person: AuditWorld.ana.person)).items.count == 10)
            #expect(try await list(ActivityFilter(area: "test")).items.count == 11)
            #expect(try await list(ActivityFilter(area: "tes")).items.isEmpty)
            let now = world.clock.now
            #expect(try await list(ActivityFilter(from: now)).items.count == 1)
            #expect(try await list(ActivityFilter(until: now)).items.count == 10)
            let first = try await list(ActivityFilter(), PageRequest(limit: 6))
            #expect(first.items.count == 6)
            let rest = try await list(ActivityFilter(), PageRequest(limit: 6, after: first.next))
            #expect(rest.items.count == 5)
            #expect(rest.next == nil)
            #expect(rest.items.last?.changes == [Change("title", before: "a", after: "1")])
            #expect(rest.items.last?.origin == "Firefox on Linux, internet")
        }
    }

    @Test func `reads heads as it writes them`() {
        let hash = String(repeating: "a1", count: 32)
        #expect(AuditHead("12:\(hash)")?.description == "12:\(hash)")
        for text in [
            "", "12", "0:\(hash)", "x:\(hash)", "12:\(hash)0", "12:zz" + hash.dropFirst(2),
        ] {
            #expect(AuditHead(text) == nil, "\(text)")
        }
    }
}
