/// A counter-based generator of random bits: Philox4×64 with ten rounds.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). Streams
/// of one seed are independent, so work that is shared out gives the same bits in any order.
package struct Philox: RandomNumberGenerator, Sendable {
    private let key: (UInt64, UInt64)
    private var counter: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var block: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var left = 0
    /// The second of a pair of normal draws.
    var spareNormal: Double?

    /// Stream `stream` of `seed`.
    package init(seed: UInt64, stream: UInt64 = 0) { key = (seed, stream) }

    package mutating func next() -> UInt64 {
        if left == 0 {
            block = Self.block(counter, key)
            left = 4
            counter.0 &+= 1
            if counter.0 == 0 { counter.1 &+= 1 }
        }
        defer { left -= 1 }
        switch left {
        case 4: return block.0
        case 3: return block.1
        case 2: return block.2
        default: return block.3
        }
    }

    /// The four words that belong to a counter and a key.
    package static func block(
        _ counter: (UInt64, UInt64, UInt64, UInt64), _ key: (UInt64, UInt64)
    ) -> (UInt64, UInt64, UInt64, UInt64) {
        var (x0, x1, x2, x3) = counter
        var (k0, k1) = key
        for round in 0..<10 {
            if round > 0 {
                k0 &+= 0x9E37_79B9_7F4A_7C15
                k1 &+= 0xBB67_AE85_84CA_A73B
            }
            let a = x0.multipliedFullWidth(by: 0xD2E7_470E_E14C_6C93)
            let b = x2.multipliedFullWidth(by: 0xCA5A_8263_9512_1157)
            (x0, x1, x2, x3) = (b.high ^ x1 ^ k0, b.low, a.high ^ x3 ^ k1, a.low)
        }
        return (x0, x1, x2, x3)
    }
}
