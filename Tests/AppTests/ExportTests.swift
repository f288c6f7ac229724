import Foundation
import Kernel
import People
import Synchronization
import Testing

@testable import App

@Suite struct ExportTests {
    private final class Sink: Sendable {
        let text = Mutex("")
    }

    @Test func `writes the workspace's rows and no secret`() async throws {
        try await AppWorld.with { world in
            let sink = Sink()
            try await world.program.export.run(workspace: world.slug) { line in
                sink.text.withLock { $0 += String(decoding: line, as: UTF8.self) }
            }
            let text = sink.text.withLock { $0 }
            #expect(text.contains("Harbour Coffee"))
            #expect(text.split(separator: "\n").count > Role.allCases.count)
            #expect(!text.contains("Elsewhere"), "another workspace's rows")
            #expect(!text.contains("_hash"))
            for secret in world.sessions.values { #expect(!text.contains(secret)) }
        }
    }

    @Test func `says plainly that there is no such workspace`() async throws {
        try await AppWorld.with { world in
            await #expect(throws: PeopleError.noSuchWorkspace) {
                try await world.program.export.run(workspace: "nowhere") { _ in }
            }
        }
    }
}
