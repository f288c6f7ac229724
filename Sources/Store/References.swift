extension Transaction {
    /// A reference that was put aside, and how it is written.
    package struct Reference: Sendable, Hashable {
        package let table: String
        package let name: String
        package let definition: String

        package init(table: String, name: String, definition: String) {
            self.table = table
            self.name = name
            self.definition = definition
        }
    }

    /// The references between tables that PostgreSQL checks row by row.
    ///
    /// SQLite's are switched off when a database is opened for filling, so there are none to tell.
    package func checkedReferences() throws -> [Reference] {
        guard engine == .postgres else { return [] }
        return try rows(
            """
            SELECT owner.relname::text AS table_name, con.conname::text AS name,
                pg_get_constraintdef(con.oid) AS definition
            FROM pg_constraint con JOIN pg_class owner ON owner.oid = con.conrelid
            WHERE con.contype = 'f' AND owner.relnamespace = current_schema()::regnamespace
            ORDER BY 1, 2
            """
        ).map {
            Reference(
                table: try $0("table_name"), name: try $0("name"),
                definition: try $0("definition"))
        }
    }

    /// Removes a reference, so that rows may come in any order.
    package func drop(_ reference: Reference) throws {
        try execute(
            SQL(raw: "ALTER TABLE \"\(reference.table)\" DROP CONSTRAINT \"\(reference.name)\""))
    }

    /// Adds a reference again; the database checks every row against it.
    package func add(_ reference: Reference) throws {
        try execute("SET LOCAL statement_timeout = 0")
        try execute(
            SQL(
                raw: "ALTER TABLE \"\(reference.table)\" ADD CONSTRAINT \"\(reference.name)\" "
                    + reference.definition))
    }

    /// What the engine finds wrong with its own files and references; empty when all is well.
    package func integrityFindings() throws -> [String] {
        // PostgreSQL checks references as they are written, and has no such look at its files.
        guard engine == .sqlite else { return [] }
        var findings: [String] = []
        for row in try rows("PRAGMA integrity_check") {
            let said: String = try row("integrity_check")
            if said != "ok" { findings.append(said) }
        }
        for row in try rows("PRAGMA foreign_key_check") {
            findings.append("a broken reference in \(try row("table") as String)")
        }
        return findings
    }

    /// Which database this is for its server, when it is not a file of ours: a copy that was dumped
    /// and loaded elsewhere says something else, a file-by-file copy of the server does not.
    package func placeOnServer() throws -> String? {
        guard engine == .postgres else { return nil }
        let row = try first(
            """
            SELECT (SELECT oid FROM pg_database WHERE datname = current_database())::text
                || '/' || current_schema()::regnamespace::oid::text AS place
            """)
        let place: String = try row.map { try $0("place") } ?? ""
        // Some hosts keep this function for themselves; the rest is still worth comparing.
        let system = try? savepoint { tx in
            try tx.scalar(
                String.self,
                "SELECT system_identifier::text FROM pg_control_system()")
        }
        return "\((system ?? nil) ?? "-")/\(place)"
    }
}
