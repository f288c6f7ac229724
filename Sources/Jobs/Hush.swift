import Synchronization

/// Says when work that can wait a moment is to wait, because many prompt jobs run.
package final class Hush: Sendable {
    private let slots = Mutex<Slots?>(nil)

    /// Whether nothing but prompt jobs is to begin.
    package var isOn: Bool { slots.withLock { $0 }?.isHushed ?? false }

    /// Follows the jobs of one worker.
    func follow(_ slots: Slots) { self.slots.withLock { $0 = slots } }
}
