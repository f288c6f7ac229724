package import Web

/// How the installation stands, for its owner.
package struct ServerStatus: APIValue {
    /// Jobs of one kind that are not done.
    package struct Kind: APIValue {
        package let kind: String
        package var waiting: Int
        package var running: Int
        package var failed: Int

        package init(kind: String, waiting: Int, running: Int, failed: Int) {
            self.kind = kind
            self.waiting = waiting
            self.running = running
            self.failed = failed
        }

        package static let schema = Schema.object(
            "ServerJobKind",
            [
                .required("kind", .string()), .required("waiting", .integer()),
                .required("running", .integer()), .required("failed", .integer()),
            ])
    }

    /// The queue as a whole.
    package struct Queue: APIValue {
        package let waiting: Int
        package let running: Int
        package let failed: Int
        package let busyLanes: Int
        package let waitingLanes: Int
        /// How long the oldest due job has waited; absent when none waits.
        package let oldestDueSeconds: Double?
        /// The same among events that other parts have not heard of yet.
        package let outboxSeconds: Double?
        package let kinds: [Kind]

        package init(
            waiting: Int, running: Int, failed: Int, busyLanes: Int, waitingLanes: Int,
            oldestDueSeconds: Double?, outboxSeconds: Double?, kinds: [Kind]
        ) {
            self.waiting = waiting
            self.running = running
            self.failed = failed
            self.busyLanes = busyLanes
            self.waitingLanes = waitingLanes
            self.oldestDueSeconds = oldestDueSeconds
            self.outboxSeconds = outboxSeconds
            self.kinds = kinds
        }

        package static let schema = Schema.object(
            "ServerQueue",
            [
                .required("waiting", .integer()), .required("running", .integer()),
                .required("failed", .integer()), .required("busyLanes", .integer()),
                .required("waitingLanes", .integer()),
                .optional("oldestDueSeconds", .number()), .optional("outboxSeconds", .number()),
                .required("kinds", .array(of: Kind.schema)),
            ])
    }

    /// How late the posts of a period went out.
    package struct Punctuality: APIValue {
        package let hours: Int
        package let posts: Int
        package let medianSeconds: Double?
        package let p99Seconds: Double?
        package let worstSeconds: Double?

        package init(
            hours: Int, posts: Int, medianSeconds: Double?, p99Seconds: Double?,
            worstSeconds: Double?
        ) {
            self.hours = hours
            self.posts = posts
            self.medianSeconds = medianSeconds
            self.p99Seconds = p99Seconds
            self.worstSeconds = worstSeconds
        }

        package static let schema = Schema.object(
            "ServerPunctuality",
            [
                .required("hours", .integer()), .required("posts", .integer()),
                .optional("medianSeconds", .number()), .optional("p99Seconds", .number()),
                .optional("worstSeconds", .number()),
            ])
    }

    /// What takes room.
    package struct Store: APIValue {
        package let what: String
        /// Absent when it cannot be told.
        package let bytes: Int64?
        package let detail: String

        package init(what: String, bytes: Int64?, detail: String) {
            self.what = what
            self.bytes = bytes
            self.detail = detail
        }

        package static let schema = Schema.object(
            "ServerStore",
            [
                .required("what", .string()), .optional("bytes", .integer()),
                .required("detail", .string()),
            ])
    }

    /// A process that runs jobs.
    package struct Worker: APIValue {
        package let name: String
        package let secondsSinceBeat: Double
        package let isAlive: Bool

        package init(name: String, secondsSinceBeat: Double, isAlive: Bool) {
            self.name = name
            self.secondsSinceBeat = secondsSinceBeat
            self.isAlive = isAlive
        }

        package static let schema = Schema.object(
            "ServerWorker",
            [
                .required("name", .string()), .required("secondsSinceBeat", .number()),
                .required("isAlive", .boolean()),
            ])
    }

    /// A process on the database: a node of the installation.
    package struct Node: APIValue {
        /// Host and process.
        package let name: String
        /// `serve` for pages and jobs, `work` for jobs.
        package let role: String
        package let version: String
        package let upSeconds: Double
        package let secondsSinceBeat: Double
        package let isAlive: Bool
        /// Whether it does what only one may do.
        package let isLeader: Bool
        /// How far its clock is before the database's.
        package let clockAheadSeconds: Double

        package init(
            name: String, role: String, version: String, upSeconds: Double,
            secondsSinceBeat: Double, isAlive: Bool, isLeader: Bool, clockAheadSeconds: Double
        ) {
            self.name = name
            self.role = role
            self.version = version
            self.upSeconds = upSeconds
            self.secondsSinceBeat = secondsSinceBeat
            self.isAlive = isAlive
            self.isLeader = isLeader
            self.clockAheadSeconds = clockAheadSeconds
        }

        package static let schema = Schema.object(
            "ServerNode",
            [
                .required("name", .string()), .required("role", .string()),
                .required("version", .string()), .required("upSeconds", .number()),
                .required("secondsSinceBeat", .number()), .required("isAlive", .boolean()),
                .required("isLeader", .boolean()), .required("clockAheadSeconds", .number()),
            ])
    }

    package let version: String
    package let schemaVersion: Int
    package let engine: String
    package let uptimeSeconds: Double
    package let isReady: Bool
    /// What is wrong, in words.
    package let problems: [String]
    package let queue: Queue
    package let punctuality: [Punctuality]
    package let storage: [Store]
    package let workers: [Worker]
    package let nodes: [Node]
    package let connections: Int
    package let mostConnections: Int
    package let memoryBytes: Int64
    package let openFiles: Int

    package init(
        version: String, schemaVersion: Int, engine: String, uptimeSeconds: Double, isReady: Bool,
        problems: [String], queue: Queue, punctuality: [Punctuality], storage: [Store],
        workers: [Worker], nodes: [Node], connections: Int, mostConnections: Int,
        memoryBytes: Int64, openFiles: Int
    ) {
        self.version = version
        self.schemaVersion = schemaVersion
        self.engine = engine
        self.uptimeSeconds = uptimeSeconds
        self.isReady = isReady
        self.problems = problems
        self.queue = queue
        self.punctuality = punctuality
        self.storage = storage
        self.workers = workers
        self.nodes = nodes
        self.connections = connections
        self.mostConnections = mostConnections
        self.memoryBytes = memoryBytes
        self.openFiles = openFiles
    }

    package static let schema = Schema.object(
        "ServerStatus",
        [
            .required("version", .string()), .required("schemaVersion", .integer()),
            .required("engine", .string()), .required("uptimeSeconds", .number()),
            .required("isReady", .boolean()), .required("problems", .array(of: .string())),
            .required("queue", Queue.schema),
            .required("punctuality", .array(of: Punctuality.schema)),
            .required("storage", .array(of: Store.schema)),
            .required("workers", .array(of: Worker.schema)),
            .required("nodes", .array(of: Node.schema)),
            .required("connections", .integer()), .required("mostConnections", .integer()),
            .required("memoryBytes", .integer()), .required("openFiles", .integer()),
        ])
}
