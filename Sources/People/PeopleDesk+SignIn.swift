package import Kernel
import Store

extension PeopleDesk {
    /// A session that has begun, with the secret for the browser.
    package struct NewSession: Sendable {
        package let person: Person
        package let session: SessionID
        package let secret: String
    }

    /// What came of showing a password.
    package enum SignInAnswer: Sendable {
        case begun(NewSession)
        /// A code is asked for as well; the text goes with it.
        case needsCode(step: String)
    }

    /// How long a code may take after the password.
    package static let stepLife: Duration = .minutes(10)

    /// Signs a person in, or says after the same work that the two do not belong together.
    package func signIn(
        email: String, password: String, address: String, agent: String?, from: String? = nil
    ) async throws -> SignInAnswer {
        let email = email.trimmed.lowercased()
        let keys = throttleKeys(email: email, address: address)
        let known = try await database.read { tx in
            try refuseTooMany(keys, tx)
            return try tx.first(
                "SELECT id, password_hash FROM person WHERE email = \(email)")
        }
        let stored = try known.map { row in try row("password_hash", as: String?.self) } ?? nil
        let isTooLong = password.utf8.count > PasswordRules.longest
        let isRight =
            try await passwords.check(isTooLong ? "" : password, against: stored) && !isTooLong
        guard isRight, let known else {
            try await recordFailure(keys)
            throw PeopleError.wrongSignIn
        }
        let person: PersonID = try known("id")
        let entry = newEntry(address: address, agent: agent, from: from)
        return try await database.write { tx in
            // A wrong guess that finished meanwhile counts against this one too.
            try refuseTooMany(keys, tx)
            try forgive(keys, tx)
            return try enter(person, entry, hasProvedBoth: false, tx)
        }
    }

    /// Finishes a sign-in with a code of the app or a recovery code.
    package func finishSignIn(
        step text: String, code: String, address: String, agent: String?, from: String? = nil
    ) async throws -> NewSession {
        guard let secret = RowSecret(text) else { throw PeopleError.stepSpent }
        let entry = newEntry(address: address, agent: agent, from: from)
        let now = surroundings.now()
        let outcome: Outcome<NewSession> = try await database.write { tx in
            let person = try tx.scalar(
                PersonID.self,
                """
                SELECT person_id FROM sign_in_step WHERE id = \(secret.id)
                    AND secret_hash = \(secret.digest) AND expires_at > \(now)
                """)
            guard let person else { throw PeopleError.stepSpent }
            let keys = throttleKeys(email: "second\n\(person)", address: address)
            try refuseTooMany(keys, tx)
            guard try useCode(code, of: person, tx) else {
                try recordFailure(keys, tx)
                return .wrong
            }
            try forgive(keys, tx)
            try tx.execute("DELETE FROM sign_in_step WHERE person_id = \(person)")
            return .right(try begin(person, entry, hasSecondFactor: true, tx))
        }
        return try outcome.value()
    }

    /// Begins a session for somebody who has no second factor yet: the first person, a newcomer.
    package func begin(
        _ person: PersonID, agent: String?, address: String? = nil, from: String? = nil
    ) async throws -> NewSession {
        let entry = newEntry(address: address, agent: agent, from: from)
        return try await database.write { tx in
            try begin(person, entry, hasSecondFactor: false, tx)
        }
    }

    // MARK: - Entering

    /// What a session or a step towards one is made of, before the transaction that keeps it.
    struct Entry: Sendable {
        let id: String
        let secret: String
        let place: String?
        let agent: String
        /// From where, in the words of the record of changes.
        let from: String
    }

    func newEntry(address: String?, agent: String?, from: String?) -> Entry {
        let id: SessionID = surroundings.newID()
        let browser = BrowserName.summary(agent)
        return Entry(
            id: id.text, secret: surroundings.newSecret(),
            place: address.flatMap { NetworkPlace($0)?.words },
            agent: browser, from: from ?? browser)
    }

    /// Lets a person in who has shown one factor, or both when another server asked for them.
    func enter(
        _ person: PersonID, _ entry: Entry, hasProvedBoth: Bool, _ tx: borrowing Transaction
    ) throws -> SignInAnswer {
        guard try !hasProvedBoth && hasSecondFactor(person, tx) else {
            return .begun(try begin(person, entry, hasSecondFactor: hasProvedBoth, tx))
        }
        let now = surroundings.now()
        try tx.execute(
            "DELETE FROM sign_in_step WHERE expires_at <= \(now) OR person_id = \(person)")
        try tx.execute(
            """
            INSERT INTO sign_in_step (id, person_id, secret_hash, expires_at)
            VALUES (\(entry.id), \(person), \(Digest.of(entry.secret)), \(now + Self.stepLife))
            """)
        return .needsCode(step: "\(entry.id).\(entry.secret)")
    }

