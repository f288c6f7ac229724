package import Kernel
import Synchronization

/// What was seen on the wire of one send: when its first bytes left, and what came back.
///
/// A connector fills it in; whoever sends keeps it as evidence, also when the send failed.
package final class SendTrace: Sendable {
    private struct State {
        var leftAt: Instant?
        var answer: String?
    }

    private let state = Mutex(State())

    package init() {}

    /// When the first bytes of the request that counts left; nil when nothing left.
    package var leftAt: Instant? { state.withLock { $0.leftAt } }
    /// What the network answered, cut short and without secrets; nil when it did not.
    package var answer: String? { state.withLock { $0.answer } }

    /// Notes that bytes leave; a request that is repeated with a fresh sign-in counts anew.
    package func left(at moment: Instant) {
        state.withLock { state in
            state.leftAt = moment
            state.answer = nil
        }
    }

    /// Notes the answer.
    package func answered(_ text: String) { state.withLock { $0.answer = text } }
}
