/// A parser of ours, or several that read the same kind of text, with what must hold for any input.
struct FuzzTarget: Sendable {
    let name: String
    let check: @Sendable ([UInt8]) throws -> Void

    /// Every target; libFuzzer and the replay of the corpora both choose from here.
    static let all: [FuzzTarget] = [
        .tables, .addresses, .markup, .tokens, .visitors, .pictures, .networks, .answers,
        .times, .backups, .settings,
    ]
}

/// A property that did not hold.
struct Broken: Error, CustomStringConvertible {
    let description: String
}

/// Throws unless a property holds.
func hold(_ property: Bool, _ what: @autoclosure () -> String) throws {
    guard property else { throw Broken(description: what()) }
}

/// Throws unless two values are the same.
func same<Value: Equatable>(
    _ left: Value, _ right: Value, _ what: @autoclosure () -> String
) throws {
    guard left == right else {
        throw Broken(description: "\(what()): \(left) is not \(right)")
    }
}
