import CPostgres

/// What a failed result means, in the terms that both engines share.
struct PostgresFailure {
    let error: StoreError
    let fault: PostgresConnection.Fault?
    /// Whether a kept statement no longer fits: another program has changed a table, or something
    /// between us and the server has forgotten it. All of the transaction may run again without.
    let isPlanStale: Bool

    /// `isKept` says that a statement was sent by the name it was prepared under.
    init(_ result: OpaquePointer?, isConnectionBroken: Bool, isKept: Bool) {
        let field = { (code: Int32) -> String? in
            PQresultErrorField(result, code).map { String(cString: $0) }
        }
        let state = field(Diagnostic.sqlState) ?? ""
        let table = field(Diagnostic.table) ?? ""
        // “cached plan must not change result type”, “prepared statement does not exist”.
        isPlanStale = isKept && ["0A000", "26000"].contains(state) && !isConnectionBroken
        switch state {
        // Class 08: connection exceptions; 57P01–57P03: the server shuts down or starts.
        case _ where isConnectionBroken || state.hasPrefix("08") || state.hasPrefix("57P0"):
            error = .unreachable("the connection was lost")
            fault = .connectionLost
        case _ where isPlanStale:
            error = .serialization
            fault = .serialization
        case "40001", "40P01":
            error = .serialization
            fault = .serialization
        default:
            fault = nil
            error =
                switch state {
                case "23505":
                    .constraint(
                        .unique,
                        name: Self.uniqueName(
                            table: table, detail: field(Diagnostic.detail) ?? "",
                            constraint: field(Diagnostic.constraint) ?? ""))
                case "23503", "23001":
                    .constraint(.foreignKey, name: field(Diagnostic.constraint) ?? "")
                case "23514": .constraint(.check, name: field(Diagnostic.constraint) ?? "")
                case "23502":
                    .constraint(.notNull, name: "\(table).\(field(Diagnostic.column) ?? "")")
                // Values no column of the type can hold: number too large, NUL in JSON.
                case "22003", "22021", "22P05": .constraint(.check, name: "value range")
                case "53100": .storage(.full)
                case "58030": .storage(.failing)
                // A server that stands by for another takes no changes.
                case "25006": .storage(.readOnly)
                default:
                    .statement(
                        message: field(Diagnostic.message) ?? "the server gave no reason",
                        code: state)
                }
        }
    }

    /// The name SQLite gives a unique constraint: `table.column, table.column`, or the index's
    /// name when it holds expressions.
    static func uniqueName(table: String, detail: String, constraint: String) -> String {
        // “Key (a, b)=(1, 2) already exists.”; the words are translated, the brackets are not.
        guard let start = detail.firstIndex(of: "("), let end = detail.firstRange(of: ")=(") else {
            return constraint
        }
        let columns = detail[detail.index(after: start)..<end.lowerBound]
        guard !columns.contains("("), !columns.contains("::") else { return constraint }
        return columns.split(separator: ", ").map { "\(table).\($0)" }.joined(separator: ", ")
    }

    /// libpq's message in one line.
    static func plain(_ message: String) -> String {
        message.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    /// The fields of an error report (`postgres_ext.h`; the macros are characters).
    private enum Diagnostic {
        static let sqlState = Int32(UInt8(ascii: "C"))
        static let message = Int32(UInt8(ascii: "M"))
        static let detail = Int32(UInt8(ascii: "D"))
        static let table = Int32(UInt8(ascii: "t"))
        static let column = Int32(UInt8(ascii: "c"))
        static let constraint = Int32(UInt8(ascii: "n"))
    }
}
