import Foundation
package import Kernel
package import Store

/// Marks identifiers of sign-ins at another server.
package enum OpenIdentityTag {}
package typealias OpenIdentityID = ID<OpenIdentityTag>

/// An account at another server with which a person comes in here.
package struct OpenIdentity: Sendable, Hashable, RowReadable {
    package let id: OpenIdentityID
    package let issuer: String
    package let email: String
    package let createdAt: Instant
    package let lastUsedAt: Instant

    package init(row: Row) throws {
        id = try row("id")
        issuer = try row("issuer")
        email = try row("email")
        createdAt = try row("created_at")
        lastUsedAt = try row("last_used_at")
    }
}

extension PeopleDesk {
    private static let attemptPlace = "open-id-attempt"

    /// A sign-in elsewhere that begins: where the browser goes, and what its cookie keeps.
    package struct OpenIDStart: Sendable {
        package let address: String
        package let cookie: String
    }

    /// Begins a sign-in at the other server; nothing is kept here until the browser comes back.
    package func beginOpenID(next: String, redirectURL: String) async throws -> OpenIDStart {
        guard let door else { throw Problem.notFound("page") }
        let end = surroundings.now() + Self.stepLife
        let attempt = OpenIDDoor.Attempt(
            state: surroundings.newSecret(), nonce: surroundings.newSecret(),
            verifier: surroundings.newSecret(), next: next, endsAt: end.milliseconds)
        let sealed = try secretBox.seal(try JSON.encode(attempt), for: Self.attemptPlace)
        return OpenIDStart(
            address: try await door.address(for: attempt, redirectURL: redirectURL),
            cookie: Base64URL.text(sealed))
    }

    /// Finishes a sign-in at the other server, once, in the browser that began it.
    package func finishOpenID(
        _ answer: OpenIDDoor.Answer, cookie: String?, redirectURL: String, address: String,
        agent: String?, from: String? = nil
    ) async throws -> (answer: SignInAnswer, next: String) {
        guard let door else { throw Problem.notFound("page") }
        let name = door.provider.name
        // Some servers leave the state out of a refusal; nothing follows from one.
        guard answer.error == nil || answer.state != nil else {
            throw PeopleError.openID(.refusedThere, name)
        }
        guard let attempt = try spend(cookie, answer.state) else {
            throw PeopleError.openID(.spent, name)
        }
        try await spend(attempt, name)
        try await door.checkIssuer(answer.issuer)
        guard answer.error == nil, let code = answer.code, (1...2048).contains(code.utf8.count)
        else { throw PeopleError.openID(.refusedThere, name) }
        let claims = try await door.claims(
            code: code, attempt: attempt, redirectURL: redirectURL)
        let entry = newEntry(address: address, agent: agent, from: from)
        let (person, identity): (PersonID, OpenIdentityID) = (
            surroundings.newID(), surroundings.newID()
        )
        let entered = try await database.write { tx in
            let found = try admit(claims, door.provider, person, identity, entry.from, tx)
            return try enter(found, entry, hasProvedBoth: claims.hasSecondFactor, tx)
        }
        return (entered, attempt.next)
    }

    /// The attempt in a browser's cookie, when the answer's state is that attempt's.
    private func spend(_ cookie: String?, _ state: String?) throws -> OpenIDDoor.Attempt? {
        guard let cookie, let state, let sealed = Base64URL.bytes(cookie),
            let text = try? secretBox.open(sealed, for: Self.attemptPlace)
        else { return nil }
        let attempt = try JSON.decode(OpenIDDoor.Attempt.self, from: text)
        let isInTime = attempt.endsAt > surroundings.now().milliseconds
        return ConstantTime.equal(attempt.state, state) && isInTime ? attempt : nil
    }

    private func spend(_ attempt: OpenIDDoor.Attempt, _ name: String) async throws {
        let now = surroundings.now()
        let isFirst = try await database.write { tx in
            try tx.execute("DELETE FROM spent_state WHERE ends_at <= \(now)")
            return try tx.execute(
                """
                INSERT INTO spent_state (state_hash, ends_at)
                VALUES (\(Digest.of(attempt.state)), \(Instant(milliseconds: attempt.endsAt)))
                ON CONFLICT (state_hash) DO NOTHING
                """) == 1
        }
        guard isFirst else { throw PeopleError.openID(.spent, name) }
    }

