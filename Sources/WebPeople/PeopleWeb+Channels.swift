import Channels
import Jobs
import Kernel
import Networks
import People
import Web

extension PeopleWeb {
    struct ChannelsPage: Sendable {
        struct Row: Sendable {
            let href: String
            let name: String
            let network: String
            let icon: String
            let handle: String?
            let chip: Chip
            let trouble: String?
        }

        let root: String
        let tabs: Tabs
        let canManage: Bool
        let channels: [Row]
        let empty: EmptyState
    }

    struct ChannelPage: Sendable {
        struct Fact: Sendable {
            let label: String
            let value: String
        }

        let root: String
        let tabs: Tabs
        let path: String
        let id: String
        let name: String
        let network: String
        let networkValue: String
        let icon: String
        let chip: Chip
        let handle: String?
        let server: String
        let trouble: String?
        let canManage: Bool
        let isConnected: Bool
        let isPaused: Bool
        let needsReconnect: Bool
        let isByHand: Bool
        let usesPassword: Bool
        let usesBrowser: Bool
        let usesPractice: Bool
        let zones: [Choice]
        let language: String
        let visibilities: [Choice]
        let facts: [Fact]
        let counting: String
        let rules: [LimitRow]
        let activity: [ActivityEntry]
    }

    struct ConnectPage: Sendable {
        let root: String
        let tabs: Tabs
        let canPractice: Bool
        let canBluesky: Bool
        let canMastodon: Bool
        let networks: [Choice]
    }

    static let channelBase = "\(base)/channels"

