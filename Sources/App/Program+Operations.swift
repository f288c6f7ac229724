import Crypto
import Foundation
import Jobs
import Kernel
import Measurement
import Nodes
import People
import Publishing
import Store
import Web
import WebOperations
import WebPeople

extension Program {
    /// Metrics for machines, and the state of the installation for its owner.
    func operationsRoutes(_ pages: Pages) -> [Route] {
        let reader = VitalsReader(floor, ingest: desks.measuring.ingest)
        let people = pages.peopleWeb
        let door = MetricsDoor(
            token: settings.metricsToken, hasPublicAddress: settings.publicURL != nil)
        let metrics = Route.machine("GET", "/metrics") { request in
            try door.check(request)
            return Reply(
                headers: [
                    "content-type": "text/plain; version=0.0.4; charset=utf-8",
                    "cache-control": "no-store",
                ], body: .bytes(Data(await metricsText(reader).utf8)))
        }
        return [metrics]
            + OperationsWeb(
                source: operations(reader), door: pages.door, frame: pages.frame,
                tabs: { people.tabs($0, "server") }
            ).routes
    }

    private func operations(_ reader: VitalsReader) -> OperationsWeb.Source {
        let jobs = FailedJobs(floor)
        return OperationsWeb.Source(
            status: { try await status(reader) },
            failed: { try await jobs.list() },
            retry: { id, principal in try await jobs.retry(id, by: principal) },
            forget: { id, principal in try await jobs.forget(id, by: principal) })
    }

    private func status(_ reader: VitalsReader) async throws -> ServerStatus {
        let vitals = try await reader.now()
        let readiness = await readiness()
        let facts = ProcessFacts.now()
        return ServerStatus(
            version: Version.current, schemaVersion: ProgramSchema.version,
            engine: database.engine.rawValue,
            uptimeSeconds: (vitals.at - floor.metering.startedAt).inSecondsExactly,
            isReady: readiness.isReady,
            problems: readiness.lines.values.filter { $0 != "ok" }.sorted(),
            queue: Self.queue(vitals),
            punctuality: [(24, vitals.day), (168, vitals.week)].map { hours, lateness in
                ServerStatus.Punctuality(
                    hours: hours, posts: lateness.count,
                    medianSeconds: lateness.quantile(0.5)?.inSecondsExactly,
                    p99Seconds: lateness.quantile(0.99)?.inSecondsExactly,
                    worstSeconds: lateness.worst?.inSecondsExactly)
            },
            storage: try await storage(vitals, reader),
            workers: vitals.queue.workers.map { worker in
                let since = vitals.at - worker.beatAt
                return ServerStatus.Worker(
                    name: worker.name, secondsSinceBeat: max(0, since.inSecondsExactly),
                    isAlive: since < JobWorker.silence)
            },
            nodes: vitals.nodes.map(ServerStatus.Node.init),
            connections: floor.keeper.counts.open,
            mostConnections: floor.keeper.limits.connections,
            memoryBytes: facts.memoryBytes, openFiles: facts.openFiles)
    }

    private static func queue(_ vitals: Vitals) -> ServerStatus.Queue {
        let facts = vitals.queue
        var kinds: [String: ServerStatus.Kind] = [:]
        for count in facts.counts {
            var kind =
                kinds[count.kind]
                ?? ServerStatus.Kind(kind: count.kind, waiting: 0, running: 0, failed: 0)
            switch count.state {
            case .waiting: kind.waiting = count.count
            case .leased: kind.running = count.count
            case .dead: kind.failed = count.count
            case .done: break
            }
            kinds[count.kind] = kind
        }
        return ServerStatus.Queue(
            waiting: facts.count(.waiting), running: facts.count(.leased),
            failed: facts.count(.dead), busyLanes: facts.busyLanes,
            waitingLanes: facts.waitingLanes,
            oldestDueSeconds: facts.oldestDue.map { (vitals.at - $0).inSecondsExactly },
            outboxSeconds: facts.oldestEvent.map { (vitals.at - $0).inSecondsExactly },
            kinds: kinds.values.sorted { $0.kind < $1.kind })
    }

    /// What the disk did not take of clicks, when there is any.
    private static func words(lost health: SpoolHealth) -> String {
        guard health.lost + health.doubtful > 0 else { return "" }
        let doubtful = health.doubtful > 0 ? ", \(health.doubtful) are doubtful" : ""
        return "; since the start the disk did not take \(health.lost)" + doubtful
    }

    private func storage(
        _ vitals: Vitals, _ reader: VitalsReader
    ) async throws -> [ServerStatus.Store] {
        let sizes = try await reader.sizes()
        let load = vitals.load
        let place = database.engine == .sqlite ? "with its log" : "on the PostgreSQL server"
        let backlog = vitals.spoolBacklog
        return [
            .init(what: "Database", bytes: load.bytes, detail: place),
            .init(
                what: "Pictures", bytes: sizes.pictures, detail: "originals and fitted copies"),
            .init(
                what: "Clicks on their way", bytes: backlog,
                detail: (backlog == 0
                    ? "all are counted" : "kept, and counted within the next moments")
                    + Self.words(lost: floor.spool.health)),
            .init(what: "Backups", bytes: sizes.backups, detail: "in the data folder"),
            .init(
                what: "Free", bytes: DiskFacts.free(settings.dataFolder),
                detail: "on the disk of the data folder"),
        ]
    }
}

extension ServerStatus.Node {
    fileprivate init(_ standing: NodeStanding) {
        self.init(
            name: standing.node.name, role: standing.node.role.rawValue,
            version: standing.node.version,
            upSeconds: max(0, (standing.readAt - standing.startedAt).inSecondsExactly),
            secondsSinceBeat: max(0, (standing.readAt - standing.beatAt).inSecondsExactly),
            isAlive: standing.isAlive, isLeader: standing.isLeader,
            clockAheadSeconds: standing.clockAhead.inSecondsExactly)
    }
}

/// Who may read `/metrics`.
struct MetricsDoor: Sendable {
    let token: String?
    let hasPublicAddress: Bool

    /// With a token, whoever sends it; without, only this machine, asked directly, and only as
    /// long as the world cannot reach the server: a proxy would look like this machine.
    func check(_ request: WebRequest) throws(Problem) {
        if let token {
            let sent = request.header("authorization") ?? ""
            guard Self.isSame(sent, "Bearer \(token)") else {
                throw Problem(
                    .unauthenticated, code: "metrics.token",
                    "Send Authorization: Bearer with the token that THROUGHLINE_METRICS_TOKEN holds."
                )
            }
            return
        }
        let isPassedOn = ["x-forwarded-for", "forwarded", "via", "x-real-ip"].contains {
            request.header($0) != nil
        }
        guard !hasPublicAddress, !isPassedOn, Self.isLocal(request.address),
            Self.isLocal(Self.name(request.header("host") ?? ""))
        else { throw .notFound("page") }
    }

    private static func isLocal(_ host: String) -> Bool {
        ["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "local"].contains(host)
    }

    /// The host without its port and brackets.
    private static func name(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }

    /// Compares digests, so that time tells nothing.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        SHA256.hash(data: Data(left.utf8)) == SHA256.hash(data: Data(right.utf8))
    }
}
