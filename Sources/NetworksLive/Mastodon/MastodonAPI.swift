import Crypto
import Foundation
import Kernel
import Networks
import Outbound

/// The Mastodon API, as Mastodon and the programs that speak like it offer it.
struct MastodonAPI: Sendable {
    let calls: NetworkCalls
    /// Set for the practice network, whose address may change from start to start.
    var fixedBase: String?

    var surroundings: Surroundings { calls.surroundings }
    private static let scopes = "read write:statuses write:media"

    func base(_ server: String) -> String { fixedBase ?? server }

    func request(
        _ method: String, _ path: String, _ access: Access, form: [(String, String)]? = nil,
        headers: [(String, String)] = []
    ) -> OutboundRequest {
        var request = OutboundRequest(
            method, base(access.server) + path,
            headers: [("authorization", "Bearer \(access.credentials.accessToken)")])
        for (name, value) in headers { request.headers.append((name, value)) }
        if let form {
            request.headers.append(("content-type", "application/x-www-form-urlencoded"))
            request.body = RequestBody.form(form)
        }
        return request
    }

    // MARK: - Connecting

    func begin(
        _ server: String, _ redirectURL: String, _ state: String
    ) async throws(NetworkFailure) -> Connecting.Authorization {
        let registration = OutboundRequest(
            "POST", base(server) + "/api/v1/apps",
            headers: [("content-type", "application/x-www-form-urlencoded")],
            body: RequestBody.form([
                ("client_name", "Throughline"), ("redirect_uris", redirectURL),
                ("scopes", Self.scopes),
            ]))
        let app = try await calls.json(MastodonValues.App.self, registration, .repeatable)
        let verifier = surroundings.newSecret()
        let challenge = Data(SHA256.hash(data: Data(verifier.utf8))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        let query = RequestBody.form([
            ("response_type", "code"), ("client_id", app.clientId),
            ("redirect_uri", redirectURL), ("scope", Self.scopes), ("state", state),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ])
        return Connecting.Authorization(
            browserURL: base(server) + "/oauth/authorize?" + String(decoding: query, as: UTF8.self),
            memory: [
                "server": server, "clientID": app.clientId, "clientSecret": app.clientSecret,
                "redirectURL": redirectURL, "verifier": verifier,
            ])
    }

    func finish(
        _ code: String, _ memory: [String: String]
    ) async throws(NetworkFailure) -> Connecting.Account {
        let server = memory["server"] ?? ""
        let exchange = OutboundRequest(
            "POST", base(server) + "/oauth/token",
            headers: [("content-type", "application/x-www-form-urlencoded")],
            body: RequestBody.form([
                ("grant_type", "authorization_code"), ("code", code),
                ("client_id", memory["clientID"] ?? ""),
                ("client_secret", memory["clientSecret"] ?? ""),
                ("redirect_uri", memory["redirectURL"] ?? ""),
                ("code_verifier", memory["verifier"] ?? ""),
            ]))
        // A code works once; after a lost answer the person simply starts again.
        let token = try await calls.json(MastodonValues.Token.self, exchange, .repeatable)
        return try await account(server, token.accessToken)
    }

    /// The account that a token belongs to.
    func account(
        _ server: String, _ token: String
    ) async throws(NetworkFailure) -> Connecting.Account {
        let credentials = Credentials(accessToken: token)
        let access = Access(
            network: calls.network, server: server, accountID: "", handle: "",
            credentials: credentials)
        let found = try await verify(access)
        let host = URLComponents(string: server)?.host ?? "practice"
        let handle = found.acct.contains("@") ? found.acct : "\(found.acct)@\(host)"
        let name = found.displayName ?? ""
        return Connecting.Account(
            server: server, accountID: found.id, handle: handle,
            displayName: name.isEmpty ? found.username : name, avatarURL: found.avatar,
            credentials: credentials)
    }

    private func verify(_ access: Access) async throws(NetworkFailure) -> MastodonValues.Account {
        try await calls.json(
            MastodonValues.Account.self,
            request("GET", "/api/v1/accounts/verify_credentials", access), .repeatable)
    }

    // MARK: - Figures and history

    func figures(_ access: Access, _ post: RemotePost) async throws(NetworkFailure) -> PostFigures {
        try await status(access, post.id).figures
    }

    func followers(_ access: Access) async throws(NetworkFailure) -> Int? {
        try await verify(access).followersCount
    }

    func status(
        _ access: Access, _ id: String
    ) async throws(NetworkFailure) -> MastodonValues.Status {
        try await calls.json(
            MastodonValues.Status.self,
            request("GET", "/api/v1/statuses/\(Self.segment(id))", access), .repeatable)
    }

    /// The account's own posts, newest first; without what it boosted.
    func ownStatuses(
        _ access: Access, before: String?
    ) async throws(NetworkFailure) -> [MastodonValues.Status] {
        var path = "/api/v1/accounts/\(Self.segment(access.accountID))/statuses"
        path += "?limit=40&exclude_reblogs=true"
        if let before { path += "&max_id=\(Self.segment(before))" }
        return try await calls.json(
            [MastodonValues.Status].self, request("GET", path, access), .repeatable)
    }

    func history(
        _ access: Access, _ before: String?
    ) async throws(NetworkFailure) -> (entries: [History.Entry], next: String?) {
        let statuses = try await ownStatuses(access, before: before)
        let entries: [History.Entry] = statuses.compactMap { status in
            // Answers to other people are conversations, not posts.
            let answers = status.inReplyToAccountId.map { $0 != access.accountID } ?? false
            guard let at = status.at, !answers else { return nil }
            return History.Entry(
                post: status.post, text: PlainText.of(html: status.content), at: at,
                figures: status.figures)
        }
        return (entries, statuses.last?.id)
    }

    // MARK: - Replies

    func replies(
        _ access: Access, _ post: RemotePost
    ) async throws(NetworkFailure) -> [Inbox.Message] {
        let context = try await calls.json(
            MastodonValues.Context.self,
            request("GET", "/api/v1/statuses/\(Self.segment(post.id))/context", access),
            .repeatable)
        let host = URLComponents(string: access.server)?.host ?? "practice"
        let messages: [Inbox.Message] = context.descendants.compactMap { status in
            guard status.account.id != access.accountID, let at = status.at,
                let parent = status.inReplyToId
            else { return nil }
            let acct = status.account.acct
            let name = status.account.displayName ?? ""
            return Inbox.Message(
                post: status.post, inReplyTo: parent, authorID: status.account.id,
                authorHandle: acct.contains("@") ? acct : "\(acct)@\(host)",
                authorName: name.isEmpty ? status.account.username : name,
                authorURL: status.account.url, text: PlainText.of(html: status.content), at: at)
        }
        return messages.sorted { $0.at < $1.at }
    }

    /// A value as one segment of a path.
    static func segment(_ text: String) -> String {
        String(decoding: RequestBody.form([("", text)]).dropFirst(), as: UTF8.self)
    }
}
