package import Store

extension SafekeepingSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "instance", "Which copy of this installation publishes, and who said so.",
            people: .found([
                PersonTrace(.name, in: "confirmed_by", .replace(["confirmed_by": .somebody])),
                PersonTrace(.mention, in: "held_why", .replace(["held_why": .words])),
            ]),
            keeps: .always(because: "without it two copies could publish the same")),
        TablePolicy(
            "backup_run", "When planned backups were made.",
            people: .nobody(because: "names of files and numbers of rows"),
            keeps: .lasting(
                BackupDesk.memory, after: "planned_at",
                because: "more than a year shows how well it went")),
    ]
}
