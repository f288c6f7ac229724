import Kernel
package import Store

extension PeopleSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = workspacePolicies + signInPolicies + accessPolicies

    private static let workspacePolicies = [
        TablePolicy(
            "workspace", "Workspaces: name, clock and currency.",
            people: .nobody(because: "a company's name and settings"),
            keeps: .always(because: "it holds everything else; an owner can delete it"),
            harmless: ["name": "the workspace's own name"]),
        TablePolicy(
            "person", "Accounts: name, e-mail address and the password's hash.",
            people: .found([
                PersonTrace(
                    .person, in: "id", .delete, also: ["email", "name", "password_hash"],
                    leads: [.init(.email, "email"), .init(.name, "name")]),
                PersonTrace(
                    .email, in: "email", .delete, also: ["name"],
                    leads: [.init(.person, "id"), .init(.name, "name")]),
            ]),
            keeps: .always(because: "until the person is erased, so that they can sign in")),
        TablePolicy(
            "member", "Who belongs to a workspace, with role and hours a month.",
            people: .found([
                PersonTrace(.person, in: "person_id", .delete, leads: [.init(.member, "id")]),
                PersonTrace(
                    .member, in: "id", .delete, leads: [.init(.person, "person_id")]),
            ]),
            keeps: .always(
                because: "what somebody made keeps its author after they left, until they are "
                    + "erased")),
    ]

    private static let signInPolicies = [
        TablePolicy(
            "owner_link", "The digest of the one-time link that makes the first owner.",
            people: .nobody(because: "a random secret's digest"),
            keeps: .lasting(
                .zero, after: "expires_at", because: "a link that has run out is of no use")),
        TablePolicy(
            "session", "Signed-in browsers: which browser, and whether near or far; no address.",
            people: .found([PersonTrace(.person, in: "person_id", .delete, also: ["agent"])]),
            keeps: .lasting(
                SessionKeys.idle, after: "last_seen_at",
                because: "a session that was idle for 14 days is over")),
        TablePolicy(
            "sign_in_attempt", "How often a sign-in failed, under a keyed digest.",
            people: .nobody(
                because: "the digest is made with the installation's secret key, so neither "
                    + "address can be read or guessed from it"),
            keeps: .lasting(
                SignInThrottle.memory, after: "last_failure_at",
                because: "failures count for two hours")),
        TablePolicy(
            "sign_in_step", "Sign-ins that wait for the second factor.",
            people: .found([PersonTrace(.person, in: "person_id", .delete)]),
            keeps: .lasting(
                .zero, after: "expires_at", because: "the code must come within ten minutes")),
        TablePolicy(
            "password_link", "Digests of links for a new password.",
            people: .found([PersonTrace(.person, in: "person_id", .delete)]),
            keeps: .lasting(
                .zero, after: "expires_at", because: "a link that has run out is of no use")),
        TablePolicy(
            "second_factor", "The sealed secret of somebody's authenticator app.",
            people: .found([PersonTrace(.person, in: "person_id", .delete)]),
            keeps: .with("person")),
        TablePolicy(
            "recovery_code", "Digests of recovery codes.",
            people: .found([PersonTrace(.person, in: "person_id", .delete)]),
            keeps: .with("second_factor")),
        TablePolicy(
            "open_identity", "Accounts elsewhere with which somebody signs in here.",
            people: .found([
                PersonTrace(
                    .person, in: "person_id", .delete, also: ["issuer", "subject"],
                    leads: [.init(.email, "email")]),
                PersonTrace(
                    .email, in: "email", .delete, leads: [.init(.person, "person_id")]),
            ]),
            keeps: .with("person")),
        TablePolicy(
            "spent_state", "Digests of sign-ins elsewhere that came back.",
            people: .nobody(because: "random secrets' digests"),
            keeps: .lasting(
                .zero, after: "ends_at", because: "a sign-in elsewhere takes ten minutes")),
    ]

    private static let accessPolicies = [
        TablePolicy(
            "invitation", "Open invitations with their e-mail address.",
            people: .found([
                PersonTrace(.email, in: "email", .delete),
                PersonTrace(
                    .name, in: "invited_by", .replace(["invited_by": .somebody])),
            ]),
            keeps: .lasting(
                .days(30), after: "expires_at",
                because: "an invitation nobody took is forgotten a month after it ran out")),
        TablePolicy(
            "guest_offer", "What an invited guest will see.",
            people: .nobody(because: "it belongs to an invitation and goes with it"),
            keeps: .with("invitation")),
        TablePolicy(
            "guest_pass", "What a guest sees, and until when.",
            people: .found([PersonTrace(.member, in: "member_id", .delete)]),
            keeps: .with("member")),
        TablePolicy(
            "api_token", "Digests of API tokens, each of one person.",
            people: .found([PersonTrace(.person, in: "person_id", .delete, also: ["name"])]),
            keeps: .lasting(
                .days(90), after: "expires_at", only: "expires_at IS NOT NULL",
                because: "a token that ran out is listed for three months, so that somebody "
                    + "notices")),
        TablePolicy(
            "idempotency_key", "Answers for programs that send a request twice.",
            people: .found([PersonTrace(.mention, in: "body", .delete)]),
            keeps: .lasting(
                PeopleDesk.keptFor, after: "created_at",
                because: "a repeat comes within two days")),
    ]
}
