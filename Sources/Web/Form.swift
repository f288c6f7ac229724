import Foundation

/// The fields of a submitted HTML form (`application/x-www-form-urlencoded`) or of a query.
package struct Form: Sendable {
    private(set) var pairs: [(name: String, value: String)]

    /// Reads `a=1&b=2`; at most 2,000 fields, the rest is ignored.
    package init(_ encoded: String) {
        pairs = encoded.split(separator: "&", maxSplits: 2000).prefix(2000).map { part in
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(halves[0]), halves.count > 1 ? Self.decoded(halves[1]) : "")
        }
    }

    /// The first value of a field.
    package subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// All values of a field, in order.
    package func all(_ name: String) -> [String] {
        pairs.filter { $0.name == name }.map(\.value)
    }

    private static func decoded(_ text: Substring) -> String {
        let spaced = String(text).replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? spaced
    }

    /// The JSON value that these fields mean to `schema`.
    ///
    /// Nested members are named `brief.why`, entries of a list of objects `touch.0.name`.
    /// Blank optional fields are left out; an unticked box is false.
    package func json(_ schema: Schema, prefix: String = "") -> JSONValue {
        var members: [String: JSONValue] = [:]
        for field in schema.fields {
            if let value = value(of: field.schema, named: prefix + field.name) {
                members[field.name] = value
            }
        }
        return .object(members)
    }

    private func value(of schema: Schema, named name: String) -> JSONValue? {
        switch schema {
        case .nullable(let inner): return value(of: inner, named: name)
        case .boolean:
            return .boolean(!["", "false", "0", "off"].contains(self[name] ?? ""))
        case .integer, .number:
            guard let text = self[name]?.trimmingCharacters(in: .whitespaces), !text.isEmpty
            else { return nil }
            return Double(text).map(JSONValue.number) ?? .string(text)
        case .string:
            guard let text = self[name] else { return nil }
            let plain = text.replacing("\r\n", with: "\n")
            return plain.allSatisfy(\.isWhitespace) ? nil : .string(plain)
        case .array(let element, _, _):
            if element.fields.isEmpty {
                return .array(all(name).filter { !$0.isEmpty }.map(JSONValue.string))
            }
            return .array(
                indices(below: name).map { json(element, prefix: "\(name).\($0).") })
        case .object:
            let inner = json(schema, prefix: name + ".")
            guard case .object(let members) = inner, !members.isEmpty else { return nil }
            return inner
        case .dictionary:
            let start = name + "."
            let entries = pairs.filter { $0.name.hasPrefix(start) && !$0.value.isEmpty }
                .map { (String($0.name.dropFirst(start.count)), JSONValue.string($0.value)) }
            return .object(Dictionary(entries, uniquingKeysWith: { first, _ in first }))
        }
    }

    private func indices(below name: String) -> [Int] {
        let start = name + "."
        let found = pairs.compactMap { pair -> Int? in
            guard pair.name.hasPrefix(start) else { return nil }
            return Int(pair.name.dropFirst(start.count).prefix { $0 != "." })
        }
        return Set(found).sorted()
    }
}
