import Jobs
package import Kernel
import Store

extension PeopleDesk {
    /// An invitation at the one moment its secret can be read.
    package struct NewInvitation: Sendable {
        package let invitation: Invitation
        /// For the link `/invitations/<secret>`.
        package let secret: String
    }

    /// Offers a place; a second invitation of the same address replaces the first.
    package func invite(
        _ email: String, as role: Role, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> NewInvitation {
        guard role != .guest else { throw PeopleError.guestNeedsScope }
        return try await offer(email, as: role, guest: nil, in: workspace, by: principal)
    }

    func offer(
        _ email: String, as role: Role, guest: GuestPlan?, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> NewInvitation {
        let email = try EmailAddress.checked(email)
        let secret = surroundings.newSecret(bytes: 24)
        let id: InvitationID = surroundings.newID()
        let now = surroundings.now()
        return try await database.write { tx in
            if role == .owner { try requireOwner(principal, in: workspace, tx) }
            let isMember = try tx.exists(
                """
                SELECT 1 FROM member JOIN person ON person.id = member.person_id
                WHERE member.workspace_id = \(workspace) AND member.removed_at IS NULL
                    AND person.email = \(email)
                """)
            guard !isMember else { throw PeopleError.alreadyMember }
            try tx.execute(
                """
                DELETE FROM invitation
                WHERE workspace_id = \(workspace) AND email = \(email)
                """)
            try tx.execute(
                """
                INSERT INTO invitation (id, workspace_id, email, role, secret_hash, invited_by,
                    created_at, expires_at)
                VALUES (\(id), \(workspace), \(email), \(role), \(Digest.of(secret)),
                    \(principal.name), \(now), \(now + Invitation.life))
                """)
            if let guest { try keepOffer(guest, of: id, workspace, tx) }
            let event = try Event(
                "people.invited", workspace: workspace, subject: "workspace:\(workspace)",
                summary: "Invited \(email) as \(guest == nil ? role.rawValue : "a guest")",
                changes: try tx.made(Self.row(id)), by: principal)
            try events.record(event, in: tx)
            let invitation = try tx.first(
                Invitation.self, "\(Invitation.query) WHERE invitation.id = \(id)")
            guard let invitation else { throw StoreError.noRow }
            return NewInvitation(invitation: invitation, secret: secret)
        }
    }

    /// Invitations that were not answered yet, the latest first.
    package func invitations(in workspace: WorkspaceID) async throws -> [Invitation] {
        try await database.read { tx in
            try tx.all(
                Invitation.self,
                """
                \(Invitation.query) WHERE invitation.workspace_id = \(workspace)
                ORDER BY invitation.id DESC
                """)
        }
    }

    /// Takes an invitation back.
    package func withdraw(
        _ id: InvitationID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let row = try tx.snapshot(Self.row(id))
            let email = try tx.scalar(
                String.self,
                """
                DELETE FROM invitation WHERE id = \(id) AND workspace_id = \(workspace)
                RETURNING email
                """)
            guard let email else { throw Problem.notFound("invitation") }
            let event = try Event(
                "people.invitation-withdrawn", workspace: workspace,
                subject: "workspace:\(workspace)", summary: "Withdrew the invitation of \(email)",
                changes: try row.changes(in: tx), by: principal)
            try events.record(event, in: tx)
        }
    }

    private static func row(_ id: InvitationID) -> SQL {
        "SELECT email, role, expires_at, secret_hash FROM invitation WHERE id = \(id)"
    }

    /// The invitation behind a link, and whether its address has an account already.
    package func invitation(
        secret: String
    ) async throws -> (invitation: Invitation, hasAccount: Bool) {
        try await database.read { tx in
            let invitation = try open(secret, tx)
            let hasAccount = try tx.exists(
                """
                SELECT 1 FROM person WHERE email = \(invitation.email)
                    AND (password_hash IS NOT NULL OR \(Self.comesFromElsewhere))
                """)
            return (invitation, hasAccount)
        }
    }

    /// Whether the person of a query signs in at another server.
    private static let comesFromElsewhere: SQL = """
        EXISTS (SELECT 1 FROM open_identity WHERE open_identity.person_id = person.id)
        """

    private func open(_ secret: String, _ tx: borrowing Transaction) throws -> Invitation {
        let found = try tx.first(
            Invitation.self,
            """
            \(Invitation.query) WHERE invitation.secret_hash = \(Digest.of(secret))
                AND invitation.expires_at > \(surroundings.now())
            """)
        guard let found else { throw PeopleError.invitationSpent }
        return found
    }

    /// Accepts an invitation as somebody new, who becomes a person with this password.
    package func accept(
        _ secret: String, name: String, password: String, from: String? = nil
    ) async throws -> (person: Person, workspace: Workspace) {
        let (invitation, _) = try await invitation(secret: secret)
        let name = try PersonName.checked(name, field: "name")
        let hash = try await newHash(
            password, email: invitation.email, name: name, words: [invitation.workspaceName])
        let id: PersonID = surroundings.newID()
        return try await database.write { tx in
            let invitation = try open(secret, tx)
            let known = try tx.first(
                """
                SELECT id, password_hash, \(Self.comesFromElsewhere) AS comes_from_elsewhere
                FROM person WHERE email = \(invitation.email)
                """)
            let person: Person
            if let known {
                // An invitation is no way around the sign-in that somebody has already.
                guard try known("password_hash", as: String?.self) == nil,
                    try !known("comes_from_elsewhere", as: Bool.self)
                else { throw PeopleError.emailTaken }
                let existing: PersonID = try known("id")
                let row = try tx.first(
                    Person.self,
                    """
                    UPDATE person SET name = \(name), password_hash = \(hash)
                    WHERE id = \(existing) RETURNING *
                    """)
                guard let row else { throw StoreError.noRow }
                person = row
            } else {
                person = try insertPerson(
                    id, email: invitation.email, name: name, hash: hash, tx)
            }
            return (person, try settle(invitation, person, from: from, tx))
        }
    }

    /// Accepts an invitation as somebody who is signed in with the invited address.
    package func accept(
        _ secret: String, as person: PersonID, from: String? = nil
    ) async throws -> Workspace {
        try await database.write { tx in
            let invitation = try open(secret, tx)
            let known = try tx.first(Person.self, "SELECT * FROM person WHERE id = \(person)")
            guard let known, known.email == invitation.email else {
                throw PeopleError.invitedToAnother
            }
            return try settle(invitation, known, from: from, tx)
        }
    }

    func settle(
        _ invitation: Invitation, _ person: Person, from: String?, _ tx: borrowing Transaction
    ) throws -> Workspace {
        var principal = person.principal
        principal.from = from
        let isMember = try tx.exists(
            """
            SELECT 1 FROM member WHERE workspace_id = \(invitation.workspace)
                AND person_id = \(person.id) AND removed_at IS NULL
            """)
        guard !isMember else { throw PeopleError.alreadyMember }
        let member = try join(person.id, invitation.workspace, as: invitation.stored, tx)
        let guest = try offer(of: invitation.id, tx)
        if let guest { try admit(member, guest, invitation.workspace, tx) }
        try tx.execute("DELETE FROM invitation WHERE id = \(invitation.id)")
        try record(
            "people.joined", member, "\(person.name) joined as \(invitation.role.rawValue)",
            changes: try tx.made(Self.row(member)), invitation.workspace, principal, tx)
        return try workspace(invitation.workspace, tx)
    }
}
