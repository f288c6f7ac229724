/// The identity of one `Entity`: a version 7 UUID as lower-case text (RFC 9562 §5.7).
///
/// Version 7 puts the time first, so identifiers sort by creation in every index.
package struct ID<Entity>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The canonical lower-case text, 36 characters.
    package let text: String

    /// Accepts text that has a UUID's form; upper case is lowered.
    package init?(_ text: String) {
        let lowered = text.lowercased()
        guard UUIDText.isValid(lowered) else { return nil }
        self.text = lowered
    }

    init(unchecked text: String) { self.text = text }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an identifier: \(text)")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Marks identifiers of workspaces: one brand or client, wholly separate from every other.
package enum WorkspaceTag {}
/// Marks identifiers of people who can sign in.
package enum PersonTag {}
/// Marks identifiers of memberships: one person in one workspace.
package enum MemberTag {}

package typealias WorkspaceID = ID<WorkspaceTag>
package typealias PersonID = ID<PersonTag>
package typealias MemberID = ID<MemberTag>

enum UUIDText {
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return false }
            default:
                let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
                if !isDigit && !isLetter { return false }
            }
        }
        return true
    }

    /// Version 7: 48 bits of milliseconds, then 74 random bits around version and variant.
    static func version7(at instant: Instant, entropy: [UInt8]) -> String {
        precondition(entropy.count >= 10, "a version 7 UUID takes ten random bytes")
        let time = UInt64(bitPattern: max(0, instant.milliseconds))
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: time >> (40 - 8 * UInt64($0))) }
        bytes += entropy.prefix(10)
        bytes[6] = 0x70 | (bytes[6] & 0x0F)
        bytes[8] = 0x80 | (bytes[8] & 0x3F)
        var text = Hex.text(bytes)
        for offset in [8, 13, 18, 23] {
            text.insert("-", at: text.index(text.startIndex, offsetBy: offset))
        }
        return text
    }
}
