import Foundation
import Kernel
import Notices
import Outbound

extension OutboundClient {
    /// Sends one try of a webhook and keeps the beginning of the answer.
    func deliver(
        _ message: WebhookWork.Message, now: @Sendable () -> Instant
    ) async -> WebhookOutcome {
        let request = OutboundRequest(
            "POST", message.url, headers: message.headers, body: Data(message.body.utf8),
            deadline: .seconds(15), maxBytes: 256 << 10)
        do {
            let answer = try await send(request)
            return .answered(
                status: answer.status, excerpt: Self.excerpt(answer.body),
                retryAfter: answer.retryAfter(now: now()))
        } catch {
            return .failed(error.problem.message)
        }
    }

    /// The first words of an answer as one line that is safe to show.
    static func excerpt(_ body: Data) -> String {
        let text = String(decoding: body.prefix(1000), as: UTF8.self)
        let plain = text.unicodeScalars.map { scalar in
            scalar.value < 32 || (127..<160).contains(scalar.value) ? " " : Character(scalar)
        }
        return String(String(plain).prefix(500)).trimmingCharacters(in: .whitespaces)
    }
}
