package import Foundation
import Kernel
import People
import Publishing
import Store

/// Writes everything a workspace holds as JSON lines, a page of rows at a time.
///
/// `{"table": …, "row": …}` for a row, `{"picture": …, "type": …, "bytes": …}` for a picture with its
/// bytes in base64, and `{"end": …}` with the number of each at the end: without it, a part is missing.
/// Secrets stay out: digests, sealed credentials and tokens mean nothing elsewhere.
package actor Export {
    private static let pageSize = 500

    private let database: Database
    private let pictures: PictureStore
    private let workspace: WorkspaceID
    private var tables: ArraySlice<ExportPlan.Table>
    private var last: [SQLValue]?
    private var pending: ArraySlice<PictureID> = []
    private var rows = 0
    private var files = 0
    private var stage = Stage.rows

    private enum Stage { case rows, pictures, ended }

    init(
        database: Database, pictures: PictureStore, workspace: WorkspaceID, withPictures: Bool
    ) async throws {
        self.database = database
        self.pictures = pictures
        self.workspace = workspace
        tables = ExportPlan(try await database.describeSchema(), workspace: workspace).tables[...]
        if withPictures {
            pending = try await pictures.all(in: workspace)[...]
        }
    }

    /// The next lines; nil after the last.
    package func next() async throws -> Data? {
        while stage == .rows {
            guard let table = tables.first else {
                stage = .pictures
                break
            }
            let page = table.page(after: last, limit: Self.pageSize)
            let found = try await database.read { tx in try tx.rows(page) }
            last = try found.last.map { row in try table.order.map { try row.raw($0) } }
            if found.count < Self.pageSize {
                tables.removeFirst()
                last = nil
            }
            guard !found.isEmpty else { continue }
            rows += found.count
            return try found.reduce(into: Data()) { data, row in
                try data.append(Self.line(table, row))
            }
        }
        if stage == .pictures, let id = pending.popFirst() {
            let (picture, bytes) = try await pictures.read(id, in: workspace)
            files += 1
            return try JSON.encode(
                PictureLine(picture: id.text, type: picture.contentType, bytes: bytes))
                + Data("\n".utf8)
        }
        guard stage != .ended else { return nil }
        stage = .ended
        return try JSON.encode(["end": ["rows": rows, "pictures": files]]) + Data("\n".utf8)
    }

    private struct PictureLine: Encodable {
        let picture: String
        let type: String
        let bytes: Data
    }

    private static func line(_ table: ExportPlan.Table, _ row: Row) throws -> Data {
        var members: [String: Cell] = [:]
        for name in table.columns { members[name] = Cell(try row.raw(name)) }
        return try JSON.encode(Line(table: table.name, row: members)) + Data("\n".utf8)
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
    /// Everything the workspace of this short name or identifier holds, for `throughline export`.
    package func export(of place: String, withPictures: Bool) async throws -> Export {
        try await desks.export(
            of: try await people.workspace(named: place).id, withPictures: withPictures)
    }
}

extension Desks {
    func export(of workspace: WorkspaceID, withPictures: Bool) async throws -> Export {
        try await Export(
            database: floor.database, pictures: pictures, workspace: workspace,
            withPictures: withPictures)
    }
}
