import Crypto
package import Foundation

/// A set of passwords that are known from breaches, kept as a Bloom filter.
///
/// A filter holds a million passwords in a few megabytes and names none of them. It never misses
/// one that was put in; of others it wrongly knows one in a thousand, and those people choose again.
package struct KnownPasswords: Sendable {
    private let bits: Data
    private let probes: UInt32
    /// What a file begins with; then the number of probes, then the bits.
    static let mark = Data("KNOWNPW1".utf8)

    /// Knows no password.
    package static let none = KnownPasswords(bits: Data(), probes: 0)

    private init(bits: Data, probes: UInt32) {
        self.bits = bits
        self.probes = probes
    }

    /// Reads a filter that `Scripts/assets` wrote; nil when it is not one.
    package init?(_ file: Data) {
        let head = Self.mark.count + 4
        guard file.count > head, file.prefix(Self.mark.count) == Self.mark else { return nil }
        probes = Self.number(file.dropFirst(Self.mark.count).prefix(4))
        guard (1...32).contains(probes) else { return nil }
        bits = file.dropFirst(head)
    }

    /// Whether the password, in any case of its letters, is among them.
    package func contains(_ password: String) -> Bool {
        guard probes > 0, !bits.isEmpty else { return false }
        let count = UInt64(bits.count) * 8
        return Self.places(password, probes: probes, count: count).allSatisfy { place in
            let byte = bits[bits.startIndex + Int(place / 8)]
            return byte & (1 << UInt8(place % 8)) != 0
        }
    }

    /// The bits that stand for a password.
    static func places(_ password: String, probes: UInt32, count: UInt64) -> [UInt64] {
        let digest = Data(SHA256.hash(data: Data(password.lowercased().utf8)))
        let start: UInt64 = number(digest.prefix(8))
        let step: UInt64 = number(digest.dropFirst(8).prefix(8)) | 1
        return (0..<UInt64(probes)).map { (start &+ $0 &* step) % count }
    }

    private static func number<Number: FixedWidthInteger>(_ bytes: Data) -> Number {
        bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}
