import Crypto
import Foundation
import Kernel

/// Digests of secrets that have enough entropy of their own; passwords need scrypt instead.
package enum Digest {
    /// SHA-256 in hexadecimal.
    package static func of(_ secret: String) -> String {
        Hex.text(SHA256.hash(data: Data(secret.utf8)))
    }
}

/// Comparing secrets without telling how much of them was right.
enum ConstantTime {
    static func equal(_ left: String, _ right: String) -> Bool {
        equal(Array(left.utf8), Array(right.utf8))
    }

    static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}

/// A secret that refers to a row: `<id>.<secret>`.
struct RowSecret {
    let id: String
    let digest: String

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 200, parts.count == 2, !parts[1].isEmpty else { return nil }
        id = String(parts[0])
        digest = Digest.of(String(parts[1]))
    }
}

/// The text of API tokens: `tl_`, eight characters that are shown, 160 secret bits, a checksum.
///
/// The checksum lets scanners and this program tell a mistyped token from an unknown one without
/// asking the database.
enum TokenText {
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
    static let start = "tl_"

    /// A new token from 40 random bytes.
    static func make(_ bytes: [UInt8]) -> String {
        precondition(bytes.count == 40, "a token takes 40 random bytes")
        let body = bytes.map { alphabet[Int($0) % alphabet.count] }
        return start + String(decoding: body + checksum(body), as: UTF8.self)
    }

    /// Whether the text can be a token of this program.
    static func isWellFormed(_ text: String) -> Bool {
        guard text.hasPrefix(start), text.utf8.count == 50 else { return false }
        let body = Array(text.utf8.dropFirst(3))
        return checksum(Array(body.prefix(40))) == Array(body.suffix(7))
    }

    /// The part people see: `tl_` and eight characters.
    static func prefix(_ token: String) -> String { String(token.prefix(11)) }

    private static func checksum(_ body: [UInt8]) -> [UInt8] {
        // CRC-32 (ISO-HDLC), bit by bit: tokens are short.
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in body {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        crc = ~crc
        return (0..<7).map { alphabet[Int((crc >> (5 * UInt32($0))) & 31)] }
    }
}
