import App
import Foundation
import Kernel

/// Another process of this program, which may be stopped, woken and killed.
final class ChaosProcess {
    private let process = Process()

    /// Starts `throughline` with these words and variables.
    init(_ words: [String], environment: [String: String], log: FileHandle) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("THROUGHLINE_") }
            .merging(environment) { _, new in new }
            .merging([Orphan.variable: "\(getpid())"]) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log
        process.standardError = log
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    /// Whether it ended by a signal rather than by itself.
    var wasKilled: Bool { !process.isRunning && process.terminationReason == .uncaughtSignal }

    func sleep() { _ = Foundation.kill(process.processIdentifier, SIGSTOP) }
    func wake() { _ = Foundation.kill(process.processIdentifier, SIGCONT) }
    func kill() {
        guard process.isRunning else { return }
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
    }
    func terminate() { _ = Foundation.kill(process.processIdentifier, SIGTERM) }

    /// Waits until it has ended; false when it has not after `limit`.
    @discardableResult
    func ended(within limit: Duration) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while process.isRunning {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(3))
        }
        return true
    }
}
