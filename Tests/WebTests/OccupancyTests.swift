import Testing

@testable import Web

@Suite struct OccupancyTests {
    private func occupancy(_ connections: Int, perAddress: Int = 100) -> Occupancy {
        var limits = ConnectionLimits()
        limits.connections = connections
        limits.perAddress = perAddress
        return Occupancy(limits)
    }

    @Test func `gives the place of whoever has waited longest to a newcomer`() {
        var room = occupancy(2)
        #expect(room.enter(1, from: nil) == .welcome)
        #expect(room.enter(2, from: nil) == .welcome)
        room.move(1, to: .working)
        room.move(1, to: .waiting)
        #expect(room.enter(3, from: nil) == .instead(of: 2))
        #expect(room.enter(4, from: nil) == .instead(of: 1))
        #expect(room.count == 2)
    }

    @Test func `takes the place of slow senders only when nobody merely waits`() {
        var room = occupancy(3)
        for key in 1...3 { _ = room.enter(key, from: nil) }
        room.move(1, to: .receiving)
        room.move(2, to: .flushing)
        #expect(room.enter(4, from: nil) == .instead(of: 3))
        room.move(4, to: .working)
        #expect(room.enter(5, from: nil) == .instead(of: 1))
        room.move(5, to: .working)
        #expect(room.enter(6, from: nil) == .instead(of: 2))
    }

    @Test func `turns newcomers away while everyone works`() {
        var room = occupancy(2)
        for key in 1...2 {
            _ = room.enter(key, from: nil)
            room.move(key, to: .working)
        }
        #expect(room.enter(3, from: nil) == .full)
        room.leave(1)
        #expect(room.enter(4, from: nil) == .welcome)
    }

    @Test func `bounds one address without touching others`() {
        var room = occupancy(10, perAddress: 2)
        #expect(room.enter(1, from: "203.0.113.7") == .welcome)
        #expect(room.enter(2, from: "203.0.113.7") == .welcome)
        #expect(room.enter(3, from: "203.0.113.7") == .tooManyFromThere)
        #expect(room.enter(4, from: "203.0.113.8") == .welcome)
        #expect(room.enter(5, from: nil) == .welcome)
        room.leave(1)
        #expect(room.enter(6, from: "203.0.113.7") == .welcome)
    }

    @Test func `stays right however often connections change`() {
        var room = occupancy(50)
        var random = SystemRandomNumberGenerator()
        var living: Set<Int> = []
        for key in 0..<20_000 {
            if case .instead(let victim) = room.enter(key, from: nil) {
                #expect(living.remove(victim) != nil)
                living.insert(key)
            } else if room.count > living.count {
                living.insert(key)
            }
            if let some = living.randomElement(using: &random) {
                room.move(some, to: Occupancy.Phase.allCases.randomElement(using: &random)!)
            }
            if key % 3 == 0, let some = living.randomElement(using: &random) {
                room.leave(some)
                living.remove(some)
            }
            #expect(room.count == living.count)
        }
    }
}

@Suite struct BodyReaderTests {
    @Test func `gives a body time for its bytes and no more`() {
        let pace = BodyPace(start: .seconds(20), bytesPerSecond: 8192)
        #expect(pace.time(for: 0) == .seconds(20))
        #expect(pace.time(for: 81_920) == .seconds(30))
    }

    @Test func `shares memory between bodies and takes it back`() {
        let allowance = BodyAllowance(most: 1 << 20)
        var first: BodyShare? = BodyShare(of: allowance)
        #expect(first?.grow(by: 1 << 20) == true)
        #expect(allowance.held == (1 << 20) - BodyAllowance.free)
        let second = BodyShare(of: allowance)
        #expect(second.grow(by: BodyAllowance.free), "small bodies are always taken")
        #expect(!second.grow(by: BodyAllowance.free + 1))
        first = nil
        #expect(allowance.held == 0)
        #expect(second.grow(by: BodyAllowance.free + 1))
    }
}
