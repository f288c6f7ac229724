import Foundation
import Networks
import Testing

@testable import NetworksLive

/// Our reading of Bluesky's answers, against what the official AppView was seen to answer.
@Suite(.enabled(if: Recording.isHere, "The acceptance data is absent."))
struct `Bluesky's contract` {
    /// Every object in `value` that `test` picks.
    private func all(
        in value: Any, where test: ([String: Any]) -> Bool
    ) -> [[String: Any]] {
        if let list = value as? [Any] { return list.flatMap { all(in: $0, where: test) } }
        guard let object = value as? [String: Any] else { return [] }
        let own = test(object) ? [object] : []
        return own + object.values.flatMap { all(in: $0, where: test) }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ object: [String: Any]) throws
        -> Value
    {
        try JSONDecoder().decode(type, from: JSONSerialization.data(withJSONObject: object))
    }

    @Test(arguments: ["posts", "thread", "author-feed"])
    func `reads every post with the figures that stand in it`(file: String) throws {
        let posts = all(in: try Recording.appView(file)) {
            $0["uri"] is String && $0["author"] is [String: Any] && $0["likeCount"] != nil
                && $0["record"] is [String: Any]
        }
        #expect(posts.count >= 5)
        for post in posts {
            let view = try decode(BlueskyValues.PostView.self, post)
            #expect(view.uri == post["uri"] as? String)
            #expect(view.cid == post["cid"] as? String)
            #expect(view.author.did == (post["author"] as? [String: Any])?["did"] as? String)
            #expect(view.figures.likes == post["likeCount"] as? Int)
            #expect(view.figures.reposts == post["repostCount"] as? Int)
            #expect(view.figures.replies == post["replyCount"] as? Int)
            #expect(view.figures.quotes == post["quoteCount"] as? Int)
            #expect(view.figures.impressions == nil, "Bluesky reports none, and none is not 0")
            #expect(view.record.at != nil)
        }
    }

    @Test func `finds every reply below a post, and goes past what was removed or blocked`() throws
    {
        for (name, thread) in try Recording.appView("thread") {
            guard let thread = thread as? [String: Any] else { continue }
            let below = all(in: thread["replies"] ?? []) {
                ($0["$type"] as? String)?.hasSuffix("#threadViewPost") == true
            }
            let node = try decode(BlueskyValues.Node.self, thread)
            let expected = below.compactMap { ($0["post"] as? [String: Any])?["uri"] as? String }
            #expect(node.below.map(\.uri).sorted() == expected.sorted(), "\(name)")
        }
    }

    @Test func `reads every profile`() throws {
        let profiles = all(in: try Recording.appView("profile")) {
            $0["handle"] is String && $0["followersCount"] != nil
        }
        #expect(profiles.count >= 5)
        for profile in profiles {
            let author = try decode(BlueskyValues.Author.self, profile)
            #expect(author.handle == profile["handle"] as? String)
            #expect(author.followersCount == profile["followersCount"] as? Int)
        }
    }
}
