package import Kernel

/// Why a request got no answer; what matters most is whether it may have been received.
package enum OutboundError: Error, Sendable, Hashable {
    /// Not an address this program can use.
    case badAddress(String)
    /// An address inside the operator's own network, or without https.
    case refusedAddress(String)
    /// Not among the only places that the operator lets this program reach.
    case notListed(String)
    /// Not a place that such a list can hold.
    case badPlace(String)
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
        case .badAddress, .refusedAddress, .notListed, .badPlace, .unresolved, .notConnected,
            .overdue:
            true
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
        case .notListed(let host):
            Problem(
                .invalid, code: "outbound.not-listed",
                "\(host) is not among the only places this server may reach, so it was not "
                    + "contacted. Its operator can add it with --only-address.")
        case .badPlace(let text):
            Problem(
                .invalid, code: "outbound.bad-place",
                "“\(text)” is no place. Write a host, host:port, or *.host for all below it; "
                    + "an IPv6 address stands in brackets.")
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
