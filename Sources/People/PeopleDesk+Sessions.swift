package import Kernel
import Store

extension PeopleDesk {
    /// Who is behind a session's secret; nil when it is not (any more) good.
    ///
    /// `address` is where the browser is; only its network is kept.
    package func signedIn(secret text: String, address: String? = nil) async throws -> SignedIn? {
        guard let secret = RowSecret(text), let id = SessionID(secret.id) else { return nil }
        let now = surroundings.now()
        let quick: (signedIn: SignedIn?, isFinal: Bool) = try await database.read { tx in
            guard let known = try load(id, tx) else { return (nil, true) }
            var decided = known.keys
            switch decided.presented(secret.digest, at: now, next: "") {
            case .accept: return (known.signedIn(newSecret: nil), true)
            case .refuse: return (nil, true)
            case .keep, .rotate: return (known.signedIn(newSecret: nil), false)
            case .end: return (nil, false)
            }
        }
        if quick.isFinal { return quick.signedIn }
        do {
            return try await renewed(id, secret, address, at: now)
        } catch StoreError.storage {
            // Whoever was let in may go on reading while the disk takes nothing.
            return quick.signedIn
        }
    }

    private func renewed(
        _ id: SessionID, _ secret: RowSecret, _ address: String?, at now: Instant
    ) async throws -> SignedIn? {
        let next = surroundings.newSecret()
        return try await database.write { tx in
            guard let known = try load(id, tx) else { return nil }
            var keys = known.keys
            let action = keys.presented(secret.digest, at: now, next: Digest.of(next))
            switch action {
            case .refuse: return nil
            case .end:
                try tx.execute("DELETE FROM session WHERE id = \(id)")
                return nil
            case .accept, .keep, .rotate:
                if keys != known.keys { try save(keys, id, address, tx) }
                return known.signedIn(newSecret: action == .rotate ? "\(id).\(next)" : nil)
            }
        }
    }

    /// A session's row with its person.
    private struct Known {
        let id: SessionID
        let person: Person
        let keys: SessionKeys
        let hasSecondFactor: Bool

        func signedIn(newSecret: String?) -> SignedIn {
            SignedIn(
                person: person, session: id, hasSecondFactor: hasSecondFactor,
                newSecret: newSecret)
        }
    }

    private func load(_ id: SessionID, _ tx: borrowing Transaction) throws -> Known? {
        let row = try tx.first("SELECT * FROM session WHERE id = \(id)")
        guard let row else { return nil }
        let owner: PersonID = try row("person_id")
        let person = try tx.first(Person.self, "SELECT * FROM person WHERE id = \(owner)")
        guard let person else { return nil }
        return Known(
            id: id, person: person, keys: try SessionKeys(row: row),
            hasSecondFactor: try row("second_factor_at", as: Instant?.self) != nil)
    }

    private func save(
        _ keys: SessionKeys, _ id: SessionID, _ address: String?, _ tx: borrowing Transaction
    ) throws {
        let place = address.flatMap { NetworkPlace($0)?.words }
        try tx.execute(
            """
            UPDATE session SET secret_hash = \(keys.current), previous_hash = \(keys.previous),
                rotated_at = \(keys.rotatedAt), confirmed_at = \(keys.confirmedAt),
                last_seen_at = \(keys.lastSeenAt), place = COALESCE(\(place), place)
            WHERE id = \(id)
            """)
    }

    /// Gives a session that goes on after a change of its person's ways in a secret of its own.
    ///
    /// Answers with that secret; nil when a program without a session made the change.
    func renew(
        _ session: SessionID?, of person: PersonID, _ secret: String,
        hasSecondFactor: Bool? = nil, _ tx: borrowing Transaction
    ) throws -> String? {
        guard let session else { return nil }
        let now = surroundings.now()
        let count = try tx.execute(
            """
            UPDATE session SET secret_hash = \(Digest.of(secret)), previous_hash = NULL,
                rotated_at = \(now), confirmed_at = \(now), last_seen_at = \(now)
            WHERE id = \(session) AND person_id = \(person)
            """)
        guard count == 1 else { return nil }
        if let hasSecondFactor {
            try tx.execute(
                """
                UPDATE session SET second_factor_at = \(hasSecondFactor ? now : nil)
                WHERE id = \(session)
                """)
        }
        return "\(session).\(secret)"
    }

