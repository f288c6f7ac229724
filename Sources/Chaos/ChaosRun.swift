import App
import Foundation
import Kernel
import Synchronization

/// Kills workers at random moments and counts what a network outside them has accepted.
package struct ChaosRun: Sendable {
    package var runs: Int
    package var seed: UInt64
    /// `postgres://` addresses of empty databases; none for SQLite.
    package var databases: [String]
    package var folder: String
    package var faultRate: Double
    /// How many acts play at the same time; nil for one on SQLite and one on each database.
    package var atOnce: Int?
    /// One post under chosen faults instead of chance.
    package var scenario: ChaosPlan.Scenario?

    package init(
        runs: Int, seed: UInt64, databases: [String], folder: String, faultRate: Double = 0.3
    ) {
        self.runs = runs
        self.seed = seed
        self.databases = databases
        self.folder = folder
        self.faultRate = faultRate
    }

    /// Waits are a fiftieth of what they are outside.
    static let pace = 0.02

    /// Kills on one stage; the next ones get a new database.
    ///
    /// Each check reads all of it, and who looks whether a post arrived pages through all that are
    /// there, of which pages three in ten are spoilt: 500 kills on one stage took twice as long to
    /// settle as to play.
    static let actLength = 100

    /// Some of the kills, on a stage of their own with the next seed.
    struct Act: Sendable, Hashable {
        var number: Int
        var kills: Int
        /// Nil for SQLite.
        var database: String?
    }

    /// How the kills are shared out.
    ///
    /// A database that was given keeps all of its share, whatever its size.
    var acts: [Act] {
        if scenario != nil { return [Act(number: 0, kills: 0, database: databases.first)] }
        guard databases.isEmpty else {
            let share = (runs + databases.count - 1) / databases.count
            return databases.enumerated().map { number, database in
                Act(
                    number: number, kills: max(0, min(share, runs - number * share)),
                    database: database)
            }
        }
        let lanes = atOnce ?? 1
        let length = min(Self.actLength, max(1, (runs + lanes - 1) / lanes))
        return stride(from: 0, to: runs, by: length).enumerated().map { number, start in
            Act(number: number, kills: min(length, runs - start), database: nil)
        }
    }

    /// Plays all acts and adds up what they have shown; `ended` hears of each.
    package func run(
        progress: @escaping @Sendable (_ kills: Int, _ runs: Int) -> Void,
        ended: (_ act: ChaosReport) -> Void = { _ in }
    ) async throws -> ChaosReport {
        let start = ContinuousClock.now
        var report = ChaosReport(
            seed: seed, engine: databases.isEmpty ? "sqlite" : "postgres")
        let kills = Tally()
        let lanes = atOnce ?? max(1, databases.count)
        try await withThrowingTaskGroup(of: ChaosReport.self) { [runs] group in
            for (number, act) in acts.enumerated() {
                if number >= lanes, let act = try await group.next() {
                    ended(act)
                    report.add(act)
                }
                group.addTask {
                    try await play(act) { more in
                        progress(kills.add(more), runs)
                    }
                }
            }
            for try await act in group {
                ended(act)
                report.add(act)
            }
        }
        report.seconds = (ContinuousClock.now - start).inSeconds
        return report
    }

    /// Plays the lives of one act, lets everything settle, and compares.
    private func play(
        _ act: Act, progress: (_ more: Int) -> Void
    ) async throws -> ChaosReport {
        let files = FileManager.default
        let folder = act.number == 0 ? self.folder : self.folder + "/act-\(act.number + 1)"
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let logPath = folder + "/log.txt"
        _ = files.createFile(atPath: logPath, contents: nil)
        guard let log = FileHandle(forWritingAtPath: logPath) else { throw ChaosError.noNetwork }
        log.seekToEndOfFile()
        let seed = seed &+ UInt64(act.number)
        var report = ChaosReport(
            seed: seed, engine: act.database == nil ? "sqlite" : "postgres")
        let stage = try await ChaosStage(
            act: act.number, folder: folder, database: act.database,
            faults: scenario.map { "script=\($0.faults)" } ?? "seed=\(seed),rate=\(faultRate)",
            log: log)
        defer { stage.network.kill() }
        if let scenario {
            let plan = ChaosPlan(scenario)
            try await prepare(plan, stage, &report)
            try await live(plan, stage, &report, log)
        }
        var life = 0
        var posts = 0
        var told = 0
        while scenario == nil, report.kills < act.kills {
            let plan = ChaosPlan(seed: seed, life: life, firstPost: posts, pace: Self.pace)
            life += 1
            posts += plan.posts.count
            try await prepare(plan, stage, &report)
            try await live(plan, stage, &report, log)
            if life.isMultiple(of: 50) || report.kills >= act.kills {
                progress(report.kills - told)
                told = report.kills
            }
        }
        try await settle(stage, &report, log)
        let program = try await stage.program()
        report.compare(
            try await program.deliveries(),
            with: ChaosReport.accepted(
                in: (try? String(contentsOfFile: stage.ledger, encoding: .utf8)) ?? ""),
            seed: seed)
        await program.close()
        return report
    }

    /// Checks the database after the last kill, and writes what falls due in the next life.
    private func prepare(
        _ plan: ChaosPlan, _ stage: ChaosStage, _ report: inout ChaosReport
    ) async throws {
        let program = try await stage.program()
        report.integrityChecks += 1
        for finding in try await program.integrityFindings() {
            report.integrityFindings.append("after \(report.kills) kills: \(finding)")
        }
        let now = Surroundings.live.now()
        for post in plan.posts { try await stage.schedule(post, at: now, with: program) }
        await program.close()
    }

    private func live(
        _ plan: ChaosPlan, _ stage: ChaosStage, _ report: inout ChaosReport, _ log: FileHandle
    ) async throws {
        var crossing = "0"
        if case .atCrossing(let number) = plan.end { crossing = "\(number)" }
        if case .asTold(let words) = plan.end { crossing = words }
        let worker = try stage.worker(
            interruption: "kill=\(crossing),pace=\(Self.pace)", log: log)
        // Where several processes may share the database, another takes over while one sleeps.
        let other =
            stage.database == nil
            ? nil : try stage.worker(interruption: "kill=0,pace=\(Self.pace)", log: log)
        // Also when another act has failed and ends this one.
        defer { for process in [worker, other] { process?.kill() } }
        switch plan.end {
        case .atCrossing: try await worker.ended(within: .milliseconds(900))
        case .asTold: try await worker.ended(within: .milliseconds(1200))
        case .after(let moment): try await worker.ended(within: moment)
        case .afterSleeping(let moment, let pause):
            try await worker.ended(within: moment)
            worker.sleep()
            report.sleeps += 1
            try await Task.sleep(for: pause)
            worker.wake()
            try await worker.ended(within: .milliseconds(200))
        }
        for process in [worker, other].compactMap({ $0 }) {
            process.kill()
            try await process.ended(within: .seconds(10))
            if process.wasKilled { report.kills += 1 }
        }
    }

    /// Lets a worker that nobody kills bring everything to its end.
    ///
    /// It is stopped and started now and then, longer each time: a slow machine needs a while to start.
    private func settle(
        _ stage: ChaosStage, _ report: inout ChaosReport, _ log: FileHandle
    ) async throws {
        let underWay = ["scheduled", "preparing", "sending", "doubtful"]
        for round in 1...60 {
            let worker = try stage.worker(interruption: "kill=0,pace=\(Self.pace)", log: log)
            defer { worker.kill() }
            try await worker.ended(within: .milliseconds(min(15_000, 700 * round)))
            worker.terminate()
            if try await !worker.ended(within: .seconds(20)) { worker.kill() }
            let program = try await stage.program()
            let counts = try await program.deliveryCounts()
            await program.close()
            if underWay.allSatisfy({ (counts[$0] ?? 0) == 0 }) { return }
        }
    }
}

/// Kills of all acts, in whichever order they come.
private final class Tally: Sendable {
    private let sum = Mutex(0)

    func add(_ more: Int) -> Int {
        sum.withLock { sum in
            sum += more
            return sum
        }
    }
}
