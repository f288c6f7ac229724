/// One attempt of a job and how it ended, for metrics.
package struct JobRun: Sendable, Hashable {
    /// How an attempt ended.
    package enum Outcome: String, Sendable {
        case done
        /// It will be tried again, or is a dead letter.
        case failed
        /// Another worker had taken it over.
        case lost
        /// A stop came in between; the next worker goes on.
        case givenBack
    }

    package let kind: String
    package let outcome: Outcome
    /// From the due time to the start.
    package let waited: Duration
    package let duration: Duration
}
