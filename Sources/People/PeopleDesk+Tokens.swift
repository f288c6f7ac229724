import Jobs
package import Kernel
import Store

extension PeopleDesk {
    /// What a person decides about a token.
    package struct TokenPlan: Sendable {
        package var name: String
        package var permissions: Set<Permission>
        /// How many days it works; nil for as long as nobody revokes it.
        package var days: Int?

        package init(name: String, permissions: Set<Permission>, days: Int?) {
            self.name = name
            self.permissions = permissions
            self.days = days
        }
    }

    /// Creates a token that acts for `person`; `limit` and `latest` narrow what a token that makes
    /// another may pass on.
    package func createToken(
        _ plan: TokenPlan, for person: PersonID, in workspace: WorkspaceID,
        by principal: Principal, limit: @escaping @Sendable (Permission) -> Bool = { _ in true },
        endingBy latest: Instant? = nil
    ) async throws -> NewAPIToken {
        let name = try PersonName.checked(plan.name, field: "name", longest: 80)
        guard !plan.permissions.isEmpty else {
            throw Problem.invalid("permissions", "Choose at least one permission.")
        }
        if let days = plan.days, !(1...3650).contains(days) {
            throw Problem.invalid("days", "Give 1 to 3650 days, or leave it empty.")
        }
        let text = TokenText.make(surroundings.randomBytes(40))
        let id: APITokenID = surroundings.newID()
        let now = surroundings.now()
        // A token that a token makes does not outlive it.
        let wanted = plan.days.map { now + .days(Int64($0)) }
        let expires = [wanted, latest].compactMap { $0 }.min()
        let token = try await database.write { tx in
            let role = try tx.scalar(
                Role.self,
                """
                SELECT role FROM member WHERE workspace_id = \(workspace)
                    AND person_id = \(person) AND removed_at IS NULL
                """)
            guard let role else { throw PeopleError.noSuchMember }
            guard plan.permissions.allSatisfy({ Policy.allows(role, $0) && limit($0) }) else {
                throw PeopleError.scopesTooWide
            }
            try tx.execute(
                """
                INSERT INTO api_token (id, workspace_id, person_id, name, prefix, secret_hash,
                    scopes, created_at, expires_at)
                VALUES (\(id), \(workspace), \(person), \(name), \(TokenText.prefix(text)),
                    \(Digest.of(text)), \(APIToken.Scopes(plan.permissions)), \(now), \(expires))
                """)
            try record(
                "people.token-created", "Created the API token “\(name)”",
                changes: try tx.made(Self.row(id)), workspace, principal, tx)
            return try stored(id, workspace, tx)
        }
        return NewAPIToken(token: token, text: text)
    }

    /// The workspace's tokens, or only those of one person, the newest first.
    package func tokens(
        in workspace: WorkspaceID, of person: PersonID? = nil
    ) async throws -> [APIToken] {
        try await database.read { tx in
            try tx.all(
                APIToken.self,
                """
                \(APIToken.query) WHERE api_token.workspace_id = \(workspace)
                    AND (CAST(\(person) AS TEXT) IS NULL OR api_token.person_id = \(person))
                ORDER BY api_token.id DESC
                """)
        }
    }

    /// Revokes a token at once; members revoke their own, `anyones` lets one revoke any.
    package func revoke(
        _ id: APITokenID, in workspace: WorkspaceID, by principal: Principal, anyones: Bool
    ) async throws {
        try await database.write { tx in
            let found = try stored(id, workspace, tx)
            guard anyones || found.person == principal.person else {
                throw PeopleError.noSuchToken
            }
            let row = try tx.snapshot(Self.row(id))
            try tx.execute("DELETE FROM api_token WHERE id = \(id)")
            try record(
                "people.token-revoked", "Revoked the API token “\(found.name)”",
                changes: try row.changes(in: tx), workspace, principal, tx)
        }
    }

    /// Who is behind a bearer token; nil when it is unknown, expired or revoked.
    package func use(token text: String) async throws -> TokenUse? {
        guard TokenText.isWellFormed(text) else { return nil }
        let now = surroundings.now()
        let digest = Digest.of(text)
        let row = try await database.read { tx in
            try tx.first(
                """
                \(APIToken.query) WHERE api_token.secret_hash = \(digest)
                    AND (api_token.expires_at IS NULL OR api_token.expires_at > \(now))
                """)
        }
        guard let row else { return nil }
        let token = try APIToken(row: row)
        if token.lastUsedAt.map({ now - $0 >= .minutes(1) }) ?? true {
            do {
                try await database.write { tx in
                    _ = try tx.execute(
                        "UPDATE api_token SET last_used_at = \(now) WHERE id = \(token.id)")
                }
            } catch StoreError.storage {
                // Reading goes on while the disk takes nothing.
            }
        }
        return TokenUse(token: token, email: try row("person_email"))
    }

    private func stored(
        _ id: APITokenID, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> APIToken {
        let found = try tx.first(
            APIToken.self,
            """
            \(APIToken.query)
            WHERE api_token.id = \(id) AND api_token.workspace_id = \(workspace)
            """)
        guard let found else { throw PeopleError.noSuchToken }
        return found
    }

    /// A token's row for the record of changes.
    private static func row(_ id: APITokenID) -> SQL {
        "SELECT person_id, name, prefix, scopes, expires_at FROM api_token WHERE id = \(id)"
    }

    private func record(
        _ name: String, _ summary: String, changes: [Change], _ workspace: WorkspaceID,
        _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let event = try Event(
            name, workspace: workspace, subject: "workspace:\(workspace)", summary: summary,
            changes: changes, by: principal)
        try events.record(event, in: tx)
    }
}
