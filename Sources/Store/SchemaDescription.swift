/// What a database's tables look like, in words both engines share.
package struct SchemaDescription: Sendable, Hashable {
    /// A column with its type.
    package struct Column: Sendable, Hashable {
        package let name: String
        /// `text`, `integer`, `boolean`, `real`, `json` or `bytes`.
        package let type: String
        package let isOptional: Bool
    }

    /// A reference to another table.
    package struct ForeignKey: Sendable, Hashable {
        package let columns: [String]
        package let table: String
        /// `CASCADE`, `SET NULL`, `RESTRICT` or `NO ACTION`.
        package let onDelete: String
    }

    /// An index, without its expressions.
    package struct Index: Sendable, Hashable {
        package let name: String
        package let isUnique: Bool
        package let isPartial: Bool
        /// The plain columns, in order; an expression shows as `…`.
        package let columns: [String]
    }

    /// A table with all that guards it.
    package struct Table: Sendable, Hashable {
        package var columns: [Column] = []
        package var primaryKey: [String] = []
        /// The columns of each UNIQUE constraint.
        package var unique: Set<[String]> = []
        package var foreignKeys: Set<ForeignKey> = []
        package var indexes: Set<Index> = []
    }

    package var tables: [String: Table] = [:]

    /// Every difference between two schemas, one sentence each; empty when they agree.
    package func differences(from other: SchemaDescription) -> [String] {
        var out: [String] = []
        for name in Set(tables.keys).union(other.tables.keys).sorted() {
            guard let left = tables[name], let right = other.tables[name] else {
                out.append("\(name) exists on one side only")
                continue
            }
            let compare = { (what: String, same: Bool, left: Any, right: Any) in
                if !same { out.append("\(name): \(what) \(left) against \(right)") }
            }
            compare("columns", left.columns == right.columns, left.columns, right.columns)
            compare(
                "primary key", left.primaryKey == right.primaryKey, left.primaryKey,
                right.primaryKey)
            compare("unique", left.unique == right.unique, left.unique, right.unique)
            compare(
                "foreign keys", left.foreignKeys == right.foreignKeys,
                left.foreignKeys.subtracting(right.foreignKeys),
                right.foreignKeys.subtracting(left.foreignKeys))
            compare(
                "indexes", left.indexes == right.indexes,
                left.indexes.subtracting(right.indexes), right.indexes.subtracting(left.indexes))
        }
        return out
    }
}

extension Database {
    /// Reads the schema back from the engine's own catalogue.
    package func describeSchema() async throws -> SchemaDescription {
        try await read { tx in try SchemaDescription(tx) }
    }
}

extension SchemaDescription {
    /// Reads the schema that a transaction sees.
    package init(_ tx: borrowing Transaction) throws {
        switch tx.engine {
        case .sqlite: try self.init(sqlite: tx)
        case .postgres: try self.init(postgres: tx)
        }
    }

    fileprivate init(sqlite tx: borrowing Transaction) throws {
        let names = try tx.rows(
            """
            SELECT name FROM sqlite_schema WHERE type = 'table'
                AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            """)
        for row in names {
            let name: String = try row("name")
            var table = Table()
            var keys: [(Int, String)] = []
            for row in try tx.rows("SELECT * FROM pragma_table_info(\(name)) ORDER BY cid") {
                let column: String = try row("name")
                let key: Int = try row("pk")
                if key > 0 { keys.append((key, column)) }
                table.columns.append(
                    Column(
                        name: column, type: Self.type(try row("type")),
                        isOptional: try !row("notnull", as: Bool.self) && key == 0))
            }
            table.primaryKey = keys.sorted { $0.0 < $1.0 }.map(\.1)
            var references: [Int: (columns: [String], table: String, onDelete: String)] = [:]
            for row in try tx.rows(
                "SELECT * FROM pragma_foreign_key_list(\(name)) ORDER BY id, seq")
            {
                let id: Int = try row("id")
                let target: String = try row("table")
                let onDelete: String = try row("on_delete")
                references[id, default: ([], target, onDelete)].columns.append(try row("from"))
            }
            table.foreignKeys = Set(
                references.values.map {
                    ForeignKey(columns: $0.columns, table: $0.table, onDelete: $0.onDelete)
                })
            for row in try tx.rows("SELECT * FROM pragma_index_list(\(name))") {
                try table.add(sqliteIndex: row, tx)
            }
            tables[name] = table
        }
    }

