package import Kernel

/// How a call to a network failed, by status and machine code, never by the text of a message.
package struct NetworkFailure: Error, Sendable, Hashable {
    /// What the caller can do about it.
    package enum Kind: Sendable, Hashable {
        /// Not accepted; the network says when to come back.
        case rateLimited(retryAfter: Duration?)
        /// The account's authorisation is no longer good; a person must reconnect.
        case authorizationExpired
        /// The account may not do this.
        case notPermitted
        /// The network refuses the content for good.
        case contentRefused
        /// The network says it has this post already: evidence of acceptance, so look for it.
        case duplicate
        /// What the call refers to is not there (any more).
        case gone
        /// Certainly not accepted, and worth another try: no connection was made, for instance.
        case unavailable
        /// Nobody knows whether it was accepted: a timeout, a reset, a 5xx, a broken answer.
        case ambiguous
    }

    package var kind: Kind
    /// One sentence for people; secrets removed.
    package var message: String
    /// The HTTP status, where there was one.
    package var status: Int?
    /// The network's own machine-readable code, where there was one.
    package var code: String?

    package init(_ kind: Kind, _ message: String, status: Int? = nil, code: String? = nil) {
        self.kind = kind
        self.message = message
        self.status = status
        self.code = code
    }
}

extension NetworkFailure: Presentable {
    package var problem: Problem {
        switch kind {
        case .rateLimited(let wait):
            Problem(
                .tooMany, code: "network.rate-limited", message,
                retryAfterSeconds: wait.map { Int($0.inSeconds.rounded(.up)) })
        case .authorizationExpired:
            Problem(.conflict, code: "network.reconnect", message)
        case .notPermitted: Problem(.conflict, code: "network.not-permitted", message)
        case .contentRefused: Problem(.invalid, code: "network.content-refused", message)
        case .duplicate: Problem(.conflict, code: "network.duplicate", message)
        case .gone: Problem(.notFound, code: "network.gone", message)
        case .unavailable: Problem(.unavailable, code: "network.unavailable", message)
        case .ambiguous: Problem(.unavailable, code: "network.ambiguous", message)
        }
    }
}
