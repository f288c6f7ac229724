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

    @Test func `what is told waits for other processes once, and what they told does not`() async {
        let hub = LiveHub(isShared: true)
        hub.tell(Self.workspace, "posts")
        hub.tell(Self.workspace, "posts")
        hub.tellHere(Self.workspace, "plan")
        let told = hub.takeWaiting()
        #expect(told == [.init(workspace: Self.workspace, topic: "posts")])
        #expect(hub.takeWaiting().isEmpty)
        hub.putBack(told)
        #expect(hub.takeWaiting() == told)
        #expect(LiveHub().waiting == nil)
    }

    @Test func `a page drawn by a process whose clock is ahead hears what changed`() async {
        let clock = ManualClock(Instant(milliseconds: 1_000_000))
        let hub = LiveHub(surroundings: clock.surroundings(seed: 1), isShared: true)
        clock.advance(by: .seconds(10))
        let drawn = clock.now + .seconds(3)
        clock.advance(by: .seconds(1))
        hub.tell(Self.workspace, "posts")
        #expect(await heard(hub, since: drawn) == ["posts"])
    }
}