    fileprivate init(postgres tx: borrowing Transaction) throws {
        for row in try tx.rows(
            """
            SELECT table_name, column_name, data_type, is_nullable = 'YES' AS is_optional
            FROM information_schema.columns WHERE table_schema = current_schema()
            ORDER BY table_name, ordinal_position
            """)
        {
            tables[try row("table_name"), default: Table()].columns.append(
                Column(
                    name: try row("column_name"), type: Self.type(try row("data_type")),
                    isOptional: try row("is_optional")))
        }
        for row in try tx.rows(Self.constraints) {
            let name: String = try row("table_name")
            let columns = try Self.list(row("columns"))
            switch try row("contype", as: String.self) {
            case "p": tables[name]?.primaryKey = columns
            case "u": tables[name]?.unique.insert(columns)
            default:
                tables[name]?.foreignKeys.insert(
                    ForeignKey(
                        columns: columns, table: try row("referenced"),
                        onDelete: try row("on_delete")))
            }
        }
        for row in try tx.rows(Self.indexes) {
            tables[try row("table_name")]?.indexes.insert(
                Index(
                    name: try row("index_name"), isUnique: try row("is_unique"),
                    isPartial: try row("is_partial"), columns: try Self.list(row("columns"))))
        }
    }

    private static let constraints: SQL = """
        SELECT owner.relname AS table_name, con.contype::text AS contype,
            target.relname AS referenced,
            CASE con.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
                WHEN 'r' THEN 'RESTRICT' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END
                AS on_delete,
            (SELECT string_agg(att.attname, ',' ORDER BY key.place)
                FROM unnest(con.conkey) WITH ORDINALITY AS key (number, place)
                JOIN pg_attribute att
                    ON att.attrelid = con.conrelid AND att.attnum = key.number) AS columns
        FROM pg_constraint con JOIN pg_class owner ON owner.oid = con.conrelid
        LEFT JOIN pg_class target ON target.oid = con.confrelid
        WHERE con.contype IN ('p', 'u', 'f')
            AND owner.relnamespace = current_schema()::regnamespace
        """

    private static let indexes: SQL = """
        SELECT owner.relname AS table_name, self.relname AS index_name,
            ind.indisunique AS is_unique, ind.indpred IS NOT NULL AS is_partial,
            (SELECT string_agg(COALESCE(att.attname, '…'), ',' ORDER BY key.place)
                FROM unnest(ind.indkey::int2[]) WITH ORDINALITY AS key (number, place)
                LEFT JOIN pg_attribute att ON att.attrelid = ind.indrelid
                    AND att.attnum = key.number AND key.number > 0) AS columns
        FROM pg_index ind JOIN pg_class self ON self.oid = ind.indexrelid
        JOIN pg_class owner ON owner.oid = ind.indrelid
        WHERE owner.relnamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_constraint con WHERE con.conindid = ind.indexrelid
                AND con.contype IN ('p', 'u'))
        """

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map(String.init)
    }

    private static func type(_ declared: String) -> String {
        switch declared.lowercased() {
        case "text": "text"
        case "bigint", "integer", "smallint": "integer"
        case "boolean": "boolean"
        case "real", "double precision": "real"
        case "json", "jsonb": "json"
        case "blob", "bytea": "bytes"
        case let other: other
        }
    }
}

extension SchemaDescription.Table {
    fileprivate mutating func add(sqliteIndex row: Row, _ tx: borrowing Transaction) throws {
        let name: String = try row("name")
        let columns = try tx.rows("SELECT * FROM pragma_index_info(\(name)) ORDER BY seqno")
            .map { try $0("name", as: String?.self) ?? "…" }
        switch try row("origin", as: String.self) {
        case "c":
            indexes.insert(
                SchemaDescription.Index(
                    name: name, isUnique: try row("unique"), isPartial: try row("partial"),
                    columns: columns))
        case "u": unique.insert(columns)
        default: break
        }
    }
}
