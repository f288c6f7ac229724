package import Kernel
import Store

extension PeopleDesk {
    /// A session that has begun, with the secret for the browser.
    package struct NewSession: Sendable {
        package let person: Person
        package let session: SessionID
        package let secret: String
    }

    /// Signs a person in, or says after the same work that the two do not belong together.
    package func signIn(
        email: String, password: String, address: String, agent: String?, from: String? = nil
    ) async throws -> NewSession {
        let email = email.trimmed.lowercased()
        let keys = Self.throttleKeys(email: email, address: address)
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
        return try await database.write { tx in
            // A wrong guess that finished meanwhile counts against this one too.
            try refuseTooMany(keys, tx)
            let own = keys.filter { $0.kind == .accountAndAddress }.map(\.key)
            try tx.execute("DELETE FROM sign_in_attempt WHERE key IN \(.list(own))")
            return try begin(person, agent: agent, from: from, tx)
        }
    }

    /// Begins a session for a person who has proved who they are.
    package func begin(
        _ person: PersonID, agent: String?, from: String? = nil
    ) async throws -> NewSession {
        try await database.write { tx in try begin(person, agent: agent, from: from, tx) }
    }

    private func begin(
        _ id: PersonID, agent: String?, from: String?, _ tx: borrowing Transaction
    ) throws -> NewSession {
        let person = try tx.first(Person.self, "SELECT * FROM person WHERE id = \(id)")
        guard let person else { throw PeopleError.noSuchPerson }
        let session: SessionID = surroundings.newID()
        let secret = surroundings.newSecret()
        let keys = SessionKeys(digest: Digest.of(secret), at: surroundings.now())
        try tx.execute(
            """
            INSERT INTO session (id, person_id, secret_hash, rotated_at, confirmed_at, created_at,
                last_seen_at, agent)
            VALUES (\(session), \(id), \(keys.current), \(keys.rotatedAt), \(keys.confirmedAt),
                \(keys.createdAt), \(keys.lastSeenAt), \(BrowserName.summary(agent)))
            """)
        let over = surroundings.now() - SessionKeys.idle
        try tx.execute(
            "DELETE FROM session WHERE person_id = \(id) AND last_seen_at < \(over)")
        var principal = person.principal
        principal.from = from ?? BrowserName.summary(agent)
        try record("people.signed-in", id, "Signed in", by: principal, tx)
        return NewSession(person: person, session: session, secret: "\(session).\(secret)")
    }

    // MARK: - Throttling

    struct ThrottleKey: Sendable {
        let kind: SignInThrottle.Kind
        let key: String
    }

    static func throttleKeys(email: String, address: String) -> [ThrottleKey] {
        SignInThrottle.Kind.allCases.map { kind in
            let subject =
                switch kind {
                case .accountAndAddress: "\(email)\n\(address)"
                case .account: email
                case .address: address
                }
            return ThrottleKey(kind: kind, key: Digest.of("\(kind.rawValue)\n\(subject)"))
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

    func recordFailure(_ keys: [ThrottleKey]) async throws {
        try await database.write { tx in
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
}
