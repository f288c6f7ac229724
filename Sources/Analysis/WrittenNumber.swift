import Foundation
package import Statistics

/// What was written for a number, so that an answer about it can say how to write it.
package struct Written: Sendable, Hashable {
    package var text: String

    package init(_ text: String) { self.text = text.trimmingCharacters(in: .whitespaces) }

    /// The number, and whether it was written with a sign of percent.
    private var number: (value: Double, isPercent: Bool)? {
        let isPercent = text.hasSuffix("%")
        let digits = isPercent ? text.dropLast().trimmingCharacters(in: .whitespaces) : text
        // Only digits, a point, a sign and an exponent: no hexadecimal, no “infinity”.
        guard digits.allSatisfy({ "0123456789.+-eE".contains($0) }), let value = Double(digits),
            value.isFinite
        else { return nil }
        return (value, isPercent)
    }

    /// A chance such as 0.95, 95 or 95%: below 1 a share, above 1 percent.
    package func chance(_ option: String, such example: String) throws(AnalysisError) -> Double {
        let written = number
        let share = written.map { $0.isPercent || $0.value > 1 ? $0.value / 100 : $0.value }
        guard let written, let share, share > 0, share < 1, written.isPercent || written.value != 1
        else {
            let percent = Double(example).map { String(format: "%g", $0 * 100) } ?? ""
            throw .unsuitable(
                "\(option) \(text): write a share between 0 and 1, such as \(example), or percent "
                    + "between 0 and 100, such as \(percent)%.")
        }
        return share
    }

    /// A relative number such as 0.22 or 22%, which may be above 1 or below 0.
    package func share(_ option: String, such example: String) throws(AnalysisError) -> Double {
        guard let number else {
            throw .unsuitable("\(option) \(text): write a number, such as \(example).")
        }
        return number.isPercent ? number.value / 100 : number.value
    }

    /// A plain number between two others.
    package func number(
        _ option: String, such example: String, in range: ClosedRange<Double>
    ) throws(AnalysisError) -> Double {
        guard let number, !number.isPercent, range.contains(number.value) else {
            throw .unsuitable(
                "\(option) \(text): write a number from \(Self.words(range.lowerBound)) to "
                    + "\(Self.words(range.upperBound)), such as \(example).")
        }
        return number.value
    }

    private static func words(_ value: Double) -> String { String(format: "%g", value) }
}

/// Parts such as 1:1 or 90/10; one number is that to 1.
package struct WrittenRatio: Sendable, Hashable {
    package var text: String

    package init(_ text: String) { self.text = text }

    /// So many parts, each of them above 0.
    package func parts(
        _ option: String, count: Int, such example: String
    ) throws(AnalysisError) -> [Double] {
        let texts = text.split(
            omittingEmptySubsequences: false, whereSeparator: { ":/,".contains($0) })
        var parts = texts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        if texts.count == 1, count == 2, parts.count == 1 { parts.append(1) }
        let isPlain = parts.allSatisfy { $0 >= 1e-18 && $0 <= 1e18 }
        guard isPlain, parts.count == count, count == max(texts.count, count) else {
            throw .unsuitable(
                "\(option) \(text): write \(count == 2 ? "two" : "four") numbers above 0, such as "
                    + "\(example).")
        }
        return parts
    }
}

/// People and those of them who converted, such as 5000,60.
package enum CountPair {
    /// The rate of such a pair.
    package static func rate(
        _ text: String, option: String
    ) throws(AnalysisError) -> Rate {
        let parts = text.split(whereSeparator: { ",;:/ ".contains($0) })
        let numbers = parts.compactMap { part -> Int? in
            Double(part).flatMap { $0 > Double(Rate.most) ? Rate.most + 1 : Int(exactly: $0) }
        }
        guard numbers.count == 2, parts.count == 2 else {
            throw AnalysisError.unsuitable(
                "\(option) \(text): write whole numbers, the people first and then those who "
                    + "converted, such as \(option) 5000,60.")
        }
        let (n, x) = (numbers[0], numbers[1])
        guard max(n, x) <= Rate.most else {
            throw AnalysisError.unsuitable(
                "\(option) \(text): that is more people than can be counted (10¹²).")
        }
        guard n >= 0, x >= 0 else {
            throw AnalysisError.unsuitable("\(option) \(text): people are not counted below 0.")
        }
        guard n > 0 else {
            throw AnalysisError.unsuitable("\(option) \(text): there is nobody in this arm.")
        }
        guard x <= n else {
            throw AnalysisError.unsuitable(
                "\(option) \(text): \(x) of \(n) people cannot have converted. Write the people "
                    + "first, and count people, not events.")
        }
        return Rate(count: n, successes: x)
    }
}
