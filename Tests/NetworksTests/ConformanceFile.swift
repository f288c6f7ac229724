import Foundation

/// Reads the simple blocks of twitter-text's `validate.yml`, where the acceptance data is at hand.
enum ConformanceFile {
    struct Vector {
        var name: String
        var text: String
        var length: Int
    }

    static func weighted() -> [Vector]? {
        let root =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        let path = root + "/networks/x/twitter-text-conformance/conformance/validate.yml"
        guard let file = try? String(contentsOfFile: path, encoding: .utf8),
            let start = file.range(of: "  WeightedTweetsWithDiscountedEmojiCounterTest:")
        else { return nil }
        var vectors: [Vector] = []
        var name = ""
        var text: String?
        for line in file[start.upperBound...].split(separator: "\n") {
            if line.hasPrefix("  ") && !line.hasPrefix("   ") { break }
            let plain = line.trimmingCharacters(in: .whitespaces)
            if plain.hasPrefix("- description: ") { name = String(plain.dropFirst(15)) }
            if plain.hasPrefix("text: ") { text = unquoted(String(plain.dropFirst(6))) }
            if plain.hasPrefix("weightedLength: "), let read = text,
                let length = Int(plain.dropFirst(16))
            {
                vectors.append(Vector(name: name, text: read, length: length))
                text = nil
            }
        }
        return vectors
    }

    /// A double-quoted YAML scalar without `\U`, which JSON reads the same way.
    private static func unquoted(_ text: String) -> String? {
        guard text.hasPrefix("\"") else { return nil }
        return try? JSONDecoder().decode(String.self, from: Data(text.utf8))
    }
}
