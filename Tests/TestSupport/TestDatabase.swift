import Foundation
import Kernel
package import Store

/// Fresh, migrated databases for tests, on both engines.
package enum TestDatabase {
    /// The engines this run tests: always SQLite, and PostgreSQL when the test command started one.
    ///
    ///     @Test(arguments: TestDatabase.engines)
    ///     func `claims each job once`(engine: Engine) async throws {
    package static var engines: [Engine] { postgresURL == nil ? [.sqlite] : Engine.allCases }

    /// The private server's address, from `THROUGHLINE_TEST_POSTGRES`.
    package static var postgresURL: String? {
        ProcessInfo.processInfo.environment["THROUGHLINE_TEST_POSTGRES"]
    }

    /// Lends an empty database with the given migrations applied, and removes it afterwards.
    package static func with<Value>(
        _ engine: Engine, _ migrations: [Migration],
        _ body: (Database) async throws -> Value
    ) async throws -> Value {
        let plan = MigrationPlan(version: 1, compatibleFrom: 1, steps: migrations)
        switch engine {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("throughline-test-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let database = try await Database.open(.folder(folder))
            return try await using(database, plan, body)
        case .postgres:
            let url = try await PostgresTestServer.createDatabase()
            let database = try await Database.open(.postgres(url))
            let value = try await using(database, plan, body)
            try await PostgresTestServer.dropDatabase(url)
            return value
        }
    }

    private static func using<Value>(
        _ database: Database, _ plan: MigrationPlan, _ body: (Database) async throws -> Value
    ) async throws -> Value {
        try await database.migrate(plan, at: Instant(milliseconds: 0))
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}

enum PostgresTestServer {
    static func createDatabase() async throws -> String {
        throw StoreError.unreachable("not built yet")
    }
    static func dropDatabase(_ url: String) async throws {}
}
