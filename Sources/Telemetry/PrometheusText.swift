import Kernel

/// One dimension of a series.
package struct MetricLabel: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A value that is looked up when somebody asks, rather than counted.
package struct MetricSample: Sendable, Hashable {
    /// What a value means over time.
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package let name: String
    package let kind: Kind
    package let help: String
    package let labels: [MetricLabel]
    package let value: Double

    package init(
        _ name: String, _ kind: Kind = .gauge, help: String, _ labels: [MetricLabel] = [],
        value: Double
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.value = value
    }
}

/// Writes Prometheus' text exposition format, version 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    /// Begins a metric.
    mutating func open(_ name: String, _ kind: MetricSample.Kind, _ help: String) {
        let plain = help.replacing(byte: "\\", with: "\\\\").replacing(byte: "\n", with: "\\n")
        text += "# HELP \(name) \(plain)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func line(_ name: String, _ labels: [MetricLabel], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let inner = labels.map { "\(Self.name($0.name))=\"\(Self.escaped($0.value))\"" }
            text += "{" + inner.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    mutating func histogram(
        _ name: String, _ labels: [MetricLabel], _ reading: MetricSeries.Reading,
        bounds: [Double]
    ) {
        var total = 0
        for (bound, count) in zip(bounds, reading.buckets) {
            total += count
            line(
                name + "_bucket", labels + [MetricLabel("le", Self.number(bound))], Double(total))
        }
        line(name + "_bucket", labels + [MetricLabel("le", "+Inf")], Double(reading.count))
        line(name + "_sum", labels, reading.sum)
        line(name + "_count", labels, Double(reading.count))
    }

    /// Adds samples, those of one name together.
    mutating func add(_ samples: [MetricSample]) {
        var order: [String] = []
        for sample in samples where !order.contains(sample.name) { order.append(sample.name) }
        let groups = Dictionary(grouping: samples, by: \.name)
        for name in order {
            guard let group = groups[name], let first = group.first else { continue }
            open(name, first.kind, first.help)
            for sample in group { line(name, sample.labels, sample.value) }
        }
    }

    /// A name that Prometheus takes; `suffix` is added where it is missing.
    static func name(_ label: String, suffix: String = "") -> String {
        var out = ""
        for scalar in label.unicodeScalars {
            let isLetter =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
                || (("0"..."9").contains(scalar) && !out.isEmpty)
            out.unicodeScalars.append(isLetter ? scalar : "_")
        }
        if out.isEmpty { out = "_" }
        return out.hasSuffix(suffix) ? out : out + suffix
    }

    private static func escaped(_ value: String) -> String {
        value.replacing(byte: "\\", with: "\\\\").replacing(byte: "\"", with: "\\\"")
            .replacing(byte: "\n", with: "\\n")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    /// The order of series on the page.
    static func comes(_ left: [MetricLabel], _ right: [MetricLabel]) -> Bool {
        left.map { $0.name + $0.value }.lexicographicallyPrecedes(right.map { $0.name + $0.value })
    }
}
