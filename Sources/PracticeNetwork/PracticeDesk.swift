import Foundation
package import Kernel
import People
package import Store

/// The practice network's accounts, posts and tokens.
package struct PracticeDesk: Sendable {
    let database: Database
    let surroundings: Surroundings
    /// How the network misbehaves on purpose; nil almost always.
    package let rehearsal: PracticeRehearsal?

    package init(
        database: Database, surroundings: Surroundings, rehearsal: PracticeRehearsal? = nil
    ) {
        self.database = database
        self.surroundings = surroundings
        self.rehearsal = rehearsal
    }

    /// A number that sorts by time, as Mastodon makes its identifiers.
    func newNumber(at instant: Instant) -> Int64 {
        let random = surroundings.randomBytes(2)
        return max(0, instant.milliseconds) << 16 | Int64(random[0]) << 8 | Int64(random[1])
    }

    // MARK: - Accounts

    /// Opens a new account whose handle begins as wished, and says what it was given.
    package func openAccount(
        _ wished: String, name: String? = nil, in workspace: WorkspaceID? = nil
    ) async throws -> PracticeAccount {
        let plain = Self.handle(wished)
        let start = plain.isEmpty ? "someone" : plain
        return try await database.write { tx in
            try tx.takeTurn("practice-accounts")
            var handle = start
            var number = 1
            while try tx.exists("SELECT 1 FROM practice_account WHERE handle = \(handle)") {
                number += 1
                handle = "\(start.prefix(24))\(number)"
            }
            let shown = name?.trimmingCharacters(in: .whitespaces) ?? ""
            return try insert(
                handle, shown.isEmpty ? start.capitalized : shown, workspace, nil,
                isVisitor: false, tx)
        }
    }

    /// The account of this very name: the person's own, or a new one.
    func account(_ handle: String, of person: PersonID) async throws -> PracticeAccount {
        guard handle == Self.handle(handle), !handle.isEmpty else { throw PracticeError.handle }
        return try await database.write { tx in
            try tx.takeTurn("practice-accounts")
            let known = try tx.first(
                PracticeAccount.self, "SELECT * FROM practice_account WHERE handle = \(handle)")
            if let known {
                guard known.person == person else { throw PracticeError.handleTaken }
                return known
            }
            return try insert(handle, handle.capitalized, nil, person, isVisitor: false, tx)
        }
    }

    func insert(
        _ handle: String, _ name: String, _ workspace: WorkspaceID?, _ person: PersonID?,
        isVisitor: Bool, followers: Int64 = 0, at: Instant? = nil, _ tx: borrowing Transaction
    ) throws -> PracticeAccount {
        let now = at ?? surroundings.now()
        let id = newNumber(at: now)
        try tx.execute(
            """
            INSERT INTO practice_account (id, workspace_id, person_id, handle, name, is_visitor,
                followers, created_at)
            VALUES (\(id), \(workspace), \(person), \(handle), \(String(name.prefix(80))),
                \(isVisitor), \(followers), \(now))
            """)
        return try account(id, tx)
    }

    func account(_ id: Int64, _ tx: borrowing Transaction) throws -> PracticeAccount {
        guard
            let account = try tx.first(
                PracticeAccount.self, "SELECT * FROM practice_account WHERE id = \(id)")
        else { throw PracticeError.gone }
        return account
    }

    /// Letters a to z, digits and underscores of a wish.
    static func handle(_ wished: String) -> String {
        let kept = wished.lowercased().unicodeScalars.filter {
            (97...122).contains($0.value) || (48...57).contains($0.value) || $0 == "_"
        }
        return String(String.UnicodeScalarView(kept).prefix(30))
    }

    // MARK: - Tokens

    static let everything = "read write follow push profile"

    /// A token that lets a program act as `account`.
    package func issueToken(_ account: PracticeAccount) async throws -> String {
        let token = surroundings.newSecret()
        let id = account.id
        try await database.write { tx in
            try keep(token, account: id, client: nil, scopes: Self.everything, tx)
        }
        return token
    }

    /// Ends a token that `issueToken` gave.
    package func endToken(_ token: String) async throws {
        let digest = Digest.of(token)
        try await database.write { tx in
            _ = try tx.execute(
                """
                DELETE FROM practice_token WHERE token_hash = \(digest) AND client_id IS NULL
                """)
        }
    }

    func keep(
        _ token: String, account: Int64?, client: String?, scopes: String, code: String? = nil,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO practice_token (token_hash, account_id, client_id, scopes, code_hash,
                created_at)
            VALUES (\(Digest.of(token)), \(account), \(client), \(scopes), \(code),
                \(surroundings.now()))
            """)
    }

    /// Whom a token stands for.
    struct Bearer: Sendable {
        let account: PracticeAccount?
        let client: String?
        let scopes: Set<Substring>

        /// Whether `write:statuses` or the like is among what was granted.
        func may(_ scope: String) -> Bool {
            let whole = scope.prefix { $0 != ":" }
            return scopes.contains(Substring(scope)) || scopes.contains(whole)
        }
    }

    func bearer(_ token: String) async throws -> Bearer {
        guard token.utf8.count <= 200 else { throw PracticeError.token }
        let digest = Digest.of(token)
        let (bearer, last) = try await database.read { tx in
            let row = try tx.first("SELECT * FROM practice_token WHERE token_hash = \(digest)")
            guard let row else { throw PracticeError.token }
            let number: Int64? = try row("account_id")
            let scopes: String = try row("scopes")
            let last: Instant? = try row("used_at")
            let bearer = Bearer(
                account: try number.map { try account($0, tx) }, client: try row("client_id"),
                scopes: Set(scopes.split(separator: " ")))
            return (bearer, last)
        }
        await noteUse(of: digest, last: last)
        return bearer
    }

    /// Keeps when a token was last used, to the minute.
    private func noteUse(of digest: String, last: Instant?) async {
        let now = surroundings.now()
        guard last.map({ now - $0 >= .minutes(1) }) ?? true else { return }
        // Reading goes on while nothing can be written; the next use is noted instead.
        try? await database.write { tx in
            _ = try tx.execute(
                "UPDATE practice_token SET used_at = \(now) WHERE token_hash = \(digest)")
        }
    }
}
