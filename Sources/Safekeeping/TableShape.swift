import Foundation
import Kernel
package import Store

/// A table as a backup describes it: the same words for both engines.
package struct TableShape: Codable, Sendable, Hashable {
    /// A column and the kind of its values.
    package struct Column: Codable, Sendable, Hashable {
        package let name: String
        /// `text`, `integer`, `boolean`, `real`, `json` or `bytes`.
        package let type: String

        package init(name: String, type: String) {
            self.name = name
            self.type = type
        }
    }

    package let name: String
    package let columns: [Column]
    /// The columns of the primary key, in order.
    package let key: [String]

    package init(name: String, columns: [Column], key: [String]) {
        self.name = name
        self.columns = columns
        self.key = key
    }

    /// What belongs to one running installation and means nothing in another.
    package static let left: Set<String> = [
        "schema_step", "schema_version", "worker_heartbeat", "instance", "backup_run", "arrival",
        "arrival_table", "arrival_reference", "node", "leader_lease", "live_change",
        "media_file",
    ]

    /// The tables to carry over, by name.
    package static func all(_ schema: SchemaDescription) -> [TableShape] {
        schema.tables.filter { !left.contains($0.key) }
            .map { name, table in
                TableShape(
                    name: name,
                    columns: table.columns.map { Column(name: $0.name, type: $0.type) },
                    key: table.primaryKey)
            }
            .sorted { $0.name < $1.name }
    }

    var source: SQL { SQL(raw: "\"\(name)\"") }
    var list: SQL { SQL(raw: columns.map { "\"\($0.name)\"" }.joined(separator: ", ")) }
    var keyList: SQL { SQL(raw: key.map { "\"\($0)\"" }.joined(separator: ", ")) }

    /// A row's values, alike on both engines.
    func values(_ row: Row) -> [SQLValue] {
        zip(columns, row.all).map { column, value in
            switch (column.type, value) {
            case ("boolean", .integer(let number)): .boolean(number != 0)
            case ("json", .text(let text)): .text(PlainJSON.canonical(text))
            case ("real", .integer(let number)): .real(Double(number))
            default: value
            }
        }
    }

    /// A row as one line of JSON: the same bytes from both engines.
    func line(_ values: [SQLValue]) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "[")]
        for (index, value) in values.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            switch value {
            case .null: out += "null".utf8
            case .integer(let number): out += "\(number)".utf8
            case .boolean(let flag): out += (flag ? "true" : "false").utf8
            case .real(let number):
                number.isFinite
                    ? out += PlainJSON.real(number).utf8
                    : PlainJSON.write("\(number)", to: &out)
            case .text(let text): PlainJSON.write(text, to: &out)
            case .bytes(let data): PlainJSON.write(data.base64EncodedString(), to: &out)
            }
        }
        out.append(UInt8(ascii: "]"))
        return out
    }

    /// The values of a line that `line` has written; nil when it is none.
    func values(line: some Sequence<UInt8>) -> [SQLValue]? {
        guard case .list(let items)? = try? PlainJSONReader.read(Array(line)),
            items.count == columns.count
        else { return nil }
        var values: [SQLValue] = []
        for (column, item) in zip(columns, items) {
            guard let value = Self.value(item, column.type) else { return nil }
            values.append(value)
        }
        return values
    }

    private static func value(_ item: PlainJSON, _ type: String) -> SQLValue? {
        switch (type, item) {
        case (_, .null): .null
        case ("boolean", .flag(let flag)): .boolean(flag)
        case ("real", .number(let text)): Double(text).map(SQLValue.real)
        case ("real", .text(let text)): Double(text).map(SQLValue.real)
        case ("bytes", .text(let text)): Data(base64Encoded: text).map(SQLValue.bytes)
        case ("integer", .number(let text)): Int64(text).map(SQLValue.integer)
        case ("text", .text(let text)), ("json", .text(let text)): .text(text)
        // SQLite lets a column hold another kind of value; it is carried over as it is.
        case (_, .number(let text)): Int64(text).map(SQLValue.integer)
        case (_, .text(let text)): .text(text)
        default: nil
        }
    }
}
