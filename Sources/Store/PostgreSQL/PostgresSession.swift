import CPostgres
import Synchronization

/// A connection on its own thread.
final class PostgresSession: @unchecked Sendable {
    let number: Int
    private let thread: WorkThread
    // Sendable by hand: only `thread` touches the connection.
    private var connection: PostgresConnection?
    private let running = Mutex(Running())

    /// The unit of work that another thread may interrupt.
    private struct Running: Sendable {
        var unit: Int?
        var isInterrupted = false
        var ticket: Ticket?
        var lastUnit = 0
    }

    /// Sendable by hand: only the interrupter uses and frees what it points to.
    private struct Ticket: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// Sending an interruption opens a connection and waits; one thread does it for all.
    private static let interrupter = WorkThread(name: "postgres-cancel")

    init(number: Int) {
        self.number = number
        thread = WorkThread(name: "postgres-\(number)")
    }

    /// Connects, then tells `done`.
    func open(_ url: String, _ done: @escaping @Sendable (StoreError?) -> Void) {
        thread.enqueue { [self] in
            do throws(StoreError) {
                let connection = try PostgresConnection(url)
                connection.isInterrupted = { [weak self] in
                    self?.running.withLock(\.isInterrupted) ?? false
                }
                self.connection = connection
                running.withLock { $0.ticket = connection.cancellationTicket().map(Ticket.init) }
                done(nil)
            } catch {
                done(error)
            }
        }
    }

    /// Disconnects and ends the thread; `done` follows.
    func close(_ done: @escaping @Sendable () -> Void = {}) {
        thread.enqueue { [self] in
            let ticket = running.withLock { running in
                defer { running.ticket = nil }
                return running.ticket
            }
            // The interrupter may be using it; what it does comes one after the other.
            if let ticket { Self.interrupter.enqueue { PQfreeCancel(ticket.pointer) } }
            connection?.finish()
            connection = nil
            done()
        }
        thread.stop()
    }

    /// Runs `body` with the connection on the session's thread.
    ///
    /// Cancelling the task interrupts the running statement, unless `isShielded`.
    func run<Value: Sendable>(
        isShielded: Bool,
        _ body: @escaping @Sendable (PostgresConnection) -> Outcome<Value>
    ) async -> Outcome<Value> {
        let unit = running.withLock { running in
            running.lastUnit += 1
            running.unit = running.lastUnit
            running.isInterrupted = false
            return running.lastUnit
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                thread.enqueue { [self] in
                    guard let connection else {
                        return continuation.resume(returning: .lost)
                    }
                    connection.forgetFault()
                    var outcome = body(connection)
                    let wasInterrupted = running.withLock { running in
                        running.unit = nil
                        return running.isInterrupted
                    }
                    if wasInterrupted {
                        // The interruption may still be on its way and hit the next borrower.
                        outcome.isHealthy = false
                        if case .failure = outcome.result {
                            outcome.result = .failure(CancellationError())
                            outcome.again = nil
                        }
                    }
                    continuation.resume(returning: outcome)
                }
            }
        } onCancel: {
            if !isShielded { interrupt(unit) }
        }
    }

    private func interrupt(_ unit: Int) {
        let ticket = running.withLock { running -> Ticket? in
            guard running.unit == unit, let ticket = running.ticket else { return nil }
            running.isInterrupted = true
            return ticket
        }
        guard let ticket else { return }
        Self.interrupter.enqueue {
            // An interrupted session is never lent again, so this cannot hit another unit. A server
            // that is out of reach lets it wait, and nobody else: no lock is held.
            var reason = [CChar](repeating: 0, count: 256)
            PQcancel(ticket.pointer, &reason, Int32(reason.count))
        }
    }

    /// How a unit of work ended.
    struct Outcome<Value: Sendable>: Sendable {
        var result: Result<Value, any Error>
        var isHealthy = true
        /// Whether the server ended the connection or went silent.
        var isLost = false
        /// Set when the whole unit had no effect and may run again.
        var again: PostgresConnection.Fault?
        /// What a committed unit tells other programs.
        var signals: Set<String> = []

        static var lost: Outcome {
            Outcome(
                result: .failure(StoreError.unreachable("the connection was lost")),
                isHealthy: false, isLost: true, again: .connectionLost)
        }
    }
}
