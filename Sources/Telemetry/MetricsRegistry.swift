package import Metrics
import Synchronization

/// What a metric is called and means, and where the bounds of its histogram lie.
package struct MetricDescription: Sendable, Hashable {
    package let name: String
    package let help: String
    /// Upper bounds of the buckets, ascending; for histograms.
    package let bounds: [Double]

    package init(_ name: String, _ help: String, bounds: [Double] = []) {
        self.name = name
        self.help = help
        self.bounds = bounds
    }
}

/// Keeps the counters, gauges and histograms of this process: a backend of swift-metrics whose
/// values are read as Prometheus text.
///
/// The number of series of one metric is bounded; what comes beyond is counted together.
package final class MetricsRegistry: MetricsFactory {
    /// Series of one metric.
    static let mostSeries = 2000

    private struct Family: Sendable {
        let kind: MetricSample.Kind
        let help: String
        let bounds: [Double]
        var series: [[MetricLabel]: MetricSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let descriptions: [String: MetricDescription]
    /// The bounds of a histogram that nobody described, in seconds.
    private static let usualBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

    package init(_ descriptions: [MetricDescription] = []) {
        self.descriptions = Dictionary(
            descriptions.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    private func series(
        _ name: String, _ kind: MetricSample.Kind, _ dimensions: [(String, String)]
    ) -> MetricSeries {
        let labels = dimensions.map { MetricLabel($0.0, $0.1) }.sorted { $0.name < $1.name }
        return families.withLock { families in
            let known = descriptions[name]
            var family =
                families[name]
                ?? Family(
                    kind: kind, help: known?.help ?? "",
                    bounds: known.map(\.bounds) ?? Self.usualBounds)
            defer { families[name] = family }
            if let series = family.series[labels] { return series }
            let isFull = family.series.count >= Self.mostSeries
            let key = isFull ? [MetricLabel("overflow", "true")] : labels
            let series = family.series[key] ?? MetricSeries(bounds: family.bounds)
            family.series[key] = series
            return series
        }
    }

    /// Everything that was counted, in Prometheus' text format 0.0.4, followed by `samples`.
    package func text(_ samples: [MetricSample] = []) -> String {
        var page = PrometheusText()
        let all = families.withLock { $0 }
        for (name, family) in all.sorted(by: { $0.key < $1.key }) {
            page.open(name, family.kind, family.help)
            let rows = family.series.map { ($0.key, $0.value.reading) }
            for (labels, reading) in rows.sorted(by: { PrometheusText.comes($0.0, $1.0) }) {
                if family.kind == .histogram {
                    page.histogram(name, labels, reading, bounds: family.bounds)
                } else {
                    page.line(name, labels, reading.sum)
                }
            }
        }
        page.add(samples.filter { all[$0.name] == nil })
        return page.text
    }

    // MARK: - swift-metrics

    /// The series of a counter; its name ends in `_total`.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(PrometheusText.name(label, suffix: "_total"), .counter, dimensions)
    }

    /// The series of a counter with fractions.
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(PrometheusText.name(label, suffix: "_total"), .counter, dimensions)
    }

    /// The series of a value that goes up and down.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(PrometheusText.name(label), .gauge, dimensions)
    }

    /// The series of a histogram, or of a value that is set.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(PrometheusText.name(label), aggregate ? .histogram : .gauge, dimensions)
    }

    /// The series of durations; its name ends in `_seconds`.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(PrometheusText.name(label, suffix: "_seconds"), .histogram, dimensions)
    }

    /// Series stay, so that what was counted is shown.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Series stay.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Series stay.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Series stay.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Series stay.
    package func destroyTimer(_ handler: any TimerHandler) {}
}

/// One series: a number, or the buckets of a histogram.
final class MetricSeries: Sendable, CounterHandler, FloatingPointCounterHandler, MeterHandler,
    RecorderHandler, TimerHandler
{
    struct Reading: Sendable {
        var sum = 0.0
        var count = 0
        /// Values at or below each bound, not cumulated.
        var buckets: [Int]
    }

    private let bounds: [Double]
    private let state: Mutex<Reading>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Reading(buckets: Array(repeating: 0, count: bounds.count)))
    }

    var reading: Reading { state.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { state.withLock { $0.sum += amount } }
    func decrement(by amount: Double) { increment(by: -amount) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0.sum = value } }
    func reset() { set(0.0) }
    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        state.withLock { state in
            state.sum += value
            state.count += 1
            if let index = bounds.firstIndex(where: { value <= $0 }) { state.buckets[index] += 1 }
        }
    }
}
