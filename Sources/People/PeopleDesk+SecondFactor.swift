package import Kernel
import Store

extension PeopleDesk {
    /// How a person's second factor stands.
    package func secondFactor(of person: PersonID) async throws -> SecondFactor {
        try await database.read { tx in
            let since = try tx.first(
                """
                SELECT confirmed_at FROM second_factor
                WHERE person_id = \(person) AND confirmed_at IS NOT NULL
                """)
            let left = try tx.scalar(
                Int.self,
                """
                SELECT COUNT(*) FROM recovery_code
                WHERE person_id = \(person) AND used_at IS NULL
                """)
            return SecondFactor(
                since: try since.map { try $0("confirmed_at") },
                recoveryCodesLeft: since == nil ? 0 : left ?? 0,
                hasPassword: try tx.exists(
                    "SELECT 1 FROM person WHERE id = \(person) AND password_hash IS NOT NULL"))
        }
    }

    /// Makes a new secret for an app; it counts once a code of it was shown.
    package func startSecondFactor(
        _ proof: PersonProof, by principal: Principal = .system("Account")
    ) async throws -> Enrolment {
        let person = try await check(proof)
        let secret = surroundings.randomBytes(OneTimeCode.secretBytes)
        let sealed = try secretBox.seal(.init(secret), for: Self.place(person.id))
        let now = surroundings.now()
        try await database.write { tx in
            guard try !hasSecondFactor(person.id, tx) else { throw PeopleError.secondFactorOn }
            let before = try tx.snapshot(Self.factorRow(person.id))
            try tx.execute(
                """
                INSERT INTO second_factor (person_id, sealed, created_at)
                VALUES (\(person.id), \(sealed), \(now))
                ON CONFLICT (person_id) DO UPDATE SET sealed = excluded.sealed,
                    created_at = excluded.created_at, last_step = NULL
                """)
            try record(
                "people.second-factor-started", person.id, "Made a key for a second factor",
                changes: try before.changes(in: tx), by: principal, tx)
        }
        return Enrolment(
            secret: Base32.grouped(Base32.text(secret), " "),
            address: OneTimeCode.address(secret, account: person.email))
    }

    /// The recovery codes of a new second factor, and the session that goes on.
    package struct Secured: Sendable {
        package let recoveryCodes: [String]
        /// The secret that the browser must keep from now on; nil for programs.
        package let secret: String?
    }

    /// Turns the second factor on with a first code; every other browser is signed out.
    package func confirmSecondFactor(
        of person: PersonID, code: String, session: SessionID?, address: String,
        by principal: Principal = .system("Account")
    ) async throws -> Secured {
        let codes = newRecoveryCodes()
        let next = surroundings.newSecret()
        let now = surroundings.now()
        let keys = throttleKeys(email: "second\n\(person)", address: address)
        let outcome: Outcome<String?> = try await database.write { tx in
            try refuseTooMany(keys, tx)
            let row = try tx.first(
                "SELECT confirmed_at FROM second_factor WHERE person_id = \(person)")
            guard let row else { throw PeopleError.secondFactorOff }
            guard try row("confirmed_at", as: Instant?.self) == nil else {
                throw PeopleError.secondFactorOn
            }
            guard try useAppCode(code, of: person, tx) else {
                try recordFailure(keys, tx)
                return .wrong
            }
            let before = try factor(of: person, tx)
            try tx.execute(
                "UPDATE second_factor SET confirmed_at = \(now) WHERE person_id = \(person)")
            try keep(codes, of: person, tx)
            try endSessions(of: person, but: session, tx)
            try record(
                "people.second-factor-on", person, "Turned the second factor on",
                changes: try before.changes(in: tx), by: principal, tx)
            return .right(try renew(session, of: person, next, hasSecondFactor: true, tx))
        }
        return Secured(recoveryCodes: codes, secret: try outcome.value())
    }

    /// Makes ten new recovery codes against a code of the app; the old ones stop working.
    package func renewRecoveryCodes(
        of person: PersonID, code: String, address: String,
        by principal: Principal = .system("Account")
    ) async throws -> [String] {
        let codes = newRecoveryCodes()
        let keys = throttleKeys(email: "second\n\(person)", address: address)
        let outcome: Outcome<[String]> = try await database.write { tx in
            try refuseTooMany(keys, tx)
            guard try hasSecondFactor(person, tx) else { throw PeopleError.secondFactorOff }
            guard try useAppCode(code, of: person, tx) else {
                try recordFailure(keys, tx)
                return .wrong
            }
            let before = try factor(of: person, tx)
            try keep(codes, of: person, tx)
            try record(
                "people.recovery-codes-renewed", person, "Made new recovery codes",
                changes: try before.changes(in: tx), by: principal, tx)
            return .right(codes)
        }
        return try outcome.value()
    }

