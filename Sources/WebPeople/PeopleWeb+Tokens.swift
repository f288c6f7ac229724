import Kernel
import People
import Web

extension PeopleWeb {
    struct TokensPage: Sendable {
        struct Row: Sendable {
            let id: String
            let name: String
            let prefix: String
            let person: String
            let permissions: String
            let used: String
            let ends: String
            let isMine: Bool
            let chip: Chip?
        }

        struct Right: Sendable {
            let value: String
            let words: String
        }

        let root: String
        let tabs: Tabs
        let tokens: [Row]
        let rights: [Right]
        let origin: String
    }

    struct NewTokenPart: Sendable {
        let name: String
        let token: String
        let origin: String
        let workspace: String
    }

    var tokenRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/tokens", id: "listTokens",
            "One's own API tokens; owners and managers see everybody's.", tag: "People",
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(items: try await visibleTokens(call.request).map { TokenView($0) })
        }
        let create = Endpoint(
            .post, "\(Self.base)/tokens", id: "createToken",
            "Creates an API token that acts for oneself in this workspace.", tag: "People",
            access: .workspace(.view)
        ) { (call: Call<TokenInput>) in
            // A token for one purpose must not outlive its revocation in another that it made.
            try Self.requireWholePerson(call.request)
            let allows = call.request.caller?.tokenAllows
            let role = call.workspace.role
            let group = call.input.access?.permissions(for: role).filter { allows?($0) ?? true }
            let made = try await people.createToken(
                .init(
                    name: call.input.name,
                    permissions: (group ?? []).union(call.input.permissions ?? []),
                    days: call.input.days),
                for: try Self.person(call.request), in: call.workspace.workspace,
                by: call.principal, limit: { allows?($0) ?? true },
                endingBy: call.request.caller?.tokenExpiresAt)
            return TokenView(made.token, text: made.text)
        }
        let revoke = Endpoint(
            .delete, "\(Self.base)/tokens/{token}", id: "revokeToken",
            "Revokes an API token at once.", tag: "People", access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            try await people.revoke(
                try call.id("token", APITokenTag.self), in: call.workspace.workspace,
                by: call.principal,
                anyones: Web.Access.allows(.manageMembers, call.request))
            return Nothing()
        }
        return [
            list.route, create.route, revoke.route,
            create.action("/w/{workspace}/settings/tokens") { made, request in
                try frame.fragment(
                    "people/new-token",
                    NewTokenPart(
                        name: made.name, token: made.token ?? "", origin: request.origin,
                        workspace: request.workspace.slug))
            },
            revoke.action("/w/{workspace}/settings/tokens/{token}/revoke") { _, request in
                .redirect(to: "\(Self.root(request))/settings/tokens").toast("Token revoked.")
            },
            .page("/w/{workspace}/settings/tokens", .workspace(.view), tokensPage),
        ]
    }

    private func visibleTokens(_ request: WebRequest) async throws -> [APIToken] {
        let all = Web.Access.allows(.manageMembers, request)
        return try await people.tokens(
            in: request.workspace.workspace, of: all ? nil : try Self.person(request))
    }

    private static func chip(_ token: APIToken, at now: Instant) -> Chip? {
        guard let end = token.expiresAt else { return nil }
        if end <= now { return Chip("Ran out", .quiet) }
        return end - now < .days(7) ? Chip("Ends soon", .warn, icon: "tabler-clock") : nil
    }

    private func tokensPage(_ request: WebRequest) async throws -> Reply {
        let zone = request.workspace.zone
        let tokens = try await visibleTokens(request)
        let page = TokensPage(
            root: Self.root(request), tabs: tabs(request, "tokens"),
            tokens: tokens.map { token in
                TokensPage.Row(
                    id: token.id.text, name: token.name, prefix: token.prefix,
                    person: token.personName,
                    permissions: token.scopes.permissions.map(\.words)
                        .joined(separator: ", "),
                    used: token.lastUsedAt.map { "Last used \(zone.words($0))" }
                        ?? "Never used",
                    ends: token.expiresAt.map {
                        ($0 > request.now ? "works until " : "ran out ") + zone.words($0)
                    } ?? "works until revoked",
                    isMine: token.person == request.caller?.person,
                    chip: Self.chip(token, at: request.now))
            },
            rights: Permission.allCases.filter { Policy.allows(request.workspace.role, $0) }
                .map { .init(value: $0.rawValue, words: $0.words) },
            origin: request.origin)
        return try await frame.page(
            "people/tokens", page, title: "API tokens", section: .settings, for: request)
    }
}

extension Permission {
    /// The permission for people, as a verb.
    var words: String {
        switch self {
        case .view: "read"
        case .editStrategy: "edit the strategy"
        case .editPlan: "edit the plan"
        case .write: "write posts"
        case .approve: "approve posts"
        case .publish: "schedule and publish"
        case .engage: "answer replies"
        case .recordResults: "record results"
        case .review: "take part in reviews"
        case .manageChannels: "manage channels"
        case .manageMembers: "manage members"
        case .manageWorkspace: "change or delete the workspace"
        case .exportData: "export data"
        }
    }
}
