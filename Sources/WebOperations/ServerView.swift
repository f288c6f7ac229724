import Jobs
import Kernel
import Web

/// The page around the part that is fetched again and again.
struct ServerPage: Sendable {
    let tabs: Tabs
    let part: String
    let now: ServerView
}

/// How the installation stands, in words.
struct ServerView: Sendable {
    struct Figure: Sendable {
        let value: String
        let label: String
    }

    struct Kind: Sendable {
        let kind: String
        let waiting: String
        let running: String
        let failed: String
    }

    struct Failed: Sendable {
        let id: String
        let kind: String
        let reason: String
        let when: String
    }

    struct Line: Sendable {
        let name: String
        let value: String
        let detail: String
    }

    struct Node: Sendable {
        let name: String
        let detail: String
        let chips: [Chip]
    }

    let sentence: String
    let problems: [String]
    let punctuality: [Line]
    let queue: [Figure]
    let kinds: [Kind]
    let hasKinds: Bool
    let failed: [Failed]
    let nodes: [Node]
    let storage: [Line]
    let machine: [Line]

    init(_ status: ServerStatus, _ jobs: [Job], zone: Zone) {
        let engine = status.engine == "sqlite" ? "SQLite" : "PostgreSQL"
        sentence =
            (status.isReady ? "Everything works." : "Something needs you.")
            + " Version \(status.version), schema \(status.schemaVersion), \(engine), "
            + "up for \(Quantity.words(seconds: status.uptimeSeconds))."
        problems = status.problems
        punctuality = status.punctuality.map(Self.punctuality)
        queue = Self.figures(status.queue)
        kinds = status.queue.kinds.map {
            Kind(
                kind: $0.kind, waiting: "\($0.waiting)", running: "\($0.running)",
                failed: "\($0.failed)")
        }
        hasKinds = !kinds.isEmpty
        failed = jobs.map { job in
            let times = Counted.words(Int64(job.attempt), "attempt", "attempts")
            return Failed(
                id: job.id.text, kind: job.kind, reason: job.lastError ?? "It did not say why.",
                when: "\(times), given up \(job.finishedAt.map(zone.words) ?? "at an unknown time")"
            )
        }
        nodes = status.nodes.map(Self.node)
        storage = status.storage.map {
            Line(
                name: $0.what, value: $0.bytes.map { Quantity.words(bytes: $0) } ?? "—",
                detail: $0.detail)
        }
        machine = [
            Line(
                name: "Memory", value: Quantity.words(bytes: status.memoryBytes),
                detail: "held by this process"),
            Line(name: "Open files", value: "\(status.openFiles)", detail: "connections included"),
            Line(
                name: "Connections", value: "\(status.connections)",
                detail: "of \(status.mostConnections) at the same time"),
        ]
    }

    private static func node(_ node: ServerStatus.Node) -> Node {
        let work = node.role == "serve" ? "Pages and jobs" : "Jobs"
        var detail =
            "\(work), version \(node.version), up for \(Quantity.words(seconds: node.upSeconds)), "
            + "reported \(Quantity.words(seconds: node.secondsSinceBeat)) ago."
        if abs(node.clockAheadSeconds) > 5 {
            let off = Quantity.words(seconds: abs(node.clockAheadSeconds))
            let way = node.clockAheadSeconds > 0 ? "ahead" : "behind"
            detail += " Its clock is \(off) \(way) of the database's: set it right."
        }
        var chips = [
            node.isAlive
                ? Chip("Working", .good, icon: "tabler-circle-check")
                : Chip("Silent", .warn, icon: "tabler-clock")
        ]
        if node.isAlive, node.isLeader { chips.append(Chip("Leads", .good, icon: "tabler-flag")) }
        return Node(name: node.name, detail: detail, chips: chips)
    }

    private static func punctuality(_ period: ServerStatus.Punctuality) -> Line {
        let name = period.hours == 24 ? "Last 24 hours" : "Last \(period.hours / 24) days"
        guard let median = period.medianSeconds, let p99 = period.p99Seconds,
            let worst = period.worstSeconds
        else { return Line(name: name, value: "—", detail: "nothing was published") }
        return Line(
            name: name, value: "\(Quantity.words(seconds: median)) late at the median",
            detail: "99 of 100 within \(Quantity.words(seconds: p99)), the worst "
                + "\(Quantity.words(seconds: worst)); "
                + Counted.words(Int64(period.posts), "post", "posts"))
    }

    private static func figures(_ queue: ServerStatus.Queue) -> [Figure] {
        let oldest = queue.oldestDueSeconds.map { Quantity.words(seconds: $0) }
        let outbox = queue.outboxSeconds.map { Quantity.words(seconds: $0) }
        return [
            Figure(value: "\(queue.running)", label: "run now"),
            Figure(value: "\(queue.waiting)", label: "wait for their time or turn"),
            Figure(
                value: "\(queue.busyLanes)",
                label: "lanes at work, \(queue.waitingLanes) more with something due"),
            Figure(
                value: oldest ?? "—",
                label: oldest == nil ? "nothing due waits" : "since the oldest was due"),
            Figure(
                value: outbox ?? "—",
                label: outbox == nil
                    ? "every event has been passed on" : "age of the oldest event not passed on"),
        ]
    }
}
