import Analysis
import ArgumentParser
import Foundation
import Statistics

extension LiftMethod: ExpressibleByArgument {}

/// A share that is written as 0.05, 5% or, where it can only be that, 95.
struct Share: ExpressibleByArgument, CustomStringConvertible {
    var value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        var text = argument.trimmingCharacters(in: .whitespaces)
        let isPercent = text.hasSuffix("%")
        if isPercent { text = String(text.dropLast()).trimmingCharacters(in: .whitespaces) }
        guard let number = Double(text), number.isFinite else { return nil }
        value = isPercent ? number / 100 : number
    }

    var description: String { "\(value)" }
    var defaultValueDescription: String { description }

    /// The share as a confidence: 95 means 0.95.
    func confidence() throws -> Double {
        let share = value >= 1 && value < 100 ? value / 100 : value
        guard share > 0, share < 1 else {
            throw ValidationError("--confidence lies between 0 and 1, such as 0.95.")
        }
        return share
    }
}

/// The other side of a test, in the spellings of scipy, statsmodels and R.
struct Alternative: ExpressibleByArgument {
    var value: LiftAlternative

    init(_ value: LiftAlternative) { self.value = value }

    init?(argument: String) {
        switch argument.lowercased() {
        case "two-sided", "two.sided", "two_sided", "twosided", "two", "2": value = .twoSided
        case "greater", "larger", "up": value = .greater
        case "less", "smaller", "down": value = .less
        default: return nil
        }
    }

    static var allValueStrings: [String] { LiftAlternative.allCases.map(\.rawValue) }
    var defaultValueDescription: String { value.rawValue }
}

/// Parts such as 1:1 or 90/10; one number is that to 1.
struct Ratio: ExpressibleByArgument {
    var parts: [Double]

    init?(argument: String) {
        let texts = argument.split(whereSeparator: { ":/,".contains($0) })
        parts = texts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard parts.count == texts.count, parts.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            return nil
        }
        if parts.count == 1 { parts.append(1) }
    }
}

/// People and those of them who converted, such as 5000,60.
enum CountPair {
    /// Nil when the text is not like that.
    static func isPair(_ text: String) -> Bool {
        text.split(whereSeparator: { ",;: ".contains($0) }).allSatisfy { Double($0) != nil }
            && !text.isEmpty
    }

    static func rate(_ text: String, option: String) throws -> Rate {
        let parts = text.split(whereSeparator: { ",;: ".contains($0) })
        let numbers = parts.compactMap { part -> Int? in
            Int(part) ?? Double(part).flatMap { Int(exactly: $0) }
        }
        guard numbers.count == 2, parts.count == 2 else {
            throw AnalysisError.unsuitable(
                "\(option) \(text): write whole numbers, the people first and then those who "
                    + "converted, such as \(option) 5000,60.")
        }
        let (n, x) = (numbers[0], numbers[1])
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
