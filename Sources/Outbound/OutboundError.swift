package import Kernel

/// Why a request got no answer; what matters most is whether it may have been received.
package enum OutboundError: Error, Sendable, Hashable {
    /// Not an address this program can use.
    case badAddress(String)
    /// An address inside the operator's own network, or without https.
    case refusedAddress(String)
    /// The name does not exist or the resolver did not answer.
    case unresolved(String)
    /// No connection was made, so nothing was sent.
    case notConnected(String)
    /// The moment to send had passed before the body left, so it was not sent.
    case overdue(String)
    /// Sent, perhaps received; nobody knows.
    case noAnswer(String)
    /// The answer was longer than the request allows.
    case tooLarge(String)
    /// More redirects than the request allows.
    case tooManyRedirects(String)

    /// Whether the other side certainly saw nothing.
    package var isCertainlyUnsent: Bool {
        switch self {
        case .badAddress, .refusedAddress, .unresolved, .notConnected, .overdue: true
        case .noAnswer, .tooLarge, .tooManyRedirects: false
        }
    }
}

extension OutboundError: Presentable {
    package var problem: Problem {
        switch self {
        case .badAddress(let host):
            Problem(
                .invalid, code: "outbound.bad-address",
                "\(host) is not a web address this program can use. Check the spelling.")
        case .refusedAddress(let host):
            Problem(
                .invalid, code: "outbound.refused-address",
                "\(host) is not a public https address, so it was not contacted. The operator "
                    + "of this server can allow it.")
        case .unresolved(let host):
            Problem(
                .unavailable, code: "outbound.unresolved",
                "There is no server named \(host), or it cannot be found right now.")
        case .notConnected(let host):
            Problem(
                .unavailable, code: "outbound.not-connected",
                "\(host) could not be reached. Try again later.")
        case .overdue(let host):
            Problem(
                .unavailable, code: "outbound.overdue",
                "The program slept too long before it could send to \(host), so nothing was sent.")
        case .noAnswer(let host):
            Problem(
                .unavailable, code: "outbound.no-answer", "\(host) did not answer in time.")
        case .tooLarge(let host):
            Problem(
                .unavailable, code: "outbound.too-large",
                "\(host) answered with more data than expected.")
        case .tooManyRedirects(let host):
            Problem(
                .unavailable, code: "outbound.redirects", "\(host) redirects too often.")
        }
    }
}