    var channelRoutes: [Route] {
        let list = Endpoint(
            .get, Self.channelBase, id: "listChannels", "The channels in use, oldest first.",
            tag: "Channels", access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await channels.channels(in: call.workspace.workspace)
                    .map(ChannelView.init))
        }
        let read = Endpoint(
            .get, "\(Self.channelBase)/{channel}", id: "getChannel", "One channel.",
            tag: "Channels", access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            ChannelView(
                try await channels.channel(
                    try call.id("channel", ChannelTag.self), in: call.workspace.workspace))
        }
        let change = Endpoint(
            .put, "\(Self.channelBase)/{channel}", id: "changeChannel",
            "Changes name, time zone and posting defaults.", tag: "Channels",
            access: .workspace(.manageChannels)
        ) { (call: Call<ChannelChange>) in
            let plan = ChannelPlan(
                name: call.input.name, zone: call.input.zone, language: call.input.language,
                visibility: call.input.visibility)
            return ChannelView(
                try await channels.change(
                    try call.id("channel", ChannelTag.self), to: plan,
                    in: call.workspace.workspace, by: call.principal))
        }
        return [
            list.route, read.route, change.route,
            change.action("/w/{workspace}/settings/channels/{channel}") { channel, request in
                .redirect(to: Self.page(of: channel.id, request)).toast("Saved.")
            },
            .page("/w/{workspace}/settings/channels", .workspace(.view), channelsPage),
            .page("/w/{workspace}/settings/channels/{channel}", .workspace(.view), channelPage),
        ] + channelStateRoutes
    }

    static func page(of id: ChannelID, _ request: WebRequest) -> String {
        "\(root(request))/settings/channels/\(id)"
    }

    // MARK: - State

    private func stateEndpoint(
        _ method: Method, _ path: String, id: String, _ summary: String,
        _ perform:
            @escaping @Sendable (ChannelID, WorkspaceID, Principal) async throws -> Channel
    ) -> Endpoint<Nothing, ChannelView> {
        Endpoint(
            method, "\(Self.channelBase)/{channel}/\(path)", id: id, summary, tag: "Channels",
            access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            ChannelView(
                try await perform(
                    try call.id("channel", ChannelTag.self), call.workspace.workspace,
                    call.principal))
        }
    }

    private var channelStateRoutes: [Route] {
        let pause = stateEndpoint(
            .put, "pause", id: "pauseChannel", "Holds back everything that is due."
        ) { try await channels.setPaused(true, $0, in: $1, by: $2) }
        let resume = stateEndpoint(
            .delete, "pause", id: "resumeChannel", "Lets posts go out again."
        ) { try await channels.setPaused(false, $0, in: $1, by: $2) }
        let check = stateEndpoint(
            .post, "check", id: "checkChannel", "Asks the network whether our sign-in is good."
        ) { try await channels.check($0, in: $1, by: $2) }
        let disconnect = stateEndpoint(
            .delete, "connection", id: "disconnectChannel",
            "Ends the sign-in and forgets it; the channel is published to by hand from now on."
        ) { try await channels.disconnect($0, in: $1, by: $2) }
        let archive = Endpoint(
            .delete, "\(Self.channelBase)/{channel}", id: "archiveChannel",
            "Takes a channel out of use; its posts and figures stay.", tag: "Channels",
            access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            try await channels.archive(
                try call.id("channel", ChannelTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let back = { @Sendable (words: String) in
            { @Sendable (channel: ChannelView, request: WebRequest) async throws -> Reply in
                .redirect(to: Self.page(of: channel.id, request)).toast(
                    words.replacing("%", with: channel.name))
            }
        }
        let place = "/w/{workspace}/settings/channels/{channel}"
        return [
            pause.route, resume.route, check.route, disconnect.route, archive.route,
            pause.action("\(place)/pause", then: back("% is paused.")),
            resume.action("\(place)/resume", then: back("% goes on.")),
            check.action("\(place)/check") { channel, request in
                .redirect(to: Self.page(of: channel.id, request)).toast(
                    channel.status == .needsReconnect
                        ? "\(channel.name) must be connected again."
                        : "\(channel.name) is connected.")
            },
            disconnect.action(
                "\(place)/disconnect", then: back("% is published to by hand now.")),
            archive.action("\(place)/archive") { _, request in
                .redirect(to: "\(Self.root(request))/settings/channels").toast(
                    "The channel is out of use.")
            },
        ]
    }

    // MARK: - Pages

    static func chip(_ channel: Channel, at now: Instant) -> Chip {
        switch channel.status {
        case .connected:
            channel.expiresSoon(at: now)
                ? Chip("Ends soon", .warn, icon: "tabler-clock")
                : Chip("Connected", .good, icon: "tabler-plug-connected")
        case .unconnected: Chip("By hand", .info, icon: "tabler-hand-finger")
        case .needsReconnect:
            Chip("Connect again", .alert, icon: "tabler-plug-connected-x")
        case .paused: Chip("Paused", .warn, icon: "tabler-player-pause")
        }
    }

    private func channelsPage(_ request: WebRequest) async throws -> Reply {
        let root = Self.root(request)
        let known = try await channels.channels(in: request.workspace.workspace)
        let page = ChannelsPage(
            root: root, tabs: tabs(request, "channels"),
            canManage: Web.Access.allows(.manageChannels, request),
            channels: known.map { channel in
                .init(
                    href: Self.page(of: channel.id, request), name: channel.name,
                    network: channel.network.name, icon: channel.network.icon,
                    handle: channel.handle.isEmpty ? nil : channel.handle,
                    chip: Self.chip(channel, at: request.now),
                    trouble: channel.trouble)
            },
            empty: EmptyState(
                icon: "tabler-broadcast", title: "No channel yet",
                text: "A channel is one account on one network."
                    + (channels.connectors[.practice] == nil
                        ? ""
                        : " Start with the practice network: it needs no account and shows the "
                            + "whole way."),
                action: .init("Connect a channel", href: "\(root)/settings/channels/new")))
        return try await frame.page(
            "channels/list", page, title: "Channels", section: .settings, for: request)
    }

    private func channelPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace
        let id = try request.id("channel", ChannelTag.self)
        let channel = try await channels.channel(id, in: workspace.workspace)
        let activity = try await channels.activity(of: id, in: workspace.workspace)
        let connecting = channels.connectors[channel.network]?.connecting
        let isPractice = channel.network == .practice
        let page = ChannelPage(
            root: Self.root(request), tabs: tabs(request, "channels"),
            path: Self.page(of: id, request), id: id.text, name: channel.name,
            network: channel.network.name, networkValue: channel.network.rawValue,
            icon: channel.network.icon, chip: Self.chip(channel, at: request.now),
            handle: channel.handle.isEmpty ? nil : channel.handle,
            server: channel.server ?? "", trouble: channel.trouble,
            canManage: Web.Access.allows(.manageChannels, request),
            isConnected: channel.connection == .connected, isPaused: channel.pausedAt != nil,
            needsReconnect: channel.connection == .needsReconnect,
            isByHand: channel.connection == .unconnected,
            usesPassword: !isPractice && connecting?.signIn != nil,
            usesBrowser: !isPractice && connecting?.begin != nil,
            usesPractice: isPractice && connecting != nil, zones: Self.zones(channel.zone),
            language: channel.language ?? "",
            visibilities: Visibility.allCases.map {
                Choice($0.rawValue, $0.words, selected: $0 == channel.visibility)
            }, facts: Self.facts(channel, workspace.zone, at: request.now),
            counting: channel.rules.definition,
            rules: channel.rules.rules.map {
                LimitRow(
                    $0.name.words, $0.amount, source: $0.source, day: $0.checked,
                    isLive: $0.isLive)
            },
            activity: activity.map {
                ActivityEntry(
                    at: $0.at, zone: workspace.zone, summary: $0.summary, who: $0.principalName)
            })
        return try await frame.page(
            "channels/one", page, title: channel.name, section: .settings, for: request)
    }

    private static func facts(
        _ channel: Channel, _ zone: Zone, at now: Instant
    ) -> [ChannelPage.Fact] {
        var facts = [ChannelPage.Fact(label: "Network", value: channel.network.name)]
        let add = { (label: String, value: String?) in
            value.flatMap { $0.isEmpty ? nil : ChannelPage.Fact(label: label, value: $0) }
        }
        facts += [
            add("Account", channel.handle), add("Server", channel.server),
            add("Profile", channel.profileURL),
            add("Connected since", channel.connectedAt.map(zone.words)),
            add("Last accepted", channel.checkedAt.map(zone.words)),
            add("Sign-in ends", channel.credentialsExpireAt.map(zone.words)),
            add("The sign-in", channel.signInLasts(at: now)),
            add("Times in", channel.zone.name),
        ].compactMap { $0 }
        return facts
    }
}

extension Visibility {
    /// The choice for people.
    var words: String {
        switch self {
        case .everyone: "Everyone"
        case .unlisted: "Everyone, but not in public timelines"
        case .followers: "Followers only"
        }
    }
}
