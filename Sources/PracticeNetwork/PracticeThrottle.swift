import Kernel
import Synchronization

/// Counts calls in fixed windows, as Mastodon does, and says how many are left.
final class PracticeThrottle: Sendable {
    struct Window: Sendable {
        let limit: Int
        let left: Int
        let end: Instant
        let isOver: Bool
    }

    private struct Count {
        var end: Instant
        var used: Int
    }

    private let counts = Mutex<[String: Count]>([:])

    /// Counts one call of `key`.
    func count(_ key: String, limit: Int, window: Duration, now: Instant) -> Window {
        counts.withLock { counts in
            // Nobody needs windows that are over; this keeps the table small.
            if counts.count > 5000 { counts = counts.filter { $0.value.end > now } }
            var count = counts[key] ?? Count(end: now + window, used: 0)
            if count.end <= now { count = Count(end: now + window, used: 0) }
            count.used += 1
            counts[key] = count
            return Window(
                limit: limit, left: max(0, limit - count.used), end: count.end,
                isOver: count.used > limit)
        }
    }
}
