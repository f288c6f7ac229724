package import Kernel

/// AT Protocol's timestamp identifiers, used as record keys: 13 characters that sort by time.
package enum TID {
    private static let digits = Array("234567abcdefghijklmnopqrstuvwxyz")

    /// The identifier for a post: the same key and time give the same one, so that a second try
    /// names the same record.
    package static func text(at instant: Instant, key: String) -> String {
        let hash = fnv1a(key)
        // Below the millisecond and in the clock's number there is room for what tells keys apart.
        let microseconds = UInt64(max(0, instant.milliseconds)) * 1000 + hash % 1000
        let clock = (hash >> 32) & 0x3FF
        return text((microseconds << 10 | clock) & 0x7FFF_FFFF_FFFF_FFFF)
    }

    static func text(_ value: UInt64) -> String {
        String((0..<13).map { digits[Int((value >> (60 - 5 * UInt64($0))) & 31)] })
    }

    /// Whether `text` has the form the specification gives.
    package static func isValid(_ text: String) -> Bool {
        let characters = Array(text)
        guard characters.count == 13, let first = characters.first else { return false }
        return "234567abcdefghij".contains(first) && characters.allSatisfy(digits.contains)
    }

    /// The moment in an identifier; nil when it is none.
    package static func instant(_ text: String) -> Instant? {
        guard isValid(text) else { return nil }
        let value = text.reduce(UInt64(0)) { sum, character in
            sum << 5 | UInt64(digits.firstIndex(of: character) ?? 0)
        }
        return Instant(milliseconds: Int64((value >> 10) / 1000))
    }

    /// FNV-1a, 64 bits: stable on every machine, and nothing here needs secrecy.
    private static func fnv1a(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
    }
}
