import Foundation

/// Response curves in small panels, with what is spent now and what is best.
struct BudgetPicture {
    var answer: BudgetAnswer

    private static let (panelWidth, panelHeight, columns, most) = (250.0, 190.0, 3, 30)
    private static let (left, right, top, bottom) = (62.0, 14.0, 30.0, 30.0)

    /// The drawing; of many channels those with the most money.
    var picture: Picture {
        let order = answer.rows.indices.sorted {
            let (first, second) = (answer.rows[$0], answer.rows[$1])
            return max(first.spend, first.current ?? 0) > max(second.spend, second.current ?? 0)
        }
        let shown = Set(order.prefix(Self.most))
        let places = answer.rows.indices.filter { shown.contains($0) }
        var body = ""
        for (number, index) in places.enumerated() {
            let x = Double(number % Self.columns) * Self.panelWidth
            let y = 56 + Double(number / Self.columns) * Self.panelHeight
            body += "<g transform=\"translate(\(f(x)) \(f(y)))\">\(panel(index))</g>"
        }
        let lines = (places.count + Self.columns - 1) / Self.columns
        return Picture(svg: frame(body, height: 64 + Double(lines) * Self.panelHeight))
    }

    private func panel(_ index: Int) -> String {
        let (row, points) = (answer.rows[index], answer.curves[index].points)
        let widest = max(points.last?.spend ?? 1, 1e-300)
        let highest = max(points.map(\.response).max() ?? 1, row.responseHigh ?? 0, 1e-300)
        func x(_ spend: Double) -> Double {
            Self.left + spend / widest * (Self.panelWidth - Self.left - Self.right)
        }
        func y(_ response: Double) -> Double {
            Self.panelHeight - Self.bottom
                - response / highest * (Self.panelHeight - Self.top - Self.bottom)
        }
        var body = text(Self.left, 16, row.channel, "start", "name")
        for share in [0, 0.5, 1] {
            body += "<line class=\"grid\" x1=\"\(f(Self.left))\" "
            body += "x2=\"\(f(Self.panelWidth - Self.right))\" y1=\"\(f(y(highest * share)))\" "
            body += "y2=\"\(f(y(highest * share)))\"/>"
            body += text(Self.left - 5, y(highest * share) + 4, short(highest * share), "end")
            body += text(
                x(widest * share), Self.panelHeight - 12, short(widest * share),
                share == 0 ? "start" : share == 1 ? "end" : "middle")
        }
        let line = points.map { "\(f(x($0.spend))),\(f(y($0.response)))" }
        body += "<polyline points=\"\(line.joined(separator: " "))\"/>"
        if let low = row.responseLow, let high = row.responseHigh {
            body += "<line class=\"sure\" x1=\"\(f(x(row.spend)))\" x2=\"\(f(x(row.spend)))\" "
            body += "y1=\"\(f(y(max(0, low))))\" y2=\"\(f(y(high)))\"/>"
        }
        if let current = row.current, let response = row.currentResponse {
            body +=
                "<circle class=\"now\" cx=\"\(f(x(current)))\" cy=\"\(f(y(response)))\" r=\"5\"/>"
        }
        body += "<circle class=\"best\" cx=\"\(f(x(row.spend)))\" cy=\"\(f(y(row.response)))\" "
        return body + "r=\"4\"/>"
    }

    private func frame(_ body: String, height: Double) -> String {
        let width = Double(Self.columns) * Self.panelWidth
        let title = "Response to spend: now, and the best split"
        let hasCurrent = answer.totals.currentSpend != nil
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" "
            + "viewBox=\"0 0 \(f(width)) \(f(height))\" role=\"img\" "
            + "font-family=\"sans-serif\" font-size=\"11\"><title>\(Picture.escaped(title))</title>"
            + "<style>svg{color:#222;background:#fff;--now:#0b62a4;--best:#b3500f}"
            + "text{fill:currentColor}.name{font-size:13px;font-weight:bold}"
            + "polyline{fill:none;stroke:currentColor;stroke-width:1.5}"
            + ".now{fill:none;stroke:var(--now);stroke-width:2}.best{fill:var(--best)}"
            + ".sure{stroke:var(--best);stroke-width:2;opacity:.5}"
            + ".grid{stroke:currentColor;opacity:.15}"
            + "@media(prefers-color-scheme:dark){svg{color:#ddd;background:#181818;"
            + "--now:#6db3f2;--best:#f2a65e}}</style>"
            + text(16, 22, title, "start", "name")
            + (hasCurrent
                ? "<circle class=\"now\" cx=\"22\" cy=\"40\" r=\"5\"/>"
                    + text(34, 44, "now", "start")
                : "")
            + "<circle class=\"best\" cx=\"82\" cy=\"40\" r=\"4\"/>" + text(94, 44, "best", "start")
            + text(width - 14, 44, "across: spend; up: response", "end") + body + "</svg>\n"
    }

    /// A number for an axis.
    private func short(_ value: Double) -> String {
        for (size, sign) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= size * 10 {
            return String(format: "%.4g", (value / size * 10).rounded() / 10) + sign
        }
        return value >= 1000
            ? Wording.number(value) : String(format: value >= 0.001 ? "%.3g" : "%.1g", value)
    }

    private func text(
        _ x: Double, _ y: Double, _ text: String, _ anchor: String, _ kind: String = ""
    ) -> String {
        "<text\(kind.isEmpty ? "" : " class=\"\(kind)\"") x=\"\(f(x))\" y=\"\(f(y))\" "
            + "text-anchor=\"\(anchor)\">\(Picture.escaped(text))</text>"
    }

    private func f(_ value: Double) -> String { String(format: "%.1f", value) }
}
