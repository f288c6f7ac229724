import Foundation
import Kernel
import Outbound

/// A network's answer as evidence: status, the headers that explain it, and the start of its body.
enum AnswerExcerpt {
    /// Letters of an excerpt; what is longer ends with an ellipsis.
    static let most = 2000
    private static let headers = [
        "date", "content-type", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset",
        "ratelimit-remaining", "ratelimit-reset", "x-request-id", "location",
    ]
    private static let hidden = "(removed)"

    /// The excerpt of `answer`; `secrets` are taken out wherever they stand.
    static func of(_ answer: OutboundAnswer, hiding secrets: [String]) -> String {
        var lines = ["HTTP \(answer.status)"]
        for name in headers {
            if let value = answer.headers[name] { lines.append("\(name): \(value)") }
        }
        let body = String(decoding: answer.body.prefix(4 * most), as: UTF8.self)
        if !body.isEmpty { lines += ["", readable(body)] }
        var text = lines.joined(separator: "\n")
        for secret in secrets where secret.utf8.count >= 4 && text.holds(secret) {
            text = text.replacing(bytes: secret, with: hidden)
        }
        text = withoutSecretFields(text)
        return text.utf8.count > most && text.count > most ? text.prefix(most - 1) + "…" : text
    }

    /// The secrets that a request carries in its headers.
    static func secrets(of request: OutboundRequest) -> [String] {
        request.headers.filter {
            ["authorization", "dpop", "cookie"].contains($0.name.lowercased())
        }
        .flatMap { [$0.value] + $0.value.split(separator: " ").dropFirst().map(String.init) }
    }

    private static func withoutSecretFields(_ text: String) -> String {
        // Most answers name none of these, and to look for a word is cheap.
        let words = text.lowercased()
        var text = text
        if ["token", "jwt", "secret", "password"].contains(where: words.holds) {
            text = text.replacing(
                /("(?:access_?token|refresh_?token|access_?jwt|refresh_?jwt|client_?secret|id_token|password|secret|token)"\s*:\s*)"(?:[^"\\]|\\.)*"?/
                    .ignoresCase()
            ) { "\($0.1)\"\(hidden)\"" }
        }
        if ["bearer", "basic", "dpop"].contains(where: words.holds) {
            text = text.replacing(/(?i)(bearer|basic|dpop)\s+[A-Za-z0-9._~+\/=-]{8,}/) {
                "\($0.1) \(hidden)"
            }
        }
        return text
    }

    /// Without characters that a page cannot show.
    private static func readable(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (32..<127).contains(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
        }
        guard !isPlain else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isControl =
                        scalar.value < 32 && scalar != "\n" && scalar != "\t"
                        || (0x7F...0x9F).contains(scalar.value)
                        || (0x202A...0x202E).contains(scalar.value)
                        || (0x2066...0x2069).contains(scalar.value)
                    return isControl ? "\u{FFFD}" : scalar
                }))
    }
}
