/// The least and the most that a person allows for one channel, such as `facebook=1000..5000`.
package struct BudgetBound: Sendable, Hashable {
    package var channel: String
    package var low: Double
    /// Infinite when there is no most.
    package var high: Double

    /// Reads `channel=low..high`; either end may be left out, and `channel=500` fixes it.
    package init(_ text: String) throws(AnalysisError) {
        guard let sign = text.lastIndex(of: "="), sign > text.startIndex else {
            throw Self.problem(text, "write channel=low..high, such as facebook=1000..5000.")
        }
        channel = String(text[..<sign])
        let range = text[text.index(after: sign)...]
        guard let dots = range.firstRange(of: "..") else {
            low = try Self.amount(range, text)
            high = low
            return
        }
        let (first, second) = (range[..<dots.lowerBound], range[dots.upperBound...])
        low = first.allSatisfy { $0 == " " } ? 0 : try Self.amount(first, text)
        let end = second.filter { $0 != " " }.lowercased()
        if end.isEmpty || end == "inf" || end == "infinity" {
            high = .infinity
        } else {
            high = try Self.amount(second, text)
        }
        guard high >= low else {
            throw Self.problem(text, "the most must not be below the least.")
        }
    }

    /// All bounds of an option; several may stand in one text with commas between.
    package static func all(_ texts: [String]) throws(AnalysisError) -> [BudgetBound] {
        var result: [BudgetBound] = []
        for text in texts {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let isList = parts.count > 1 && parts.allSatisfy { $0.contains("=") }
            for part in isList ? parts.map(String.init) : [text] { result.append(try .init(part)) }
        }
        return result
    }

    private static func amount(
        _ part: some StringProtocol, _ text: String
    ) throws(AnalysisError) -> Double {
        guard let value = Double(String(part.filter { $0 != " " })), value >= 0, value <= 1e15
        else {
            throw problem(
                text,
                "“\(part)” must be an amount of money: a number of 0 or more, without "
                    + "separators of thousands; leave the most out where there is none.")
        }
        return value
    }

    private static func problem(_ text: String, _ what: String) -> AnalysisError {
        .unsuitable("--bounds \(text): \(what)")
    }
}
