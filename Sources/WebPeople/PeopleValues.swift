import Kernel
import People
import Web

struct PersonView: APIValue {
    let id: PersonID
    let name: String
    let email: String

    init(_ person: Person) {
        id = person.id
        name = person.name
        email = person.email
    }

    static let schema = Schema.object(
        "Person",
        [.required("id", .id()), .required("name", .line()), .required("email", .email())])
}

struct SessionStart: APIValue {
    let person: PersonView?
    let secret: String?
    let step: String?

    init(_ begun: PeopleDesk.NewSession) { self.init(.begun(begun)) }

    init(_ answer: PeopleDesk.SignInAnswer) {
        switch answer {
        case .begun(let begun):
            person = PersonView(begun.person)
            secret = begun.secret
            step = nil
        case .needsCode(let text):
            person = nil
            secret = nil
            step = text
        }
    }

    static let schema = Schema.object(
        "SessionStart",
        [
            .optional("person", PersonView.schema),
            .optional("secret", .string(description: "The session cookie's value.")),
            .optional(
                "step",
                .string(
                    description: "Instead of a secret, where a code is asked for: send it with "
                        + "the code to /sessions/second-step.")),
        ])
}

struct SecondStepInput: APIValue {
    let step: String
    let code: String

    static let schema = Schema.object(
        "SecondStep",
        [
            .required("step", .string(minLength: 1, maxLength: 200)),
            .required(
                "code",
                .string(
                    minLength: 1, maxLength: 100,
                    description: "Six digits of the app, or a recovery code.")),
        ])
}

struct SecondFactorView: APIValue {
    let isOn: Bool
    let since: Instant?
    let recoveryCodesLeft: Int

    init(_ found: SecondFactor) {
        isOn = found.since != nil
        since = found.since
        recoveryCodesLeft = found.recoveryCodesLeft
    }

    static let schema = Schema.object(
        "SecondFactor",
        [
            .required("isOn", .boolean()), .optional("since", .instant()),
            .required("recoveryCodesLeft", .integer(minimum: 0)),
        ])
}

struct PasswordProof: APIValue {
    let currentPassword: String?

    static let schema = Schema.object(
        "PasswordProof",
        [
            .optional(
                "currentPassword",
                .string(
                    maxLength: 256, description: "Absent for people who sign in elsewhere."))
        ])
}

struct SessionsEnd: APIValue {
    let which: String
    let currentPassword: String?

    static let schema = Schema.object(
        "SessionsEnd",
        [
            .required(
                "which",
                .string(
                    minLength: 1, maxLength: 40,
                    description: "`others`, `all`, or the `id` of one session.")),
            .optional(
                "currentPassword",
                .string(
                    maxLength: 256, description: "Absent for people who sign in elsewhere.")),
        ])
}

struct EnrolmentView: APIValue {
    let secret: String
    let address: String
    let qr: String

    static let schema = Schema.object(
        "Enrolment",
        [
            .required("secret", .line("Base32, for typing.")),
            .required("address", .string(description: "otpauth://…, for an app.")),
            .required("qr", .string(maxLength: 100_000, description: "The address as SVG.")),
        ])
}

struct CodeInput: APIValue {
    let code: String

    static let schema = Schema.object(
        "Code", [.required("code", .string(minLength: 1, maxLength: 100))])
}

struct RecoveryCodesView: APIValue {
    let recoveryCodes: [String]
    let secret: String?

    static let schema = Schema.object(
        "RecoveryCodes",
        [
            .required(
                "recoveryCodes", .array(of: .line(), description: "Shown only this once.")),
            .optional("secret", .string(description: "The session cookie's new value.")),
        ])
}

struct SecondFactorEnd: APIValue {
    let currentPassword: String?
    let code: String

    static let schema = Schema.object(
        "SecondFactorEnd",
        [
            .optional("currentPassword", .string(maxLength: 256)),
            .required("code", .string(minLength: 1, maxLength: 100)),
        ])
}

struct SessionSecret: APIValue {
    let secret: String?

    static let schema = Schema.object(
        "SessionSecret",
        [
            .optional(
                "secret",
                .string(description: "The session cookie's new value; absent for tokens."))
        ])
}

struct IdentityView: APIValue {
    let id: OpenIdentityID
    let issuer: String
    let email: String
    let createdAt: Instant
    let lastUsedAt: Instant

    init(_ identity: OpenIdentity) {
        id = identity.id
        issuer = identity.issuer
        email = identity.email
        createdAt = identity.createdAt
        lastUsedAt = identity.lastUsedAt
    }

    static let schema = Schema.object(
        "Identity",
        [
            .required("id", .id()), .required("issuer", .line()), .required("email", .email()),
            .required("createdAt", .instant()), .required("lastUsedAt", .instant()),
        ])
}

struct SecondFactorRule: APIValue {
    let isNeeded: Bool

    static let schema = Schema.object(
        "SecondFactorRule", [.required("isNeeded", .boolean())])
}

struct PasswordLinkView: APIValue {
    let email: String
    let link: String

