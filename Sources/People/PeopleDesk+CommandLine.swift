package import Kernel
import Store

extension PeopleDesk {
    /// A person with the workspaces they belong to, for the command line.
    package struct Listed: Sendable {
        package let person: Person
        package let canSignIn: Bool
        package let places: [Place]
    }

    /// Everybody, by e-mail address.
    package func people() async throws -> [Listed] {
        try await database.read { tx in
            try tx.rows("SELECT * FROM person ORDER BY email").map { row in
                let person = try Person(row: row)
                return Listed(
                    person: person,
                    canSignIn: try row("password_hash", as: String?.self) != nil,
                    places: try tx.all(
                        Place.self, "\(Place.query) AND member.person_id = \(person.id)"))
            }
        }
    }

    /// The person with this e-mail address.
    package func person(email: String) async throws -> Person {
        let email = try EmailAddress.checked(email)
        let found = try await database.read { tx in
            try tx.first(Person.self, "SELECT * FROM person WHERE email = \(email)")
        }
        guard let found else { throw PeopleError.noSuchPerson }
        return found
    }

    /// The workspace with this slug or identifier.
    package func workspace(named name: String) async throws -> Workspace {
        let found = try await database.read { tx in
            try tx.first(
                Workspace.self,
                "SELECT * FROM workspace WHERE slug = \(name) OR id = \(name)")
        }
        guard let found else { throw PeopleError.noSuchWorkspace }
        return found
    }

    /// Adds a person without an invitation; without a password they cannot sign in yet.
    package func addPerson(
        name: String, email: String, password: String?,
        by principal: Principal = .system("Set-up")
    ) async throws -> Person {
        let name = try PersonName.checked(name, field: "name")
        let email = try EmailAddress.checked(email)
        var hash: String?
        if let password { hash = try await newHash(password, email: email, name: name) }
        let id: PersonID = surroundings.newID()
        let stored = hash
        return try await database.write { tx in
            let person = try insertPerson(id, email: email, name: name, hash: stored, tx)
            try record(
                "people.added", person.id, "Added \(person.name)",
                changes: try tx.made(Self.row(person.id)), by: principal, tx)
            return person
        }
    }

    /// Makes a person a member without an invitation.
    package func addMember(
        _ person: PersonID, as role: Role, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> Member {
        guard role != .guest else { throw PeopleError.guestNeedsScope }
        return try await database.write { tx in
            let isMember = try tx.exists(
                """
                SELECT 1 FROM member WHERE workspace_id = \(workspace)
                    AND person_id = \(person) AND removed_at IS NULL
                """)
            guard !isMember else { throw PeopleError.alreadyMember }
            let id = try join(person, workspace, as: role, tx)
            let added = try member(id, workspace, tx)
            try record(
                "people.joined", id, "\(added.name) joined as \(role.rawValue)",
                changes: try tx.made(Self.row(id)), workspace, principal, tx)
            return added
        }
    }
}
