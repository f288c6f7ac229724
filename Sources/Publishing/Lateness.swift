package import Kernel
package import Store

/// How late posts went out, for operators.
package struct Lateness: Sendable, Hashable {
    /// Ascending.
    private let sorted: [Duration]

    package init(_ values: [Duration]) { sorted = values.sorted() }

    package var count: Int { sorted.count }
    package var worst: Duration? { sorted.last }

    /// The smallest lateness that at least `share` of the posts do not exceed; nil without posts.
    package func quantile(_ share: Double) -> Duration? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    /// The lateness of what was published after `start` and up to `end`, the newest 10,000.
    package static func values(
        after start: Instant, upTo end: Instant, in tx: borrowing Transaction
    ) throws -> [Duration] {
        try tx.rows(
            """
            SELECT lateness FROM publication
            WHERE published_at > \(start) AND published_at <= \(end) AND lateness IS NOT NULL
            ORDER BY published_at DESC LIMIT 10000
            """
        ).map { try $0("lateness") }
    }
}
