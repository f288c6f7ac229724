import Foundation
import Kernel
import Networks
import Outbound

/// The AT Protocol as a PDS offers it, with Bluesky's views behind it.
struct BlueskyAPI: Sendable {
    let calls: NetworkCalls
    let sessions = BlueskySessions()

    var surroundings: Surroundings { calls.surroundings }

    // MARK: - Signing in

    func signIn(
        _ server: String, _ identifier: String, _ password: String
    ) async throws(NetworkFailure) -> Connecting.Account {
        let first = server.isEmpty ? "https://bsky.social" : server
        let session = try await open(first, identifier, password)
        // bsky.social only lets people in; their data lives on another server.
        let home = first == "https://bsky.social" ? session.home ?? first : first
        let credentials = credentials(session, password: password)
        let access = Access(
            network: .bluesky, server: home, accountID: session.did, handle: session.handle,
            credentials: credentials)
        let profile = try? await profile(access)
        let name = profile?.displayName ?? ""
        return Connecting.Account(
            server: home, accountID: session.did, handle: session.handle,
            displayName: name.isEmpty ? session.handle : name, avatarURL: profile?.avatar,
            credentials: credentials)
    }

    private func open(
        _ server: String, _ identifier: String, _ password: String
    ) async throws(NetworkFailure) -> BlueskyValues.Session {
        let request = OutboundRequest(
            "POST", server + "/xrpc/com.atproto.server.createSession",
            headers: [("content-type", "application/json")],
            body: Self.json(
                BlueskyValues.SignIn(identifier: identifier, password: password)))
        return try await calls.json(BlueskyValues.Session.self, request, .repeatable)
    }

    private func credentials(
        _ session: BlueskyValues.Session, password: String?
    ) -> Credentials {
        Credentials(
            accessToken: session.accessJwt, refreshToken: session.refreshJwt,
            expiresAt: TokenClaims.expiry(of: session.accessJwt),
            // An app password outlives every token, and the person can revoke it there.
            extra: password.map { ["appPassword": $0] } ?? [:])
    }

    /// New tokens: by the refresh token or, when that is spent, by the app password.
    private func renew(
        _ access: Access, _ old: Credentials
    ) async throws(NetworkFailure) -> Credentials {
        let password = old.extra["appPassword"]
        var session: BlueskyValues.Session?
        if let refresh = old.refreshToken {
            let request = OutboundRequest(
                "POST", access.server + "/xrpc/com.atproto.server.refreshSession",
                headers: [("authorization", "Bearer \(refresh)")])
            do {
                session = try await calls.json(
                    BlueskyValues.Session.self, request, .repeatable)
            } catch {
                guard password != nil else { throw error }
            }
        }
        if session == nil, let password {
            session = try await open(access.server, access.accountID, password)
        }
        guard let session else {
            throw NetworkFailure(
                .authorizationExpired, "The sign-in at Bluesky has ended. Connect it again.")
        }
        let fresh = credentials(session, password: password)
        await sessions.keep(fresh, of: access)
        do {
            try await access.saveCredentials(fresh)
        } catch {
            throw NetworkFailure(.unavailable, "The renewed sign-in could not be kept.")
        }
        return fresh
    }

    /// Ends the session; the app password that it came from stays good.
    func end(_ access: Access) async throws(NetworkFailure) {
        // Only the one given: the account may have a newer session.
        await sessions.forget(access)
        guard let refresh = access.credentials.refreshToken else {
            throw NetworkFailure(.notPermitted, "This session has no token to end it with.")
        }
        // Somebody waits for the page.
        let request = OutboundRequest(
            "POST", access.server + "/xrpc/com.atproto.server.deleteSession",
            headers: [("authorization", "Bearer \(refresh)")], deadline: .seconds(5))
        do {
            _ = try await calls.send(request, .repeatable)
        } catch {
            // A token that is not known there any more has ended before.
            guard ["ExpiredToken", "InvalidToken"].contains(error.code) else { throw error }
        }
    }

    // MARK: - Calls

    /// Calls a method as the account. A refused token is renewed once; nothing happened by then.
    func call(
        _ method: String, _ name: String, _ access: Access,
        query: [(String, String)] = [], body: Data? = nil, type: String = "application/json",
        _ effect: NetworkCalls.Effect = .repeatable, trace: SendTrace? = nil
    ) async throws(NetworkFailure) -> OutboundAnswer {
        var credentials = await sessions.current(access)
        if let expiry = credentials.expiresAt, expiry < surroundings.now() + .minutes(1) {
            credentials = try await renew(access, credentials)
        }
        var request = OutboundRequest(method, access.server + "/xrpc/" + name)
        if !query.isEmpty {
            request.url += "?" + String(decoding: RequestBody.form(query), as: UTF8.self)
        }
        if let body {
            request.headers.append(("content-type", type))
            request.body = body
            request.deadline = body.count > 100_000 ? .seconds(90) : .seconds(20)
        }
        let unsigned = request
        request.headers.append(("authorization", "Bearer \(credentials.accessToken)"))
        do {
            return try await calls.send(request, effect, trace: trace)
        } catch {
            guard case .authorizationExpired = error.kind else { throw error }
            credentials = try await renew(access, credentials)
            request = unsigned
            request.headers.append(("authorization", "Bearer \(credentials.accessToken)"))
            return try await calls.send(request, effect, trace: trace)
        }
    }

