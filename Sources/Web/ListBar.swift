import Foundation
package import Kernel

/// The search, the filters, the order and the file of a list; all of it stands in the address.
///
/// A list names what it can be narrowed by once; the bar, the link to the next page and the link
/// to the file then carry whatever the address says.
package struct ListBar: Sendable {
    /// A choice of a few values.
    package struct Select: Sendable {
        package let name: String
        package let label: String
        package let choices: [Choice]

        /// `all` is what the list shows without a choice; without it the first choice stands.
        package init(
            _ name: String, _ label: String, all: String? = nil, _ choices: [(String, String)],
            _ request: WebRequest
        ) {
            self.name = name
            self.label = label
            let chosen = request.query[name] ?? ""
            self.choices =
                (all.map { [Choice("", $0, selected: chosen.isEmpty)] } ?? [])
                + choices.map { Choice($0.0, $0.1, selected: $0.0 == chosen) }
        }
    }

    /// A day, or something that the form carries along.
    package struct Field: Sendable {
        package let name: String
        package let label: String
        package let value: String
    }

    package let action: String
    package let label: String
    package let search: String
    package let searchLabel: String?
    package let days: [Field]
    package let selects: [Select]
    package let kept: [Field]
    package let csv: String
    /// Whether anything is chosen, so that an empty list can say why.
    package let isNarrowed: Bool
    /// The list without any of it.
    package let whole: String
    private let query: String

    package init(
        _ request: WebRequest, at action: String, label: String, search: String? = nil,
        hasDays: Bool = false, selects: [Select] = [], kept: [String] = []
    ) {
        func value(_ name: String) -> String { request.query[name] ?? "" }
        self.action = action
        self.label = label
        self.search = value("q")
        searchLabel = search
        days =
            hasDays
            ? [
                Field(name: "from", label: "From", value: value("from")),
                Field(name: "to", label: "To", value: value("to")),
            ] : []
        self.selects = selects
        self.kept = kept.map { Field(name: $0, label: "", value: value($0)) }
            .filter { !$0.value.isEmpty }
        let names =
            (search == nil ? [] : ["q"]) + days.map(\.name) + selects.map(\.name) + kept
        let given = names.map { ($0, value($0)) }.filter { !$0.1.isEmpty }
        query = Self.query(given)
        csv = "\(action)/table.csv\(query.isEmpty ? "" : "?" + query)"
        isNarrowed = given.contains { $0.0 != "sort" }
        whole = action
    }

    /// The address of the page after `cursor`.
    package func next(_ cursor: Cursor?) -> String? {
        cursor.map { "\(action)?\(query.isEmpty ? "" : query + "&")cursor=\($0.token)" }
    }

    /// `a=1&b=two%20words`.
    package static func query(_ pairs: [(String, String)]) -> String {
        pairs.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }

    /// A value as it stands in an address.
    package static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            if isPlain || byte == 45 || byte == 95 || byte == 46 {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "%" + Hex.text([byte]).uppercased()
            }
        }
        return out
    }
}

/// A list as a file for spreadsheets.
package enum CSVFile {
    /// More rows than these are not put into one file.
    package static let mostRows = 100_000

    /// The file of all pages of a list.
    package static func reply<Item>(
        _ name: String, _ columns: [String],
        pages: (PageRequest) async throws -> Page<Item>, row: (Item) -> [String]
    ) async throws -> Reply {
        var text = CSVText.line(columns)
        var next: Cursor?
        var count = 0
        repeat {
            let page = try await pages(PageRequest(limit: 200, after: next))
            for item in page.items { text += CSVText.line(row(item)) }
            count += page.items.count
            next = page.next
        } while next != nil && count < mostRows
        return .file(
            Data(text.utf8), type: "text/csv; charset=utf-8", downloadName: name + ".csv")
    }
}
