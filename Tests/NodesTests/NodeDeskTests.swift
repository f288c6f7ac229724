import Kernel
import Nodes
import Store
import TestSupport
import Testing

@Suite struct `Processes on one database` {
    @Test(arguments: TestDatabase.engines)
    func `one leads, and what it writes is refused once another does`(
        engine: Engine
    ) async throws {
        try await NodeWorld.with(engine) { world in
            // On PostgreSQL the lease has run out when it is made; the database's clock goes on.
            let a = world.desk("a", length: .milliseconds(-1))
            let b = world.desk("b")
            let first = try #require(try await a.claim(holding: nil))
            try await world.db.write { tx in try first.require(tx) }
            let second = try #require(try await b.claim(holding: nil))
            #expect(second.epoch == first.epoch + 1)
            await #expect(throws: NodesError.leadsNoMore) {
                try await world.db.write { tx in try first.require(tx) }
            }
            try await world.db.write { tx in try second.require(tx) }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `the leader keeps the lead, and only on SQLite is a newcomer sure to be alone`(
        engine: Engine
    ) async throws {
        try await NodeWorld.with(engine) { world in
            let (a, b) = (world.desk("a"), world.desk("b"))
            let first = try #require(try await a.claim(holding: nil))
            #expect(try await a.claim(holding: first) == first)
            let newcomer = try await b.claim(holding: nil)
            #expect((newcomer != nil) == (engine == .sqlite))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `whoever leaves gives the lead away`(engine: Engine) async throws {
        try await NodeWorld.with(engine) { world in
            let (a, b) = (world.desk("a"), world.desk("b"))
            try await a.arrive()
            let first = try #require(try await a.claim(holding: nil))
            #expect(try await world.nodes().map(\.isLeader) == [true])
            try await a.leave(first)
            #expect(try await world.nodes().isEmpty)
            try await b.arrive()
            #expect(try await b.claim(holding: nil)?.epoch == first.epoch + 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `several are seen, and one that was forgotten comes back with its beat`(
        engine: Engine
    ) async throws {
        try await NodeWorld.with(engine) { world in
            let (a, b) = (world.desk("a"), world.desk("b"))
            try await a.arrive()
            try await b.arrive()
            // A SQLite folder belongs to one process, so a newcomer there replaces the other.
            let names: Set = engine == .sqlite ? ["b"] : ["a", "b"]
            #expect(Set(try await world.nodes().map(\.node.name)) == names)
            try await world.db.write { tx in try tx.execute("DELETE FROM node") }
            try await b.beat()
            let found = try await world.nodes()
            #expect(found.map(\.node) == [b.node])
            #expect(found.map(\.isAlive) == [true])
        }
    }

    @Test func `a process with another key is refused while one runs`() async throws {
        try await NodeWorld.with(.postgres) { world in
            try await world.desk("a", key: "one").arrive()
            await #expect(throws: NodesError.otherKey(name: "a", folder: "/srv/a")) {
                try await world.desk("b", key: "two").arrive()
            }
            #expect(try await world.nodes().map(\.node.name) == ["a"])
            // One that is silent does not count: it may never come back.
            try await world.db.write { tx in
                try tx.execute("UPDATE node SET beat_at = beat_at - 20000")
            }
            try await world.desk("b", key: "two").arrive()
        }
    }

    @Test func `a clock that is wrong is told`() async throws {
        try await NodeWorld.with(.postgres) { world in
            // The clock of the test stands still at a moment of the past.
            try await world.desk("a").arrive()
            #expect(try await world.nodes().map(\.isClockWrong) == [true])
        }
        try await NodeWorld.with(.sqlite) { world in
            try await world.desk("a").arrive()
            #expect(try await world.nodes().map(\.isClockWrong) == [false])
        }
    }
}

@Suite struct `Changes for pages of other processes` {
    private func desk(_ world: NodeWorld) -> LiveChanges {
        LiveChanges(
            database: world.db, node: world.surroundings.newID(), surroundings: world.surroundings)
    }

    @Test(arguments: TestDatabase.engines)
    func `are read once by everybody but who made them`(engine: Engine) async throws {
        try await NodeWorld.with(engine) { world in
            let (a, b) = (desk(world), desk(world))
            let workspace: WorkspaceID = world.surroundings.newID()
            let posts = LiveChanges.Change(workspace: workspace, topic: "posts")
            let plan = LiveChanges.Change(workspace: workspace, topic: "plan")
            let start = try await b.latest()
            try await a.keep([posts, plan])
            let news = try await b.since(start)
            #expect(news.changes == [posts, plan])
            #expect(try await b.since(news.number).changes.isEmpty)
            #expect(try await a.since(start).changes.isEmpty)
            try await a.keep([posts])
            try await b.keep([posts])
            // A reader hears of another's change although it changed the same itself afterwards.
            #expect(try await b.since(news.number).changes == [posts])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `go on with their numbers after they were forgotten`(engine: Engine) async throws {
        try await NodeWorld.with(engine) { world in
            let (a, b) = (desk(world), desk(world))
            let workspace: WorkspaceID = world.surroundings.newID()
            try await a.keep([.init(workspace: workspace, topic: "posts")])
            try await a.keep([.init(workspace: workspace, topic: "plan")])
            let seen = try await b.latest()
            try await world.db.write { tx in try tx.execute("UPDATE live_change SET at = 0") }
            try await a.prune { _ in }
            #expect(try await b.latest() == seen)
            let change = LiveChanges.Change(workspace: workspace, topic: "replies")
            try await a.keep([change])
            #expect(try await b.since(seen).changes == [change])
        }
    }
}
