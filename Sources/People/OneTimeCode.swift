import Crypto
import Foundation
import Kernel

/// Codes that change every half minute (RFC 6238), as the apps on people's phones make them.
enum OneTimeCode {
    /// The hash under the code; apps use SHA-1, and that is what this program hands out.
    enum Hash: String, Sendable { case sha1, sha256, sha512 }

    static let period: Int64 = 30
    static let digits = 6
    /// As long as the hash, as RFC 4226 §4 asks.
    static let secretBytes = 20

    /// The number of the half minute that an instant lies in.
    static func step(at instant: Instant) -> Int64 { instant.milliseconds / (period * 1000) }

    /// The code of one step.
    static func code(
        _ secret: [UInt8], step: Int64, digits: Int = digits, hash: Hash = .sha1
    ) -> String {
        let key = SymmetricKey(data: secret)
        let counter = withUnsafeBytes(of: step.bigEndian) { Data($0) }
        let mac: [UInt8] =
            switch hash {
            case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: key))
            case .sha256: Array(HMAC<SHA256>.authenticationCode(for: counter, using: key))
            case .sha512: Array(HMAC<SHA512>.authenticationCode(for: counter, using: key))
            }
        let offset = Int(mac[mac.count - 1] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let limit = (0..<digits).reduce(UInt32(1)) { limit, _ in limit * 10 }
        let text = String((number & 0x7FFF_FFFF) % limit)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step a code belongs to, as far from now as `rigour` allows; nil for a wrong code.
    ///
    /// A step up to `last` was used before, and a code is good once.
    static func step(
        of code: String, _ secret: [UInt8], at now: Instant, after last: Int64?,
        _ rigour: SignInRigour = .usual
    ) -> Int64? {
        let present = step(at: now)
        var found: Int64?
        for step in rigour.steps.map({ present + $0 })
        where ConstantTime.equal(Self.code(secret, step: step), code) && step > last ?? -1 {
            found = found ?? step
        }
        return found
    }

    /// The address that apps read from the QR code.
    static func address(_ secret: [UInt8], account: String) -> String {
        let name =
            "\(issuer):\(account)"
            .addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return "otpauth://totp/\(name)?secret=\(Base32.text(secret))&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=\(digits)&period=\(period)"
    }

    private static let issuer = "Throughline"
}

/// Base32 without padding (RFC 4648), as people type it.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        var rest = 0
        var bits = 0
        for byte in bytes {
            rest = rest << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                out.append(alphabet[rest >> bits & 31])
            }
            rest &= 1 << bits - 1
        }
        if bits > 0 { out.append(alphabet[rest << (5 - bits) & 31]) }
        return String(decoding: out, as: UTF8.self)
    }

    /// In groups of four, to be read aloud or typed.
    static func grouped(_ text: String, _ separator: String) -> String {
        let letters = Array(text)
        return stride(from: 0, to: letters.count, by: 4)
            .map { String(letters[$0..<min($0 + 4, letters.count)]) }
            .joined(separator: separator)
    }
}

/// Codes for the day the phone is lost: 140 random bits each, so that a plain digest guards them.
enum RecoveryCode {
    static let count = 10

    /// Seven groups of four letters of five bits each; the last four bits drawn go unused.
    static let letters = 28
    static let randomBytes = 18

    /// `ABCD-EFGH-…` from random bytes.
    static func make(_ bytes: [UInt8]) -> String {
        precondition(bytes.count == randomBytes, "a recovery code takes 18 random bytes")
        return Base32.grouped(String(Base32.text(bytes).prefix(letters)), "-")
    }

    /// What is stored of a code, however it was typed.
    static func digest(_ typed: String) -> String { Digest.of("recovery\n" + plain(typed)) }

    /// Without what people put between the groups.
    static func plain(_ typed: String) -> String {
        typed.uppercased().filter { !$0.isWhitespace && $0 != "-" }
    }
}
