import Analysis
import ArgumentParser

/// Reads options that are shares: confidence, level, power, alpha.
///
/// Every such option is written `@Option(help: …, transform: ShareOption.read) var level = 0.95`, so
/// that 0.95, 95 and 95% are the same, and 0, 1, 100, nan and inf are refused with a remedy.
enum ShareOption {
    /// The share that a text says.
    static func read(_ text: String) throws -> Double {
        do { return try OptionText.share(text) } catch { throw ValidationError(error.message) }
    }
}

/// Reads options that are numbers.
///
/// Every option of a `Double` is written `@Option(help: …, transform: NumberOption.read)`, so that
/// nan, inf and hexadecimal digits are refused with a remedy.
enum NumberOption {
    /// The finite number that a text says.
    static func read(_ text: String) throws -> Double {
        do { return try OptionText.number(text) } catch { throw ValidationError(error.message) }
    }
}
