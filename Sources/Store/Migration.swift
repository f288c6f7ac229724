package import Kernel

/// One immutable step of a slice's schema, such as `publishing/0003-attempts`.
///
/// A step never changes after it has landed; it is written with strings and knows no types of
/// the program. Its statements run in one transaction on both engines, so a process killed in
/// the middle leaves the step wholly undone and the next start runs it again.
package struct Migration: Sendable {
    package let id: String
    package let statements: [SQL]

    package init(_ id: String, _ statements: [SQL]) {
        self.id = id
        self.statements = statements
    }

    /// A digest of the statements, to notice a step that was edited after it ran.
    func checksum(for engine: Engine) -> String {
        // FNV-1a, 64 bits: this guards against mistakes, not against attackers.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for statement in statements {
            for byte in statement.render(for: engine).text.utf8 where byte > 32 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        return String(hash, radix: 16)
    }
}

/// All steps of a program in dependency order, with the versions it can work with.
package struct MigrationPlan: Sendable {
    /// This program's schema version; raised with every release that changes the schema.
    package var version: Int
    /// The oldest program version that can still work on this schema.
    package var compatibleFrom: Int
    package var steps: [Migration]

    package init(version: Int, compatibleFrom: Int, steps: [Migration]) {
        precondition(
            Set(steps.map(\.id)).count == steps.count, "every migration has its own name")
        self.version = version
        self.compatibleFrom = compatibleFrom
        self.steps = steps
    }
}

extension Database {
    /// Brings the schema up to `plan`, under a lock, one transaction per step.
    package func migrate(_ plan: MigrationPlan, at now: Instant) async throws {
        try await driver.migrate(plan, at: now)
    }
}

extension MigrationPlan {
    static let bookkeeping: [SQL] = [
        """
        CREATE TABLE IF NOT EXISTS schema_step (
            id \(.key) PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE IF NOT EXISTS schema_version (
            one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL,
            compatible_from INTEGER NOT NULL)
        """,
    ]

    /// Refuses a database this program cannot work with; returns the steps still to run.
    func pending(_ tx: borrowing Transaction) throws -> [Migration] {
        if let needed = try tx.scalar(Int.self, "SELECT compatible_from FROM schema_version"),
            needed > version
        {
            throw StoreError.schemaTooNew(compatibleFrom: needed, program: version)
        }
        var applied: [String: String] = [:]
        for row in try tx.rows("SELECT id, checksum FROM schema_step") {
            applied[try row("id")] = try row("checksum", as: String.self)
        }
        return try steps.filter { step in
            guard let checksum = applied[step.id] else { return true }
            guard checksum == step.checksum(for: tx.engine) else {
                throw StoreError.migrationChanged(id: step.id)
            }
            return false
        }
    }

    /// Runs one step and records it, in the caller's transaction.
    func apply(_ step: Migration, _ tx: borrowing Transaction, at now: Instant) throws {
        for statement in step.statements { try tx.execute(statement) }
        try tx.execute(
            """
            INSERT INTO schema_step (id, checksum, applied_at)
            VALUES (\(step.id), \(step.checksum(for: tx.engine)), \(now))
            """)
    }

    /// Records the versions; an older program that shares the database never lowers them.
    func stamp(_ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO schema_version (one, version, compatible_from)
            VALUES (1, \(version), \(compatibleFrom))
            ON CONFLICT (one) DO UPDATE SET
                version = \(.greatest("schema_version.version", "excluded.version")),
                compatible_from =
                    \(.greatest("schema_version.compatible_from", "excluded.compatible_from"))
            """)
    }
}