    /// Turns the second factor off; every other browser is signed out.
    ///
    /// Answers with the secret that the browser which asked must keep from now on.
    package func removeSecondFactor(
        _ proof: PersonProof, code: String, by principal: Principal = .system("Account")
    ) async throws -> String? {
        let person = try await check(proof).id
        let next = surroundings.newSecret()
        let keys = throttleKeys(email: "second\n\(person)", address: proof.address)
        let outcome: Outcome<String?> = try await database.write { tx in
            try refuseTooMany(keys, tx)
            guard try hasSecondFactor(person, tx) else { throw PeopleError.secondFactorOff }
            guard try useCode(code, of: person, tx) else {
                try recordFailure(keys, tx)
                return .wrong
            }
            let before = try factor(of: person, tx)
            try tx.execute("DELETE FROM second_factor WHERE person_id = \(person)")
            try endSessions(of: person, but: proof.session, tx)
            try record(
                "people.second-factor-off", person, "Turned the second factor off",
                changes: try before.changes(in: tx), by: principal, tx)
            return .right(
                try renew(proof.session, of: person, next, hasSecondFactor: false, tx))
        }
        return try outcome.value()
    }

    /// Takes a lost second factor away from the command line; all browsers are signed out.
    package func forgetSecondFactor(
        of email: String, by principal: Principal = .system("Account")
    ) async throws {
        let known = try await person(email: email)
        try await database.write { tx in
            let before = try factor(of: known.id, tx)
            let count = try tx.execute(
                "DELETE FROM second_factor WHERE person_id = \(known.id)")
            guard count == 1 else { throw PeopleError.secondFactorOff }
            try endSessions(of: known.id, but: nil, tx)
            try record(
                "people.second-factor-off", known.id,
                "Took the second factor of \(known.name) away",
                changes: try before.changes(in: tx), by: principal, tx)
        }
    }

    private static func factorRow(_ person: PersonID) -> SQL {
        "SELECT sealed, confirmed_at FROM second_factor WHERE person_id = \(person)"
    }

    /// A second factor for the record of changes, which hides secrets by their names.
    private func factor(
        of person: PersonID, _ tx: borrowing Transaction
    ) throws -> Snapshot {
        try tx.snapshot(
            Self.factorRow(person),
            lists: [
                (
                    "recovery_secrets",
                    """
                    SELECT code_hash FROM recovery_code WHERE person_id = \(person)
                    ORDER BY code_hash
                    """
                )
            ])
    }

    // MARK: - Codes

    /// What came of a code inside a transaction that keeps its failure.
    enum Outcome<Value: Sendable>: Sendable {
        case right(Value)
        case wrong

        func value() throws(PeopleError) -> Value {
            guard case .right(let value) = self else { throw .wrongCode }
            return value
        }
    }

    static func place(_ person: PersonID) -> String { "second-factor:\(person)" }

    /// Whether sign-in asks this person for a code.
    func hasSecondFactor(_ person: PersonID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM second_factor
            WHERE person_id = \(person) AND confirmed_at IS NOT NULL
            """)
    }

    /// Whether a code of the app or a recovery code is good; it never is again.
    func useCode(
        _ code: String, of person: PersonID, _ tx: borrowing Transaction
    ) throws -> Bool {
        let plain = RecoveryCode.plain(code)
        if plain.utf8.count <= OneTimeCode.digits { return try useAppCode(plain, of: person, tx) }
        return try tx.execute(
            """
            UPDATE recovery_code SET used_at = \(surroundings.now())
            WHERE person_id = \(person) AND code_hash = \(RecoveryCode.digest(code))
                AND used_at IS NULL
            """) == 1
    }

    private func useAppCode(
        _ code: String, of person: PersonID, _ tx: borrowing Transaction
    ) throws -> Bool {
        let row = try tx.first(
            "SELECT sealed, last_step FROM second_factor WHERE person_id = \(person)")
        guard let row else { return false }
        let secret = Array(
            try secretBox.open(try row("sealed"), for: Self.place(person)))
        let last = try row("last_step", as: Int64?.self)
        guard
            let step = OneTimeCode.step(
                of: RecoveryCode.plain(code), secret, at: surroundings.now(), after: last, rigour)
        else { return false }
        try tx.execute(
            "UPDATE second_factor SET last_step = \(step) WHERE person_id = \(person)")
        return true
    }

    private func newRecoveryCodes() -> [String] {
        (0..<RecoveryCode.count).map { _ in
            RecoveryCode.make(surroundings.randomBytes(RecoveryCode.randomBytes))
        }
    }

    private func keep(
        _ codes: [String], of person: PersonID, _ tx: borrowing Transaction
    ) throws {
        try tx.execute("DELETE FROM recovery_code WHERE person_id = \(person)")
        for code in codes {
            try tx.execute(
                """
                INSERT INTO recovery_code (person_id, code_hash)
                VALUES (\(person), \(RecoveryCode.digest(code)))
                """)
        }
    }
}
