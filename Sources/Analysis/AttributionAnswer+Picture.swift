extension AttributionAnswer {
    /// A bar for each channel, with its interval; a dot for each model when there are several.
    package var picture: Picture? {
        var channels: [String] = []
        for row in rows where !channels.contains(row.channel) { channels.append(row.channel) }
        channels = Array(channels.prefix(30))
        let most = rows.map { max($0.conversions, $0.conversionsUpper ?? 0) }.max() ?? 0
        guard most > 0 else { return nil }
        let (left, width, height) = (170.0, 520.0, 26.0)
        func x(_ amount: Double) -> String { Self.fixed(left + max(0, amount) / most * width, 1) }
        let title = "Conversions by channel, " + (model == "all" ? "all models" : model)
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title" \
            viewBox="0 0 800 \(Int(height) * channels.count + 60)" \
            font-family="system-ui, sans-serif" font-size="13">
            <title id="title">\(Picture.escaped(title))</title>
            <style>
            :root { color-scheme: light dark }
            text { fill: #1c1c1c } .bar, .dot { fill: #2f6fb3 } .line { stroke: #1c1c1c }
            @media (prefers-color-scheme: dark) {
            text { fill: #eeeeee } .bar, .dot { fill: #7fb2ea } .line { stroke: #eeeeee } }
            </style>
            <text x="10" y="22" font-size="15">\(Picture.escaped(title))</text>

            """
        for (index, channel) in channels.enumerated() {
            let middle = 46 + height * Double(index)
            let own = rows.filter { $0.channel == channel }
            let baseline = Self.fixed(middle + 5, 1)
            svg +=
                "<text x=\"160\" y=\"\(baseline)\" text-anchor=\"end\">"
                + "\(Picture.escaped(String(channel.prefix(22))))</text>\n"
            if let row = own.first, own.count == 1 {
                svg += bar(row, middle, x)
            } else {
                svg += dots(own, middle, x)
            }
        }
        return Picture(svg: svg + "</svg>\n")
    }

    private func bar(_ row: Row, _ middle: Double, _ x: (Double) -> String) -> String {
        let y = Self.fixed(middle, 1)
        var text =
            "<path class=\"bar\" d=\"M\(x(0)) \(Self.fixed(middle - 8, 1))H\(x(row.conversions))"
            + "v16H\(x(0))z\"><title>\(Picture.escaped(row.channel)): "
            + "\(Self.fixed(row.conversions, 2))</title></path>\n"
        if let lower = row.conversionsLower, let upper = row.conversionsUpper {
            text +=
                "<path class=\"line\" stroke-width=\"2\" d=\"M\(x(lower)) \(y)H\(x(upper))\"/>\n"
        }
        let end = x(max(row.conversions, row.conversionsUpper ?? 0))
        return text + "<text x=\"\(end)\" dx=\"6\" y=\"\(Self.fixed(middle + 5, 1))\">"
            + "\(Self.fixed(row.conversions, 1))</text>\n"
    }

    private func dots(_ own: [Row], _ middle: Double, _ x: (Double) -> String) -> String {
        let y = Self.fixed(middle, 1)
        let amounts = own.map(\.conversions)
        var text =
            "<path class=\"line\" d=\"M\(x(amounts.min() ?? 0)) \(y)H\(x(amounts.max() ?? 0))\"/>\n"
        for row in own {
            text +=
                "<circle class=\"dot\" r=\"5\" fill-opacity=\"0.8\" cx=\"\(x(row.conversions))\" "
                + "cy=\"\(y)\"><title>\(Picture.escaped(row.channel)), \(row.model): "
                + "\(Self.fixed(row.conversions, 2))</title></circle>\n"
        }
        return text
    }
}
