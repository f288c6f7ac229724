import Crypto
import Foundation
import Kernel
import People
import Store

extension PracticeDesk {
    /// A program that people let act for them.
    struct App: Sendable {
        let clientID: String
        let name: String
        let redirects: [String]
        let scopes: String
    }

    /// Where a program without an address of its own wants the code shown.
    static let shown = "urn:ietf:wg:oauth:2.0:oob"

    func register(
        name: String, redirects: [String], scopes: String
    ) async throws -> (app: App, secret: String) {
        let plain = redirects.filter { !$0.isEmpty && $0.utf8.count <= 2000 }
        guard !name.isEmpty, name.count <= 200, (1...20).contains(plain.count),
            scopes.utf8.count <= 1000
        else { throw PracticeError.client }
        let app = App(
            clientID: surroundings.newSecret(), name: name, redirects: plain,
            scopes: scopes.isEmpty ? "read" : scopes)
        let secret = surroundings.newSecret()
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO practice_app (client_id, secret_hash, name, redirect_uris, scopes,
                    created_at)
                VALUES (\(app.clientID), \(Digest.of(secret)), \(app.name),
                    \(app.redirects.joined(separator: "\n")), \(app.scopes),
                    \(surroundings.now()))
                """)
        }
        return (app, secret)
    }

    func app(_ clientID: String) async throws -> App {
        try await database.read { tx in
            let row = try tx.first("SELECT * FROM practice_app WHERE client_id = \(clientID)")
            guard let row else { throw PracticeError.client }
            return try Self.app(row)
        }
    }

    private static func app(_ row: Row) throws -> App {
        let redirects: String = try row("redirect_uris")
        return App(
            clientID: try row("client_id"), name: try row("name"),
            redirects: redirects.split(separator: "\n").map(String.init),
            scopes: try row("scopes"))
    }

    /// What an app asks a person for.
    struct Request: Sendable {
        let app: App
        let redirect: String
        let scopes: String
        let state: String?
        /// What the app will prove that it began this sign-in (PKCE, S256).
        let challenge: String
    }

    /// Lets the app act as `account`: a code that it exchanges within ten minutes.
    func allow(_ request: Request, as account: PracticeAccount) async throws -> String {
        let code = surroundings.newSecret()
        let now = surroundings.now()
        let id = account.id
        try await database.write { tx in
            try tx.execute("DELETE FROM practice_code WHERE expires_at < \(now)")
            try tx.execute(
                """
                INSERT INTO practice_code (code_hash, client_id, account_id, redirect_uri, scopes,
                    challenge, expires_at)
                VALUES (\(Digest.of(code)), \(request.app.clientID), \(id), \(request.redirect),
                    \(request.scopes), \(request.challenge), \(now + .minutes(10)))
                """)
        }
        return code
    }

    /// A token, with what it allows.
    struct Grant: Sendable {
        let token: String
        let scopes: String
    }

    /// A token for a code. A code works once: who comes with it again ends what it gave.
    func exchange(
        code: String, client: String, secret: String, redirect: String, verifier: String?
    ) async throws -> Grant {
        let now = surroundings.now()
        let token = surroundings.newSecret()
        let digest = Digest.of(code)
        let grant: Grant? = try await database.write { tx in
            let row = try tx.first(
                "DELETE FROM practice_code WHERE code_hash = \(digest) RETURNING *")
            try check(client, secret, tx)
            guard let row else {
                // Two have the code, and which of them should have it nobody knows.
                try tx.execute("DELETE FROM practice_token WHERE code_hash = \(digest)")
                return nil
            }
            let owner: String = try row("client_id")
            let wanted: String = try row("redirect_uri")
            let end: Instant = try row("expires_at")
            let challenge: String? = try row("challenge")
            guard owner == client, wanted == redirect, end >= now, let challenge, let verifier,
                challenge == Self.challenge(verifier)
            else { throw PracticeError.grant }
            let scopes: String = try row("scopes")
            let account: Int64 = try row("account_id")
            try keep(token, account: account, client: client, scopes: scopes, code: digest, tx)
            return Grant(token: token, scopes: scopes)
        }
        guard let grant else { throw PracticeError.grant }
        return grant
    }

    /// A token of the app itself, for no account.
    func exchange(client: String, secret: String, scopes: String) async throws -> Grant {
        let token = surroundings.newSecret()
        return try await database.write { tx in
            try check(client, secret, tx)
            let kept = scopes.isEmpty ? "read" : String(scopes.prefix(500))
            try keep(token, account: nil, client: client, scopes: kept, tx)
            return Grant(token: token, scopes: kept)
        }
    }

    private func check(
        _ client: String, _ secret: String, _ tx: borrowing Transaction
    ) throws {
        let known = try tx.exists(
            """
            SELECT 1 FROM practice_app
            WHERE client_id = \(client) AND secret_hash = \(Digest.of(secret))
            """)
        guard known else { throw PracticeError.client }
    }

    /// Ends a token of the app that asks; one that is not there has ended already.
    func revoke(_ token: String, client: String, secret: String) async throws {
        let digest = Digest.of(token)
        try await database.write { tx in
            try check(client, secret, tx)
            let row = try tx.first(
                "SELECT client_id FROM practice_token WHERE token_hash = \(digest)")
            guard let row else { return }
            let owner: String? = try row("client_id")
            guard owner == client else { throw PracticeError.client }
            try tx.execute("DELETE FROM practice_token WHERE token_hash = \(digest)")
        }
    }

    /// The S256 challenge of RFC 7636.
    static func challenge(_ verifier: String) -> String {
        Data(SHA256.hash(data: Data(verifier.utf8))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
