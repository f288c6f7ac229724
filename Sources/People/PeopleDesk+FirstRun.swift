package import Kernel
import Store

extension PeopleDesk {
    private static let ownerLinkLife: Duration = .days(2)

    /// Whether anybody can sign in yet.
    package func hasAnybody() async throws -> Bool {
        try await database.read { tx in
            try tx.exists("SELECT 1 FROM person WHERE password_hash IS NOT NULL LIMIT 1")
        }
    }

    /// A fresh secret for the one-time link that makes the owner; nil once somebody can sign in.
    ///
    /// Only its digest is kept, so each start makes a new link and voids the one before.
    package func ownerLink() async throws -> String? {
        let secret = surroundings.newSecret(bytes: 24)
        let now = surroundings.now()
        return try await database.write { tx in
            guard
                try !tx.exists("SELECT 1 FROM person WHERE password_hash IS NOT NULL LIMIT 1")
            else {
                try tx.execute("DELETE FROM owner_link")
                return nil
            }
            try tx.execute(
                """
                INSERT INTO owner_link (one, secret_hash, created_at, expires_at)
                VALUES (1, \(Digest.of(secret)), \(now), \(now + Self.ownerLinkLife))
                ON CONFLICT (one) DO UPDATE SET secret_hash = excluded.secret_hash,
                    created_at = excluded.created_at, expires_at = excluded.expires_at
                """)
            return secret
        }
    }

    /// Throws when the owner link is spent or has run out.
    package func checkOwnerLink(_ secret: String) async throws {
        try await database.read { tx in try requireOwnerLink(secret, tx) }
    }

    private func requireOwnerLink(_ secret: String, _ tx: borrowing Transaction) throws {
        let isGood = try tx.exists(
            """
            SELECT 1 FROM owner_link
            WHERE secret_hash = \(Digest.of(secret)) AND expires_at > \(surroundings.now())
            """)
        let isNeeded =
            try !tx.exists("SELECT 1 FROM person WHERE password_hash IS NOT NULL LIMIT 1")
        guard isGood && isNeeded else { throw PeopleError.ownerLinkSpent }
    }

    /// Makes the first person with the one-time link, and owner of the demo workspaces there are.
    package func createOwner(
        link secret: String, name: String, email: String, password: String, from: String? = nil
    ) async throws -> Person {
        try await checkOwnerLink(secret)
        let name = try PersonName.checked(name, field: "name")
        let email = try EmailAddress.checked(email)
        let hash = try await newHash(password, email: email, name: name)
        let id: PersonID = surroundings.newID()
        return try await database.write { tx in
            try requireOwnerLink(secret, tx)
            let person = try insertPerson(id, email: email, name: name, hash: hash, tx)
            try tx.execute("DELETE FROM owner_link")
            for row in try tx.rows("SELECT id FROM workspace WHERE is_demo") {
                try join(id, try row("id"), as: .owner, tx)
            }
            var principal = person.principal
            principal.from = from
            try record(
                "people.added", id, "\(person.name) became the first owner",
                changes: try tx.made(Self.row(id)), by: principal, tx)
            return person
        }
    }

    /// Whether a person owns the installation: its oldest workspace, which a demo never is
    /// beside a real one.
    package func ownsInstallation(_ person: PersonID) async throws -> Bool {
        try await database.read { tx in
            guard let first = try Self.firstWorkspaces(tx).first else { return false }
            return try Self.owns(first.id, person, tx)
        }
    }

    /// Whether the owners of a workspace own the installation.
    package func isInstallation(_ workspace: WorkspaceID) async throws -> Bool {
        try await database.read { tx in
            try Self.firstWorkspaces(tx).first?.id == workspace
        }
    }

    /// Refuses to delete the first workspace when the installation would fall to somebody else.
    func keepInstallation(
        without workspace: WorkspaceID, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let first = try Self.firstWorkspaces(tx)
        guard first.count == 2, first[0].id == workspace, !first[1].isDemo,
            let person = principal.person
        else { return }
        guard try Self.owns(first[1].id, person, tx) else {
            throw PeopleError.installationWouldPass(to: first[1].name)
        }
    }

    /// The oldest workspace, and the one that would take its place.
    private static func firstWorkspaces(_ tx: borrowing Transaction) throws -> [Workspace] {
        try tx.all(Workspace.self, "SELECT * FROM workspace ORDER BY is_demo, id LIMIT 2")
    }

    private static func owns(
        _ workspace: WorkspaceID, _ person: PersonID, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM member WHERE workspace_id = \(workspace) AND person_id = \(person)
                AND removed_at IS NULL AND role = \(Role.owner)
            """)
    }
}
