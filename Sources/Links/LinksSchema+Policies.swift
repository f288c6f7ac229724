package import Store

extension LinksSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "link", "Tracked links and where they lead.",
            people: .nobody(because: "addresses of the workspace's own pages"),
            keeps: .always(because: "a published link must go on working")),
        TablePolicy(
            "public_address", "The address under which the world reaches this server.",
            people: .nobody(because: "a setting of the server"),
            keeps: .always(because: "a setting of the server")),
    ]
}
