/// How well hits are being kept, as the spool's own writes and syncs tell; knows nothing of files.
package struct SpoolHealth: Sendable, Hashable {
    /// What the disk did not do.
    package enum Fault: String, Sendable {
        case write
        case sync
    }

    /// What is wrong now; nil when the last hits were kept.
    package private(set) var fault: Fault?
    /// Hits since the start that came while nothing could be kept.
    package private(set) var lost = 0
    /// Hits since the start that were answered as kept shortly before a sync failed.
    package private(set) var doubtful = 0
    private var unsynced = 0

    /// Whether hits are synced before they are answered, because the disk has just failed.
    var isCareful: Bool { fault != nil }
    /// Whether the disk still has to confirm something.
    var hasUnsynced: Bool { unsynced > 0 }

    /// A group was written: so many hits as a whole, and so many not.
    mutating func wrote(kept: Int, lost: Int, isWhole: Bool) {
        unsynced += kept
        self.lost += lost
        if !isWhole { fault = .write }
    }

    /// The disk confirmed what was written.
    mutating func synced() {
        unsynced = 0
        fault = nil
    }

    /// The disk did not; hits that were answered already are doubtful, the others are `lost`.
    mutating func failedToSync(lost: Int) {
        doubtful += unsynced
        self.lost += lost
        unsynced = 0
        fault = .sync
    }

    /// A hit came while too many waited.
    mutating func overflowed() { lost += 1 }
}
