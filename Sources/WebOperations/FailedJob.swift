import Jobs
import Kernel
import Web

/// A job that failed for good and waits for a person.
struct FailedJob: APIValue {
    let id: String
    let kind: String
    let workspace: String?
    let attempts: Int
    let failedAt: Instant?
    /// Why the last attempt failed, in words.
    let reason: String

    init(_ job: Job) {
        id = job.id.text
        kind = job.kind
        workspace = job.workspace?.text
        attempts = job.attempt
        failedAt = job.finishedAt
        reason = job.lastError ?? "It did not say why."
    }

    static let schema = Schema.object(
        "FailedJob",
        [
            .required("id", .id()), .required("kind", .string()),
            .optional("workspace", .id()), .required("attempts", .integer()),
            .optional("failedAt", .instant()), .required("reason", .string()),
        ])
}
