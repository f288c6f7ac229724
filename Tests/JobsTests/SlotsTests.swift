import Synchronization
import Testing

@testable import Jobs

@Suite struct SlotsTests {
    /// A clock that stands until it is moved.
    private final class Watch: Sendable {
        private let moment = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { moment.withLock { $0 } }
        func advance(by duration: Duration) { moment.withLock { $0 += duration } }
    }

    @Test func `few others run while prompt jobs begin`() {
        let watch = Watch()
        let slots = Slots([.prompt: 10, .ordinary: 64], now: { watch.now })
        #expect(slots.free(.ordinary) == 64)
        slots.note(.prompt)
        #expect(slots.free(.ordinary) == Slots.fewOthers)
        slots.take(.ordinary)
        #expect(slots.free(.ordinary) == Slots.fewOthers - 1)
        #expect(slots.free(.prompt) == 10)
        watch.advance(by: Slots.precedence)
        #expect(slots.free(.ordinary) == 63)
    }

    @Test func `no other begins while many prompt jobs run, for a while`() {
        let watch = Watch()
        let slots = Slots([.prompt: 100, .ordinary: 64], now: { watch.now })
        for _ in 1..<Slots.crowd { slots.take(.prompt) }
        slots.note(.prompt)
        #expect(slots.free(.ordinary) == Slots.fewOthers)
        slots.take(.prompt)
        slots.note(.prompt)
        #expect(slots.free(.ordinary) == 0)
        #expect(slots.free(.prompt) == 100 - Slots.crowd)
        watch.advance(by: Slots.longestHush)
        slots.note(.prompt)
        #expect(slots.free(.ordinary) == Slots.fewOthers)
        watch.advance(by: Slots.hushInterval - Slots.longestHush)
        slots.note(.prompt)
        #expect(slots.free(.ordinary) == 0)
        slots.release(.prompt)
        #expect(slots.free(.ordinary) == Slots.fewOthers)
    }

    @Test func `a hush begins with a crowd of prompt jobs, and ends with it`() {
        let watch = Watch()
        let slots = Slots([.prompt: 100, .ordinary: 64], now: { watch.now })
        let hush = Hush()
        #expect(!hush.isOn)
        hush.follow(slots)
        for _ in 0..<Slots.crowd { slots.take(.prompt) }
        #expect(!hush.isOn)
        slots.note(.prompt)
        #expect(hush.isOn)
        slots.release(.prompt)
        #expect(!hush.isOn)
        slots.take(.prompt)
        #expect(hush.isOn)
        watch.advance(by: Slots.precedence)
        #expect(!hush.isOn)
    }

    @Test func `others that ran already give no room to more`() {
        let watch = Watch()
        let slots = Slots([.ordinary: 64], now: { watch.now })
        for _ in 0..<20 { slots.take(.ordinary) }
        slots.note(.prompt)
        #expect(slots.free(.ordinary) == 0)
        for _ in 0..<19 { slots.release(.ordinary) }
        #expect(slots.free(.ordinary) == 1)
    }

    @Test func `a worker with few slots keeps them`() {
        let watch = Watch()
        let slots = Slots([.prompt: 1, .ordinary: 2], now: { watch.now })
        slots.note(.prompt)
        #expect(slots.free(.ordinary) == 2)
        slots.note(.ordinary)
        watch.advance(by: Slots.precedence)
        slots.note(.ordinary)
        #expect(slots.free(.ordinary) == 2)
    }
}
