import Foundation

/// Ends this process when the one that started it is gone.
package enum Orphan {
    /// The variable by which a rehearsal tells its processes its number.
    package static let variable = "THROUGHLINE_REHEARSED"

    /// Watches the parent, in a thread of its own, when the environment asks for it.
    package static func watch(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        guard let parent = environment[variable].flatMap(Int32.init) else { return }
        Thread.detachNewThread {
            while getppid() == parent { Thread.sleep(forTimeInterval: 1) }
            kill(getpid(), SIGKILL)
        }
    }
}
