import Foundation
import Kernel
import Testing

@testable import Web

@Suite struct LiveHubTests {
    private static let workspace: WorkspaceID = Surroundings.live.newID()

    /// What a browser hears at once on a page that was drawn at `moment`.
    private func heard(_ hub: LiveHub, since moment: Instant?) async -> [String] {
        let stream = hub.stream(Self.workspace, since: moment)
        hub.close()
        var text = ""
        for await data in stream { text += String(decoding: data, as: UTF8.self) }
        return text.split(separator: "\n").filter { $0.hasPrefix("event: ") }
            .map { String($0.dropFirst(7)) }
    }

    @Test func `a page hears what changed while it was drawn`() async {
        let clock = ManualClock(Instant(milliseconds: 1_000_000))
        let hub = LiveHub(surroundings: clock.surroundings(seed: 1))
        hub.tell(Self.workspace, "replies")
        clock.advance(by: .seconds(1))
        let drawn = clock.now
        hub.tell(Self.workspace, "posts")
        #expect(await heard(hub, since: drawn) == ["posts"])
    }

    @Test func `a page from before a restart is told to look at everything`() async {
        let clock = ManualClock(Instant(milliseconds: 1_000_000))
        let hub = LiveHub(surroundings: clock.surroundings(seed: 1))
        #expect(await heard(hub, since: Instant(milliseconds: 999_999)) == ["all"])
        #expect(await heard(hub, since: nil) == [])
    }
}
