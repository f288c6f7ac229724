import Foundation
import Jobs
import Kernel
import Measurement
import Store
package import Web

extension Program {
    /// Whether the program can do its work, part by part, in words.
    package func readiness() async -> Readiness {
        let parts = await [databasePart(), workerPart(), diskPart(), clicksPart()].compactMap {
            $0
        }
        return Readiness(
            isReady: parts.allSatisfy(\.isGood),
            lines: Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.says) }))
    }

    private typealias Part = (name: String, isGood: Bool, says: String)

    /// Known trouble is told at once: whoever asks how it is should not wait for what does not come.
    private func databasePart() async -> Part {
        if let trouble = database.condition.trouble { return ("database", false, trouble.message) }
        do {
            _ = try await database.read { tx in try tx.exists("SELECT 1") }
            return ("database", true, "ok")
        } catch {
            return ("database", false, Problem.presenting(error).message)
        }
    }

    /// Nothing when the database does not answer or takes nothing: that says it all.
    private func workerPart() async -> Part? {
        guard database.condition.trouble == nil else { return nil }
        let now = floor.surroundings.now()
        guard
            let (isAlive, beat) = try? await database.read({ tx in
                (try JobWorker.isAlive(at: now, in: tx), try JobWorker.lastBeat(in: tx))
            })
        else { return nil }
        return ("worker", isAlive, Self.words(isAlive: isAlive, beat: beat, now: now))
    }

    static func words(isAlive: Bool, beat: Instant?, now: Instant) -> String {
        if isAlive { return "ok" }
        let since = beat.map { "No worker has reported for \(Int((now - $0).inSeconds)) s" }
        return (since ?? "No worker has reported for an hour or longer")
            + ", so nothing is published. Restart the server; its log says why it stopped."
    }

    private func diskPart() async -> Part {
        let folder = settings.dataFolder
        let says = Self.words(
            free: DiskFacts.free(folder), isWritable: DiskFacts.isWritable(folder), in: folder)
        return ("disk", says == nil, says ?? "ok")
    }

    private func clicksPart() -> Part {
        let says = Self.words(clicks: floor.spool.health, in: floor.spool.folder)
        return ("clicks", says == nil, says ?? "ok")
    }

    /// Why clicks are not kept; nil when they are.
    static func words(clicks health: SpoolHealth, in folder: String) -> String? {
        guard let fault = health.fault else { return nil }
        let why =
            switch fault {
            case .write: "\(folder) takes nothing"
            case .sync: "the disk of \(folder) does not confirm what is written"
            }
        return "Clicks cannot be kept, because \(why). People are sent on; "
            + "\(health.lost) of their clicks and site events are not counted. Make room, or look "
            + "at the disk; then it goes on by itself."
    }

    /// What is wrong with the disk; nil when nothing is.
    static func words(free: Int64?, isWritable: Bool, in folder: String) -> String? {
        guard isWritable else {
            return "\(folder) cannot be written to. Look whether the disk is mounted read-only."
        }
        guard let free, free < leastFree else { return nil }
        return "Only \(free / 1_000_000) MB are free in \(folder). Make room, or changes will be "
            + "refused."
    }

    /// With less than this, a picture or a few minutes of log would fill the disk.
    private static let leastFree: Int64 = 64_000_000
}
