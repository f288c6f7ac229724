package import Kernel

/// What the last answers of a database say about it; pure, so that every fault can be played through.
package struct StoreCondition: Sendable, Hashable {
    /// Why nothing can be changed now; nil when the last change was kept.
    package private(set) var trouble: Problem?

    package init() {}

    /// Whether not even reading works.
    package private(set) var isOutOfReach = false

    /// A change was kept, or was refused for a reason of its own.
    mutating func wrote() { self = Self() }

    /// Something failed; only faults of the database itself count.
    mutating func failed(_ error: any Error) {
        switch error as? StoreError {
        case .unreachable?:
            trouble = Problem.presenting(error)
            isOutOfReach = true
        case .storage?:
            trouble = Problem.presenting(error)
            isOutOfReach = false
        // A rule that refused a change, or a busy moment, says nothing of the database.
        default: break
        }
    }
}
