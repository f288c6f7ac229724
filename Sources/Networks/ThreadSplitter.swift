/// Splits a long text into parts that each fit a network: at paragraphs, else sentences, else
/// words, and inside a word only when it alone is too long.
package struct ThreadSplitter: Sendable {
    private let rules: NetworkRules
    private let warning: String?

    /// `warning` stands before each part, or beside it, and takes room there.
    package init(_ rules: NetworkRules, warning: String? = nil) {
        self.rules = rules
        self.warning = warning
    }

    /// The parts in order; one part when everything fits.
    package func split(_ text: String) -> [String] {
        guard !fits(text) else { return [text] }
        var parts: [String] = []
        var rest = Substring(text).trimmed
        while !rest.isEmpty {
            if fits(String(rest)) {
                parts.append(String(rest))
                break
            }
            let end = rest.index(rest.startIndex, offsetBy: longestFit(rest))
            let cut = bestBreak(rest, before: end)
            parts.append(String(rest[..<cut].trimmed))
            rest = rest[cut...].trimmed
        }
        return parts.filter { !$0.isEmpty }
    }

    private func fits(_ text: String) -> Bool { rules.fits(text, warning: warning) }

    /// The most characters from the start that fit; at least one, so that splitting always ends.
    private func longestFit(_ text: Substring) -> Int {
        max(1, Self.longestBeginning(of: text, where: fits))
    }

    /// How many characters from the start still pass, when shorter beginnings pass too.
    package static func longestBeginning(
        of text: some StringProtocol, where passes: (String) -> Bool
    ) -> Int {
        var low = 0
        var high = min(text.count, 70_000)
        while low < high {
            let middle = (low + high + 1) / 2
            if passes(String(text.prefix(middle))) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private func bestBreak(_ text: Substring, before end: Substring.Index) -> Substring.Index {
        let head = text[..<end]
        let least = head.count / 3
        if let index = head.indices.last(where: { head[$0] == "\n" }),
            head.distance(from: head.startIndex, to: index) >= least
        {
            return index
        }
        let sentence = head.indices.last { index in
            guard ".!?…。".contains(head[index]) else { return false }
            let next = text.index(after: index)
            return next < text.endIndex && (text[next].isBlank || head[index] == "。")
                && next <= end
        }
        if let sentence, head.distance(from: head.startIndex, to: sentence) >= least {
            return text.index(after: sentence)
        }
        if end < text.endIndex, text[end].isBlank { return end }
        if let space = head.lastIndex(where: \.isBlank), space > head.startIndex {
            return space
        }
        return end
    }
}

extension Substring {
    /// Without white space at both ends.
    fileprivate var trimmed: Substring {
        let start = drop(while: \.isBlank)
        guard let last = start.lastIndex(where: { !$0.isBlank }) else { return start }
        return start[...last]
    }
}

extension Character {
    /// White space and nothing else: a space that carries an accent is a sign of its own.
    fileprivate var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
