import Foundation
import Kernel
import Networks
import Outbound
import Testing

@testable import NetworksLive

/// Against a real PDS, where one is given: `THROUGHLINE_TEST_PDS=http://127.0.0.1:8125` with
/// `THROUGHLINE_TEST_PDS_HANDLE` and `THROUGHLINE_TEST_PDS_PASSWORD`.
@Suite struct RealServerTests {
    private static func setting(_ name: String) -> String? {
        ProcessInfo.processInfo.environment["THROUGHLINE_TEST_PDS" + name]
    }

    @Test(.enabled(if: setting("") != nil))
    func `posts a thread once, finds it, lists it and deletes it`() async throws {
        let server = try #require(Self.setting(""))
        let port = URLComponents(string: server)?.port ?? 0
        let client = OutboundClient(allow: ["127.0.0.1:\(port)"])
        let connector = Connector.bluesky(outbound: client, surroundings: .live)
        let publishing = try #require(connector.publishing)
        let signIn = try #require(connector.connecting?.signIn)
        let account = try await signIn(
            server, Self.setting("_HANDLE") ?? "", Self.setting("_PASSWORD") ?? "")
        let access = Access(
            network: .bluesky, server: account.server, accountID: account.accountID,
            handle: account.handle, credentials: account.credentials)
        let now = Surroundings.live.now()
        let key = Surroundings.live.newSecret()
        let picture = try await publishing.upload(
            access,
            MediaFile(
                bytes: Data([0xFF, 0xD8, 0xFF, 0xD9]), contentType: "image/jpeg",
                fileName: "a.jpg", altText: "A cup", width: 4, height: 3))
        let post = OutgoingPost(
            key: key, createdAt: now, text: "Ä☕ #beans https://l.example/\(key)",
            media: [picture], language: "en")
        let probe = PostProbe(post: post, link: nil, sentAfter: now)
        #expect(try await publishing.find(access, probe) == .absent(by: "its record key"))
        let first = try await publishing.publish(access, post)
        let again = try await publishing.publish(access, post)
        #expect(first.id == again.id)
        let second = try await publishing.publish(
            access,
            OutgoingPost(
                key: key + "2", createdAt: now, text: "Second", replyTo: first, threadRoot: first)
        )
        guard case .found(let found, _) = try await publishing.find(access, probe) else {
            Issue.record("not found")
            return
        }
        #expect(found.id == first.id)
        let history = try #require(connector.history)
        let page = try await history.page(access, nil)
        #expect(page.entries.filter { $0.text == post.text }.count == 1)
        #expect(page.entries.contains { $0.post.id == second.id })
        try await publishing.delete(access, second)
        try await publishing.delete(access, first)
        try await publishing.delete(access, first)
        #expect(try await publishing.find(access, probe) == .absent(by: "its record key"))
        await client.shutdown()
    }
}
