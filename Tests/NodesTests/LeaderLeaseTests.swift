import Kernel
import Nodes
import Store
import TestSupport
import Testing

/// Processes on one database, with a clock that moves only when told to where the engine allows.
struct NodeWorld {
    let db: Database
    let clock: ManualClock
    let surroundings: Surroundings

    static func with(_ engine: Engine, _ body: (NodeWorld) async throws -> Void) async throws {
        try await TestDatabase.with(engine, NodesSchema.migrations) { db in
            let clock = ManualClock(Instant(milliseconds: 1_795_424_400_000))
            try await body(
                NodeWorld(db: db, clock: clock, surroundings: clock.surroundings(seed: 1)))
        }
    }

    func desk(
        _ name: String, key: String = "same", length: Duration = NodeDesk.lease
    ) -> NodeDesk {
        NodeDesk(
            database: db,
            node: Node(
                id: surroundings.newID(), name: name, role: .serve, version: "1",
                folder: "/srv/\(name)"),
            surroundings: surroundings, length: length, keyMarks: { [key] })
    }

    func nodes() async throws -> [NodeStanding] {
        try await db.read { [surroundings] tx in try NodeStanding.all(surroundings, tx) }
    }
}

@Suite struct `The lease of the leader` {
    private static let surroundings = ManualClock(Instant(milliseconds: 0)).surroundings(seed: 7)
    private let a: NodeID = Self.surroundings.newID()
    private let b: NodeID = Self.surroundings.newID()
    private let length = Duration.seconds(10)

    private func at(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1000) }

    private func claimed(
        _ lease: LeaderLease?, _ node: NodeID, _ epoch: Int64?, _ second: Int64,
        isAlone: Bool = false
    ) -> LeaderLease? {
        LeaderLease.claimed(
            lease, by: node, holding: epoch, at: at(second), for: length, isAlone: isAlone)
    }

    @Test func `goes to whoever asks first and stays while it is renewed`() throws {
        let first = try #require(claimed(nil, a, nil, 100))
        #expect(first.epoch == 1 && first.holder == a && first.expiresAt == at(110))
        #expect(claimed(first, b, nil, 109) == nil)
        let renewed = try #require(claimed(first, a, 1, 108))
        #expect(renewed.epoch == 1 && renewed.expiresAt == at(118))
        #expect(claimed(renewed, b, nil, 117) == nil)
    }

    @Test func `goes to another when it ran out, with a greater epoch`() throws {
        let first = try #require(claimed(nil, a, nil, 100))
        let second = try #require(claimed(first, b, nil, 110))
        #expect(second.epoch == 2 && second.holder == b)
        // The first one comes back and believes that it still leads.
        #expect(claimed(second, a, 1, 111) == nil)
    }

    @Test func `is still its holder's when it ran out and nobody took it`() throws {
        let first = try #require(claimed(nil, a, nil, 100))
        let late = try #require(claimed(first, a, 1, 150))
        #expect(late.epoch == 1)
        // One that has forgotten its term begins another.
        #expect(claimed(first, a, nil, 101)?.epoch == 2)
    }

    @Test func `goes at once when it was given back or nobody else can be there`() throws {
        let first = try #require(claimed(nil, a, nil, 100))
        #expect(first.released(by: LeaderTerm(node: b, epoch: 1)) == nil)
        #expect(first.released(by: LeaderTerm(node: a, epoch: 2)) == nil)
        let free = try #require(first.released(by: LeaderTerm(node: a, epoch: 1)))
        #expect(claimed(free, b, nil, 101)?.epoch == 2)
        #expect(claimed(first, b, nil, 101, isAlone: true)?.epoch == 2)
    }

    @Test func `does not live longer because the clock went back`() throws {
        let first = try #require(claimed(nil, a, nil, 1000))
        #expect(claimed(first, b, nil, 995) == nil)
        #expect(claimed(first, b, nil, 500)?.epoch == 2)
    }
}

@Suite struct `Leading` {
    private let term = LeaderTerm(
        node: ManualClock(Instant(milliseconds: 0)).surroundings(seed: 9).newID(), epoch: 3)

    @Test func `ends by itself before the lease does when nobody answers`() {
        var leadership = Leadership(sureFor: .seconds(8))
        #expect(leadership.heard(nil, askedAt: .seconds(1)) == nil)
        #expect(leadership.heard(term, askedAt: .seconds(3)) == .began(term))
        #expect(leadership.deadline == .seconds(11))
        #expect(leadership.heardNothing(at: .seconds(10)) == nil)
        #expect(leadership.heardNothing(at: .seconds(11)) == .ended)
        #expect(leadership.term == nil && leadership.deadline == nil)
    }

    @Test func `is prolonged from the moment of asking, not of the answer`() {
        var leadership = Leadership(sureFor: .seconds(8))
        _ = leadership.heard(term, askedAt: .seconds(0))
        #expect(leadership.heard(term, askedAt: .seconds(5)) == nil)
        #expect(leadership.deadline == .seconds(13))
    }

    @Test func `ends before another term begins`() {
        var leadership = Leadership(sureFor: .seconds(8))
        _ = leadership.heard(term, askedAt: .zero)
        let next = LeaderTerm(node: term.node, epoch: 5)
        #expect(leadership.heard(next, askedAt: .seconds(1)) == .ended)
        #expect(leadership.heard(next, askedAt: .seconds(2)) == .began(next))
        #expect(leadership.heard(nil, askedAt: .seconds(3)) == .ended)
    }
}
