package import Kernel

/// What a person can do about a link that was not accepted.
package enum LinkError: Error, Sendable, Hashable {
    case notAnAddress
    case tooLong
    case scheme(String)
    case hiddenHost
    case noSuchLink
    /// The public address must be a bare https address.
    case publicAddress
}

extension LinkError: Presentable {
    package var problem: Problem {
        switch self {
        case .notAnAddress:
            Problem(
                .invalid, code: "links.address",
                "That is not a web address. Start with https:// and leave out spaces.",
                fields: ["destination": "Start with https:// and leave out spaces."])
        case .tooLong:
            Problem(
                .invalid, code: "links.too-long",
                "That address is longer than \(Destination.longest) bytes. Use a shorter one.",
                fields: ["destination": "Use a shorter address."])
        case .scheme(let scheme):
            Problem(
                .invalid, code: "links.scheme",
                "Links lead to https:// or http:// pages, not to “\(scheme.prefix(20)):”.",
                fields: ["destination": "Use an https:// address."])
        case .hiddenHost:
            Problem(
                .invalid, code: "links.hidden-host",
                "An address with a name before “@” hides where it leads. Leave that part out.",
                fields: ["destination": "Leave out the part before “@”."])
        case .noSuchLink: Problem.notFound("link")
        case .publicAddress:
            Problem(
                .invalid, code: "links.public-address",
                "The public address is https:// and a host name, without a path, such as "
                    + "https://go.example.org.",
                fields: ["publicAddress": "Write https:// and a host name only."])
        }
    }
}
