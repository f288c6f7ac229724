import Channels
import Kernel
import Networks
import Publishing
import Web

extension ChannelHealth {
    /// What stands behind the words of one channel.
    struct Facts: Sendable {
        var channel: Channel
        /// The freeze that holds it, if any.
        var freeze: Freeze?
        /// What the last looks before due times found that whoever manages channels can mend.
        var findings: [PreflightFinding] = []
        /// Posts on it that did not go out and wait for a person.
        var stuck = 0
    }

    /// How a channel is; `root` is the workspace's address.
    init(_ facts: Facts, root: String, at now: Instant) {
        let channel = facts.channel
        let settings = "\(root)/settings/channels/\(channel.id)"
        let (state, words, href): (State, String, String) =
            if channel.connection == .needsReconnect {
                (.broken, "Connect again", settings)
            } else if let freeze = facts.freeze {
                (.frozen, "Frozen", "\(root)/delivery/freezes/\(freeze.id)")
            } else if let finding = facts.findings.first(where: \.stopsChannel) {
                (.broken, finding.shortWords, settings)
            } else if channel.pausedAt != nil {
                (.attention, "Paused", settings)
            } else if facts.stuck > 0 {
                (
                    .attention, facts.stuck == 1 ? "1 post needs you" : "\(facts.stuck) need you",
                    "\(root)/posts?channel=\(channel.id)&state=needsPerson"
                )
            } else if let finding = facts.findings.first {
                (.attention, finding.shortWords, settings)
            } else if channel.expiresSoon(at: now), let countdown = channel.countdown(at: now) {
                (.attention, "Sign-in \(countdown)", settings)
            } else if channel.connection == .unconnected {
                (.ok, "By hand", settings)
            } else {
                (.ok, "Works", settings)
            }
        self.init(
            name: channel.name, icon: channel.network.icon, state: state, words: words,
            href: href)
    }
}

extension PreflightFinding {
    /// Whether nothing at all goes out on the channel while this lasts.
    fileprivate var stopsChannel: Bool { [.signIn, .rights, .account].contains(kind) }

    fileprivate var shortWords: String {
        switch kind {
        case .signIn: "Connect again"
        case .rights: "Rights are missing"
        case .account: "May not publish"
        case .quota: "Takes no more now"
        case .unreachable: "Not reachable"
        case .signInEnds: "Sign-in ends"
        default: "Look at it"
        }
    }
}

extension Pages {
    /// Every channel of a workspace with how it is.
    static func health(
        _ desks: Desks, _ place: Membership, freezes: [Freeze], atRisk: [PublicationLine],
        needing: [PublicationLine], at now: Instant
    ) async throws -> [ChannelHealth] {
        let stuck = needing.filter { $0.publication.delivery.state != .inReview }
        return try await desks.channels.channels(in: place.workspace).map { channel in
            let freeze = freezes.first { freeze in
                freeze.scope == .workspace || freeze.scope == .channel(channel.id)
            }
            let facts = ChannelHealth.Facts(
                channel: channel, freeze: freeze,
                findings: atRisk.filter { $0.publication.channel == channel.id }
                    .flatMap(\.warnings).filter { $0.mender == .channels },
                stuck: stuck.count { $0.publication.channel == channel.id })
            return ChannelHealth(facts, root: "/w/\(place.slug)", at: now)
        }
    }
}