    static let schema = Schema.object(
        "PasswordLink",
        [
            .required("email", .email()),
            .required("link", .url("For the member only; it works once, for a day.")),
        ])
}

struct PasswordLinkInput: APIValue {
    let link: String
    let password: String

    static let schema = Schema.object(
        "PasswordLinkInput",
        [
            .required("link", .line("The last part of the link's address.")),
            .required("password", .string(minLength: 1, maxLength: 256)),
        ])
}

struct SignInInput: APIValue {
    let email: String
    let password: String

    // Anything may be typed here; what does not fit simply does not sign in.
    static let schema = Schema.object(
        "SignIn",
        [
            .required("email", .string(minLength: 1, maxLength: 254)),
            .required("password", .string(minLength: 1, maxLength: 1000)),
        ])
}

struct OwnerInput: APIValue {
    let link: String
    let name: String
    let email: String
    let password: String
    let workspace: String?
    let zone: Zone?
    let needsSecondFactor: Bool?

    static let schema = Schema.object(
        "OwnerInput",
        [
            .required("link", .line("The last part of the one-time address.")),
            .required("name", .line(max: 120)), .required("email", .email()),
            .required("password", .string(minLength: 1, maxLength: 256)),
            .optional("workspace", .line("The name of a first workspace.", max: 120)),
            .optional("zone", .zone("Its time zone.")),
            .optional("needsSecondFactor", NewWorkspace.secondFactor),
        ])
}

struct PersonName: APIValue {
    let name: String
    static let schema = Schema.object("PersonName", [.required("name", .line(max: 120))])
}

struct PasswordChange: APIValue {
    let currentPassword: String
    let password: String

    static let schema = Schema.object(
        "PasswordChange",
        [
            .required("currentPassword", .string(minLength: 1, maxLength: 256)),
            .required("password", .string(minLength: 1, maxLength: 256)),
        ])
}

struct SessionView: APIValue {
    let id: String
    let agent: String
    let createdAt: Instant
    let lastSeenAt: Instant
    let place: String?
    let hasSecondFactor: Bool
    let isThis: Bool

    static let schema = Schema.object(
        "Session",
        [
            .required("id", .id()), .required("agent", .line()),
            .required("createdAt", .instant()), .required("lastSeenAt", .instant()),
            .optional("place", .line("The network it was last used from.")),
            .required("hasSecondFactor", .boolean()),
            .required("isThis", .boolean(description: "Whether it made this request.")),
        ])
}

/// A workspace to be: what can be changed later, and whether its door is locked from the start.
struct NewWorkspace: APIValue {
    let name: String
    let zone: Zone
    let currency: Currency?
    let needsSecondFactor: Bool?

    static let secondFactor = Schema.boolean(
        description:
            "Whether members come in with a second factor only; left out: where an https address of "
            + "the server is known to others.")
    static let schema = Schema.object(
        "NewWorkspace",
        WorkspaceInput.fields + [.optional("needsSecondFactor", secondFactor)])

    var plan: WorkspacePlan {
        WorkspaceInput(name: name, zone: zone, currency: currency).plan
    }
}

struct WorkspaceInput: APIValue {
    let name: String
    let zone: Zone
    let currency: Currency?

    static let fields: [Schema.Field] = [
        .required("name", .line(max: 120)), .required("zone", .zone()),
        .optional("currency", .currency()),
    ]
    static let schema = Schema.object("WorkspaceInput", fields)

    var plan: WorkspacePlan {
        WorkspacePlan(
            name: name, zone: zone, currency: currency ?? Self.usualCurrency(zone))
    }

    /// A first guess by place; Settings changes it.
    private static func usualCurrency(_ zone: Zone) -> Currency {
        let known = [
            "Europe/London": "GBP", "Europe/Zurich": "CHF", "Europe/Stockholm": "SEK",
            "Europe/Oslo": "NOK", "Europe/Copenhagen": "DKK", "Europe/Warsaw": "PLN",
            "Europe/Prague": "CZK", "Europe/Budapest": "HUF", "Asia/Tokyo": "JPY",
            "Asia/Kolkata": "INR", "America/Toronto": "CAD", "America/Sao_Paulo": "BRL",
            "America/New_York": "USD", "America/Chicago": "USD", "America/Denver": "USD",
            "America/Los_Angeles": "USD", "Australia/Sydney": "AUD", "Pacific/Auckland": "NZD",
        ]
        return known[zone.name].flatMap { Currency($0) } ?? .euro
    }
}

struct WorkspaceView: APIValue {
    let id: WorkspaceID
    let slug: String
    let name: String
    let zone: Zone
    let currency: Currency
    let isDemo: Bool
    let needsSecondFactor: Bool

    init(_ workspace: Workspace) {
        id = workspace.id
        slug = workspace.slug
        name = workspace.name
        zone = workspace.zone
        currency = workspace.currency
        isDemo = workspace.isDemo
        needsSecondFactor = workspace.needsSecondFactor
    }

    static let schema = Schema.object(
        "Workspace",
        [
            .required("id", .id()), .required("slug", .line("Its name in addresses.")),
            .required("name", .line()), .required("zone", .zone()),
            .required("currency", .currency()),
            .required("isDemo", .boolean()),
            .required(
                "needsSecondFactor",
                .boolean(description: "Whether members come in with a second factor only.")),
        ])
}

