/// How log lines are written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// One JSON object a line, for a log collector.
    case json
}
