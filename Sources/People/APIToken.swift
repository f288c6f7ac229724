package import Kernel
package import Store

/// Marks identifiers of API tokens.
package enum APITokenTag {}
package typealias APITokenID = ID<APITokenTag>

/// A program's way in: acts for one person in one workspace, within its scopes.
package struct APIToken: Sendable, Hashable, RowReadable {
    /// Permissions a token may use, as stored.
    package struct Scopes: SQLDocument, Hashable {
        package var permissions: [Permission]

        package init(_ permissions: some Sequence<Permission>) {
            let wanted = Set(permissions)
            self.permissions = Permission.allCases.filter(wanted.contains)
        }
    }

    package let id: APITokenID
    package let workspace: WorkspaceID
    package let person: PersonID
    package let personName: String
    package let name: String
    /// The first characters, to recognise it: `tl_k3m9x2pa`.
    package let prefix: String
    package let scopes: Scopes
    package let createdAt: Instant
    package let expiresAt: Instant?
    package let lastUsedAt: Instant?
    /// Whether the sign-in of its person asks for a code as well.
    package let hasSecondFactor: Bool

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        person = try row("person_id")
        personName = try row("person_name")
        name = try row("name")
        prefix = try row("prefix")
        scopes = try row("scopes")
        createdAt = try row("created_at")
        expiresAt = try row("expires_at")
        lastUsedAt = try row("last_used_at")
        hasSecondFactor = try row("has_second_factor")
    }

    static let query: SQL = """
        SELECT api_token.id, api_token.workspace_id, api_token.person_id,
            person.name AS person_name, person.email AS person_email, api_token.name,
            api_token.prefix, api_token.scopes, api_token.created_at, api_token.expires_at,
            api_token.last_used_at,
            EXISTS (SELECT 1 FROM second_factor
                WHERE second_factor.person_id = api_token.person_id
                    AND second_factor.confirmed_at IS NOT NULL) AS has_second_factor
        FROM api_token JOIN person ON person.id = api_token.person_id
        """
}

/// A token that was just accepted, and for whom it acts.
package struct TokenUse: Sendable {
    package let token: APIToken
    package let email: String

    /// The token as the one who acts.
    package var principal: Principal {
        Principal(
            kind: .token, person: token.person, name: "\(token.personName) via “\(token.name)”")
    }

    /// Whether the token's scopes leave this permission.
    package func allows(_ permission: Permission) -> Bool {
        token.scopes.permissions.contains(permission)
    }
}

/// A token at the one moment its text can be read.
package struct NewAPIToken: Sendable {
    package let token: APIToken
    package let text: String
}
