import Kernel

struct PostgresDriver: Driver {
    let engine = Engine.postgres

    static func connect(_ url: String) async throws -> PostgresDriver {
        throw StoreError.unreachable("not built yet")
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value { throw StoreError.noRow }
    func write<Value: Sendable>(
        _ isolation: Database.Isolation,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value { throw StoreError.noRow }
    func migrate(_ plan: MigrationPlan, at now: Instant) async throws {}
    func close() async {}
}
