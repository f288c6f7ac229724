import Foundation

/// Ends this process when the one that started it is gone.
package enum Orphan {
    /// The variable by which a rehearsal asks its processes for that.
    package static let variable = "THROUGHLINE_REHEARSED"

    /// Watches the parent, in a thread of its own, when the environment asks for it.
    package static func watch(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        guard environment[variable] != nil else { return }
        let parent = getppid()
        Thread.detachNewThread {
            while getppid() == parent { Thread.sleep(forTimeInterval: 1) }
            kill(getpid(), SIGKILL)
        }
    }
}
