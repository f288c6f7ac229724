package import Kernel

/// Why the disk below the database keeps nothing at the moment.
package enum StorageTrouble: String, Sendable, Hashable {
    case full
    case readOnly
    /// It answered with an error, or did not confirm that what was written is there to stay.
    case failing

    /// What is wrong, what holds meanwhile, and what to do.
    package var problem: Problem {
        let (code, words) =
            switch self {
            case .full:
                (
                    "store.disk-full",
                    "This was not saved, because the disk of the server is full. Whoever runs it "
                        + "has to make room; then it goes on by itself."
                )
            case .readOnly:
                (
                    "store.disk-read-only",
                    "This was not saved, because the disk of the server takes no changes. Whoever "
                        + "runs it has to make it writable; then it goes on by itself."
                )
            case .failing:
                (
                    "store.disk-failing",
                    "This was not saved, because the disk of the server reports errors. Whoever "
                        + "runs it should look at the disk; when it works, this goes on by itself."
                )
            }
        return Problem(.unavailable, code: code, words, retryAfterSeconds: 5)
    }
}