    private func begin(
        _ id: PersonID, _ entry: Entry, hasSecondFactor: Bool, _ tx: borrowing Transaction
    ) throws -> NewSession {
        let person = try tx.first(Person.self, "SELECT * FROM person WHERE id = \(id)")
        guard let person, let session = SessionID(entry.id) else { throw PeopleError.noSuchPerson }
        let now = surroundings.now()
        let keys = SessionKeys(digest: Digest.of(entry.secret), at: now)
        try tx.execute(
            """
            INSERT INTO session (id, person_id, secret_hash, rotated_at, confirmed_at, created_at,
                last_seen_at, agent, place, second_factor_at)
            VALUES (\(session), \(id), \(keys.current), \(keys.rotatedAt), \(keys.confirmedAt),
                \(keys.createdAt), \(keys.lastSeenAt), \(entry.agent), \(entry.place),
                \(hasSecondFactor ? now : nil))
            """)
        let over = now - SessionKeys.idle
        try tx.execute(
            "DELETE FROM session WHERE person_id = \(id) AND last_seen_at < \(over)")
        var principal = person.principal
        principal.from = entry.from
        try record(
            "people.signed-in", id,
            hasSecondFactor ? "Signed in with a second factor" : "Signed in", by: principal, tx)
        return NewSession(
            person: person, session: session, secret: "\(session).\(entry.secret)")
    }

    // MARK: - Throttling

    struct ThrottleKey: Sendable {
        let kind: SignInThrottle.Kind
        let key: String
    }

    /// Keyed, because there are so few addresses that a plain digest would tell each.
    func throttleKeys(email: String, address: String) -> [ThrottleKey] {
        // Whoever has an IPv6 network has more addresses than anybody can count.
        let address = NetworkPlace(address)?.subscriber ?? address
        return SignInThrottle.Kind.allCases.map { kind in
            let subject =
                switch kind {
                case .accountAndAddress: "\(email)\n\(address)"
                case .account: email
                case .address: address
                }
            return ThrottleKey(kind: kind, key: imprint("\(kind.rawValue)\n\(subject)"))
        }
    }

    private func throttle(
        _ key: ThrottleKey, _ tx: borrowing Transaction
    ) throws -> SignInThrottle {
        let row = try tx.first(
            "SELECT failures, last_failure_at FROM sign_in_attempt WHERE key = \(key.key)")
        guard let row else { return SignInThrottle(key.kind) }
        return SignInThrottle(
            key.kind, failures: try row("failures"), lastFailureAt: try row("last_failure_at"))
    }

    func refuseTooMany(_ keys: [ThrottleKey], _ tx: borrowing Transaction) throws {
        let now = surroundings.now()
        var longest: Duration?
        for key in keys {
            guard let wait = try throttle(key, tx).wait(at: now) else { continue }
            longest = max(wait, longest ?? .zero)
        }
        if let longest {
            throw PeopleError.slowDown(seconds: Int(longest.inSeconds.rounded(.up)))
        }
    }

    /// Forgets the failures of this account at this address, which somebody has just mended.
    func forgive(_ keys: [ThrottleKey], _ tx: borrowing Transaction) throws {
        let own = keys.filter { $0.kind == .accountAndAddress }.map(\.key)
        try tx.execute("DELETE FROM sign_in_attempt WHERE key IN \(.list(own))")
    }

    func recordFailure(_ keys: [ThrottleKey]) async throws {
        try await database.write { tx in try recordFailure(keys, tx) }
    }

    func recordFailure(_ keys: [ThrottleKey], _ tx: borrowing Transaction) throws {
        let now = surroundings.now()
        for key in keys {
            var throttle = try throttle(key, tx)
            throttle.failed(at: now)
            try tx.execute(
                """
                INSERT INTO sign_in_attempt (key, failures, last_failure_at)
                VALUES (\(key.key), \(throttle.failures), \(throttle.lastFailureAt))
                ON CONFLICT (key) DO UPDATE SET failures = excluded.failures,
                    last_failure_at = excluded.last_failure_at
                """)
        }
        try tx.execute(
            """
            DELETE FROM sign_in_attempt
            WHERE last_failure_at < \(now - SignInThrottle.memory)
            """)
    }
}
