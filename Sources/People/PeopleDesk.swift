package import Jobs
package import Kernel
package import Store

/// Decides who may come in, and keeps workspaces and their members.
package struct PeopleDesk: Sendable {
    let database: Database
    let events: EventLog
    let surroundings: Surroundings
    let passwords: Passwords
    private let box: SecretBox?
    /// Where people may sign in instead of here; nil without such a server.
    package let door: OpenIDDoor?
    private let known: KnownPasswords
    let rigour: SignInRigour

    /// A desk over one database; without a `box` it cannot read or keep second factors.
    package init(
        database: Database, events: EventLog, surroundings: Surroundings, passwords: Passwords,
        box: SecretBox? = nil, known: KnownPasswords = .none, door: OpenIDDoor? = nil,
        rigour: SignInRigour = .usual
    ) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
        self.passwords = passwords
        self.box = box
        self.known = known
        self.door = door
        self.rigour = rigour
    }

    // MARK: - What several parts need

    /// What seals secrets that must be read again, such as those of second factors.
    var secretBox: SecretBox {
        get throws(SecretBox.Failure) {
            guard let box else { throw .key("this part of the program has none.") }
            return box
        }
    }

    /// A digest under which something is counted and cannot be read.
    func imprint(_ text: String) -> String { box?.imprint(text) ?? Digest.of(text) }

    /// Refuses a password that guessers try first; otherwise its hash.
    ///
    /// `words` are names of workspaces, which a guesser who aims at this person tries too.
    func newHash(
        _ password: String, email: String, name: String, words: [String] = []
    ) async throws -> String {
        let fault = PasswordRules.fault(
            in: password, email: email, name: name, words: words, known: known)
        if let fault { throw PeopleError.password(fault) }
        return try await passwords.hash(password)
    }

    func insertPerson(
        _ id: PersonID, email: String, name: String, hash: String?, _ tx: borrowing Transaction
    ) throws -> Person {
        guard try !tx.exists("SELECT 1 FROM person WHERE email = \(email)") else {
            throw PeopleError.emailTaken
        }
        let person = try tx.first(
            Person.self,
            """
            INSERT INTO person (id, email, name, password_hash, created_at)
            VALUES (\(id), \(email), \(name), \(hash), \(surroundings.now())) RETURNING *
            """)
        guard let person else { throw StoreError.noRow }
        return person
    }

    /// Makes a person a member, or brings a member back who had left.
    @discardableResult
    func join(
        _ person: PersonID, _ workspace: WorkspaceID, as role: Role, _ tx: borrowing Transaction
    ) throws -> MemberID {
        let id: MemberID = surroundings.newID()
        let row = try tx.first(
            """
            INSERT INTO member (id, workspace_id, person_id, role, created_at)
            VALUES (\(id), \(workspace), \(person), \(role), \(surroundings.now()))
            ON CONFLICT (workspace_id, person_id)
                DO UPDATE SET role = excluded.role, removed_at = NULL
            RETURNING id
            """)
        guard let row else { throw StoreError.noRow }
        let joined: MemberID = try row("id")
        // Whoever joins as a full member is a guest no longer.
        try tx.execute("DELETE FROM guest_pass WHERE member_id = \(joined)")
        return joined
    }

    func member(
        _ id: MemberID, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Member {
        let member = try tx.first(
            Member.self,
            """
            SELECT \(Member.columns) FROM member JOIN person ON person.id = member.person_id
            WHERE member.id = \(id) AND member.workspace_id = \(workspace)
                AND member.removed_at IS NULL
            """)
        guard let member else { throw PeopleError.noSuchMember }
        return member
    }

    func workspace(_ id: WorkspaceID, _ tx: borrowing Transaction) throws -> Workspace {
        let found = try tx.first(Workspace.self, "SELECT * FROM workspace WHERE id = \(id)")
        guard let found else { throw PeopleError.noSuchWorkspace }
        return found
    }

    /// A person's row for the record of changes.
    static func row(_ id: PersonID) -> SQL { "SELECT * FROM person WHERE id = \(id)" }

    /// Records something about an account; it belongs to no workspace.
    func record(
        _ name: String, _ person: PersonID, _ summary: String, changes: [Change] = [],
        by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let event = try Event(
            name, workspace: .installation, subject: "person:\(person)", summary: summary,
            changes: changes, by: principal)
        try events.record(event, in: tx)
    }

    /// Throws unless an owner acts; the command line belongs to whoever runs the server.
    func requireOwner(
        _ principal: Principal, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        guard principal.kind != .commandLine && principal.kind != .system else { return }
        let isOwner = try tx.exists(
            """
            SELECT 1 FROM member WHERE workspace_id = \(workspace) AND removed_at IS NULL
                AND role = \(Role.owner) AND person_id = \(principal.person)
            """)
        guard isOwner else { throw PeopleError.ownersOnly }
    }
}
