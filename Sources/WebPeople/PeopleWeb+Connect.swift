import Channels
import Kernel
import Networks
import People
import Web

extension PeopleWeb {
    static let callback = "/channels/callback"

    var connectRoutes: [Route] {
        passwordRoutes + browserRoutes + byHandRoutes + [
            .page("/w/{workspace}/settings/channels/new", .workspace(.manageChannels)) {
                request in
                let can = { (network: Network) in channels.connectors[network]?.connecting != nil }
                let page = ConnectPage(
                    root: Self.root(request), tabs: tabs(request, "channels"),
                    canPractice: can(.practice), canBluesky: can(.bluesky),
                    canMastodon: can(.mastodon),
                    networks: Network.allCases.filter { $0 != .practice }.map {
                        Choice($0.rawValue, $0.name, selected: $0 == .instagram)
                    })
                return try await frame.page(
                    "channels/new", page, title: "Connect a channel", section: .settings,
                    for: request)
            }
        ]
    }

    /// Where the browser goes after a connection: on with the first steps, or to the channel.
    private static func next(_ channel: ChannelView, _ request: WebRequest) -> Reply {
        let page =
            request.form["from"] == "start"
            ? "\(root(request))/start/goal" : Self.page(of: channel.id, request)
        return .redirect(to: page).toast("\(channel.name) is connected.")
    }

    private var passwordRoutes: [Route] {
        let connect = Endpoint(
            .post, "\(Self.channelBase)/connections", id: "connectChannel",
            "Connects an account with a handle and an app password.", tag: "Channels",
            access: .workspace(.manageChannels)
        ) { (call: Call<ConnectionInput>) in
            let plan = ChannelDesk.ConnectPlan(
                network: call.input.network, server: call.input.server ?? "",
                zone: call.workspace.zone, importsHistory: call.input.importHistory,
                reconnecting: call.input.channel)
            return ChannelView(
                try await channels.connect(
                    plan, identifier: call.input.identifier, password: call.input.password,
                    in: call.workspace.workspace, by: call.principal))
        }
        let practice = Endpoint(
            .post, "\(Self.channelBase)/practice", id: "connectPractice",
            "Opens an account on the practice network and connects it.", tag: "Channels",
            access: .workspace(.manageChannels)
        ) { (call: Call<PracticeInput>) in
            ChannelView(
                try await channels.connectPractice(
                    named: call.workspace.workspaceName, zone: call.workspace.zone,
                    in: call.workspace.workspace, by: call.principal))
        }
        return [
            connect.route, practice.route,
            connect.action("/w/{workspace}/settings/channel-connections", then: Self.next),
            practice.action("/w/{workspace}/settings/channel-practice", then: Self.next),
        ]
    }

    private var browserRoutes: [Route] {
        let begin = Endpoint(
            .post, "\(Self.channelBase)/authorizations", id: "beginAuthorization",
            "Begins a sign-in at the network; open the answer's address in a browser.",
            tag: "Channels", access: .workspace(.manageChannels)
        ) { (call: Call<AuthorizationInput>) in
            let plan = ChannelDesk.ConnectPlan(
                network: call.input.network, server: call.input.server,
                zone: call.workspace.zone, importsHistory: call.input.importHistory,
                reconnecting: call.input.channel)
            let root = Self.root(call.request)
            let isStart = call.request.form["from"] == "start"
            return AuthorizationView(
                browserURL: try await channels.beginAuthorization(
                    plan, redirectURL: call.request.origin + Self.callback,
                    returnTo: isStart ? "\(root)/start/goal" : "\(root)/settings/channels",
                    person: try Self.person(call.request), in: call.workspace.workspace))
        }
        return [
            begin.route,
            begin.action("/w/{workspace}/settings/channel-authorizations") { answer, _ in
                .redirect(to: answer.browserURL)
            },
            .page(Self.callback + "/{state}", .signedIn) { request in
                let person = try Self.person(request)
                let state = request.parameters["state"] ?? ""
                // Who sends both must mean the same sign-in.
                guard (request.query["state"] ?? state) == state else {
                    throw ChannelError.authorizationSpent
                }
                try await requireManager(person, state)
                let (channel, returnTo) = try await channels.finishAuthorization(
                    state: state, code: request.query["code"], issuer: request.query["iss"],
                    person: person, by: request.principal)
                return .redirect(to: returnTo).toast("\(channel.name) is connected.")
            },
        ]
    }

    /// Roles may have changed while the browser was away.
    private func requireManager(_ person: PersonID, _ state: String) async throws {
        let workspace = try await channels.workspace(awaiting: state, person: person)
        let place = try await people.place(of: person, in: workspace.text)
        guard let place, Policy.allows(place.role, .manageChannels) else {
            throw Problem.notFound("workspace")
        }
    }

    private var byHandRoutes: [Route] {
        let add = Endpoint(
            .post, Self.channelBase, id: "addChannel",
            "Adds a place that is published to by hand.", tag: "Channels",
            access: .workspace(.manageChannels)
        ) { (call: Call<ChannelInput>) in
            let plan = ChannelPlan(name: call.input.name, zone: call.workspace.zone)
            return ChannelView(
                try await channels.add(
                    call.input.network, plan: plan, handle: call.input.handle ?? "",
                    profileURL: call.input.profileURL, in: call.workspace.workspace,
                    by: call.principal))
        }
        return [
            add.route,
            add.action("/w/{workspace}/settings/channels") { channel, request in
                .redirect(to: Self.page(of: channel.id, request)).toast(
                    "\(channel.name) is added.")
            },
        ]
    }
}
