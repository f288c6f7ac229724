package import Kernel

/// What a person can do about sign-in, members and workspaces when something was refused.
package enum PeopleError: Error, Sendable, Hashable {
    case email
    case name(field: String, longest: Int)
    case password(PasswordRules.Fault)
    case wrongPassword
    case wrongSignIn
    case wrongCode
    case stepSpent
    case secondFactorOn
    case secondFactorOff
    case secondFactorFirst
    case signInAgain
    case passwordLinkSpent
    case memberElsewhere
    case openID(OpenIDFault, String)
    case onlyWayIn
    case slowDown(seconds: Int)
    case busy
    case ownerLinkSpent
    case invitationSpent
    case invitedToAnother
    case emailTaken
    case alreadyMember
    case lastOwner
    /// A guest needs chosen initiatives and an end.
    case guestNeedsScope
    case guestScope
    case guestDays
    case notAGuest
    case ownersOnly
    /// Only full members of some workspace make another.
    case membersOnly
    /// The installation would fall to the owners of the workspace of this name.
    case installationWouldPass(to: String)
    case noSuchMember
    case noSuchPerson
    case noSuchWorkspace
    case noSuchToken
    case noSuchSession
    case scopesTooWide
    case nameMismatch
    case idempotencyMismatch
    case idempotencyRunning
    case idempotencyUnknown
}

extension PeopleError: Presentable {
    package var problem: Problem {
        signInProblem ?? secondFactorProblem ?? membershipProblem ?? inputProblem
    }

    private var signInProblem: Problem? {
        switch self {
        case .wrongSignIn:
            Problem(
                .invalid, code: "people.sign-in",
                "That e-mail address and password do not belong together. Check both and try "
                    + "again.")
        case .slowDown(let seconds):
            Problem(
                .tooMany, code: "people.slow-down",
                "Too many wrong tries. Please wait \(Self.wait(seconds)), then try again.",
                retryAfterSeconds: seconds)
        case .busy:
            Problem(
                .unavailable, code: "people.busy",
                "Many people are signing in right now. Please try again in a moment.",
                retryAfterSeconds: 2)
        case .ownerLinkSpent:
            Problem(
                .notFound, code: "people.owner-link",
                "This link was used or has run out. If nobody has an account yet, restart the "
                    + "program: it prints a new one. Otherwise sign in.")
        case .invitationSpent:
            Problem(
                .notFound, code: "people.invitation",
                "This invitation was used, withdrawn or has run out. Ask for a new one.")
        case .invitedToAnother:
            Problem(
                .conflict, code: "people.invited-to-another",
                "This invitation is for another e-mail address. Sign out first, then open the "
                    + "link again.")
        default: nil
        }
    }

    private var secondFactorProblem: Problem? {
        switch self {
        case .wrongCode:
            Problem.invalid(
                "code",
                "That code is not right, or it was used before. Wait for the next one, or use a "
                    + "recovery code.")
        case .stepSpent:
            Problem(
                .conflict, code: "people.step",
                "This sign-in took too long. Please start again with your password.")
        case .secondFactorOn:
            Problem(
                .conflict, code: "people.second-factor-on",
                "You have a second factor already. Turn it off first to set up another.")
        case .secondFactorOff:
            Problem(
                .conflict, code: "people.second-factor-off",
                "There is no second factor to use here. Start setting one up first.")
        case .secondFactorFirst:
            Problem(
                .conflict, code: "people.second-factor-first",
                "Sign in with a second factor yourself before you ask it of everybody: set it up "
                    + "in My account.")
        case .signInAgain:
            Problem(
                .forbidden, code: "people.sign-in-again",
                "This needs a sign-in of the last fifteen minutes. Sign out and in again, then "
                    + "come back.")
        case .openID(let fault, let name): fault.problem(name)
        case .onlyWayIn:
            Problem(
                .conflict, code: "people.only-way-in",
                "This is your only way in. Set a password first: ask an owner for a link.")
        case .passwordLinkSpent:
            Problem(
                .notFound, code: "people.password-link",
                "This link was used, replaced or has run out. Ask for a new one.")
        case .memberElsewhere:
            Problem(
                .forbidden, code: "people.member-elsewhere",
                "This person also works in a workspace that you do not own. Whoever runs the "
                    + "server can make the link: throughline user link.")
        default: nil
        }
    }

