/// Moments at which a process may die with the outside world in an open state.
///
/// The edges that make facts (the database, the outbound client) announce them to a closure that
/// does nothing, except under `throughline chaos`, where it may kill the process on the spot.
package enum Crossing: String, Sendable, CaseIterable {
    case beforeCommit
    case afterCommit
    case beforeCall
    case afterCall

    /// What is told of crossings.
    package typealias Witness = @Sendable (Crossing) -> Void
}
