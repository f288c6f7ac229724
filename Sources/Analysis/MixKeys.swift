import Foundation
import Yams

/// A mapping of MODEL.yaml with the keys it may have; errors name the line, the key and a remedy.
struct MixKeys {
    let file: String
    let path: String
    private let values: [String: Node]
    private let order: [String]

    /// `others` are spellings of other programs, and what they are called here.
    init(
        _ node: Node, file: String, path: String, known: [String], others: [String: String] = [:]
    ) throws(AnalysisError) {
        self.file = file
        self.path = path
        guard case .mapping(let mapping) = node else {
            throw .unsuitable(
                "\(Self.place(file, node)): \(path.isEmpty ? "the file" : path) must be a list of "
                    + "keys with values, such as \(known[0]): …")
        }
        var (values, order) = ([String: Node](), [String]())
        for (key, value) in mapping {
            let said = key.string ?? ""
            let name = others[said] ?? said
            guard known.contains(name) else {
                let near = Self.nearest(name, known)
                throw .unsuitable(
                    "\(Self.place(file, key)): there is no key “\(name.prefix(60))”"
                        + (path.isEmpty ? "" : " in \(path)")
                        + "; the nearest is “\(near)”. Known are: "
                        + known.joined(separator: ", ") + ".")
            }
            guard values[name] == nil else {
                throw .unsuitable(
                    "\(Self.place(file, key)): “\(name)” is written twice; write it once.")
            }
            values[name] = value
            order.append(name)
        }
        (self.values, self.order) = (values, order)
    }

    var names: [String] { order }

    subscript(_ key: String) -> Node? {
        guard let node = values[key], node.null == nil || node.string?.isEmpty == false else {
            return nil
        }
        if case .scalar(let scalar) = node, scalar.style == .plain,
            ["null", "~", ""].contains(scalar.string)
        {
            return nil
        }
        return node
    }

    func has(_ key: String) -> Bool { self[key] != nil }

    /// What is wrong with the value of a key.
    func wrong(_ key: String, _ remedy: String) -> AnalysisError {
        let full = path.isEmpty ? key : "\(path).\(key)"
        guard let node = values[key] else {
            return .unsuitable("\(file): the key \(full) is missing; \(remedy)")
        }
        return .unsuitable("\(Self.place(file, node)), key \(full): \(remedy)")
    }

    func text(_ key: String) throws(AnalysisError) -> String? {
        guard let node = self[key] else { return nil }
        guard let text = node.string, !text.isEmpty else {
            throw wrong(key, "write one name, such as a column's.")
        }
        return text
    }

    func number(_ key: String) throws(AnalysisError) -> Double? {
        guard let node = self[key] else { return nil }
        guard let text = node.string, let number = Double(text), number.isFinite else {
            throw wrong(key, "write a number such as 0.5.")
        }
        return number
    }

    func count(_ key: String, _ range: ClosedRange<Int>) throws(AnalysisError) -> Int? {
        guard let node = self[key] else { return nil }
        guard let text = node.string, let number = Int(text), range.contains(number) else {
            throw wrong(
                key, "write a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func flag(_ key: String) throws(AnalysisError) -> Bool? {
        guard let node = self[key] else { return nil }
        guard let flag = Self.flag(node) else { throw wrong(key, "write true or false.") }
        return flag
    }

    static func flag(_ node: Node) -> Bool? {
        switch node.string?.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    /// One of some words; letter case does not matter, and `_` is `-`.
    static func word(_ text: String) -> String { text.lowercased().replacing("_", with: "-") }

    /// A list, or one name by itself.
    func items(_ key: String) throws(AnalysisError) -> [Node] {
        guard let node = self[key] else { return [] }
        if case .scalar = node { return [node] }
        guard case .sequence(let sequence) = node else {
            throw wrong(key, "write a list, such as [a, b].")
        }
        return Array(sequence)
    }

    func texts(_ key: String) throws(AnalysisError) -> [String] {
        var result: [String] = []
        for item in try items(key) {
            guard let text = item.string, !text.isEmpty else {
                throw wrong(key, "write a list of names, such as [a, b].")
            }
            result.append(text)
        }
        return result
    }

    static func place(_ file: String, _ node: Node) -> String {
        node.mark.map { "\(file), line \($0.line)" } ?? file
    }

    /// The known word that takes the fewest changes (Levenshtein, 1966).
    static func nearest(_ word: String, _ known: [String]) -> String {
        let word = String(word.prefix(40)).lowercased()
        return known.min { distance(word, $0) < distance(word, $1) } ?? ""
    }

    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, corner + (letter == other ? 0 : 1))
                (corner, row[j + 1]) = (row[j + 1], next)
            }
        }
        return row[b.count]
    }
}
