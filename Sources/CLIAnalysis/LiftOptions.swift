package import Analysis
import ArgumentParser
import Statistics

extension LiftMethod: ExpressibleByArgument {}

extension Written: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }

    package var defaultValueDescription: String { text }
}

extension WrittenRatio: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
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
