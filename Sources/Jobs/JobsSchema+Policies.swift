import Kernel
package import Store

extension JobsSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "job", "Work that is waiting, under way or was done.",
            people: .found([
                PersonTrace(
                    .mention, in: "payload", .delete, only: "state IN ('done', 'dead')")
            ]),
            keeps: .lasting(
                JobQueue.memory, after: "finished_at", only: "state = 'done'",
                because: "a week of history tells what went wrong; what failed for good stays "
                    + "until somebody tries it again or forgets it")),
        TablePolicy(
            "event", "The record of changes: who did what, when, before and after.",
            people: .found([
                PersonTrace(
                    .person, in: "person_id", .seal,
                    also: ["principal_name", "origin"]),
                PersonTrace(.subject, in: "subject", .seal),
                PersonTrace(.mention, in: "summary", .seal),
                PersonTrace(.mention, in: "changes", .seal),
                PersonTrace(.mention, in: "payload", .seal),
            ]),
            keeps: .always(
                because: "a record of changes that forgets is none; a person can be taken out "
                    + "of it, and its chain still holds"),
            harmless: [
                "name": "what happened, as programs call it",
                "principal_kind": "person, token, command line, link or the program",
            ]),
        TablePolicy(
            "audit_head", "The last link of each chain of the record.",
            people: .nobody(because: "a number and a hash"),
            keeps: .always(because: "it proves that nothing was cut off")),
        TablePolicy(
            "worker_heartbeat", "Which processes carry jobs.",
            people: .nobody(because: "names of machines"),
            keeps: .lasting(
                .hours(1), after: "beat_at", because: "who was silent for an hour is gone")),
    ]
}
