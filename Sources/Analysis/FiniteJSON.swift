import Foundation

/// JSON of answers, whose figures may be infinite or none: JSON has no words for them.
enum FiniteJSON {
    /// Stands for such a figure until it is taken out; no text of a file holds it by chance.
    private static let mark = "\u{F8FF}not finite\u{F8FF}"

    /// The value as text with sorted keys, without keys whose figure is not finite.
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: mark, negativeInfinity: mark, nan: mark)
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        let quoted = "\"" + mark + "\""
        guard text.contains(quoted) else { return text }
        let key = "\"(?:[^\"\\\\]|\\\\.)*\":"
        // The first key of an object takes the comma behind it along, others the one before.
        return
            text
            .replacingOccurrences(of: ",\(key)\(quoted)", with: "", options: .regularExpression)
            .replacingOccurrences(of: "\(key)\(quoted),?", with: "", options: .regularExpression)
            .replacingOccurrences(of: quoted, with: "null")
    }
}
