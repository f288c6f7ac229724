import Foundation
import GRDB
import GRDBSQLite

/// What SQLite is told of the values it is given: copy them, they are gone when it runs.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Statement {
    /// Runs the statement with these values from its beginning to its end; `body` hears of each row.
    ///
    /// GRDB's own rows wrap each value twice on the way, which with thousands of small statements a
    /// second is more than SQLite's part.
    func run(
        _ values: [SQLValue], in db: GRDB.Database, _ body: (borrowing StepRow) throws -> Void
    ) throws {
        let handle = sqliteStatement
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        guard sqlite3_bind_parameter_count(handle) == values.count else {
            throw DatabaseError(resultCode: .SQLITE_RANGE, message: "wrong number of values")
        }
        for (index, value) in values.enumerated() {
            let code = Self.bind(value, at: Int32(index + 1), to: handle)
            guard code == SQLITE_OK else { throw Self.error(of: db) }
        }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try body(StepRow(handle: handle))
            case SQLITE_DONE: return
            // Only whoever no longer waits for the answer stops a statement.
            case SQLITE_INTERRUPT: throw CancellationError()
            default: throw Self.error(of: db)
            }
        }
    }

    private static func bind(
        _ value: SQLValue, at index: Int32, to handle: OpaquePointer
    ) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let number): return sqlite3_bind_int64(handle, index, number)
        case .boolean(let flag): return sqlite3_bind_int64(handle, index, flag ? 1 : 0)
        case .real(let number): return sqlite3_bind_double(handle, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { bytes in
                    // An empty text has no address, and that would mean NULL.
                    bytes.baseAddress.map {
                        sqlite3_bind_text(handle, index, $0, Int32(bytes.count), copied)
                    } ?? sqlite3_bind_text(handle, index, "", 0, copied)
                }
            }
        case .bytes(let data):
            return data.withUnsafeBytes { bytes in
                bytes.baseAddress.map {
                    sqlite3_bind_blob(handle, index, $0, Int32(bytes.count), copied)
                } ?? sqlite3_bind_zeroblob(handle, index, 0)
            }
        }
    }

    private static func error(of db: GRDB.Database) -> DatabaseError {
        let connection = db.sqliteConnection
        return DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: String(cString: sqlite3_errmsg(connection)))
    }
}

/// The row that a statement stands at; of no use after its next step.
struct StepRow: ~Copyable {
    fileprivate let handle: OpaquePointer

    /// The value of a column, copied.
    subscript(_ column: Int) -> SQLValue {
        let column = Int32(column)
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(handle, column) else { return .null }
            let count = Int(sqlite3_column_bytes(handle, column))
            return .text(
                String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(handle, column))
            guard count > 0, let start = sqlite3_column_blob(handle, column) else {
                return .bytes(Data())
            }
            return .bytes(Data(bytes: start, count: count))
        default: return .null
        }
    }

    /// All values, in the order of `columns`.
    func row(_ columns: Row.Columns) -> Row {
        Row(columns: columns, values: columns.names.indices.map { self[$0] })
    }
}
