import Crypto
import Foundation
package import Kernel

/// The secret that a receiver of webhooks shares with this program (Standard Webhooks).
package struct WebhookSecret: Sendable, Hashable, CustomStringConvertible {
    static let prefix = "whsec_"
    private let key: [UInt8]

    /// Reads `whsec_` and Base64, or only the Base64; nil for anything that is no key.
    package init?(_ text: String) {
        let encoded = text.hasPrefix(Self.prefix) ? String(text.dropFirst(6)) : text
        guard let data = Data(base64Encoded: encoded), !data.isEmpty else { return nil }
        key = Array(data)
    }

    init(key: [UInt8]) { self.key = key }

    /// What people copy into the receiving program.
    package var text: String { Self.prefix + Data(key).base64EncodedString() }

    package var description: String { "WebhookSecret(secret)" }

    fileprivate var symmetric: SymmetricKey { SymmetricKey(data: key) }
}

/// Signatures of webhooks: HMAC-SHA256 over identifier, time and body (Standard Webhooks, `v1`).
package enum WebhookSignature {
    /// How far a message's time may be from the receiver's clock.
    package static let tolerance = Duration.minutes(5)
    private static let version = "v1,"

    /// `v1,<Base64>`, as the header `webhook-signature` carries it.
    package static func sign(
        _ body: String, id: String, at moment: Instant, with secret: WebhookSecret
    ) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: content(body, id, moment), using: secret.symmetric)
        return version + Data(code).base64EncodedString()
    }

    /// Whether one of the signatures in `header` is right and the message is not too old or early.
    package static func verify(
        _ body: String, id: String, at moment: Instant, header: String,
        with secret: WebhookSecret, now: Instant
    ) -> Bool {
        let age = now - moment
        guard age <= tolerance, age >= .zero - tolerance else { return false }
        let text = content(body, id, moment)
        return header.split(separator: " ").contains { entry in
            guard entry.hasPrefix(version),
                let code = Data(base64Encoded: String(entry.dropFirst(version.count)))
            else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: text, using: secret.symmetric)
        }
    }

    private static func content(_ body: String, _ id: String, _ moment: Instant) -> Data {
        Data("\(id).\(moment.milliseconds / 1000).\(body)".utf8)
    }
}
