import Foundation
import Web

/// The fields of a call to the API, in whichever of the three forms it came.
struct PracticeInput: Sendable {
    private(set) var fields: [(name: String, value: String)] = []
    private(set) var file: Data?

    init(_ request: WebRequest) {
        self.init(type: request.header("content-type") ?? "", body: request.body)
        for name in ["limit", "max_id", "since_id", "min_id"] {
            if let value = request.query[name] { fields.append((name, value)) }
        }
    }

    init(type: String, body: Data) {
        let kind = type.lowercased()
        if kind.hasPrefix("application/json") {
            if case .object(let members)? = JSONValue(body) { read(members) }
        } else if kind.hasPrefix("multipart/form-data"), let boundary = Self.boundary(type) {
            read(body, boundary)
        } else {
            // Names are read from the text itself, because Form keeps its pairs to itself.
            for part in String(decoding: body, as: UTF8.self).split(separator: "&").prefix(200) {
                let halves = part.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                fields.append(
                    (Self.decoded(halves[0]), halves.count > 1 ? Self.decoded(halves[1]) : ""))
            }
        }
    }

    private static func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return String(spaced).removingPercentEncoding ?? String(spaced)
    }

    /// The first value of a field.
    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of a list: `media_ids[]` in forms, `media_ids` in JSON, `media_ids[0]` in some.
    func all(_ name: String) -> [String] {
        fields.filter { $0.name == name || $0.name.hasPrefix(name + "[") }.map(\.value)
    }

    func flag(_ name: String) -> Bool { ["true", "1", "on", "True"].contains(self[name] ?? "") }

    // MARK: - JSON

    private mutating func read(_ members: [String: JSONValue]) {
        for (name, value) in members {
            if case .array(let items) = value {
                for item in items { add(name, item) }
            } else {
                add(name, value)
            }
        }
    }

    private mutating func add(_ name: String, _ value: JSONValue) {
        switch value {
        case .string(let text): fields.append((name, text))
        case .boolean(let flag): fields.append((name, "\(flag)"))
        case .number(let number):
            fields.append((name, Int64(exactly: number).map { "\($0)" } ?? "\(number)"))
        case .null, .array, .object: break
        }
    }

    // MARK: - Multipart

    private static func boundary(_ type: String) -> String? {
        guard let start = type.range(of: "boundary=", options: .caseInsensitive) else { return nil }
        let value = type[start.upperBound...].prefix { $0 != ";" }
            .trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
        return (1...200).contains(value.utf8.count) ? value : nil
    }

    private mutating func read(_ body: Data, _ boundary: String) {
        let mark = Data("--\(boundary)".utf8)
        let gap = Data("\r\n\r\n".utf8)
        var rest = body[...]
        var parts = 0
        while let start = rest.range(of: mark), parts < 50 {
            parts += 1
            let after = rest[start.upperBound...]
            guard let end = after.range(of: mark) else { break }
            let part = after[..<end.lowerBound]
            rest = after[end.lowerBound...]
            guard let middle = part.range(of: gap) else { continue }
            let head = String(decoding: part[..<middle.lowerBound], as: UTF8.self)
            var content = part[middle.upperBound...]
            if content.suffix(2) == Data("\r\n".utf8) { content = content.dropLast(2) }
            guard let name = Self.parameter("name", in: head) else { continue }
            if Self.parameter("filename", in: head) != nil, name == "file" {
                file = Data(content)
            } else {
                fields.append((name, String(decoding: content, as: UTF8.self)))
            }
        }
    }

    private static func parameter(_ name: String, in head: String) -> String? {
        guard let start = head.range(of: " \(name)=\"") else { return nil }
        return String(head[start.upperBound...].prefix { $0 != "\"" })
    }
}