    /// Whom a checked statement lets in: who came with it before, a member with the address it
    /// vouches for, or somebody who was invited by that address. Nobody else.
    private func admit(
        _ claims: IDClaims, _ provider: OpenIDProvider, _ newPerson: PersonID,
        _ newIdentity: OpenIdentityID, _ from: String, _ tx: borrowing Transaction
    ) throws -> PersonID {
        let now = surroundings.now()
        let known = try tx.scalar(
            PersonID.self,
            """
            UPDATE open_identity SET last_used_at = \(now)
            WHERE issuer = \(provider.issuer) AND subject = \(claims.subject)
            RETURNING person_id
            """)
        if let known { return known }
        guard claims.isEmailVerified, let text = claims.email else {
            throw PeopleError.openID(.unverified, provider.name)
        }
        let email = try EmailAddress.checked(text)
        let person = try owner(of: email, claims, newPerson, provider, from, tx)
        try tx.execute(
            """
            INSERT INTO open_identity (id, issuer, subject, person_id, email, created_at,
                last_used_at)
            VALUES (\(newIdentity), \(provider.issuer), \(claims.subject), \(person), \(email),
                \(now), \(now))
            """)
        var principal = try self.person(person, tx).principal
        principal.from = from
        try record(
            "people.identity-added", person, "Signs in with \(provider.name) from now on",
            changes: try tx.made(Self.row(newIdentity)), by: principal, tx)
        return person
    }

    private func owner(
        of email: String, _ claims: IDClaims, _ newPerson: PersonID, _ provider: OpenIDProvider,
        _ from: String, _ tx: borrowing Transaction
    ) throws -> PersonID {
        let found = try tx.first(Person.self, "SELECT * FROM person WHERE email = \(email)")
        if let found {
            let isMember = try tx.exists(
                """
                SELECT 1 FROM member WHERE person_id = \(found.id) AND removed_at IS NULL
                """)
            if isMember { return found.id }
        }
        let invitations = try tx.all(
            Invitation.self,
            """
            \(Invitation.query) WHERE invitation.email = \(email)
                AND invitation.expires_at > \(surroundings.now()) ORDER BY invitation.id
            """)
        guard !invitations.isEmpty else {
            throw PeopleError.openID(.stranger(email: email), provider.name)
        }
        let name =
            (try? PersonName.checked(claims.name ?? "", field: "name"))
            ?? String(email.prefix { $0 != "@" })
        let person =
            try found
            ?? insertPerson(newPerson, email: email, name: name, hash: nil, tx)
        for invitation in invitations { _ = try settle(invitation, person, from: from, tx) }
        return person.id
    }

    // MARK: - One's own

    /// The accounts elsewhere with which a person comes in.
    package func openIdentities(of person: PersonID) async throws -> [OpenIdentity] {
        try await database.read { tx in
            try tx.all(
                OpenIdentity.self,
                """
                SELECT id, issuer, email, created_at, last_used_at FROM open_identity
                WHERE person_id = \(person) ORDER BY id
                """)
        }
    }

    /// Takes an account elsewhere away; not the only way in.
    package func removeOpenIdentity(
        _ id: OpenIdentityID, of person: PersonID, by principal: Principal = .system("Account")
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(Self.row(id))
            let hasPassword = try tx.exists(
                "SELECT 1 FROM person WHERE id = \(person) AND password_hash IS NOT NULL")
            guard hasPassword else { throw PeopleError.onlyWayIn }
            let count = try tx.execute(
                "DELETE FROM open_identity WHERE id = \(id) AND person_id = \(person)")
            guard count == 1 else { throw Problem.notFound("account") }
            try record(
                "people.identity-removed", person, "Took away a sign-in at another server",
                changes: try before.changes(in: tx), by: principal, tx)
        }
    }

    /// A sign-in elsewhere for the record of changes.
    private static func row(_ id: OpenIdentityID) -> SQL {
        "SELECT issuer, email FROM open_identity WHERE id = \(id)"
    }
}
