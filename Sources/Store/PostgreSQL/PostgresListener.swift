import Foundation

/// A connection that only listens, on a thread of its own.
final class PostgresListener: @unchecked Sendable {
    // Sendable by hand: `isStopped` is touched only with `condition` locked.
    private let condition = NSCondition()
    private var isStopped = false
    private let address: String
    private let tell: @Sendable (Signals.Heard) -> Void

    /// A silent connection is asked for a sign of life so often, in milliseconds.
    private static let silence: Int32 = 10_000
    /// How long a stop may go unnoticed, in milliseconds.
    private static let glance: Int32 = 500

    init(_ address: String, _ tell: @escaping @Sendable (Signals.Heard) -> Void) {
        self.address = address
        self.tell = tell
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "postgres-listen"
        thread.stackSize = 1 << 20
        thread.start()
    }

    func stop() {
        condition.lock()
        isStopped = true
        condition.signal()
        condition.unlock()
    }

    /// The pause before the next attempt to connect.
    static func pause(afterFailures failures: Int) -> Duration {
        min(.milliseconds(100) * (1 << min(failures, 16)), .seconds(5))
    }

    private func run() {
        var failures = 0
        while !wasStopped {
            do {
                let connection = try PostgresConnection(address)
                defer { connection.finish() }
                try connection.beginListening()
                failures = 0
                tell(.connected)
                try listen(connection)
            } catch {
                if failures == 0 { tell(.lost) }
                wait(Self.pause(afterFailures: failures))
                failures += 1
            }
        }
    }

    private func listen(_ connection: PostgresConnection) throws {
        var silent: Int32 = 0
        while !wasStopped {
            let names = try connection.heard(within: Self.glance)
            for name in names { tell(.signal(name)) }
            silent = names.isEmpty ? silent + Self.glance : 0
            if silent >= Self.silence {
                silent = 0
                try connection.command("SELECT 1")
            }
        }
    }

    private var wasStopped: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isStopped
    }

    private func wait(_ pause: Duration) {
        condition.lock()
        defer { condition.unlock() }
        let seconds =
            Double(pause.components.seconds)
            + Double(pause.components.attoseconds) / 1e18
        if !isStopped { _ = condition.wait(until: Date(timeIntervalSinceNow: seconds)) }
    }
}
