/// Whether what the write-ahead log holds is known to be on the disk; knows nothing of files.
///
/// After a failed sync the kernel may drop what was written and call the next sync a success, and
/// a new process reads from the kernel's memory what never reached the disk. So neither a log that
/// was found at the start nor one whose sync failed is built upon: first everything that was
/// acknowledged is written again, into the database file, and that has to be synced.
struct SyncTrust: Sendable, Hashable {
    /// Whether the log must be secured before another change may be acknowledged.
    private(set) var isSuspect = true

    /// Everything in the log is in the synced database file.
    mutating func secured() { isSuspect = false }

    /// A change failed; `isSync` when the disk did not confirm what was written.
    mutating func failed(isSync: Bool) { if isSync { isSuspect = true } }
}
