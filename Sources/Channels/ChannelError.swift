package import Kernel
package import Networks

/// What a person can do about a channel when something was refused.
package enum ChannelError: Error, Sendable, Hashable {
    case noSuchChannel
    case name(String)
    case server
    case language
    case profile
    case handle
    case password
    case notConnectable(Network)
    case otherAccount(handle: String)
    case authorizationSpent
    case refusedThere
    case byHandOnly
}

extension ChannelError: Presentable {
    package var problem: Problem {
        switch self {
        case .noSuchChannel: Problem.notFound("channel")
        case .name(let field):
            Problem.invalid(field, "Write 1 to 120 characters on one line.")
        case .server:
            Problem.invalid("server", "Write the server's address, such as mastodon.social.")
        case .language:
            Problem.invalid("language", "Write a language code such as en or de-AT.")
        case .profile:
            Problem.invalid("profileURL", "Write an address that starts with https://.")
        case .handle:
            Problem.invalid("identifier", "Write the account's handle, such as ana.bsky.social.")
        case .password:
            Problem.invalid("password", "Paste the app password from the network's settings.")
        case .notConnectable(.practice):
            Problem(
                .conflict, code: "channels.no-practice",
                "This server has no practice network. Whoever runs it can start it with "
                    + "--practice-network on; or connect another network.")
        case .notConnectable(let network):
            Problem(
                .conflict, code: "channels.by-hand",
                "\(network.name) cannot be connected this way. Add it as a channel you publish "
                    + "to by hand: we send you everything you need at the right time.")
        case .otherAccount(let handle):
            Problem(
                .conflict, code: "channels.other-account",
                "You signed in as \(handle), which is another account than this channel's. Sign "
                    + "in with the right one, or connect the other as a new channel.")
        case .authorizationSpent:
            Problem(
                .conflict, code: "channels.authorization",
                "This sign-in took too long or was used already. Please connect again.")
        case .refusedThere:
            Problem(
                .conflict, code: "channels.refused",
                "The network did not give its permission. Nothing was connected; you can try "
                    + "again.")
        case .byHandOnly:
            Problem(
                .conflict, code: "channels.not-connected",
                "This channel is published to by hand, so there is nothing to pause or disconnect.")
        }
    }
}
