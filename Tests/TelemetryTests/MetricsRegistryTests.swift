import Metrics
import Testing

@testable import Telemetry

@Suite struct MetricsRegistryTests {
    private let registry = MetricsRegistry([
        MetricDescription("http_requests_total", "Requests, by route."),
        MetricDescription("wait_seconds", "Waits.", bounds: [0.1, 1, 10]),
    ])

    @Test func `counts by labels and adds what a name needs`() {
        for route in ["/a", "/b", "/a"] {
            Counter(label: "http_requests", dimensions: [("route", route)], factory: registry)
                .increment()
        }
        #expect(
            registry.text() == """
                # HELP http_requests_total Requests, by route.
                # TYPE http_requests_total counter
                http_requests_total{route="/a"} 2
                http_requests_total{route="/b"} 1

                """)
    }

    @Test func `sorts durations into buckets that add up`() {
        let timer = Metrics.Timer(label: "wait", factory: registry)
        for milliseconds in [50, 100, 500, 20_000] as [Int64] {
            timer.recordNanoseconds(milliseconds * 1_000_000)
        }
        #expect(
            registry.text() == """
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.1"} 2
                wait_seconds_bucket{le="1"} 3
                wait_seconds_bucket{le="10"} 3
                wait_seconds_bucket{le="+Inf"} 4
                wait_seconds_sum 20.65
                wait_seconds_count 4

                """)
    }

    @Test func `escapes labels and keeps names within what Prometheus takes`() {
        Gauge(
            label: "queue.length-now", dimensions: [("kind", "say \"hi\"\\\n")],
            factory: registry
        ).record(3)
        #expect(
            registry.text().contains(#"queue_length_now{kind="say \"hi\"\\\n"} 3"# + "\n"))
        #expect(PrometheusText.name("9lives") == "_lives")
    }

    @Test func `puts looked-up values of one name together`() {
        let text = registry.text([
            MetricSample("jobs", help: "Jobs.", [MetricLabel("state", "waiting")], value: 2),
            MetricSample("up", help: "Up.", value: 1),
            MetricSample("jobs", help: "Jobs.", [MetricLabel("state", "dead")], value: 0),
        ])
        #expect(
            text == """
                # HELP jobs Jobs.
                # TYPE jobs gauge
                jobs{state="waiting"} 2
                jobs{state="dead"} 0
                # HELP up Up.
                # TYPE up gauge
                up 1

                """)
    }

    @Test func `bounds the series of one metric`() {
        for number in 0..<(MetricsRegistry.mostSeries + 50) {
            Counter(label: "odd", dimensions: [("id", "\(number)")], factory: registry).increment()
        }
        let lines = registry.text().split(separator: "\n").filter { $0.hasPrefix("odd_total{") }
        #expect(lines.count == MetricsRegistry.mostSeries + 1)
        #expect(lines.contains(#"odd_total{overflow="true"} 50"#))
    }

    @Test(arguments: [
        (0.5, "0.5"), (3, "3"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        (1e300, "1e+300"),
    ])
    func `writes numbers as Prometheus reads them`(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }
}