    private var membershipProblem: Problem? {
        switch self {
        case .alreadyMember:
            Problem(
                .conflict, code: "people.already-member",
                "That person is a member already. Change the role in the list instead.",
                fields: ["email": "Is a member already."])
        case .lastOwner:
            Problem(
                .conflict, code: "people.last-owner",
                "This is the only owner. Make somebody else an owner first.")
        case .ownersOnly:
            Problem(
                .forbidden, code: "people.owners-only",
                "Only an owner can make, change or remove owners. Ask one of them.")
        case .membersOnly:
            Problem(
                .forbidden, code: "people.members-only",
                "Only members of a workspace can make another one. Ask whoever invited you to make "
                    + "you a member.")
        case .installationWouldPass(let name):
            Problem(
                .conflict, code: "people.installation-would-pass",
                "The owners of this workspace run the installation: its backups, its address and "
                    + "its accounts. Without it the owners of “\(name)” would. Delete that workspace "
                    + "first, or become one of its owners.")
        case .noSuchMember: Problem.notFound("member")
        case .noSuchPerson: Problem.notFound("person")
        case .noSuchWorkspace: Problem.notFound("workspace")
        case .noSuchToken: Problem.notFound("API token")
        case .noSuchSession: Problem.notFound("session")
        case .scopesTooWide:
            Problem(
                .forbidden, code: "people.scopes",
                "A token can do at most what its creator may do. Choose fewer permissions.",
                fields: ["permissions": "Choose fewer permissions."])
        case .idempotencyMismatch:
            Problem(
                .conflict, code: "idempotency.mismatch",
                "This Idempotency-Key was used with another request. Use a new key.")
        case .idempotencyRunning:
            Problem(
                .conflict, code: "idempotency.running",
                "The first request with this Idempotency-Key is still running. Ask again in a "
                    + "moment.", retryAfterSeconds: 1)
        case .idempotencyUnknown:
            Problem(
                .conflict, code: "idempotency.unknown",
                "The program stopped during the first request with this Idempotency-Key. Look "
                    + "whether it took effect; if not, send it with a new key.")
        default: nil
        }
    }

    private var inputProblem: Problem {
        switch self {
        case .email:
            Problem.invalid("email", "Write an e-mail address such as ana@example.org.")
        case .name(let field, let longest):
            Problem.invalid(field, "Write 1 to \(longest) characters on one line.")
        case .password(let fault): Problem.invalid("password", fault.message)
        case .wrongPassword:
            Problem.invalid("currentPassword", "That is not your present password.")
        case .emailTaken:
            Problem.invalid(
                "email", "Somebody signs in with this address already. Use another, or sign in.")
        case .guestNeedsScope:
            Problem.invalid(
                "role", "Guests are invited with the initiatives they see. Use “Invite a guest”.")
        case .guestScope: Problem.invalid("initiatives", "Choose one initiative or more.")
        case .guestDays: Problem.invalid("days", "Let a guest in for 1 to 365 days.")
        case .notAGuest:
            Problem(
                .conflict, code: "people.not-a-guest",
                "That member is no guest. Change the role instead.")
        case .nameMismatch:
            Problem.invalid("name", "Type the workspace's name exactly as it is shown.")
        default:
            Problem(.broken, code: "internal", "Something went wrong on our side.")
        }
    }

    private static func wait(_ seconds: Int) -> String {
        seconds < 90 ? "\(seconds) seconds" : "\((seconds + 59) / 60) minutes"
    }
}

extension PeopleError {
    /// Which proof of who somebody is did not hold, in words for the log; nil for other errors.
    package var failedProof: String? {
        switch self {
        case .wrongSignIn: "wrong address or password"
        case .wrongPassword: "wrong password of somebody who is signed in"
        case .wrongCode: "wrong code"
        case .stepSpent: "spent step of a sign-in"
        case .signInAgain: "sign-in too old for this change"
        case .openID: "refused sign-in from another server"
        case .ownerLinkSpent, .invitationSpent, .passwordLinkSpent: "spent or unknown link"
        case .slowDown: "too many wrong proofs"
        default: nil
        }
    }
}
