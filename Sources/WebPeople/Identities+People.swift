import Kernel
package import People
package import Web

extension Identities {
    /// The web floor's questions about callers, answered by the desk of people.
    package static func people(_ desk: PeopleDesk) -> Identities {
        Identities(
            session: { secret in
                guard let known = try await desk.signedIn(secret: secret) else { return nil }
                return Caller(
                    person: known.person.id, name: known.person.name, email: known.person.email,
                    principal: known.person.principal, session: known.session.text,
                    rotatedSecret: known.newSecret)
            },
            token: { bearer in
                guard let use = try await desk.use(token: bearer) else { return nil }
                return Caller(
                    person: use.token.person, name: use.token.personName, email: use.email,
                    principal: use.principal, tokenAllows: use.allows,
                    tokenWorkspace: use.token.workspace)
            },
            membership: { person, workspace in
                try await desk.place(of: person, in: workspace).map(Membership.init)
            },
            memberships: { person in
                try await desk.places(of: person).map(Membership.init)
            },
            once: { scope, key, fingerprint, perform in
                let kept = try await desk.once(scope: scope, key: key, fingerprint: fingerprint) {
                    let answer = try await perform()
                    return .init(status: answer.status, body: answer.body)
                }
                return .init(status: kept.status, body: kept.body)
            })
    }
}

extension Membership {
    fileprivate init(_ place: Place) {
        self.init(
            workspace: place.workspace, slug: place.slug, workspaceName: place.name,
            zone: place.zone, currency: place.currency, isDemo: place.isDemo,
            member: place.member, role: place.role, memberCount: place.memberCount)
    }
}
