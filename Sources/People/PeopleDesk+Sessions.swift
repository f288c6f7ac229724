package import Kernel
import Store

extension PeopleDesk {
    /// Who is behind a session's secret; nil when it is not (any more) good.
    package func signedIn(secret text: String) async throws -> SignedIn? {
        guard let secret = RowSecret(text), let id = SessionID(secret.id) else { return nil }
        let now = surroundings.now()
        let quick: (SignedIn?, Bool) = try await database.read { tx in
            guard let (person, keys) = try load(id, tx) else { return (nil, true) }
            var decided = keys
            switch decided.presented(secret.digest, at: now, next: "") {
            case .accept: return (SignedIn(person: person, session: id, newSecret: nil), true)
            case .refuse: return (nil, true)
            case .keep, .rotate, .end: return (nil, false)
            }
        }
        if quick.1 { return quick.0 }
        let next = surroundings.newSecret()
        return try await database.write { tx in
            guard let (person, before) = try load(id, tx) else { return nil }
            var keys = before
            let action = keys.presented(secret.digest, at: now, next: Digest.of(next))
            switch action {
            case .refuse: return nil
            case .end:
                try tx.execute("DELETE FROM session WHERE id = \(id)")
                return nil
            case .accept, .keep, .rotate:
                if keys != before { try save(keys, id, tx) }
                return SignedIn(
                    person: person, session: id,
                    newSecret: action == .rotate ? "\(id).\(next)" : nil)
            }
        }
    }

    private func load(
        _ id: SessionID, _ tx: borrowing Transaction
    ) throws -> (Person, SessionKeys)? {
        let row = try tx.first("SELECT * FROM session WHERE id = \(id)")
        guard let row else { return nil }
        let owner: PersonID = try row("person_id")
        let person = try tx.first(Person.self, "SELECT * FROM person WHERE id = \(owner)")
        guard let person else { return nil }
        return (person, try SessionKeys(row: row))
    }

    private func save(
        _ keys: SessionKeys, _ id: SessionID, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE session SET secret_hash = \(keys.current), previous_hash = \(keys.previous),
                rotated_at = \(keys.rotatedAt), confirmed_at = \(keys.confirmedAt),
                last_seen_at = \(keys.lastSeenAt)
            WHERE id = \(id)
            """)
    }

    /// A person's signed-in browsers, the latest first.
    package func sessions(of person: PersonID) async throws -> [Session] {
        let oldest = surroundings.now() - SessionKeys.idle
        return try await database.read { tx in
            try tx.all(
                Session.self,
                """
                SELECT id, created_at, last_seen_at, agent FROM session
                WHERE person_id = \(person) AND last_seen_at > \(oldest)
                ORDER BY last_seen_at DESC, id DESC
                """)
        }
    }

    /// Ends one session of a person.
    package func endSession(
        _ session: SessionID, of person: PersonID, by principal: Principal = .system("Account")
    ) async throws {
        try await database.write { tx in
            let agent = try tx.scalar(
                String.self,
                """
                DELETE FROM session WHERE id = \(session) AND person_id = \(person)
                RETURNING agent
                """)
            guard let agent else { throw PeopleError.noSuchSession }
            try record("people.signed-out", person, "Signed out \(agent)", by: principal, tx)
        }
    }

    /// Ends all sessions of a person, or all but the one given.
    package func endSessions(
        of person: PersonID, but kept: SessionID? = nil,
        by principal: Principal = .system("Account")
    ) async throws {
        try await database.write { tx in
            try endSessions(of: person, but: kept, tx)
            try record(
                "people.signed-out", person,
                kept == nil ? "Signed out everywhere" : "Signed out all other browsers",
                by: principal, tx)
        }
    }

    private func endSessions(
        of person: PersonID, but kept: SessionID?, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            "DELETE FROM session WHERE person_id = \(person) AND id <> \(kept?.text ?? "")")
    }

    // MARK: - One's own account

    /// One person by identifier.
    package func person(_ id: PersonID) async throws -> Person {
        let found = try await database.read { tx in
            try tx.first(Person.self, "SELECT * FROM person WHERE id = \(id)")
        }
        guard let found else { throw PeopleError.noSuchPerson }
        return found
    }

    /// Changes a person's own name.
    package func rename(
        _ person: PersonID, to name: String, by principal: Principal = .system("Account")
    ) async throws -> Person {
        let name = try PersonName.checked(name, field: "name")
        return try await database.write { tx in
            let before = try tx.snapshot(Self.row(person))
            let found = try tx.first(
                Person.self,
                "UPDATE person SET name = \(name) WHERE id = \(person) RETURNING *")
            guard let found else { throw PeopleError.noSuchPerson }
            try record(
                "people.renamed", person, "Changed their name",
                changes: try before.changes(in: tx), by: principal, tx)
            return found
        }
    }

    /// Changes a password by its owner; every other browser is signed out.
    package func changePassword(
        of person: PersonID, from current: String, to password: String, keeping session: SessionID?,
        address: String, by principal: Principal = .system("Account")
    ) async throws {
        let keys = Self.throttleKeys(email: person.text, address: address)
        let row = try await database.read { tx in
            try refuseTooMany(keys, tx)
            return try tx.first("SELECT * FROM person WHERE id = \(person)")
        }
        guard let row else { throw PeopleError.noSuchPerson }
        let known = try Person(row: row)
        let isTooLong = current.utf8.count > PasswordRules.longest
        guard
            try await passwords.check(
                isTooLong ? "" : current, against: try row("password_hash", as: String?.self))
        else {
            try await recordFailure(keys)
            throw PeopleError.wrongPassword
        }
        let hash = try await newHash(password, email: known.email, name: known.name)
        try await database.write { tx in
            let before = try tx.snapshot(Self.row(person))
            try tx.execute(
                "UPDATE person SET password_hash = \(hash) WHERE id = \(person)")
            try endSessions(of: person, but: session, tx)
            try record(
                "people.password-changed", person, "Changed the password",
                changes: try before.changes(in: tx), by: principal, tx)
        }
    }

    /// Sets a password from the command line; all browsers of that person are signed out.
    package func setPassword(
        of email: String, to password: String, by principal: Principal = .system("Account")
    ) async throws {
        let email = try EmailAddress.checked(email)
        let known = try await database.read { tx in
            try tx.first(Person.self, "SELECT * FROM person WHERE email = \(email)")
        }
        guard let known else { throw PeopleError.noSuchPerson }
        let hash = try await newHash(password, email: known.email, name: known.name)
        try await database.write { tx in
            let before = try tx.snapshot(Self.row(known.id))
            try tx.execute(
                "UPDATE person SET password_hash = \(hash) WHERE id = \(known.id)")
            try endSessions(of: known.id, but: nil, tx)
            try record(
                "people.password-changed", known.id, "Set the password of \(known.name)",
                changes: try before.changes(in: tx), by: principal, tx)
        }
    }
}
