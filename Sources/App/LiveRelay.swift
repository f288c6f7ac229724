import Jobs
import Kernel
import Logging
import Nodes
import ServiceLifecycle
import Store
import Synchronization
import Web

/// Carries what happens at one process to the pages and workers of the others.
///
/// Changes are rows with numbers; signals only say that there are some. When the connection that
/// listens breaks, nothing is lost: what came meanwhile is read, and a look every two seconds finds
/// it as well.
struct LiveRelay: Service {
    let live: LiveHub
    let changes: LiveChanges
    let signals: Signals
    let queue: JobQueue
    let logger: Logger

    /// Signals that come close together go as one.
    private static let breath = Duration.milliseconds(20)
    private static let look = Duration.seconds(2)
    private static let pauseAfterFailure = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let seen = Seen()
            await withDiscardingTaskGroup { group in
                group.addTask { await hear(seen) }
                group.addTask { await look(seen) }
                group.addTask { await keep() }
                group.addTask { await send() }
            }
        }
        // What was told last should not wait for nobody.
        try? await changes.keep(waiting())
        try? await signals.send()
    }

    /// The last number that pages of this process have been told of; nil before the first look.
    private final class Seen: Sendable {
        let number = Mutex<Int64?>(nil)
    }

    private func hear(_ seen: Seen) async {
        for await heard in signals.hear() {
            switch heard {
            case .connected:
                await catchUp(seen)
                queue.ring()
            case .signal(LiveChanges.signal): await catchUp(seen)
            case .signal(JobQueue.signal): queue.ring()
            case .signal: break
            case .lost:
                logger.warning("The connection that listens for other processes was lost.")
            }
        }
    }

    private func look(_ seen: Seen) async {
        while !Task.isCancelled {
            await catchUp(seen)
            try? await Task.sleep(for: Self.look)
        }
    }

    private func catchUp(_ seen: Seen) async {
        do {
            guard let last = seen.number.withLock({ $0 }) else {
                // Pages from before this process began are told to look at everything.
                let latest = try await changes.latest()
                return seen.number.withLock { $0 = $0 ?? latest }
            }
            let news = try await changes.since(last)
            for change in news.changes { live.tellHere(change.workspace, change.topic) }
            seen.number.withLock { $0 = max($0 ?? 0, news.number) }
        } catch {
            // The next look finds it.
            logger.debug("Looking for changes of other processes failed: \(error)")
        }
    }

    private func keep() async {
        guard let wakes = live.waiting else { return }
        for await _ in wakes {
            let told = waiting()
            do {
                try await changes.keep(told)
            } catch {
                live.putBack(Set(told.map { .init(workspace: $0.workspace, topic: $0.topic) }))
                try? await Task.sleep(for: Self.pauseAfterFailure)
            }
            try? await Task.sleep(for: Self.breath)
        }
    }

    private func waiting() -> Set<LiveChanges.Change> {
        Set(live.takeWaiting().map { .init(workspace: $0.workspace, topic: $0.topic) })
    }

    private func send() async {
        for await _ in signals.waiting {
            do {
                try await signals.send()
            } catch {
                try? await Task.sleep(for: Self.pauseAfterFailure)
            }
            try? await Task.sleep(for: Self.breath)
        }
    }
}
