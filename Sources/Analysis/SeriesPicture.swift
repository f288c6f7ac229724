import Foundation

/// A drawing of what was observed against what would have been, over time.
struct SeriesPicture {
    var title: String
    /// What each point on the time axis is called.
    var labels: [String]
    var observed: [Double?]
    var expected: [Double]
    /// Where what would have been may lie.
    var band: (lower: [Double], upper: [Double])?
    /// The points at which something was done.
    var treated: Range<Int>
    var observedName = "observed"
    var expectedName = "without it"

    private static let (width, height) = (760.0, 340.0)
    private static let (left, right, top, bottom) = (70.0, 16.0, 56.0, 36.0)

    /// The drawing.
    var picture: Picture {
        let all =
            observed.compactMap { $0 } + expected + (band.map { $0.lower + $0.upper } ?? [])
        let low = all.min() ?? 0
        let span = max((all.max() ?? 1) - low, 1e-300)
        func x(_ place: Int) -> Double {
            Self.left + Double(place) / Double(max(1, labels.count - 1))
                * (Self.width - Self.left - Self.right)
        }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - (value - low) / span
                * (Self.height - Self.top - Self.bottom)
        }
        var body = axis(low, span, y)
        let (first, last) = (x(treated.lowerBound), x(treated.upperBound - 1))
        body += "<rect class=\"when\" x=\"\(f(first))\" y=\"\(f(Self.top))\" "
        body += "width=\"\(f(max(1, last - first)))\" "
        body += "height=\"\(f(Self.height - Self.top - Self.bottom))\"/>"
        if let band {
            let upper = band.upper.enumerated().map { "\(f(x($0))),\(f(y($1)))" }
            let lower = band.lower.enumerated().map { "\(f(x($0))),\(f(y($1)))" }
            let points = (upper + lower.reversed()).joined(separator: " ")
            body += "<polygon class=\"band\" points=\"\(points)\"/>"
        }
        body += line("expected", expected, x, y) + line("observed", observed, x, y)
        body += text(x(treated.lowerBound), Self.height - 12, label(treated.lowerBound), "middle")
        if x(treated.lowerBound) > Self.left + 120 {
            body += text(Self.left, Self.height - 12, label(0), "start")
        }
        if x(treated.lowerBound) < Self.width - 140 {
            body += text(Self.width - Self.right, Self.height - 12, label(labels.count - 1), "end")
        }
        return Picture(svg: frame(body))
    }

    private func label(_ place: Int) -> String {
        labels.indices.contains(place) ? labels[place] : ""
    }

    private func axis(_ low: Double, _ span: Double, _ y: (Double) -> Double) -> String {
        (0...4).map { step in
            let value = low + span * Double(step) / 4
            return
                "<line class=\"grid\" x1=\"\(f(Self.left))\" x2=\"\(f(Self.width - Self.right))\" "
                + "y1=\"\(f(y(value)))\" y2=\"\(f(y(value)))\"/>"
                + text(Self.left - 6, y(value) + 4, Wording.number(value), "end")
        }.joined()
    }

    /// A line, broken where nothing was observed.
    private func line(
        _ name: String, _ values: [Double?], _ x: (Int) -> Double, _ y: (Double) -> Double
    ) -> String {
        var path = ""
        var isDown = false
        for (place, value) in values.enumerated() {
            if let value {
                path += "\(isDown ? "L" : "M")\(f(x(place))) \(f(y(value)))"
                isDown = true
            } else {
                isDown = false
            }
        }
        return "<path class=\"\(name)\" d=\"\(path)\"/>"
    }

    private func frame(_ body: String) -> String {
        let escapedTitle = Picture.escaped(title)
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" "
            + "viewBox=\"0 0 \(f(Self.width)) \(f(Self.height))\" role=\"img\" "
            + "font-family=\"sans-serif\" font-size=\"12\"><title>\(escapedTitle)</title><style>"
            + "svg{color:#222;background:#fff;--seen:#0b62a4;--else:#b3500f}"
            + "text{fill:currentColor}path{fill:none;stroke-width:2}"
            + ".observed{stroke:var(--seen)}"
            + ".expected{stroke:var(--else);stroke-dasharray:5 3}"
            + ".band{fill:var(--else);opacity:.18}.when{fill:currentColor;opacity:.07}"
            + ".grid{stroke:currentColor;opacity:.15}"
            + "@media(prefers-color-scheme:dark){svg{color:#ddd;background:#181818;"
            + "--seen:#6db3f2;--else:#f2a65e}}</style>"
            + text(16, 20, title, "start")
            + "<path class=\"observed\" d=\"M70 38L96 38\"/>" + text(102, 42, observedName, "start")
            + "<path class=\"expected\" d=\"M230 38L256 38\"/>"
            + text(262, 42, expectedName, "start") + body + "</svg>\n"
    }

    private func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
        "<text x=\"\(f(x))\" y=\"\(f(y))\" text-anchor=\"\(anchor)\">\(Picture.escaped(text))</text>"
    }

    private func f(_ value: Double) -> String { String(format: "%.1f", value) }
}
