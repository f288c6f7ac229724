import ArgumentParser
import Chaos
import Foundation
import Kernel
import Terminal

/// `throughline chaos`: proves delivery by killing.
struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Kills workers at random moments and counts what a network accepts.",
        discussion: """
            Starts a practice network in a process of its own that loses, delays, doubles and \
            spoils answers and ignores idempotency keys, and a worker that is killed with SIGKILL \
            at random commits and calls, at random times, or stopped past its lease and woken. \
            Every post must be accepted exactly once, or a person must be asked. Exits with 1 \
            when that does not hold. Never point --database at data you need.
            """)

    @Option(
        help: "Kills to make; on SQLite each 100, or share of --at-once, get a new folder and seed."
    )
    var runs = 300
    @Option(help: "The seed of all chance; the same words play the same plan again.")
    var seed: UInt64 = 1
    @Option(
        help: """
            A postgres:// address of an empty database instead of SQLite; several share the kills, \
            each with the next seed.
            """)
    var database: [String] = []
    @Option(help: "How many folders or databases play at once (one folder, or all databases).")
    var atOnce: Int?
    @Option(help: "Of the calls to the network, how many go wrong (0 to 1).")
    var faults = 0.3
    @Option(
        help: "Play one post under these faults instead, such as dropAfter+none (see the docs).")
    var script: String?
    @Option(help: "With --script: where the worker kills itself, such as afterCall@1.")
    var cut = ""
    @Option(help: "With --script: the parts of the thread.") var parts = 1
    @Flag(help: "With --script: give the post a picture.") var picture = false
    @Option(help: "A folder to keep; otherwise a temporary one is used and removed.")
    var folder: String?
    @Flag(help: "Problems in JSON too; the counts always are.") var json = false

    func validate() throws {
        guard (1...1_000_000).contains(runs) else {
            throw ValidationError("--runs takes a number from 1 to 1000000.")
        }
        guard (1...64).contains(atOnce ?? 1) else {
            throw ValidationError("--at-once takes a number from 1 to 64.")
        }
        guard Set(database).count == database.count else {
            throw ValidationError("Each --database must be another one: their acts would mix.")
        }
        guard (0...1).contains(faults) else {
            throw ValidationError("--faults takes a number from 0 to 1, such as 0.3.")
        }
    }

    func run() async throws {
        let place =
            folder
            ?? FileManager.default.temporaryDirectory.appending(
                path: "throughline-chaos-\(ProcessInfo.processInfo.processIdentifier)"
            ).path
        let report = try await presenting(json: json) {
            var rehearsal = ChaosRun(
                runs: runs, seed: seed, databases: database, folder: place, faultRate: faults)
            rehearsal.atOnce = atOnce
            rehearsal.scenario = script.map {
                ChaosPlan.Scenario(faults: $0, cut: cut, parts: parts, hasPicture: picture)
            }
            return try await rehearsal.run { kills, runs in
                FileHandle.standardError.write(Data("\(kills) of \(runs) kills\n".utf8))
            } ended: { act in
                FileHandle.standardError.write(Data((act.line + "\n").utf8))
            }
        }
        print(try JSON.text(report))
        if folder == nil, report.isPassed { try? FileManager.default.removeItem(atPath: place) }
        if !report.isPassed {
            FileHandle.standardError.write(
                Data("throughline: the rehearsal failed; its files are in \(place)\n".utf8))
            throw ExitCode.failure
        }
    }
}
