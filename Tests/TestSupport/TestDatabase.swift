import Foundation
import Kernel
package import Store
import Testing

/// Fresh, migrated databases for tests, on both engines.
package enum TestDatabase {
    /// Both engines.
    ///
    /// Without PostgreSQL its cases are shown as skipped, or fail when `CI` is set.
    ///
    ///     @Test(arguments: TestDatabase.engines)
    ///     func `claims each job once`(engine: Engine) async throws {
    package static let engines = Engine.allCases

    /// Lends an empty database with the given migrations applied, and removes it afterwards.
    @discardableResult
    package static func with<Value>(
        _ engine: Engine, _ migrations: [Migration],
        _ body: (Database) async throws -> Value
    ) async throws -> Value {
        try await location(engine) { location in
            let database = try await Database.open(location)
            do {
                let plan = MigrationPlan(version: 1, compatibleFrom: 1, steps: migrations)
                try await database.migrate(plan, at: Instant(milliseconds: 0))
                let value = try await body(database)
                await database.close()
                return value
            } catch {
                await database.close()
                throw error
            }
        }
    }

    /// Lends a place for a database that does not exist yet, and removes it afterwards.
    @discardableResult
    package static func location<Value>(
        _ engine: Engine, _ body: (Database.Location) async throws -> Value
    ) async throws -> Value {
        switch engine {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("throughline-test-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            return try await body(.folder(folder))
        case .postgres:
            return try await PostgresTestServer.withSchema { url in
                try await body(.postgres(url))
            }
        }
    }
}
