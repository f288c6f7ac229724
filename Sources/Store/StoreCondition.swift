package import Kernel

/// What the last answers of a database say about it; pure, so that every fault can be played through.
package struct StoreCondition: Sendable, Hashable {
    /// Why changes are not kept now; nil when they are.
    package private(set) var trouble: Problem?
    /// When the disk last refused a change.
    private var refusedAt: ContinuousClock.Instant?

    /// How long nothing may be refused before a disk counts as mended: below a full one PostgreSQL
    /// keeps what fits into the pages it has, and refuses the rest.
    static let patience = Duration.seconds(5)

    package init() {}

    /// Whether not even reading works.
    package private(set) var isOutOfReach = false

    /// A change was kept.
    mutating func wrote(at now: ContinuousClock.Instant) {
        isOutOfReach = false
        if let refusedAt, now - refusedAt < Self.patience { return }
        self = Self()
    }

    /// Something failed; only faults of the database itself count.
    mutating func failed(_ error: any Error, at now: ContinuousClock.Instant) {
        switch error as? StoreError {
        case .unreachable?:
            trouble = Problem.presenting(error)
            isOutOfReach = true
            refusedAt = nil
        case .storage?, .damaged?:
            trouble = Problem.presenting(error)
            isOutOfReach = false
            refusedAt = now
        // A rule that refused a change, or a busy moment, says nothing of the database.
        default: break
        }
    }
}
