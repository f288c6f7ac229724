package import Kernel
import Store

extension PeopleDesk {
    /// How long a link that sets a password works.
    package static let passwordLinkLife: Duration = .days(1)

    /// A secret for the one-time link with which a member chooses a new password.
    ///
    /// An owner can make one only for somebody whose every workspace they own: whoever holds the
    /// link could otherwise enter a workspace of others. Nobody but the member learns the password.
    package func passwordLink(
        for id: MemberID, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> (member: Member, secret: String) {
        let secret = surroundings.newSecret(bytes: 24)
        return try await database.write { tx in
            try requireOwner(principal, in: workspace, tx)
            let member = try member(id, workspace, tx)
            let isElsewhere = try tx.exists(
                """
                SELECT 1 FROM member AS place WHERE place.person_id = \(member.person)
                    AND place.removed_at IS NULL AND NOT EXISTS (
                        SELECT 1 FROM member AS own WHERE own.workspace_id = place.workspace_id
                            AND own.person_id = \(principal.person) AND own.removed_at IS NULL
                            AND own.role = \(Role.owner))
                """)
            guard !isElsewhere else { throw PeopleError.memberElsewhere }
            let before = try tx.snapshot(Self.linkRow(member.person))
            try keepPasswordLink(secret, for: member.person, tx)
            try record(
                "people.password-link", id, "Made a link with which \(member.name) sets a password",
                changes: try before.changes(in: tx), workspace, principal, tx)
            return (member, secret)
        }
    }

    /// The same for whoever runs the server.
    package func passwordLink(
        for email: String, by principal: Principal = .system("Account")
    ) async throws -> String {
        let known = try await person(email: email)
        let secret = surroundings.newSecret(bytes: 24)
        try await database.write { tx in
            let before = try tx.snapshot(Self.linkRow(known.id))
            try keepPasswordLink(secret, for: known.id, tx)
            try record(
                "people.password-link", known.id,
                "Made a link with which \(known.name) sets a password",
                changes: try before.changes(in: tx), by: principal, tx)
        }
        return secret
    }

    /// A link for the record of changes.
    private static func linkRow(_ person: PersonID) -> SQL {
        "SELECT secret_hash, expires_at FROM password_link WHERE person_id = \(person)"
    }

    private func keepPasswordLink(
        _ secret: String, for person: PersonID, _ tx: borrowing Transaction
    ) throws {
        let end = surroundings.now() + Self.passwordLinkLife
        try tx.execute(
            """
            INSERT INTO password_link (person_id, secret_hash, expires_at)
            VALUES (\(person), \(Digest.of(secret)), \(end))
            ON CONFLICT (person_id) DO UPDATE SET secret_hash = excluded.secret_hash,
                expires_at = excluded.expires_at
            """)
    }

    /// Whose password a link sets.
    package func passwordLinkOwner(_ secret: String) async throws -> Person {
        try await database.read { tx in try passwordLinkOwner(secret, tx) }
    }

    private func passwordLinkOwner(
        _ secret: String, _ tx: borrowing Transaction
    ) throws -> Person {
        let found = try tx.first(
            Person.self,
            """
            SELECT person.* FROM password_link JOIN person ON person.id = password_link.person_id
            WHERE password_link.secret_hash = \(Digest.of(secret))
                AND password_link.expires_at > \(surroundings.now())
            """)
        guard let found else { throw PeopleError.passwordLinkSpent }
        return found
    }

    /// Sets a password with a link, once; every browser is signed out.
    ///
    /// It opens no session: signing in afterwards asks for the second factor as always.
    package func setPassword(
        link secret: String, to password: String, from: String? = nil
    ) async throws -> Person {
        let known = try await passwordLinkOwner(secret)
        let hash = try await newHash(
            password, email: known.email, name: known.name, words: try await words(of: known.id))
        return try await database.write { tx in
            let person = try passwordLinkOwner(secret, tx)
            // Nobody is signed in: whoever holds the link acts.
            let holder = Principal(
                kind: .link, person: nil, name: "\(person.name) (password link)", from: from)
            try setHash(
                hash, of: person.id, but: nil, "Set the password with a link", by: holder, tx)
            return person
        }
    }

    /// Signs a person out everywhere, from the command line.
    package func endSessions(
        of email: String, by principal: Principal = .system("Account")
    ) async throws {
        try await endSessions(of: try await person(email: email).id, by: principal)
    }
}
