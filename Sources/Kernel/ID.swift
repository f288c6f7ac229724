import Synchronization

/// The identity of one `Entity`: a version 7 UUID as lower-case text (RFC 9562 §5.7).
///
/// Version 7 puts the time first, so identifiers sort by creation in every index.
package struct ID<Entity>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The canonical lower-case text, 36 characters.
    package let text: String

    /// Accepts text that has a UUID's form; upper case is lowered.
    package init?(_ text: String) {
        // Nearly always it is as this program wrote it.
        let lowered = UUIDText.isValid(text) ? text : text.lowercased()
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
        guard text.utf8.count == 36 else { return false }
        for (index, byte) in text.utf8.enumerated() {
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

    /// Version 7: 48 bits of milliseconds, a 12-bit counter, then 62 random bits.
    static func version7(at moment: IDSequence.Moment, entropy: ArraySlice<UInt8>) -> String {
        precondition(entropy.count == 8, "a version 7 UUID takes eight random bytes")
        let time = UInt64(bitPattern: max(0, moment.milliseconds))
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: time >> (40 - 8 * UInt64($0))) }
        bytes.append(0x70 | UInt8(moment.counter >> 8))
        bytes.append(UInt8(moment.counter & 0xFF))
        bytes += entropy
        bytes[8] = 0x80 | (bytes[8] & 0x3F)
        var text = Hex.text(bytes)
        for offset in [8, 13, 18, 23] {
            text.insert("-", at: text.index(text.startIndex, offsetBy: offset))
        }
        return text
    }
}

/// Makes identifiers of one millisecond sort in the order they were made (RFC 9562 §6.2).
final class IDSequence: Sendable {
    struct Moment: Sendable {
        var milliseconds: Int64
        var counter: UInt16
    }

    private let last = Mutex(Moment(milliseconds: .min, counter: 0))

    /// A clock set back further than this is followed; less is taken for a correction.
    private static let tolerance: Int64 = 10_000

    /// The moment for the next identifier; `seed` starts the counter of a new millisecond.
    func next(at now: Instant, seed: UInt16) -> Moment {
        last.withLock { last in
            let (behind, isFar) = last.milliseconds.subtractingReportingOverflow(now.milliseconds)
            if isFar || behind < 0 || behind > Self.tolerance {
                // Half of the counter's range stays free for what follows in this millisecond.
                last = Moment(milliseconds: now.milliseconds, counter: seed & 0x7FF)
            } else if last.counter < 0xFFF {
                last.counter += 1
            } else {
                last = Moment(milliseconds: last.milliseconds + 1, counter: seed & 0x7FF)
            }
            return last
        }
    }
}
