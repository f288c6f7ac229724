package import Kernel
package import Store
import Synchronization

/// What a request says about who sent it; used at once and never stored.
package struct VisitFacts: Sendable {
    package var at: Instant
    package var address: String
    package var userAgent: String
    package var isHead: Bool
    /// The `Sec-Purpose`, `Purpose` or `X-Moz` header, when there is one.
    package var purpose: String?
    /// `Sec-GPC: 1` or `DNT: 1`.
    package var optedOut: Bool

    package init(
        at: Instant, address: String, userAgent: String, isHead: Bool = false,
        purpose: String? = nil, optedOut: Bool = false
    ) {
        self.at = at
        self.address = address
        self.userAgent = userAgent
        self.isHead = isHead
        self.purpose = purpose
        self.optedOut = optedOut
    }
}

/// The secrets that make visitors recognisable for one day only.
///
/// Each UTC day has its own random salt, and salts of past days are deleted, so yesterday's hashes
/// cannot be computed again by anyone.
package final class VisitorSalts: Sendable {
    private let database: Database
    private let surroundings: Surroundings
    private let known = Mutex<[Int64: [UInt8]]>([:])

    package init(database: Database, surroundings: Surroundings) {
        self.database = database
        self.surroundings = surroundings
    }

    static func day(of instant: Instant) -> Int64 { instant.milliseconds / 86_400_000 }

    /// Loads or makes the salts of today and tomorrow and forgets those before yesterday.
    package func refresh() async throws {
        let today = Self.day(of: surroundings.now())
        if known.withLock({ $0[today] != nil && $0[today + 1] != nil }) { return }
        let fresh = (0...1).map { (today + Int64($0), Hex.text(surroundings.randomBytes(16))) }
        let rows = try await database.write { tx in
            for (day, salt) in fresh {
                try tx.execute(
                    """
                    INSERT INTO visitor_salt (day, salt) VALUES (\(day), \(salt))
                    ON CONFLICT (day) DO NOTHING
                    """)
            }
            try tx.execute("DELETE FROM visitor_salt WHERE day < \(today - 1)")
            return try tx.rows("SELECT day, salt FROM visitor_salt").map { row in
                (try row("day", as: Int64.self), try row("salt", as: String.self))
            }
        }
        let salts = Dictionary(
            rows.map { ($0.0, Self.bytes(hex: $0.1)) }, uniquingKeysWith: { first, _ in first })
        known.withLock { $0 = salts }
    }

    /// The visitor's hash for the day of `facts.at`; nil without a salt or when they opted out.
    package func visitor(_ facts: VisitFacts, workspace: WorkspaceID) -> Int64? {
        guard !facts.optedOut, let salt = known.withLock({ $0[Self.day(of: facts.at)] }),
            salt.count == 16
        else { return nil }
        let message = Array((facts.userAgent + facts.address + workspace.text).utf8)
        return Int64(bitPattern: SipHash.hash24(key: salt, message: message))
    }

    private static func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
        }
    }
}

/// SipHash-2-4 (Aumasson and Bernstein, 2012): short, keyed and quick.
package enum SipHash {
    /// The hash of `message` under a key of 16 bytes.
    package static func hash24(key: [UInt8], message: [UInt8]) -> UInt64 {
        precondition(key.count == 16, "SipHash takes a key of 16 bytes")
        let k0 = key.number(UInt64.self, at: 0)
        let k1 = key.number(UInt64.self, at: 8)
        var state = SIMD4<UInt64>(
            k0 ^ 0x736f_6d65_7073_6575, k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261, k1 ^ 0x7465_6462_7974_6573)
        let whole = message.count / 8
        for index in 0..<whole {
            let word = message.number(UInt64.self, at: index * 8)
            state[3] ^= word
            round(&state)
            round(&state)
            state[0] ^= word
        }
        var last = UInt64(message.count & 0xFF) << 56
        for index in (whole * 8)..<message.count {
            last |= UInt64(message[index]) << (8 * UInt64(index - whole * 8))
        }
        state[3] ^= last
        round(&state)
        round(&state)
        state[0] ^= last
        state[2] ^= 0xFF
        for _ in 0..<4 { round(&state) }
        return state[0] ^ state[1] ^ state[2] ^ state[3]
    }

    private static func round(_ v: inout SIMD4<UInt64>) {
        v[0] &+= v[1]
        v[1] = rotated(v[1], 13) ^ v[0]
        v[0] = rotated(v[0], 32)
        v[2] &+= v[3]
        v[3] = rotated(v[3], 16) ^ v[2]
        v[0] &+= v[3]
        v[3] = rotated(v[3], 21) ^ v[0]
        v[2] &+= v[1]
        v[1] = rotated(v[1], 17) ^ v[2]
        v[2] = rotated(v[2], 32)
    }

    private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}
