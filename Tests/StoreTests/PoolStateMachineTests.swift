import Testing

@testable import Store

@Suite struct `The pool's decisions` {
    private func pool(connections: Int = 2, waiters: Int = 3) -> PoolStateMachine {
        PoolStateMachine(
            .init(
                connections: connections, waiters: waiters, idle: .seconds(60),
                firstPause: .milliseconds(100), longestPause: .milliseconds(300)))
    }

    @Test func `opens up to the limit and lends what is free`() {
        var pool = pool()
        #expect(pool.asked(1, at: .zero) == [.open(connection: 1)])
        #expect(pool.asked(2, at: .zero) == [.open(connection: 2)])
        #expect(pool.asked(3, at: .zero) == [])
        #expect(pool.opened(2, at: .zero) == [.lend(connection: 2, waiter: 1)])
        #expect(pool.opened(1, at: .zero) == [.lend(connection: 1, waiter: 2)])
        #expect(
            pool.returned(2, isHealthy: true, at: .zero) == [.lend(connection: 2, waiter: 3)])
        #expect(pool.returned(1, isHealthy: true, at: .zero) == [])
        #expect(pool.asked(4, at: .zero) == [.lend(connection: 1, waiter: 4)])
    }

    @Test func `serves waiters in the order they came`() {
        var pool = pool(connections: 1)
        _ = pool.asked(1, at: .zero)
        _ = pool.asked(2, at: .zero)
        _ = pool.asked(3, at: .zero)
        #expect(pool.opened(1, at: .zero) == [.lend(connection: 1, waiter: 1)])
        let isFirst = pool.gaveUp(2)
        let isAgain = pool.gaveUp(2)
        #expect(isFirst && !isAgain)
        #expect(
            pool.returned(1, isHealthy: true, at: .zero) == [.lend(connection: 1, waiter: 3)])
    }

    @Test func `refuses when too many wait`() {
        var pool = pool(connections: 1, waiters: 2)
        _ = pool.asked(1, at: .zero)
        _ = pool.asked(2, at: .zero)
        #expect(pool.asked(3, at: .zero) == [.refuse(waiter: 3, .overloaded)])
    }

    @Test func `replaces a broken connection`() {
        var pool = pool(connections: 1)
        _ = pool.asked(1, at: .zero)
        _ = pool.opened(1, at: .zero)
        _ = pool.asked(2, at: .zero)
        #expect(
            pool.returned(1, isHealthy: false, at: .zero)
                == [.close(connection: 1), .open(connection: 2)])
        #expect(pool.opened(2, at: .zero) == [.lend(connection: 2, waiter: 2)])
    }

    @Test func `refuses at once during an outage and tries again after a growing pause`() {
        var pool = pool()
        #expect(pool.asked(1, at: .zero) == [.open(connection: 1)])
        #expect(pool.failedToOpen(1, at: .zero) == [.refuse(waiter: 1, .unreachable)])
        #expect(
            pool.asked(2, at: .milliseconds(99)) == [.refuse(waiter: 2, .unreachable)])
        #expect(pool.asked(3, at: .milliseconds(100)) == [.open(connection: 2)])
        #expect(
            pool.failedToOpen(2, at: .milliseconds(100)) == [.refuse(waiter: 3, .unreachable)])
        #expect(
            pool.asked(4, at: .milliseconds(299)) == [.refuse(waiter: 4, .unreachable)])
        #expect(pool.asked(5, at: .milliseconds(300)) == [.open(connection: 3)])
        _ = pool.failedToOpen(3, at: .milliseconds(300))
        // 400 ms would be next; 300 is the longest.
        #expect(pool.asked(6, at: .milliseconds(600)) == [.open(connection: 4)])
        #expect(pool.opened(4, at: .milliseconds(601)) == [.lend(connection: 4, waiter: 6)])
    }

    @Test func `lets waiters wait while another connection still works`() {
        var pool = pool()
        _ = pool.asked(1, at: .zero)
        _ = pool.opened(1, at: .zero)
        #expect(pool.asked(2, at: .zero) == [.open(connection: 2)])
        #expect(pool.failedToOpen(2, at: .zero) == [])
        #expect(
            pool.returned(1, isHealthy: true, at: .zero) == [.lend(connection: 1, waiter: 2)])
    }

    @Test func `closes idle connections but the last`() {
        var pool = pool()
        _ = pool.asked(1, at: .zero)
        _ = pool.asked(2, at: .zero)
        _ = pool.opened(1, at: .zero)
        _ = pool.opened(2, at: .zero)
        #expect(pool.returned(1, isHealthy: true, at: .zero) == [])
        #expect(
            pool.returned(2, isHealthy: true, at: .seconds(61)) == [.close(connection: 1)])
        #expect(pool.asked(3, at: .seconds(300)) == [.lend(connection: 2, waiter: 3)])
        #expect(pool.returned(2, isHealthy: true, at: .seconds(900)) == [])
    }

    @Test func `shuts down after the last borrower`() {
        var pool = pool()
        _ = pool.asked(1, at: .zero)
        _ = pool.asked(2, at: .zero)
        _ = pool.asked(3, at: .zero)
        _ = pool.opened(1, at: .zero)
        _ = pool.opened(2, at: .zero)
        #expect(pool.shutDown() == [.refuse(waiter: 3, .closed)])
        #expect(pool.asked(4, at: .zero) == [.refuse(waiter: 4, .closed)])
        #expect(pool.returned(1, isHealthy: true, at: .zero) == [.close(connection: 1)])
        #expect(
            pool.returned(2, isHealthy: false, at: .zero) == [.close(connection: 2), .finish])
    }

    @Test func `shuts down at once when nothing is open`() {
        var pool = pool()
        #expect(pool.shutDown() == [.finish])
        #expect(pool.shutDown() == [])
    }

    /// Every waiter is answered exactly once and no connection is lent twice, whatever happens.
    @Test(arguments: 0..<50) func `keeps its promises in any order of events`(seed: UInt64) {
        var random = Generator(state: seed)
        var pool = pool(connections: 3, waiters: 5)
        var open: Set<Int> = []
        var lent: Set<Int> = []
        var opening: Set<Int> = []
        var pending: Set<Int> = []
        var isFinished = false
        var now = Duration.zero
        var waiter = 0
        func apply(_ actions: [PoolStateMachine.Action]) {
            for action in actions {
                #expect(!isFinished)
                switch action {
                case .open(let number):
                    opening.insert(number)
                    #expect(opening.count + open.count <= 3)
                case .lend(let number, let waiter):
                    #expect(open.contains(number) && !lent.contains(number))
                    #expect(pending.remove(waiter) != nil)
                    lent.insert(number)
                case .close(let number):
                    #expect(open.remove(number) != nil)
                case .refuse(let waiter, _): #expect(pending.remove(waiter) != nil)
                case .finish: isFinished = true
                }
            }
        }
        for step in 0..<400 {
            now += .milliseconds(Int64(random.next() % 200))
            switch random.next() % 6 {
            case 0, 1:
                waiter += 1
                pending.insert(waiter)
                if !isFinished {
                    apply(pool.asked(waiter, at: now))
                } else {
                    pending.remove(waiter)
                }
            case 2:
                if let number = opening.popFirst() {
                    open.insert(number)
                    apply(pool.opened(number, at: now))
                }
            case 3:
                if let number = opening.popFirst() { apply(pool.failedToOpen(number, at: now)) }
            case 4:
                if let number = lent.popFirst() {
                    apply(
                        pool.returned(number, isHealthy: random.next() % 4 > 0, at: now))
                }
            default:
                if let waiter = pending.first, pool.gaveUp(waiter) { pending.remove(waiter) }
            }
            if step == 350 { apply(pool.shutDown()) }
        }
        while let number = opening.popFirst() { apply(pool.failedToOpen(number, at: now)) }
        while let number = lent.popFirst() {
            apply(pool.returned(number, isHealthy: true, at: now))
        }
        #expect(isFinished)
        #expect(pending.isEmpty)
        #expect(open.isEmpty)
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            // Knuth's MMIX generator; its high bits are good enough to pick events.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
