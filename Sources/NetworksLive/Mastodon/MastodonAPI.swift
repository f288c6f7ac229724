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

    /// The account's own posts, newest first; what it boosted may be among them all the same.
    func ownStatuses(
        _ access: Access, before: String?
    ) async throws(NetworkFailure) -> [MastodonValues.Status] {
        try await ownPage(access, before: before).statuses
    }

    /// One page of the account's posts, and how far the server's clock is ahead of ours.
    func ownPage(
        _ access: Access, before: String?
    ) async throws(NetworkFailure) -> (statuses: [MastodonValues.Status], ahead: Duration) {
        var path = "/api/v1/accounts/\(Self.segment(access.accountID))/statuses"
        path += "?limit=40&exclude_reblogs=true"
        if let before { path += "&max_id=\(Self.segment(before))" }
        let answer = try await calls.send(request("GET", path, access), .repeatable)
        let statuses = try calls.decode([MastodonValues.Status].self, answer, .repeatable)
        return (statuses, answer.clockAhead(now: surroundings.now()))
    }

    func history(
        _ access: Access, _ before: String?
    ) async throws(NetworkFailure) -> (entries: [History.Entry], next: String?) {
        let statuses = try await ownStatuses(access, before: before)
        let entries: [History.Entry] = statuses.compactMap { status in
            // Answers to other people are conversations, not posts.
            let answers = status.inReplyToAccountId.map { $0 != access.accountID } ?? false
            guard let at = status.at, !answers, status.isOwn(of: access) else { return nil }
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
                authorURL: status.account.url, text: PlainText.of(html: status.content), at: at,
                audience: Self.audience(status.visibility))
        }
        return messages.sorted { $0.at < $1.at }
    }

    /// A value as one segment of a path.
    static func segment(_ text: String) -> String {
        String(decoding: RequestBody.form([("", text)]).dropFirst(), as: UTF8.self)
    }
}
