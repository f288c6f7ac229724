import Crypto
import Foundation
import Kernel
import Networks
import Outbound

extension MastodonAPI {
    /// The least that posting, proving and reading replies need, where a server knows the words.
    private static let leastScopes = [
        "read:accounts", "read:statuses", "write:statuses", "write:media",
    ]
    /// What servers that say nothing about scopes were seen to take.
    private static let usualScopes = "read write:statuses write:media"
    private static let plainScopes = "read write"

    /// Registers this program with the server and says where the browser is to go.
    ///
    /// Each sign-in registers anew. So there is no registration that could have been revoked or
    /// forgotten meanwhile, and the address to return to is exactly the one of this sign-in.
    func begin(
        _ server: String, _ redirectURL: String, _ state: String
    ) async throws(NetworkFailure) -> Connecting.Authorization {
        let metadata = try await metadata(of: server)
        var scopes = try await scopes(of: server, metadata)
        let app: MastodonValues.App
        do {
            app = try await register(server, redirectURL, scopes)
        } catch {
            guard error.kind == .contentRefused, scopes != Self.plainScopes else { throw error }
            scopes = Self.plainScopes
            app = try await register(server, redirectURL, scopes)
        }
        let verifier = surroundings.newSecret()
        let challenge = Data(SHA256.hash(data: Data(verifier.utf8))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        let query = RequestBody.form([
            ("response_type", "code"), ("client_id", app.clientId),
            ("redirect_uri", redirectURL), ("scope", scopes), ("state", state),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ])
        var memory = [
            "server": server, "clientID": app.clientId, "clientSecret": app.clientSecret,
            "redirectURL": redirectURL, "verifier": verifier, "scopes": scopes,
        ]
        memory["issuer"] = metadata?.issuer
        if metadata?.authorizationResponseIssParameterSupported == true {
            memory["issuerIsSent"] = "true"
        }
        return Connecting.Authorization(
            browserURL: base(server) + "/oauth/authorize?" + String(decoding: query, as: UTF8.self),
            memory: memory)
    }

    private func register(
        _ server: String, _ redirectURL: String, _ scopes: String
    ) async throws(NetworkFailure) -> MastodonValues.App {
        let registration = OutboundRequest(
            "POST", base(server) + "/api/v1/apps",
            headers: [("content-type", "application/x-www-form-urlencoded")],
            body: RequestBody.form([
                ("client_name", "Throughline"), ("redirect_uris", redirectURL),
                ("scopes", scopes),
            ]))
        return try await calls.json(MastodonValues.App.self, registration, .repeatable)
    }

    /// What the server says about its sign-in; nil where it has no such page.
    private func metadata(
        of server: String
    ) async throws(NetworkFailure) -> MastodonValues.Metadata? {
        let request = OutboundRequest(
            "GET", base(server) + "/.well-known/oauth-authorization-server")
        do {
            return try await calls.json(MastodonValues.Metadata.self, request, .repeatable)
        } catch {
            // No answer at all is worth saying at once; any other means that there is no page.
            if error.status == nil { throw error }
            return nil
        }
    }

    private func scopes(
        of server: String, _ metadata: MastodonValues.Metadata?
    ) async throws(NetworkFailure) -> String {
        if let known = metadata?.scopesSupported {
            return Set(Self.leastScopes).isSubset(of: known)
                ? Self.leastScopes.joined(separator: " ") : Self.plainScopes
        }
        let access = Access(
            network: calls.network, server: server, accountID: "", handle: "",
            credentials: Credentials(accessToken: ""))
        let about = try? await calls.json(
            MastodonValues.Instance.self,
            OutboundRequest("GET", base(access.server) + "/api/v1/instance"), .repeatable)
        // Pixelfed shows an error page for the finer words.
        return about?.version.contains("Pixelfed") == true ? Self.plainScopes : Self.usualScopes
    }

    /// Exchanges the code for a token.
    func finish(
        _ code: String, _ memory: [String: String]
    ) async throws(NetworkFailure) -> Connecting.Account {
        try checkIssuer(memory)
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
                ("scope", memory["scopes"] ?? ""),
            ]))
        do {
            // A code works once; after a lost answer the person simply starts again.
            let token = try await calls.json(MastodonValues.Token.self, exchange, .repeatable)
            var account = try await account(server, token.accessToken)
            // Servers end a token only for the registration that it belongs to.
            account.credentials.extra["clientID"] = memory["clientID"]
            account.credentials.extra["clientSecret"] = memory["clientSecret"]
            return account
        } catch {
            guard [.authorizationExpired, .contentRefused, .notPermitted].contains(error.kind)
            else { throw error }
            throw NetworkFailure(
                .notPermitted,
                "The server did not accept this sign-in; it may have taken too long. Connect "
                    + "again.", status: error.status, code: error.code)
        }
    }

    /// Ends the token at the server, as https://docs.joinmastodon.org/methods/oauth/#revoke asks.
    func end(_ access: Access) async throws(NetworkFailure) {
        let known = access.credentials.extra
        guard let id = known["clientID"], let secret = known["clientSecret"] else {
            throw NetworkFailure(
                .notPermitted, "This sign-in is older than our memory of how to end it.")
        }
        // Somebody waits for the page.
        let request = OutboundRequest(
            "POST", base(access.server) + "/oauth/revoke",
            headers: [("content-type", "application/x-www-form-urlencoded")],
            body: RequestBody.form([
                ("client_id", id), ("client_secret", secret),
                ("token", access.credentials.accessToken),
            ]), deadline: .seconds(5))
        _ = try await calls.send(request, .repeatable)
    }

    /// The answer must come from the server that was asked, where servers say who they are.
    private func checkIssuer(_ memory: [String: String]) throws(NetworkFailure) {
        guard let issuer = memory["issuer"] else { return }
        let said = memory["iss"]
        let isWrong = said.map { $0 != issuer } ?? (memory["issuerIsSent"] != nil)
        guard isWrong else { return }
        throw NetworkFailure(
            .notPermitted, "The answer did not come from the server that was asked. Connect again.")
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

    /// Who the token belongs to. Nothing is sent that could be wrong but the token itself.
    func verify(_ access: Access) async throws(NetworkFailure) -> MastodonValues.Account {
        do {
            return try await calls.json(
                MastodonValues.Account.self,
                request("GET", "/api/v1/accounts/verify_credentials", access), .repeatable)
        } catch {
            // Takahe answers a bad token with 400, Pleroma with 403, others with 401.
            guard let status = error.status, [400, 401, 403].contains(status) else { throw error }
            throw NetworkFailure(
                .authorizationExpired,
                "\(calls.network.name) no longer accepts this account's sign-in.",
                status: status, code: error.code)
        }
    }

    /// Tells a refusal of the token from one of the content where a server gives both one status.
    func explained(
        _ failure: NetworkFailure, _ access: Access
    ) async -> NetworkFailure {
        guard let status = failure.status, [400, 403].contains(status),
            [.contentRefused, .notPermitted].contains(failure.kind)
        else { return failure }
        do {
            _ = try await verify(access)
            return failure
        } catch {
            var explained = failure
            // Not accepted for certain; but whose fault it is could not be found out just now.
            explained.kind =
                error.kind == .authorizationExpired ? .authorizationExpired : .unavailable
            explained.message = error.message
            return explained
        }
    }
}
