import Foundation
import Kernel
import Privacy
import Store
import TestSupport
import Testing

@testable import App

/// What slices declare of their tables, against the tables that each engine really has.
@Suite struct PolicyDeclarationTests {
    private func schema(_ engine: Engine) async throws -> SchemaDescription {
        try await TestDatabase.with(engine, ProgramSchema.plan.steps) {
            try await $0.describeSchema()
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `every table says what it holds of people, how long, and what erasing does`(
        engine: Engine
    ) async throws {
        let schema = try await schema(engine)
        #expect(PolicyAudit.findings(ProgramSchema.policies, schema) == [])
        #expect(ProgramSchema.policies.count > 70)
    }

    @Test(arguments: TestDatabase.engines)
    func `finds what was forgotten, misspelt or looks personal`(engine: Engine) async throws {
        let schema = try await schema(engine)
        let fewer = ProgramSchema.policies.filter { $0.table != "message" }
        #expect(
            PolicyAudit.findings(fewer, schema)
                == ["message has no TablePolicy: say what it holds of people"])
        let wrong =
            fewer + [
                TablePolicy(
                    "message", "Replies.",
                    people: .found([PersonTrace(.handle, in: "author_nick", .delete)]),
                    keeps: .with("threads"))
            ]
        let findings = PolicyAudit.findings(wrong, schema)
        #expect(findings.contains("message has no column author_nick"))
        #expect(findings.contains("message goes with threads, which is no table"))
        #expect(findings.contains { $0.hasPrefix("message.author_name looks personal") })
        #expect(findings.contains { $0.hasPrefix("message.body looks personal") })
        let silent =
            ProgramSchema.policies.filter { $0.table != "objective" } + [
                TablePolicy(
                    "objective", "Objectives.", people: .nobody(because: ""),
                    keeps: .always(because: ""))
            ]
        #expect(
            PolicyAudit.findings(silent, schema) == [
                "objective does not say why it is kept",
                "objective does not say why it speaks of nobody",
                "objective.owner_id looks personal: say how a person is found by it, or why it is "
                    + "harmless",
                "objective.owner_id names a member, undeclared",
            ])
    }

    @Test func `the documentation says the same as the declarations`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/privacy.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let declared = PrivacyDesk.markdown(ProgramSchema.policies).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
        #expect(
            rows == declared,
            "Put the output of `throughline privacy list --markdown` into docs/privacy.md")
    }
}
