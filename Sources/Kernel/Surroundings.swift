import Foundation
import Synchronization

/// The outside world a decision may look at: the clock and a source of randomness.
///
/// Everything that needs time, identifiers or random bytes takes this value, so tests choose them.
package struct Surroundings: Sendable {
    private let clock: @Sendable () -> Instant
    private let random: @Sendable (_ count: Int) -> [UInt8]
    private let sequence = IDSequence()

    package init(
        now: @escaping @Sendable () -> Instant,
        randomBytes: @escaping @Sendable (_ count: Int) -> [UInt8]
    ) {
        clock = now
        random = randomBytes
    }

    /// The present moment.
    package func now() -> Instant { clock() }

    /// `count` bytes that nobody can guess (in production) or that a seed decides (in tests).
    package func randomBytes(_ count: Int) -> [UInt8] { random(count) }

    /// A fresh identifier that sorts after earlier ones.
    package func newID<Entity>(_: Entity.Type = Entity.self) -> ID<Entity> {
        let entropy = randomBytes(10)
        let moment = sequence.next(at: now(), seed: UInt16(entropy[0]) << 8 | UInt16(entropy[1]))
        return ID(unchecked: UUIDText.version7(at: moment, entropy: entropy[2..<10]))
    }

    /// A secret of `bytes` random bytes as URL-safe Base64 text without padding.
    package func newSecret(bytes: Int = 32) -> String {
        Data(randomBytes(bytes)).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}

extension Surroundings {
    /// The system's clock and its cryptographic random generator.
    package static let live = Surroundings(
        now: { Instant(Date()) }, randomBytes: { count in pool.take(count) })

    private static let pool = RandomPool()
}

/// A clock for tests and generators that moves only when told to.
package final class ManualClock: Sendable {
    private let state: Mutex<Instant>

    package init(_ start: Instant) { state = Mutex(start) }

    package var now: Instant { state.withLock { $0 } }

    /// Moves the clock forward (or back, to test clock jumps).
    package func advance(by duration: Duration) { state.withLock { $0 = $0 + duration } }

    /// Moves the clock to an instant.
    package func set(_ instant: Instant) { state.withLock { $0 = instant } }

    /// Surroundings on this clock whose random bytes follow from `seed`.
    package func surroundings(seed: UInt64) -> Surroundings {
        let generator = Mutex(SeededGenerator(seed: seed))
        return Surroundings(
            now: { self.now },
            randomBytes: { count in
                generator.withLock { source in
                    (0..<count).map { _ in UInt8(truncatingIfNeeded: source.next()) }
                }
            })
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and equal on every machine for a seed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
