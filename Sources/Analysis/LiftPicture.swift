import Foundation

/// Pictures of effects with their limits.
enum LiftPicture {
    /// An effect with limits; one that is nil is open.
    struct Bar {
        var label: String
        var estimate: Double
        var lower: Double?
        var upper: Double?
        var text: String
    }

    private static let style =
        "<style>text{font:14px sans-serif;fill:#222}line,polyline{stroke:#222}"
        + ".band{fill:#2a6fbb;fill-opacity:.25}.mark{fill:#2a6fbb;stroke:#2a6fbb}"
        + ".none{stroke-dasharray:4 4}.grid{stroke-opacity:.15}.axis{font-size:12px}"
        + "@media(prefers-color-scheme:dark){text{fill:#eee}line,polyline{stroke:#eee}}</style>"

    /// One line for each effect, and a dashed one for no effect.
    static func bars(
        title: String, none: Double, axis words: (Double) -> String, _ bars: [Bar]
    ) -> Picture {
        let scale = Scale(bars, including: none, from: 170, to: 560)
        let bottom = 44 + bars.count * 32
        var body = ""
        for tick in AxisTicks.round(scale.low, scale.high) {
            body += "<line class=\"grid\" x1=\"\(scale(tick))\" x2=\"\(scale(tick))\" y1=\"36\" "
            body += "y2=\"\(bottom)\"/><text class=\"axis\" x=\"\(scale(tick))\" "
            body +=
                "y=\"\(bottom + 18)\" text-anchor=\"middle\">\(Picture.escaped(words(tick)))</text>"
        }
        body += "<line class=\"none\" x1=\"\(scale(none))\" x2=\"\(scale(none))\" y1=\"36\" "
        body += "y2=\"\(44 + bars.count * 32)\"/>"
        for (index, bar) in bars.enumerated() {
            let y = 60 + index * 32
            body += "<text x=\"8\" y=\"\(y + 5)\">\(Picture.escaped(bar.label))</text>"
            body += "<line x1=\"\(scale(bar.lower ?? scale.low))\" "
            body += "x2=\"\(scale(bar.upper ?? scale.high))\" y1=\"\(y)\" y2=\"\(y)\"/>"
            body += "<circle class=\"mark\" cx=\"\(scale(bar.estimate))\" cy=\"\(y)\" r=\"5\"/>"
            body += "<text x=\"572\" y=\"\(y + 5)\">\(Picture.escaped(bar.text))</text>"
        }
        return drawing(title, height: 74 + bars.count * 32, body)
    }

    /// Effects one after another, their limits as a band.
    static func band(
        title: String, axis words: (Double) -> String, _ bars: [Bar]
    ) -> Picture {
        let scale = Scale(bars, including: 0, from: 260, to: 44)
        func x(_ index: Int) -> String {
            text(70 + 560 * Double(index) / Double(max(1, bars.count - 1)))
        }
        let top = bars.enumerated().map { "\(x($0)),\(scale($1.upper ?? scale.high))" }
        let bottom = bars.enumerated().reversed().map { "\(x($0)),\(scale($1.lower ?? scale.low))" }
        let middle = bars.enumerated().map { "\(x($0)),\(scale($1.estimate))" }
        var body = AxisTicks.round(scale.low, scale.high).map {
            level(scale($0), words($0))
        }.joined()
        body += "<polygon class=\"band\" points=\"\((top + bottom).joined(separator: " "))\"/>"
        body += "<polyline fill=\"none\" points=\"\(middle.joined(separator: " "))\"/>"
        body += "<line class=\"none\" x1=\"70\" x2=\"630\" y1=\"\(scale(0))\" y2=\"\(scale(0))\"/>"
        body += "<text x=\"70\" y=\"285\">\(Picture.escaped(bars.first?.label ?? ""))</text>"
        body += "<text x=\"630\" y=\"285\" text-anchor=\"end\">"
        body += "\(Picture.escaped(bars.last?.label ?? ""))</text>"
        return drawing(title, height: 300, body)
    }

    /// A curve through points, and a dashed line at the height that is wanted.
    static func curve(
        title: String, _ points: [(x: Double, y: Double)], wanted: Double, horizontal: String
    ) -> Picture {
        guard let first = points.first?.x, let last = points.last?.x, last > first else {
            return drawing(title, height: 300, "")
        }
        func y(_ value: Double) -> String { text(260 - 216 * value) }
        let line = points.map {
            "\(text(70 + 560 * ($0.x - first) / (last - first))),\(y($0.y))"
        }
        var body = [0, 0.2, 0.4, 0.6, 0.8, 1].map { level(y($0), LiftWords.share($0)) }.joined()
        for tick in AxisTicks.round(first, last) {
            let x = text(70 + 560 * (tick - first) / (last - first))
            body += "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"44\" y2=\"260\"/>"
            body += "<text class=\"axis\" x=\"\(x)\" y=\"278\" text-anchor=\"middle\">"
            body += "\(Picture.escaped(LiftWords.number(tick)))</text>"
        }
        body += "<polyline fill=\"none\" points=\"\(line.joined(separator: " "))\"/>"
        body +=
            "<line class=\"none\" x1=\"70\" x2=\"630\" y1=\"\(y(wanted))\" y2=\"\(y(wanted))\"/>"
        body += "<line x1=\"70\" x2=\"630\" y1=\"260\" y2=\"260\"/>"
        body += "<text class=\"axis\" x=\"350\" y=\"296\" text-anchor=\"middle\">"
        body += "\(Picture.escaped(horizontal))</text>"
        return drawing(title, height: 300, body)
    }

    /// A number beside the picture, and a faint line at its height.
    private static func level(_ y: String, _ words: String) -> String {
        "<line class=\"grid\" x1=\"70\" x2=\"630\" y1=\"\(y)\" y2=\"\(y)\"/>"
            + "<text class=\"axis\" x=\"64\" y=\"\(y)\" text-anchor=\"end\">\(Picture.escaped(words))</text>"
    }

    private static func drawing(_ title: String, height: Int, _ body: String) -> Picture {
        Picture(
            svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 \(height)\" "
                + "role=\"img\"><title>\(Picture.escaped(title))</title>\(style)"
                + "<text x=\"8\" y=\"22\">\(Picture.escaped(title))</text>\(body)</svg>\n")
    }

    static func text(_ value: Double) -> String { String(format: "%.1f", value) }

    /// Places values along one direction of the picture.
    private struct Scale {
        let low: Double
        let high: Double
        let from: Double
        let to: Double

        init(_ bars: [Bar], including none: Double, from: Double, to: Double) {
            let values =
                bars.flatMap { [$0.estimate, $0.lower ?? none, $0.upper ?? none] } + [none]
            let (least, most) = (values.min() ?? 0, values.max() ?? 1)
            let room = most > least ? (most - least) * 0.05 : 1
            (low, high, self.from, self.to) = (least - room, most + room, from, to)
        }

        func callAsFunction(_ value: Double) -> String {
            LiftPicture.text(from + (to - from) * (value - low) / (high - low))
        }
    }
}
