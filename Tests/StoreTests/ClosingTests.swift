import Kernel
import TestSupport
import Testing

@testable import Store

@Suite struct ClosingTests {
    @Test(arguments: TestDatabase.engines)
    func `a closed database refuses instead of taking the process down`(
        engine: Engine
    ) async throws {
        try await TestDatabase.with(engine, []) { db in
            await db.close()
            await #expect(throws: (any Error).self) {
                try await db.write { tx in _ = try tx.execute("CREATE TABLE late (id INTEGER)") }
            }
            await #expect(throws: (any Error).self) {
                try await db.read { tx in try tx.exists("SELECT 1") }
            }
            await db.close()
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `closing while others write ends each of them with an answer`(
        engine: Engine
    ) async throws {
        // Connections of PostgreSQL linger for a moment, and it has few.
        for _ in 0..<(engine == .sqlite ? 20 : 3) {
            try await TestDatabase.with(engine, []) { db in
                try await db.write { tx in _ = try tx.execute("CREATE TABLE busy (id INTEGER)") }
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            _ = try? await db.write { tx in
                                try tx.execute("INSERT INTO busy (id) VALUES (\(number))")
                            }
                            _ = try? await db.read { tx in
                                try tx.exists("SELECT 1 FROM busy")
                            }
                        }
                    }
                    group.addTask { await db.close() }
                }
            }
        }
    }

    /// Closing waits for readers, who wait for the threads of tasks: it must not keep one of those.
    @Test func `more databases than processors close at once while they are read`() async throws {
        await withTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    try? await TestDatabase.with(.sqlite, []) { db in
                        await withTaskGroup { readers in
                            for _ in 0..<8 {
                                readers.addTask {
                                    _ = try? await db.read { try $0.exists("SELECT 1") }
                                }
                            }
                            readers.addTask { await db.close() }
                        }
                    }
                }
            }
        }
    }
}
