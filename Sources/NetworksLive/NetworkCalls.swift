import Foundation
import Kernel
import Networks
import Outbound

/// Calls to one network's servers: sends, tells failures apart, and decodes answers.
struct NetworkCalls: Sendable {
    /// What a call does, which decides what a missing answer means.
    enum Effect: Sendable {
        /// Reads, or does what may be done twice: a missing answer is only a pity.
        case repeatable
        /// Changes something: a missing answer leaves it unknown whether that happened.
        case change
    }

    let network: Network
    let outbound: OutboundClient
    let surroundings: Surroundings
    private let gate: RateGate

    init(
        network: Network, outbound: OutboundClient, surroundings: Surroundings, pace: Double = 1
    ) {
        gate = RateGate(pace: pace)
        self.network = network
        self.outbound = outbound
        self.surroundings = surroundings
    }

    /// Sends a request and returns a successful answer; `trace` keeps what was seen on the way.
    func send(
        _ request: OutboundRequest, _ effect: Effect, trace: SendTrace? = nil
    ) async throws(NetworkFailure) -> OutboundAnswer {
        if let opening = gate.opening(for: request, at: surroundings.now()) {
            // The server has said that it will not take it; asking again only annoys it.
            throw NetworkFailure(
                .rateLimited(retryAfter: opening - surroundings.now()),
                "\(network.name) asks us to slow down.")
        }
        var request = request
        if let trace {
            request.onDeparture = { [surroundings] in trace.left(at: surroundings.now()) }
        }
        let answer: OutboundAnswer
        do {
            answer = try await outbound.send(request)
        } catch {
            throw failure(error, effect)
        }
        gate.note(answer, to: request, at: surroundings.now())
        trace?.answered(AnswerExcerpt.of(answer, hiding: AnswerExcerpt.secrets(of: request)))
        guard answer.isSuccess else { throw failure(answer, effect) }
        return answer
    }

    /// Sends a request and decodes the successful answer, whose names are in snake case or as is.
    func json<Value: Decodable>(
        _ type: Value.Type, _ request: OutboundRequest, _ effect: Effect,
        trace: SendTrace? = nil
    ) async throws(NetworkFailure) -> Value {
        try decode(type, try await send(request, effect, trace: trace), effect)
    }

    func decode<Value: Decodable>(
        _ type: Value.Type, _ answer: OutboundAnswer, _ effect: Effect
    ) throws(NetworkFailure) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let value = try? decoder.decode(type, from: answer.body) else {
            throw NetworkFailure(
                effect == .change ? .ambiguous : .unavailable,
                "\(network.name) answered with something this program does not understand.",
                status: answer.status)
        }
        return value
    }

    // MARK: - Failures

    private func failure(_ error: OutboundError, _ effect: Effect) -> NetworkFailure {
        switch error {
        case .badAddress, .refusedAddress, .notListed, .badPlace:
            NetworkFailure(.notPermitted, error.problem.message)
        default:
            NetworkFailure(
                error.isCertainlyUnsent || effect == .repeatable ? .unavailable : .ambiguous,
                error.problem.message)
        }
    }

    /// By status and machine code only: servers translate their messages.
    func failure(_ answer: OutboundAnswer, _ effect: Effect) -> NetworkFailure {
        let code =
            challenge(answer)
            ?? (try? JSONDecoder().decode(ErrorBody.self, from: answer.body))?.code
        let name = network.name
        let (kind, message): (NetworkFailure.Kind, String) =
            switch (answer.status, code) {
            case (_, "ExpiredToken"), (_, "InvalidToken"), (_, "AuthenticationRequired"),
                (_, "AuthMissing"), (_, "invalid_token"), (401, _):
                (.authorizationExpired, "\(name) no longer accepts this account's sign-in.")
            case (_, "insufficient_scope"):
                (
                    .authorizationExpired,
                    "This sign-in at \(name) does not cover that. Connect the channel again."
                )
            case (_, "AccountTakedown"), (_, "AccountDeactivated"), (403, _):
                (.notPermitted, "\(name) does not allow this account to do that.")
            case (429, _), (_, "RateLimitExceeded"):
                (
                    .rateLimited(retryAfter: RateHeaders.wait(answer, now: surroundings.now())),
                    "\(name) asks us to slow down."
                )
            case (404, _), (410, _), (_, "RecordNotFound"), (_, "NotFound"):
                (.gone, "\(name) says that this does not exist any more.")
            case (409, _): (.duplicate, "\(name) says that it has this already.")
            case (408, _), (425, _), (500..., _):
                (
                    effect == .change ? .ambiguous : .unavailable,
                    "\(name) has trouble (status \(answer.status))."
                )
            case (300..<400, _):
                (.unavailable, "The server redirects elsewhere. Check its address.")
            default:
                (.contentRefused, "\(name) refuses this (status \(answer.status)).")
            }
        return NetworkFailure(kind, message, status: answer.status, code: code)
    }

    /// `{"error": "…"}` is a machine code only where it is one word; Mastodon puts sentences there.
    private struct ErrorBody: Decodable {
        let error: String?

        var code: String? {
            guard let error, error.count <= 60,
                error.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "_") })
            else { return nil }
            return error
        }
    }

    /// The code in `WWW-Authenticate: Bearer error="invalid_token"`.
    private func challenge(_ answer: OutboundAnswer) -> String? {
        answer.headers["www-authenticate"]?.firstMatch(of: /error="?([a-z_]{3,40})/)
            .map { String($0.1) }
    }
}

/// Bodies of requests.
enum RequestBody {
    /// `application/x-www-form-urlencoded`.
    static func form(_ fields: [(String, String)]) -> Data {
        let plain = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        func escaped(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
        }
        return Data(
            fields.map { "\(escaped($0.0))=\(escaped($0.1))" }.joined(separator: "&").utf8)
    }

    /// `multipart/form-data` with text fields and one file.
    static func multipart(
        _ fields: [(String, String)], file: MediaFile, boundary: String
    ) -> Data {
        var body = Data()
        for (name, value) in fields {
            body += Data(
                """
                --\(boundary)\r\nContent-Disposition: form-data; name="\(name)"\r\n\r\n\
                \(value)\r\n
                """.utf8)
        }
        let name = file.fileName.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
        body += Data(
            """
            --\(boundary)\r\nContent-Disposition: form-data; name="file"; \
            filename="\(name.isEmpty ? "picture" : name)"\r\n\
            Content-Type: \(file.contentType)\r\n\r\n
            """.utf8)
        body += file.bytes
        body += Data("\r\n--\(boundary)--\r\n".utf8)
        return body
    }
}
