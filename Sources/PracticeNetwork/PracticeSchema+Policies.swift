package import Store

extension PracticeSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "practice_account", "Accounts of the practice network inside the program.",
            people: .found([
                PersonTrace(.person, in: "person_id", .replace(["person_id": .nothing])),
                PersonTrace(.handle, in: "handle", .delete, only: "is_visitor", also: ["name"]),
            ]),
            keeps: .always(because: "for practice; it goes with the workspace"),
            harmless: ["is_visitor": "yes or no"]),
        TablePolicy(
            "practice_app", "Programs that may use the practice network.",
            people: .nobody(because: "names of programs"),
            keeps: .always(because: "for practice"), harmless: ["name": "a program's name"]),
        TablePolicy(
            "practice_code", "Sign-ins at the practice network that are under way.",
            people: .nobody(because: "digests that belong to an account and go with it"),
            keeps: .lasting(.zero, after: "expires_at", because: "a sign-in takes minutes"),
            harmless: ["account_id": "goes with the account"]),
        TablePolicy(
            "practice_token", "Digests of sign-ins at the practice network.",
            people: .nobody(because: "digests that belong to an account and go with it"),
            keeps: .with("practice_account"), harmless: ["account_id": "goes with the account"]),
        TablePolicy(
            "practice_post", "Posts of the practice network.",
            people: .nobody(because: "practice; a visitor's posts go with the visitor's account"),
            keeps: .with("practice_account"),
            harmless: ["account_id": "goes with the account", "text": "practice"]),
        TablePolicy(
            "practice_media", "Pictures of the practice network.",
            people: .nobody(because: "practice"), keeps: .with("practice_account"),
            harmless: ["account_id": "goes with the account"]),
        TablePolicy(
            "practice_mark", "Likes and boosts of the practice network.",
            people: .nobody(because: "practice"), keeps: .with("practice_account"),
            harmless: ["account_id": "goes with the account"]),
        TablePolicy(
            "practice_notice", "Notices of the practice network.",
            people: .nobody(because: "practice"), keeps: .with("practice_account"),
            harmless: ["account_id": "goes with the account"]),
    ]
}