    /// A person's signed-in browsers, the latest first.
    package func sessions(of person: PersonID) async throws -> [Session] {
        let oldest = surroundings.now() - SessionKeys.idle
        return try await database.read { tx in
            try tx.all(
                Session.self,
                """
                SELECT id, created_at, last_seen_at, agent, place, second_factor_at FROM session
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

    /// Ends sessions of a person who shows again that it is them.
    ///
    /// Whoever found an open browser, or copied its cookie, cannot lock its person out with it.
    ///
    /// Nor by guessing: when too many wrong passwords were typed, having signed in moments ago stands for
    /// the right one.
    package func endSessions(
        _ which: SessionChoice, _ proof: PersonProof,
        by principal: Principal = .system("Account")
    ) async throws {
        let person = proof.person
        do {
            _ = try await check(proof)
        } catch let error as PeopleError {
            guard case .slowDown = error else { throw error }
            do {
                try await requireYoungSession(proof.session, of: person)
            } catch PeopleError.signInAgain {
                throw error
            }
        }
        switch which {
        case .one(let session): try await endSession(session, of: person, by: principal)
        case .others: try await endSessions(of: person, but: proof.session, by: principal)
        case .all: try await endSessions(of: person, by: principal)
        }
    }

    func endSessions(
        of person: PersonID, but kept: SessionID?, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            "DELETE FROM session WHERE person_id = \(person) AND id <> \(kept?.text ?? "")")
    }

    // MARK: - One's own account

    /// One person by identifier.
    package func person(_ id: PersonID) async throws -> Person {
        try await database.read { tx in try person(id, tx) }
    }

    func person(_ id: PersonID, _ tx: borrowing Transaction) throws -> Person {
        let found = try tx.first(Person.self, "SELECT * FROM person WHERE id = \(id)")
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
    ///
    /// Answers with the secret that the browser which asked must keep from now on.
    package func changePassword(
        _ proof: PersonProof, to password: String, by principal: Principal = .system("Account")
    ) async throws -> String? {
        let known = try await check(proof)
        let hash = try await newHash(
            password, email: known.email, name: known.name, words: try await words(of: known.id))
        let next = surroundings.newSecret()
        return try await database.write { tx in
            try setHash(
                hash, of: known.id, but: proof.session, "Changed the password", by: principal, tx)
            return try renew(proof.session, of: known.id, next, tx)
        }
    }

    /// Throws unless the person who is signed in has just shown again that it is them.
    ///
    /// Who signs in elsewhere has no password here; a young session stands for it.
    func check(_ proof: PersonProof) async throws -> Person {
        let keys = throttleKeys(email: proof.person.text, address: proof.address)
        let row = try await database.read { tx in
            try refuseTooMany(keys, tx)
            return try tx.first("SELECT * FROM person WHERE id = \(proof.person)")
        }
        guard let row else { throw PeopleError.noSuchPerson }
        let known = try Person(row: row)
        guard let stored = try row("password_hash", as: String?.self) else {
            try await requireYoungSession(proof.session, of: known.id)
            return known
        }
        let password = proof.password ?? ""
        let isTooLong = password.utf8.count > PasswordRules.longest
        guard
            try await passwords.check(isTooLong ? "" : password, against: stored), !isTooLong
        else {
            try await recordFailure(keys)
            throw PeopleError.wrongPassword
        }
        try await database.write { tx in try forgive(keys, tx) }
        return known
    }

    /// Throws unless the session began so lately that it stands for showing a password again.
    package func requireYoungSession(_ session: SessionID?, of person: PersonID) async throws {
        let youngest = surroundings.now() - PersonProof.freshness
        let isYoung = try await database.read { tx in
            try tx.exists(
                """
                SELECT 1 FROM session WHERE id = \(session?.text ?? "")
                    AND person_id = \(person) AND created_at > \(youngest)
                """)
        }
        guard isYoung else { throw PeopleError.signInAgain }
    }

    /// Names of the workspaces of a person, which make no password.
    func words(of person: PersonID) async throws -> [String] {
        try await database.read { tx in
            try tx.rows(
                """
                SELECT workspace.name FROM member
                JOIN workspace ON workspace.id = member.workspace_id
                WHERE member.person_id = \(person) AND member.removed_at IS NULL
                """
            ).map { try $0("name") }
        }
    }

    /// Keeps a new password, ends what the old one opened and voids links that set one.
    func setHash(
        _ hash: String, of person: PersonID, but session: SessionID?, _ summary: String,
        by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let before = try tx.snapshot(Self.row(person))
        try tx.execute("UPDATE person SET password_hash = \(hash) WHERE id = \(person)")
        try tx.execute("DELETE FROM password_link WHERE person_id = \(person)")
        try tx.execute("DELETE FROM sign_in_step WHERE person_id = \(person)")
        try endSessions(of: person, but: session, tx)
        try record(
            "people.password-changed", person, summary, changes: try before.changes(in: tx),
            by: principal, tx)
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
        let hash = try await newHash(
            password, email: known.email, name: known.name, words: try await words(of: known.id))
        try await database.write { tx in
            try setHash(
                hash, of: known.id, but: nil, "Set the password of \(known.name)", by: principal,
                tx)
        }
    }
}