struct PlaceView: APIValue {
    let workspace: WorkspaceID
    let slug: String
    let name: String
    let role: Role

    static let schema = Schema.object(
        "Place",
        [
            .required("workspace", .id()), .required("slug", .line()),
            .required("name", .line()), .required("role", .oneOf(Role.self)),
        ])
}

struct DeletionInput: APIValue {
    let name: String
    static let schema = Schema.object(
        "Deletion", [.required("name", .line("The workspace's name, to be sure."))])
}

struct MemberInput: APIValue {
    let role: Role
    let hoursPerMonth: Int

    static let schema = Schema.object(
        "MemberInput",
        [
            .required("role", .oneOf(Role.self)),
            .required("hoursPerMonth", .integer(minimum: 0, maximum: 400)),
        ])
}

struct MemberView: APIValue {
    let id: MemberID
    let person: PersonID
    let name: String
    let email: String
    let role: Role
    let hoursPerMonth: Int
    let joinedAt: Instant
    let hasSecondFactor: Bool

    init(_ member: Member) {
        id = member.id
        person = member.person
        name = member.name
        email = member.email
        role = member.role
        hoursPerMonth = member.hoursPerMonth
        joinedAt = member.joinedAt
        hasSecondFactor = member.hasSecondFactor
    }

    static let schema = Schema.object(
        "Member",
        [
            .required("id", .id()), .required("person", .id()), .required("name", .line()),
            .required("email", .email()), .required("role", .oneOf(Role.self)),
            .required("hoursPerMonth", .integer(minimum: 0, maximum: 400)),
            .required("joinedAt", .instant()), .required("hasSecondFactor", .boolean()),
        ])
}

struct InvitationInput: APIValue {
    let email: String
    let role: Role

    static let schema = Schema.object(
        "InvitationInput",
        [.required("email", .email()), .required("role", .oneOf(Role.self))])
}

struct InvitationView: APIValue {
    let id: InvitationID
    let email: String
    let role: Role
    let invitedBy: String
    let createdAt: Instant
    let expiresAt: Instant
    let link: String?

    init(_ invitation: Invitation, link: String? = nil) {
        id = invitation.id
        email = invitation.email
        role = invitation.role
        invitedBy = invitation.invitedBy
        createdAt = invitation.createdAt
        expiresAt = invitation.expiresAt
        self.link = link
    }

    static let schema = Schema.object(
        "Invitation",
        [
            .required("id", .id()), .required("email", .email()),
            .required("role", .oneOf(Role.self)), .required("invitedBy", .line()),
            .required("createdAt", .instant()), .required("expiresAt", .instant()),
            .optional("link", .url("Only in the answer that creates it.")),
        ])
}

struct AcceptanceInput: APIValue {
    let secret: String
    let name: String?
    let password: String?

    static let schema = Schema.object(
        "Acceptance",
        [
            .required("secret", .line("The last part of the invitation's address.")),
            .optional("name", .line("For somebody new.", max: 120)),
            .optional("password", .string(minLength: 1, maxLength: 256)),
        ])
}

struct AcceptanceView: APIValue {
    let workspace: WorkspaceView
    let secret: String?

    static let schema = Schema.object(
        "AcceptanceAnswer",
        [
            .required("workspace", WorkspaceView.schema),
            .optional("secret", .string(description: "The new person's session.")),
        ])
}

struct TokenInput: APIValue {
    let name: String
    let access: TokenAccess?
    let permissions: [Permission]?
    let days: Int?

    static let schema = Schema.object(
        "TokenInput",
        [
            .required("name", .line(max: 80)),
            .optional(
                "access",
                .oneOf(
                    TokenAccess.self,
                    "A group of permissions, as far as the role has them; `permissions` adds to it."
                )),
            .optional("permissions", .array(of: .oneOf(Permission.self), maxCount: 20)),
            .optional(
                "days", .integer(minimum: 1, maximum: 3650, description: "Absent: no end.")),
        ])
}

struct TokenView: APIValue {
    let id: APITokenID
    let name: String
    let prefix: String
    let person: String
    let permissions: [Permission]
    let createdAt: Instant
    let expiresAt: Instant?
    let lastUsedAt: Instant?
    let token: String?

    init(_ token: APIToken, text: String? = nil) {
        id = token.id
        name = token.name
        prefix = token.prefix
        person = token.personName
        permissions = token.scopes.permissions
        createdAt = token.createdAt
        expiresAt = token.expiresAt
        lastUsedAt = token.lastUsedAt
        self.token = text
    }

    static let schema = Schema.object(
        "Token",
        [
            .required("id", .id()), .required("name", .line()), .required("prefix", .line()),
            .required("person", .line()),
            .required("permissions", .array(of: .oneOf(Permission.self))),
            .required("createdAt", .instant()), .optional("expiresAt", .instant()),
            .optional("lastUsedAt", .instant()),
            .optional("token", .line("The secret; only in the answer that creates it.")),
        ])
}
