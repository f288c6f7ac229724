import Kernel
package import Store

extension NodesSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "node", "Which processes work on this database.",
            people: .nobody(because: "names of machines and folders"),
            keeps: .lasting(
                .hours(1), after: "beat_at", because: "who was silent for an hour is gone"),
            harmless: ["name": "the machine's name"]),
        TablePolicy(
            "leader_lease", "Which process leads, and until when.",
            people: .nobody(because: "the number of a process"),
            keeps: .always(because: "one row, so that only one process leads")),
        TablePolicy(
            "live_change", "What changed last on which pages, for the other processes.",
            people: .nobody(because: "names of pages and numbers"),
            keeps: .briefly(because: "pages were told within minutes")),
    ]
}
