import Kernel
import Testing

@testable import People

struct SignInThrottleTests {
    let start = Instant(milliseconds: 1_800_000_000_000)

    @Test func `lets the first failures pass and then doubles the wait`() {
        var throttle = SignInThrottle(.accountAndAddress)
        var waits: [Int64] = []
        for _ in 0..<12 {
            throttle.failed(at: start)
            waits.append((throttle.wait(at: start) ?? .zero).inMilliseconds / 1000)
        }
        #expect(waits == [0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900])
    }

    @Test func `is patient again when the wait is over and forgets after two hours`() {
        var throttle = SignInThrottle(.accountAndAddress)
        for _ in 0..<5 { throttle.failed(at: start) }
        #expect(throttle.wait(at: start + .seconds(9)) == .seconds(1))
        #expect(throttle.wait(at: start + .seconds(10)) == nil)
        throttle.failed(at: start + .seconds(10))
        #expect(throttle.wait(at: start + .seconds(10)) == .seconds(20))
        throttle.failed(at: start + .hours(3))
        #expect(throttle.failures == 1)
    }

    @Test(arguments: [
        (SignInThrottle.Kind.accountAndAddress, 5), (.account, 20), (.address, 30),
    ])
    func `allows each kind its own number of failures`(
        kind: SignInThrottle.Kind, free: Int
    ) {
        var throttle = SignInThrottle(kind)
        for _ in 1..<free { throttle.failed(at: start) }
        #expect(throttle.wait(at: start) == nil)
        throttle.failed(at: start)
        #expect(throttle.wait(at: start) != nil)
    }
}
