import Foundation
import Synchronization

/// Looks names up on threads of its own, one for each name that is being looked up.
///
/// The system's resolver blocks for as long as a name server is silent. On shared threads a few dead
/// names would keep everybody else's waiting; here a name waits only for itself.
final class Resolver: Sendable {
    /// The addresses of a name; may block.
    typealias Lookup = @Sendable (_ host: String) -> [IPAddress]

    /// One who waits.
    private final class Ticket: Sendable {
        let isOver = Mutex(false)
    }

    private struct State {
        /// Who waits for each name that is being looked up.
        var waiting: [String: [ObjectIdentifier: CheckedContinuation<[IPAddress]?, Never>]] = [:]
    }

    private let lookup: Lookup
    private let state = Mutex(State())
    /// Names that are looked up at the same time; more are refused until one has been answered.
    static let most = 256

    init(lookup: @escaping Lookup = IPAddress.resolve) { self.lookup = lookup }

    /// The addresses of `host`; nil when nobody has said by `end`.
    func addresses(
        of host: String, until end: ContinuousClock.Instant
    ) async -> [IPAddress]? {
        if let literal = IPAddress(host) { return [literal] }
        let ticket = Ticket()
        return await withTaskGroup(of: [IPAddress]?.self) { group in
            group.addTask { await self.answer(host, ticket) }
            group.addTask {
                try? await Task.sleep(until: end)
                self.giveUp(host, ticket)
                return nil
            }
            defer { group.cancelAll() }
            // Whichever ends first: giving up answers the one who waits with nil.
            return await group.next() ?? nil
        }
    }

    private enum Turn { case first, later, full }

    private func answer(_ host: String, _ ticket: Ticket) async -> [IPAddress]? {
        await withCheckedContinuation { continuation in
            let turn = state.withLock { state -> Turn in
                let isFirst = state.waiting[host] == nil
                // The time may be over before the question begins.
                guard !ticket.isOver.withLock({ $0 }), !isFirst || state.waiting.count < Self.most
                else { return .full }
                state.waiting[host, default: [:]][ObjectIdentifier(ticket)] = continuation
                return isFirst ? .first : .later
            }
            switch turn {
            case .later: break
            case .full: continuation.resume(returning: nil)
            case .first:
                Thread.detachNewThread { [self] in
                    let found = lookup(host)
                    let all = state.withLock { $0.waiting.removeValue(forKey: host) }
                    for one in (all ?? [:]).values { one.resume(returning: found) }
                }
            }
        }
    }

    private func giveUp(_ host: String, _ ticket: Ticket) {
        // The name stays in the list while its thread is out, so that it gets no second one.
        let one = state.withLock { state in
            ticket.isOver.withLock { $0 = true }
            return state.waiting[host]?.removeValue(forKey: ObjectIdentifier(ticket))
        }
        one?.resume(returning: nil)
    }
}
