package import Foundation
import Kernel
import People
import Store

/// Writes everything a workspace holds as JSON lines: one line a row, `{"table": …, "row": …}`.
///
/// Secrets stay out: digests, sealed credentials and tokens mean nothing elsewhere.
package struct Export: Sendable {
    private let database: Database
    private let people: PeopleDesk

    init(_ program: Program) {
        database = program.database
        people = program.people
    }

    private static let secretTables: Set<String> = [
        "api_token", "invitation", "pending_authorization", "job",
    ]
    private static let secretColumns: Set<String> = [
        "sealed", "secret_hash", "token_hash", "hand_token", "previous_hash", "state_hash",
    ]

    /// Hands every line to `write`; rows of one table come together, in a stable order.
    package func run(
        workspace place: String, write: (Data) async throws -> Void
    ) async throws {
        let workspace = try await people.workspace(named: place)
        let tables = try await database.describeSchema().tables
        for (name, table) in tables.sorted(by: { $0.key < $1.key })
        where !Self.secretTables.contains(name) {
            let columns = table.columns.map(\.name)
            let condition: SQL =
                if name == "workspace" { "id = \(workspace.id)" } else {
                    "workspace_id = \(workspace.id)"
                }
            guard name == "workspace" || columns.contains("workspace_id") else { continue }
            let shown = columns.filter { !Self.secretColumns.contains($0) }
            // Names come from the schema itself, never from a person.
            let list = SQL(raw: shown.map { "\"\($0)\"" }.joined(separator: ", "))
            let from = SQL(raw: "\"\(name)\"")
            let order = SQL(raw: "\"\(shown[0])\"")
            let rows = try await database.read { tx in
                try tx.rows("SELECT \(list) FROM \(from) WHERE \(condition) ORDER BY \(order)")
            }
            for row in rows { try await write(try Self.line(name, row)) }
        }
    }

    private static func line(_ table: String, _ row: Row) throws -> Data {
        var members: [String: Cell] = [:]
        for name in row.names { members[name] = Cell(try row.raw(name)) }
        return try JSON.encode(Line(table: table, row: members)) + Data("\n".utf8)
    }

    private struct Line: Encodable {
        let table: String
        let row: [String: Cell]
    }

    private struct Cell: Encodable {
        let value: SQLValue

        init(_ value: SQLValue) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .null: try container.encodeNil()
            case .integer(let number): try container.encode(number)
            case .boolean(let flag): try container.encode(flag)
            case .real(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            case .bytes(let data): try container.encode(data.base64EncodedString())
            }
        }
    }
}

extension Program {
    /// Everything a workspace holds, for `throughline export`.
    package var export: Export { Export(self) }
}
