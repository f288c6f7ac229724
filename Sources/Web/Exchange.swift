/// One request and what became of it, for the log and for metrics.
package struct Exchange: Sendable, Hashable {
    /// The route's path with its `{name}` parts, never what somebody typed.
    package let route: String
    package let method: String
    package let status: Int
    /// From the header to the answer; of a stream, to its start.
    package let duration: Duration

    /// The duration to a tenth of a millisecond.
    package var milliseconds: Double {
        let parts = duration.components
        let exact = Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15
        return (exact * 10).rounded() / 10
    }
}
