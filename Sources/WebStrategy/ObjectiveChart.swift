import Kernel
import Strategy

/// The way of an objective as a small picture: the even pace, the check-ins, the target.
struct ObjectiveChart {
    let svg: String

    private static let width = 640.0
    private static let height = 200.0
    private static let left = 8.0
    private static let right = 632.0
    private static let top = 24.0
    private static let bottom = 170.0

    /// Nil without check-ins: an empty axis says nothing.
    init?(_ entry: StrategyBook.ObjectiveEntry, today: CivilDate) {
        guard !entry.readings.isEmpty else { return nil }
        let objective = entry.objective
        let first = min(objective.startsOn, entry.readings[0].takenOn).daysSinceEpoch
        let last = max(objective.dueOn, entry.readings[entry.readings.count - 1].takenOn)
            .daysSinceEpoch
        let values = entry.readings.map(\.value) + [objective.baseline, objective.target]
        let low = values.min() ?? 0
        let high = values.max() ?? 1
        func x(_ day: CivilDate) -> String {
            let part = Double(day.daysSinceEpoch - first) / Double(max(1, last - first))
            return Self.text(Self.left + part * (Self.right - Self.left))
        }
        func y(_ value: Double) -> String {
            let part = (value - low) / max(high - low, .ulpOfOne)
            return Self.text(Self.bottom - part * (Self.bottom - Self.top))
        }
        let points = entry.readings.map { "\(x($0.takenOn)),\(y($0.value))" }
        let dots = entry.readings.map {
            "<circle class=\"fill-1\" cx=\"\(x($0.takenOn))\" cy=\"\(y($0.value))\" r=\"4\"/>"
        }
        let label = Self.escaped(
            "\(objective.kpi): \(entry.readings.count) check-ins, the last "
                + "\(entry.note). Target \(objective.words(objective.target)) by "
                + "\(objective.dueOn.words).")
        let target = Self.escaped("Target " + objective.words(objective.target))
        let above = objective.target >= objective.baseline
        let labelY = Self.text((Double(y(objective.target)) ?? Self.top) + (above ? -7 : 16))
        svg = """
            <svg class="chart" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
            aria-label="\(label)">
            <line class="axis" x1="8" x2="632" y1="\(y(objective.target))" \
            y2="\(y(objective.target))" stroke-dasharray="4 4"/>
            <text x="632" y="\(labelY)" text-anchor="end">\(target)</text>
            <line class="axis" x1="\(x(objective.startsOn))" y1="\(y(objective.baseline))" \
            x2="\(x(objective.dueOn))" y2="\(y(objective.target))" stroke-width="2"/>
            <polyline class="line-1" points="\(points.joined(separator: " "))"/>
            \(dots.joined())
            <line class="axis" x1="8" x2="632" y1="178" y2="178"/>
            <text x="8" y="195">\(objective.startsOn.words)</text>
            <text x="632" y="195" text-anchor="end">\(objective.dueOn.words)</text>
            </svg>
            """
    }

    private static func text(_ value: Double) -> String {
        String((value * 10).rounded() / 10)
    }

    private static func escaped(_ text: String) -> String {
        HTMLText.escaped(text)
    }
}
