import Foundation
import Kernel
import People
import Web

extension Identities {
    /// Connects the web floor's questions about callers to the people's desk.
    ///
    /// The box seals the answers that are kept for repeats: one may hold a token that is told once.
    init(_ desks: Desks) {
        let (people, box) = (desks.people, desks.floor.box)
        self.init(
            session: { secret, address in
                let found = try await people.signedIn(secret: secret, address: address)
                guard let found else { return nil }
                let person = found.person
                return Caller(
                    person: person.id, name: person.name, email: person.email,
                    principal: Principal(kind: .person, person: person.id, name: person.name),
                    session: found.session.text, hasSecondFactor: found.hasSecondFactor,
                    rotatedSecret: found.newSecret)
            },
            token: { bearer in
                guard let use = try await people.use(token: bearer) else { return nil }
                var caller = Caller(
                    person: use.token.person, name: use.token.personName, email: use.email,
                    principal: use.principal, tokenAllows: use.allows,
                    tokenWorkspace: use.token.workspace, token: "API token \(use.token.prefix)",
                    hasSecondFactor: use.token.hasSecondFactor)
                caller.tokenExpiresAt = use.token.expiresAt
                return caller
            },
            membership: { person, name in
                try await people.place(of: person, in: name).map(Membership.init)
            },
            memberships: { person in
                try await people.places(of: person).map(Membership.init)
            },
            belongs: { subject, pass, workspace in
                try await desks.belongs(subject, pass, in: workspace)
            },
            once: { scope, key, fingerprint, perform in
                let place = "idempotency:\(scope):\(key)"
                let kept = try await people.once(
                    scope: scope, key: key, fingerprint: fingerprint
                ) {
                    let answer = try await perform()
                    let sealed = try box.seal(Data(answer.body.utf8), for: place)
                    return PeopleDesk.KeptAnswer(
                        status: answer.status, body: sealed.base64EncodedString())
                }
                return StoredAnswer(
                    status: kept.status, body: try Self.opened(kept.body, place, box))
            })
    }
}

extension Identities {
    /// The answer's own words; one that an older key sealed can be told no more.
    private static func opened(_ body: String, _ place: String, _ box: SecretBox) throws -> String {
        // Kept before answers were sealed.
        if body.hasPrefix("{") || body.hasPrefix("[") { return body }
        guard let sealed = Data(base64Encoded: body), let text = try? box.open(sealed, for: place)
        else { throw PeopleError.idempotencyUnknown }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Membership {
    init(_ place: Place) {
        self.init(
            workspace: place.workspace, slug: place.slug, workspaceName: place.name,
            zone: place.zone, currency: place.currency, isDemo: place.isDemo,
            member: place.member, role: place.role, memberCount: place.memberCount,
            guest: place.guest, needsSecondFactor: place.needsSecondFactor)
    }
}
