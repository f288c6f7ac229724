import Kernel
import Store
import TestSupport
import Testing

@testable import App

struct ProgramSchemaTests {
    @Test func `both engines hold the same tables, column by column`() async throws {
        var schemas: [SchemaDescription] = []
        for engine in TestDatabase.engines {
            schemas.append(
                try await TestDatabase.with(engine, ProgramSchema.plan.steps) {
                    try await $0.describeSchema()
                })
        }
        #expect(schemas[0].differences(from: schemas[1]) == [])
        #expect(schemas[0].tables.count > 40)
    }

    @Test(arguments: TestDatabase.engines)
    func `a start that was cut short after any step is finished by the next`(
        engine: Engine
    ) async throws {
        let steps = ProgramSchema.plan.steps
        let whole = try await TestDatabase.with(engine, steps) { try await $0.describeSchema() }
        for count in stride(from: 1, to: steps.count, by: 5) {
            try await TestDatabase.with(engine, Array(steps.prefix(count))) { database in
                try await database.migrate(ProgramSchema.plan, at: Instant(milliseconds: 1))
                #expect(try await database.describeSchema().differences(from: whole) == [])
            }
        }
    }

    @Test func `each step names its slice and has a number`() {
        let names = ProgramSchema.plan.steps.map(\.id)
        #expect(names.allSatisfy { $0.wholeMatch(of: /[a-z]+\/\d{4}-[a-z0-9-]+/) != nil })
    }
}
