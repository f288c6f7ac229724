/// The states that journeys pass through in a Markov chain of some order, and the steps between.
///
/// A state is the last `order` touches; a journey with fewer touches is one state of its own. A
/// state that follows itself is the same state still (measure.md §4).
package struct MarkovStates: Sendable {
    package let order: Int
    package let channelCount: Int
    /// The channels of each state, `order` places each; −1 is an empty place.
    package private(set) var members: [Int32] = []
    /// The states at both ends of each step.
    package private(set) var from: [Int32] = []
    package private(set) var to: [Int32] = []
    /// Where each journey begins and ends.
    private(set) var firsts: [Int32] = []
    private(set) var lasts: [Int32] = []
    /// The steps of all journeys, one journey after the other, and where each one's end.
    private(set) var steps: [Int32] = []
    private(set) var stepEnds: [Int] = []

    package var count: Int { members.count / order }
    package var stepCount: Int { from.count }
    var indices: Range<Int> { 0..<count }

    /// The states of `journeys`; nil when there are more channels than keys can tell apart.
    package init?(_ journeys: Journeys, order: Int) {
        precondition(order >= 1, "an order")
        self.order = order
        channelCount = journeys.channels.count
        let base = UInt64(channelCount + 1)
        var span: UInt64 = 1
        for _ in 0..<order {
            let (product, overflow) = span.multipliedReportingOverflow(by: base)
            if overflow { return nil }
            span = product
        }
        firsts.reserveCapacity(journeys.count)
        lasts.reserveCapacity(journeys.count)
        stepEnds.reserveCapacity(journeys.count)
        read(journeys, base: base, span: span)
    }

    /// A state's key has one digit for each touch; what leaves the window is cut off by `span`.
    private mutating func read(_ journeys: Journeys, base: UInt64, span: UInt64) {
        var states = NumberCodes()
        var pairs = NumberCodes()
        journeys.touches.withUnsafeBufferPointer { touches in
            for row in 0..<journeys.count {
                let range = journeys.range(row)
                var key: UInt64 = 0
                var current: Int32 = -1
                var filled = 0
                for place in range {
                    // Taking the top digit off first, nothing overflows.
                    key = key % (span / base) * base + UInt64(touches[place] + 1)
                    filled += 1
                    if filled < order, place + 1 < range.upperBound { continue }
                    let state = states.code(key)
                    if current < 0 {
                        firsts.append(state)
                    } else if state != current {
                        let pair = UInt64(UInt32(current)) << 32 | UInt64(UInt32(state))
                        steps.append(pairs.code(pair))
                    }
                    current = state
                }
                lasts.append(current)
                stepEnds.append(steps.count)
            }
        }
        from = pairs.numbers.map { Int32(truncatingIfNeeded: $0 >> 32) }
        to = pairs.numbers.map { Int32(truncatingIfNeeded: $0 & 0xffff_ffff) }
        for key in states.numbers {
            var (key, channels): (UInt64, [Int32]) = (key, [])
            while key > 0 {
                channels.insert(Int32(key % base) - 1, at: 0)
                key /= base
            }
            members += channels + Array(repeating: -1, count: order - channels.count)
        }
    }

    /// Whether a state holds a channel.
    func holds(_ state: Int, _ channel: Int) -> Bool {
        for place in (state * order)..<((state + 1) * order) where members[place] == channel {
            return true
        }
        return false
    }
}
