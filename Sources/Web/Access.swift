package import Kernel
package import People

/// Who may use a route. The same value guards pages, the API and the command line.
package enum Access: Sendable, Hashable {
    case anyone
    case signedIn
    /// A member of the workspace in the path whose role allows this.
    case workspace(Permission)
}

/// The person or program behind a request.
package struct Caller: Sendable {
    package var person: PersonID
    package var name: String
    package var email: String
    package var principal: Principal
    /// For API tokens: which permissions the token's scopes leave; nil means all of the role's.
    package var tokenAllows: (@Sendable (Permission) -> Bool)?
    /// The one workspace an API token works in; nil for people.
    package var tokenWorkspace: WorkspaceID?
    /// The token's recognisable start in words; nil for people.
    package var token: String?
    /// When the token ends, for tokens that end.
    package var tokenExpiresAt: Instant?
    /// The session's public handle, for the list of sessions; nil for tokens.
    package var session: String?
    /// Whether the session showed a code as well, or the token's person has to at sign-in.
    package var hasSecondFactor: Bool
    /// A fresh session secret for the cookie, when the session was rotated just now.
    package var rotatedSecret: String?

    package init(
        person: PersonID, name: String, email: String, principal: Principal,
        tokenAllows: (@Sendable (Permission) -> Bool)? = nil,
        tokenWorkspace: WorkspaceID? = nil, token: String? = nil, session: String? = nil,
        hasSecondFactor: Bool = false, rotatedSecret: String? = nil
    ) {
        self.person = person
        self.name = name
        self.email = email
        self.principal = principal
        self.tokenAllows = tokenAllows
        self.tokenWorkspace = tokenWorkspace
        self.token = token
        self.session = session
        self.hasSecondFactor = hasSecondFactor
        self.rotatedSecret = rotatedSecret
    }
}

/// A caller's place in the workspace of a request.
package struct Membership: Sendable, Hashable {
    package var workspace: WorkspaceID
    package var slug: String
    package var workspaceName: String
    package var zone: Zone
    package var currency: Currency
    package var isDemo: Bool
    package var member: MemberID
    package var role: Role
    /// Members of the workspace; a one-member workspace needs no approvals.
    package var memberCount: Int
    /// What a guest may see and do; nil for full members.
    package var guest: GuestPass?
    /// Whether members come in with a second factor only.
    package var needsSecondFactor: Bool

    package init(
        workspace: WorkspaceID, slug: String, workspaceName: String, zone: Zone,
        currency: Currency, isDemo: Bool, member: MemberID, role: Role, memberCount: Int,
        guest: GuestPass? = nil, needsSecondFactor: Bool = false
    ) {
        self.workspace = workspace
        self.slug = slug
        self.workspaceName = workspaceName
        self.zone = zone
        self.currency = currency
        self.isDemo = isDemo
        self.member = member
        self.role = role
        self.memberCount = memberCount
        self.guest = guest
        self.needsSecondFactor = needsSecondFactor
    }
}

/// How the web floor learns who is calling; the composition root connects it to People.
package struct Identities: Sendable {
    package var session: @Sendable (_ secret: String, _ address: String) async throws -> Caller?
    package var token: @Sendable (_ bearer: String) async throws -> Caller?
    /// The caller's membership in the workspace with this slug or identifier.
    package var membership: @Sendable (PersonID, _ workspace: String) async throws -> Membership?
    package var memberships: @Sendable (PersonID) async throws -> [Membership]
    /// Whether something belongs to the initiatives of a guest's pass.
    package var belongs: @Sendable (GuestSubject, GuestPass, WorkspaceID) async throws -> Bool
    /// Performs a create once for each `Idempotency-Key` and repeats its answer afterwards.
    package var once:
        @Sendable (
            _ scope: String, _ key: String, _ fingerprint: String,
            _ perform: @escaping @Sendable () async throws -> StoredAnswer
        ) async throws -> StoredAnswer

    /// An answer kept for repeats of the same request.
    package struct StoredAnswer: Sendable, Hashable {
        package var status: Int
        package var body: String

        package init(status: Int, body: String) {
            self.status = status
            self.body = body
        }
    }

    package init(
        session: @escaping @Sendable (String, String) async throws -> Caller?,
        token: @escaping @Sendable (String) async throws -> Caller?,
        membership: @escaping @Sendable (PersonID, String) async throws -> Membership?,
        memberships: @escaping @Sendable (PersonID) async throws -> [Membership],
        belongs:
            @escaping @Sendable (GuestSubject, GuestPass, WorkspaceID) async throws -> Bool = {
                _, _, _ in false
            },
        once:
            @escaping @Sendable (
                String, String, String, @escaping @Sendable () async throws -> StoredAnswer
            ) async throws -> StoredAnswer
    ) {
        self.session = session
        self.token = token
        self.membership = membership
        self.memberships = memberships
        self.belongs = belongs
        self.once = once
    }
}

extension Access {
    /// Throws unless the caller may pass; a stranger to a workspace learns only “not found”.
    func check(_ caller: Caller?, _ membership: Membership?) throws(Problem) {
        switch self {
        case .anyone: return
        case .signedIn:
            guard caller != nil else { throw Self.signInNeeded }
        case .workspace(let permission):
            guard let caller else { throw Self.signInNeeded }
            guard let membership,
                caller.tokenWorkspace == nil || caller.tokenWorkspace == membership.workspace
            else { throw .notFound("workspace") }
            guard !membership.needsSecondFactor || caller.hasSecondFactor else {
                throw Self.secondFactorNeeded(membership.workspaceName)
            }
            guard caller.tokenAllows?(permission) ?? true else {
                throw Problem(
                    .forbidden, code: "access.token",
                    "This token was not made for that. Make one that may do it in Settings → API "
                        + "tokens.")
            }
            guard Policy.allows(membership.role, permission),
                membership.guest?.may.permissions.contains(permission) ?? true
            else {
                throw Problem(
                    .forbidden, code: "access.role",
                    "Your role here is \(membership.role.rawValue), which does not allow this. "
                        + "Ask an owner of \(membership.workspaceName).")
            }
        }
    }

    /// The code of the problem that a page answers by leading to the second factor.
    static let secondFactorCode = "access.second-factor"

    private static func secondFactorNeeded(_ workspace: String) -> Problem {
        Problem(
            .forbidden, code: secondFactorCode,
            "\(workspace) lets members in with a second factor only. Set yours up in My account, "
                + "or sign out and in again with its code.")
    }

    static let signInNeeded = Problem(
        .unauthenticated, code: "access.sign-in", "Please sign in first.")
}
