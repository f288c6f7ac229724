extension Transaction {
    /// Hands over all rows of a query, some hundred at a time, so that memory stays bounded.
    ///
    /// `body` may use the transaction, but not for another stream.
    package func stream(_ sql: SQL, _ body: ([Row]) throws -> Void) throws {
        try connection.stream(sql, batch: 500, body)
    }
}

/// A counter that numbers rows, and how far it has come.
package struct SerialCounter: Sendable, Hashable {
    package let table: String
    package let column: String
    /// The last number that was given out; zero before the first.
    package let last: Int64

    package init(table: String, column: String, last: Int64) {
        self.table = table
        self.column = column
        self.last = last
    }
}

extension Transaction {
    /// Every counter of the schema.
    package func serialCounters() throws -> [SerialCounter] {
        switch engine {
        case .sqlite:
            // The engine's own table, made with the first counted one.
            guard try exists("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'") else {
                return []
            }
            return try rows(
                """
                SELECT counted.name AS table_name, field.name AS column_name,
                    COALESCE(sequence.seq, 0) AS last
                FROM sqlite_schema AS counted
                JOIN pragma_table_info(counted.name) AS field ON field.pk = 1
                LEFT JOIN sqlite_sequence AS sequence ON sequence.name = counted.name
                WHERE counted.type = 'table' AND counted.sql LIKE '%AUTOINCREMENT%'
                ORDER BY counted.name
                """
            ).map(SerialCounter.init)
        case .postgres:
            return try rows(
                """
                SELECT table_name::text AS table_name, column_name::text AS column_name,
                    COALESCE(pg_sequence_last_value(pg_get_serial_sequence(
                        quote_ident(table_name), column_name)::regclass), 0) AS last
                FROM information_schema.columns
                WHERE table_schema = current_schema() AND is_identity = 'YES'
                ORDER BY table_name
                """
            ).map(SerialCounter.init)
        }
    }

    /// Puts a counter where another database's stood.
    package func set(_ counter: SerialCounter) throws {
        guard counter.last > 0 else { return }
        switch engine {
        case .sqlite:
            try execute("DELETE FROM sqlite_sequence WHERE name = \(counter.table)")
            try execute(
                """
                INSERT INTO sqlite_sequence (name, seq) VALUES (\(counter.table), \(counter.last))
                """)
        case .postgres:
            _ = try rows(
                """
                SELECT setval(pg_get_serial_sequence(
                    quote_ident(\(counter.table)::text), \(counter.column)::text), \(counter.last))
                """)
        }
    }
}

extension SerialCounter {
    fileprivate init(_ row: Row) throws {
        self.init(
            table: try row("table_name"), column: try row("column_name"), last: try row("last"))
    }
}
