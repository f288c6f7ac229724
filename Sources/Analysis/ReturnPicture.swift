import Foundation

/// Small drawings of value, retention and rank; colours that are told apart in light and in dark.
enum ReturnPicture {
    /// A curve, with what was seen of it.
    struct Line {
        var name: String
        var points: [(x: Double, y: Double)]
        var dots: [(x: Double, y: Double)]
    }

    private static let colours = ["#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#c2577f", "#8c6d31"]
    private static let width = 640.0

    /// Groups of bars side by side.
    static func bars(
        title: String, labels: [String], series: [(name: String, values: [Double])]
    ) -> Picture {
        let height = 320.0
        let top = max(1e-300, series.flatMap(\.values).max() ?? 1)
        let slot = (width - 80) / Double(max(1, labels.count))
        let bar = slot * 0.8 / Double(max(1, series.count))
        var body = legend(series.map(\.name))
        for (index, label) in labels.enumerated() {
            let x = 60 + Double(index) * slot
            body += text(x + slot * 0.4, height - 24, label, "middle")
            for (number, entry) in series.enumerated() {
                let size = entry.values[index] / top * (height - 90)
                body +=
                    "<rect x=\"\(f(x + Double(number) * bar))\" y=\"\(f(height - 40 - size))\" "
                    + "width=\"\(f(bar * 0.92))\" height=\"\(f(size))\" "
                    + "fill=\"\(colours[number % colours.count])\"/>"
            }
        }
        body += text(54, 56, Shown.number(top), "end") + text(54, height - 40, "0", "end")
        return picture(title, height, body)
    }

    /// Curves from 0 to 100 %.
    static func lines(title: String, unit: String, series: [Line]) -> Picture {
        let height = 360.0
        let all = series.flatMap { $0.points + $0.dots }
        let last = max(1e-300, all.map(\.x).max() ?? 1)
        let place = { (point: (x: Double, y: Double)) in
            (60 + point.x / last * (width - 90), 50 + (1 - point.y) * (height - 100))
        }
        var body = legend(series.map(\.name))
        for share in [0, 0.25, 0.5, 0.75, 1] {
            let y = place((0, share)).1
            body += "<line x1=\"60\" x2=\"\(f(width - 30))\" y1=\"\(f(y))\" y2=\"\(f(y))\" "
            body += "stroke=\"currentColor\" stroke-opacity=\"0.2\"/>"
            body += text(54, y + 4, "\(Int(share * 100)) %", "end")
        }
        for (number, line) in series.enumerated() {
            let colour = colours[number % colours.count]
            let path = line.points.map { point in
                let (x, y) = place(point)
                return "\(f(x)),\(f(y))"
            }.joined(separator: " ")
            body += "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" "
            body += "stroke-width=\"2\"/>"
            for dot in line.dots {
                let (x, y) = place(dot)
                body += "<circle cx=\"\(f(x))\" cy=\"\(f(y))\" r=\"3.5\" fill=\"\(colour)\"/>"
            }
        }
        body += text(60, height - 28, "0", "middle")
        body += text(width - 30, height - 28, "\(Shown.number(last)) \(unit)s", "end")
        return picture(title, height, body)
    }

    /// One interval a row, with the estimate as a dot and what was measured as a ring.
    static func intervals(
        title: String,
        rows: [(name: String, low: Double, middle: Double, high: Double, seen: Double?)],
        isLogarithmic: Bool = false
    ) -> Picture {
        let height = 60 + 22 * Double(rows.count)
        let scale = { (value: Double) in isLogarithmic ? log(max(1e-12, value)) : value }
        let values = rows.flatMap { [$0.low, $0.high, $0.seen ?? $0.middle] }
        let low = scale(values.min() ?? 0)
        let high = max(low + 1e-12, scale(values.max() ?? 1))
        let place = { (value: Double) in 220 + (scale(value) - low) / (high - low) * (width - 240) }
        var body = ""
        for (index, row) in rows.enumerated() {
            let y = 50 + 22 * Double(index)
            body += text(210, y + 4, String(row.name.prefix(34)), "end")
            body += "<line x1=\"\(f(place(row.low)))\" x2=\"\(f(place(row.high)))\" y1=\"\(f(y))\" "
            body += "y2=\"\(f(y))\" stroke=\"\(colours[0])\" stroke-width=\"3\"/>"
            body += "<circle cx=\"\(f(place(row.middle)))\" cy=\"\(f(y))\" r=\"4.5\" "
            body += "fill=\"\(colours[0])\"/>"
            if let seen = row.seen {
                body += "<circle cx=\"\(f(place(seen)))\" cy=\"\(f(y))\" r=\"4.5\" fill=\"none\" "
                body += "stroke=\"\(colours[1])\" stroke-width=\"1.5\"/>"
            }
        }
        body += text(220, height - 8, Shown.number(values.min()), "start")
        body += text(width - 20, height - 8, Shown.number(values.max()), "end")
        return picture(title, height, body)
    }

    private static func legend(_ names: [String]) -> String {
        var result = ""
        var x = 60.0
        for (number, name) in names.prefix(6).enumerated() {
            result += "<rect x=\"\(f(x))\" y=\"28\" width=\"10\" height=\"10\" "
            result += "fill=\"\(colours[number % colours.count])\"/>"
            result += text(x + 14, 37, String(name.prefix(20)), "start")
            x += 34 + 7 * Double(min(20, name.count))
        }
        return result
    }

    private static func text(
        _ x: Double, _ y: Double, _ text: String, _ anchor: String
    ) -> String {
        "<text x=\"\(f(x))\" y=\"\(f(y))\" text-anchor=\"\(anchor)\">\(Picture.escaped(text))</text>"
    }

    private static func picture(_ title: String, _ height: Double, _ body: String) -> Picture {
        Picture(
            svg:
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(f(width)) \(f(height))\" "
                + "role=\"img\" font-family=\"sans-serif\" font-size=\"12\">"
                + "<title>\(Picture.escaped(title))</title><style>svg{color:#222;background:#fff}"
                + "text{fill:currentColor}@media(prefers-color-scheme:dark)"
                + "{svg{color:#ddd;background:#1b1b1b}}</style>"
                + text(16, 18, title, "start") + body + "</svg>\n")
    }

    private static func f(_ value: Double) -> String { String(format: "%.1f", value) }
}
