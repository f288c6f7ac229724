import Jobs
import Kernel
import Metrics
import Publishing
import Synchronization
import Telemetry
import Web

/// Counts what happens, for `/metrics`.
struct Metering: Sendable {
    let registry: MetricsRegistry
    let startedAt: Instant
    private let clicks: Counter
    private let events: Counter
    private let lateness: Recorder
    private let read: Mark

    /// Up to when published posts have been counted.
    private final class Mark: Sendable {
        let instant: Mutex<Instant>
        init(_ instant: Instant) { self.instant = Mutex(instant) }
    }

    init(since start: Instant) {
        registry = MetricsRegistry(Self.descriptions)
        startedAt = start
        read = Mark(start)
        lateness = Recorder(
            label: "throughline_delivery_lateness_seconds", aggregate: true, factory: registry)
        clicks = Self.direct("GET", "/l/{slug}", 302, registry)
        events = Self.direct("POST", "/t/e", 204, registry)
    }

    private static func direct(
        _ method: String, _ route: String, _ status: Int, _ registry: MetricsRegistry
    ) -> Counter {
        Counter(
            label: "throughline_http_requests_total",
            dimensions: [("route", route), ("method", method), ("status", "\(status)")],
            factory: registry)
    }

    /// Counts a request that the router answered.
    func observe(_ exchange: Exchange) {
        let route = [("route", exchange.route), ("method", exchange.method)]
        Counter(
            label: "throughline_http_requests_total",
            dimensions: route + [("status", "\(exchange.status)")], factory: registry
        ).increment()
        Timer(
            label: "throughline_http_request_duration_seconds", dimensions: route,
            factory: registry
        ).recordNanoseconds(exchange.duration.inNanoseconds)
    }

    /// Counts a click or a site event that was answered on the connection itself.
    func answered(isClick: Bool, status: Int) {
        switch (isClick, status) {
        case (true, 302): clicks.increment()
        case (false, 204): events.increment()
        default:
            Self.direct(
                isClick ? "GET" : "POST", isClick ? "/l/{slug}" : "/t/e", status, registry
            ).increment()
        }
    }

    /// Counts an attempt of a job.
    func observe(_ run: JobRun) {
        Counter(
            label: "throughline_job_runs_total",
            dimensions: [("kind", run.kind), ("outcome", run.outcome.rawValue)],
            factory: registry
        ).increment()
        Timer(
            label: "throughline_job_duration_seconds", dimensions: [("kind", run.kind)],
            factory: registry
        ).recordNanoseconds(run.duration.inNanoseconds)
        Timer(label: "throughline_job_wait_seconds", factory: registry)
            .recordNanoseconds(run.waited.inNanoseconds)
    }

    /// The instant up to which lateness has been counted; `count` moves it.
    var latenessMark: Instant { read.instant.withLock { $0 } }

    /// Counts the lateness of what was published after the mark and up to `end`.
    func count(_ values: [Duration], upTo end: Instant) {
        read.instant.withLock { $0 = end }
        for value in values { lateness.record(value.inSecondsExactly) }
    }

    private static let descriptions: [MetricDescription] = [
        MetricDescription(
            "throughline_http_requests_total", "Requests by route, method and status."),
        MetricDescription(
            "throughline_http_request_duration_seconds",
            "From a request's header to its answer, by route.",
            bounds: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]),
        MetricDescription(
            "throughline_job_runs_total", "Attempts of jobs by kind and how they ended."),
        MetricDescription(
            "throughline_job_duration_seconds", "How long attempts of jobs took.",
            bounds: [0.005, 0.05, 0.25, 1, 5, 30, 120]),
        MetricDescription(
            "throughline_job_wait_seconds", "From a job's due time to its start.",
            bounds: [0.05, 0.25, 1, 5, 30, 120, 600, 3600]),
        MetricDescription(
            "throughline_delivery_lateness_seconds",
            "From a post's due time to its publication, counted since this process started.",
            bounds: [0.5, 1, 2, 5, 15, 60, 300, 1800, 7200, 43_200]),
    ]
}

extension Duration {
    fileprivate var inNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    /// Seconds with their fraction.
    var inSecondsExactly: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
