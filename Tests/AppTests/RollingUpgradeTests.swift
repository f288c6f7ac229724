import Foundation
import Jobs
import Kernel
import Logging
import Nodes
import People
import Publishing
import Store
import Synchronization
import TestSupport
import Testing

@testable import App

/// What a step asks of programs that do not know it.
enum StepDemands {
    /// Every statement that a program from before the step may stumble over, in words.
    static func of(_ step: Migration, knownBefore tables: Set<String>) -> [String] {
        step.statements.flatMap { statement in
            let text = statement.render(for: .postgres).text
                .replacing(/\s+/, with: " ").uppercased()
            var found: [String] = []
            if text.contains("DROP TABLE") || text.contains("DROP COLUMN") {
                found.append("takes away")
            }
            if text.contains(" RENAME ") { found.append("renames") }
            if text.contains("SET NOT NULL") || text.contains("ADD CONSTRAINT")
                || text.contains("ADD CHECK")
            {
                found.append("demands more of old rows")
            }
            if text.contains("ADD COLUMN"), text.contains("NOT NULL"), !text.contains("DEFAULT") {
                found.append("adds a column that must be filled")
            }
            let unique = /CREATE UNIQUE INDEX \w+ ON (\w+)/
            if let match = text.firstMatch(of: unique),
                tables.contains(String(match.1).lowercased()), !text.contains(" WHERE ")
            {
                found.append("refuses rows that were allowed")
            }
            return found.map { "\(step.id) \($0)" }
        }
    }

    /// The tables that a step makes.
    static func made(by step: Migration) -> [String] {
        step.statements.compactMap { statement in
            statement.render(for: .postgres).text.firstMatch(of: /CREATE TABLE (\w+)/)
                .map { String($0.1).lowercased() }
        }
    }
}

@Suite struct `A rolling upgrade` {
    /// The steps that landed last; the schema before them is the previous one.
    private static let latest: Set<String> = [
        "nodes/0001-node", "nodes/0002-live-change", "publishing/0007-media-file",
    ]
    /// Steps that demand something of older programs, and the version that `compatibleFrom` must
    /// have because of it.
    private static let raised: [String: Int] = [:]

    /// Whether the upgrade is through.
    private final class Upgrade: Sendable {
        let isOver = Mutex(false)
    }

    private static var before: [Migration] {
        ProgramSchema.plan.steps.filter { !latest.contains($0.id) }
    }

    @Test func `is possible because steps only add`() {
        #expect(Self.before.count == ProgramSchema.plan.steps.count - Self.latest.count)
        var tables: Set<String> = []
        for step in ProgramSchema.plan.steps {
            let demands = StepDemands.of(step, knownBefore: tables)
            let isCovered = Self.raised[step.id].map { ProgramSchema.plan.compatibleFrom >= $0 }
            #expect(
                demands.isEmpty || isCovered == true,
                "\(demands): raise compatibleFrom and name the step here, or only add")
            tables.formUnion(StepDemands.made(by: step))
        }
        #expect(tables.count > 40)
    }

    @Test(arguments: [
        "ALTER TABLE post DROP COLUMN title", "DROP TABLE post",
        "ALTER TABLE post RENAME COLUMN a TO b", "ALTER TABLE post ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE post ADD COLUMN a TEXT NOT NULL", "CREATE UNIQUE INDEX one ON post (a)",
    ])
    func `is refused to a step that does more`(statement: String) {
        let step = Migration("test/0001-step", [SQL(raw: statement)])
        #expect(StepDemands.of(step, knownBefore: ["post"]).count == 1)
    }

    @Test(arguments: TestDatabase.engines)
    func `leaves every table as older statements know it`(engine: Engine) async throws {
        let old = try await TestDatabase.with(engine, Self.before) { try await $0.describeSchema() }
        let new = try await TestDatabase.with(engine, ProgramSchema.plan.steps) {
            try await $0.describeSchema()
        }
        for (name, table) in old.tables {
            let now = try #require(new.tables[name], "\(name) is gone")
            #expect(now.columns.filter(table.columns.contains) == table.columns, "\(name)")
            #expect(now.primaryKey == table.primaryKey && now.unique == table.unique, "\(name)")
            #expect(now.foreignKeys == table.foreignKeys, "\(name)")
        }
        #expect(new.tables.count > old.tables.count)
    }

    @Test(arguments: TestDatabase.engines)
    func `runs beside a program that works as before`(engine: Engine) async throws {
        try await TestDatabase.with(engine, Self.before) { database in
            let surroundings = Surroundings.live
            let queue = JobQueue(surroundings: surroundings)
            let kind = JobKind<String>("test.old", retry: .persistent)
            let upgrade = Upgrade()
            let done = try await withThrowingTaskGroup(of: Int?.self) { group in
                group.addTask {
                    // What an older worker does, until the upgrade is through and once more.
                    var count = 0
                    while count < 20 || !upgrade.isOver.withLock({ $0 }) {
                        try await database.write { tx in
                            try queue.enqueue(
                                kind, "x", workspace: nil, lane: "a", dueAt: surroundings.now(),
                                in: tx)
                        }
                        try await database.write(.readCommitted) { tx in
                            let jobs = try queue.claim(
                                kinds: [kind.name: .seconds(60)], limit: 1, worker: "old", in: tx)
                            for job in jobs {
                                try queue.complete(Lease(job: job.id, epoch: job.epoch), in: tx)
                            }
                        }
                        count += 1
                    }
                    return count
                }
                group.addTask {
                    try await database.migrate(ProgramSchema.plan, at: surroundings.now())
                    upgrade.isOver.withLock { $0 = true }
                    return nil
                }
                return try await group.reduce(0) { $0 + ($1 ?? 0) }
            }
            let finished = try await database.read { tx in
                try queue.list(.done, workspace: nil, limit: 100_000, in: tx).count
            }
            #expect(done >= 20 && finished == done)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `finds the data of the schema before`(engine: Engine) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("throughline-upgrade-\(UInt64.random(in: 0...UInt64.max))").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let old = try await TestDatabase.with(engine, Self.before) { try await $0.describeSchema() }
        try await TestDatabase.location(engine) { location in
            var url: String?
            var home = folder
            switch location {
            case .postgres(let address): url = address
            case .folder(let place): home = place
            }
            let settings = try ServerSettings(
                .init(dataFolder: home, database: url), environment: [:])
            let first = try await Program.open(settings, logger: Logger(label: "test"))
            let world = try await AppWorld(first)
            // The latest steps are undone, which leaves exactly the schema before them.
            try await first.database.write { tx in
                for step in ProgramSchema.plan.steps where Self.latest.contains(step.id) {
                    for table in StepDemands.made(by: step) {
                        try tx.execute("DROP TABLE \(SQL(raw: table))")
                    }
                    try tx.execute("DELETE FROM schema_step WHERE id = \(step.id)")
                }
            }
            #expect(try await first.database.describeSchema().differences(from: old) == [])
            await first.close()
            let second = try await Program.open(settings, logger: Logger(label: "test"))
            let session = try await second.people.signedIn(
                secret: try #require(world.sessions[.owner]))
            #expect(session != nil)
            let workspace = try #require(
                try await second.database.read { tx in
                    try tx.scalar(WorkspaceID.self, "SELECT workspace_id FROM post LIMIT 1")
                })
            let sheet = try await second.desks.posts.sheet(world.inside.post, in: workspace)
            #expect(sheet.post.text == "Spring words")
            try await second.nodeDesk(.serve).arrive()
            #expect(try await second.nodeDesk(.serve).claim(holding: nil)?.epoch == 1)
            await second.close()
        }
    }
}