    func get<Value: Decodable>(
        _ type: Value.Type, _ name: String, _ access: Access, _ query: [(String, String)]
    ) async throws(NetworkFailure) -> Value {
        try calls.decode(
            type, try await call("GET", name, access, query: query), .repeatable)
    }

    static func json(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers always encode.
        return (try? encoder.encode(value)) ?? Data()
    }

    /// The record key at the end of an `at://` address.
    static func recordKey(_ uri: String) -> String {
        uri.split(separator: "/").last.map(String.init) ?? uri
    }

    /// A record as a post people can open.
    func remote(_ uri: String, _ cid: String?, at: Instant?, by author: String) -> RemotePost {
        RemotePost(
            id: uri, url: "https://bsky.app/profile/\(author)/post/\(Self.recordKey(uri))",
            revision: cid, publishedAt: at)
    }

    // MARK: - Figures, replies and history

    func profile(_ access: Access) async throws(NetworkFailure) -> BlueskyValues.Author {
        try await get(
            BlueskyValues.Author.self, "app.bsky.actor.getProfile", access,
            [("actor", access.accountID)])
    }

    func followers(_ access: Access) async throws(NetworkFailure) -> Int? {
        try await profile(access).followersCount
    }

    func figures(
        _ access: Access, _ post: RemotePost
    ) async throws(NetworkFailure) -> PostFigures {
        guard let view = try await views(access, [post.id]).first else {
            throw NetworkFailure(.gone, "Bluesky does not show this post any more.")
        }
        return view.figures
    }

    func views(
        _ access: Access, _ uris: [String]
    ) async throws(NetworkFailure) -> [BlueskyValues.PostView] {
        guard !uris.isEmpty else { return [] }
        return try await get(
            BlueskyValues.Posts.self, "app.bsky.feed.getPosts", access,
            uris.map { ("uris", $0) }
        ).posts
    }

    func replies(
        _ access: Access, _ post: RemotePost
    ) async throws(NetworkFailure) -> [Inbox.Message] {
        let thread = try await get(
            BlueskyValues.Thread.self, "app.bsky.feed.getPostThread", access,
            [("uri", post.id), ("depth", "20"), ("parentHeight", "0")]
        ).thread
        let messages: [Inbox.Message] = thread.below.compactMap { view in
            guard view.author.did != access.accountID, let parent = view.record.reply?.parent.uri
            else { return nil }
            let at = view.record.at ?? surroundings.now()
            let name = view.author.displayName ?? ""
            return Inbox.Message(
                post: remote(view.uri, view.cid, at: at, by: view.author.did),
                inReplyTo: parent, authorID: view.author.did, authorHandle: view.author.handle,
                authorName: name.isEmpty ? view.author.handle : name,
                authorURL: "https://bsky.app/profile/\(view.author.did)",
                text: view.record.text ?? "", at: at)
        }
        return messages.sorted { $0.at < $1.at }
    }

    /// The account's own records, newest first.
    func records(
        _ access: Access, before cursor: String?, limit: Int
    ) async throws(NetworkFailure) -> BlueskyValues.RecordPage {
        var query = [
            ("repo", access.accountID), ("collection", BlueskyValues.collection),
            ("limit", "\(limit)"),
        ]
        if let cursor { query.append(("cursor", cursor)) }
        return try await get(
            BlueskyValues.RecordPage.self, "com.atproto.repo.listRecords", access, query)
    }

    func history(
        _ access: Access, _ before: String?
    ) async throws(NetworkFailure) -> (entries: [History.Entry], next: String?) {
        // 25 is the most that can be asked for figures at once.
        let page = try await records(access, before: before, limit: 25)
        let mine = "at://\(access.accountID)/"
        let own = page.records.filter { $0.value.reply?.parent.uri.hasPrefix(mine) ?? true }
        // A server without Bluesky's views still has the posts.
        let views = (try? await views(access, own.map(\.uri))) ?? []
        let figures = Dictionary(
            views.map { ($0.uri, $0.figures) }, uniquingKeysWith: { first, _ in first })
        let entries: [History.Entry] = own.compactMap { record in
            guard let at = record.value.at else { return nil }
            return History.Entry(
                post: remote(record.uri, record.cid, at: at, by: access.accountID),
                text: record.value.text ?? "", at: at,
                figures: figures[record.uri] ?? PostFigures())
        }
        return (entries, page.records.isEmpty ? nil : page.cursor)
    }
}
