import Foundation
import Kernel
import Store

/// Which part of a list is wanted, in the Mastodon API's words.
struct PracticeSlice: Sendable {
    var limit: Int
    /// Only entries older than this.
    var maxID: Int64?
    /// Only entries newer than this, the newest first.
    var sinceID: Int64?
    /// Only entries newer than this, those just above it.
    var minID: Int64?

    func condition(_ column: SQL) -> [SQL] {
        var all: [SQL] = []
        if let maxID { all.append("\(column) < \(maxID)") }
        if let sinceID { all.append("\(column) > \(sinceID)") }
        if let minID { all.append("\(column) > \(minID)") }
        return all
    }
}

extension PracticeDesk {
    /// A post as `viewer` may see it; what is for followers only its author sees.
    func card(
        _ id: Int64, for viewer: Int64?, _ tx: borrowing Transaction
    ) throws -> PracticeCard {
        let rows = try tx.all(PracticePost.self, PracticePost.query + " WHERE p.id = \(id)")
        guard let post = rows.first, post.visibility != "private" || post.account == viewer else {
            throw PracticeError.gone
        }
        guard let card = try cards([post], tx).first else { throw PracticeError.gone }
        return card
    }

    func card(_ id: Int64, for viewer: Int64?) async throws -> PracticeCard {
        try await database.read { tx in try card(id, for: viewer, tx) }
    }

    func cards(_ posts: [PracticePost], _ tx: borrowing Transaction) throws -> [PracticeCard] {
        guard !posts.isEmpty else { return [] }
        let authors = try tx.all(
            PracticeAccount.self,
            "SELECT * FROM practice_account WHERE id IN \(.list(Set(posts.map(\.account))))")
        let byID = Dictionary(authors.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let pictures = try tx.all(
            PracticePicture.self,
            PracticePicture.query
                + " WHERE post_id IN \(.list(posts.map(\.id))) ORDER BY post_id, position")
        let byPost = Dictionary(grouping: pictures) { $0.post ?? 0 }
        return posts.compactMap { post in
            byID[post.account].map {
                PracticeCard(post: post, author: $0, pictures: byPost[post.id] ?? [])
            }
        }
    }

    /// A part of a list of posts, newest first.
    func list(_ conditions: [SQL], _ slice: PracticeSlice) async throws -> [PracticeCard] {
        let all = conditions + slice.condition("p.id")
        let order: SQL = slice.minID == nil ? "DESC" : "ASC"
        return try await database.read { tx in
            let posts = try tx.all(
                PracticePost.self,
                PracticePost.query
                    + " WHERE \(.all(all)) ORDER BY p.id \(order) LIMIT \(slice.limit)")
            return try cards(posts.sorted { $0.id > $1.id }, tx)
        }
    }

    func publicTimeline(_ slice: PracticeSlice) async throws -> [PracticeCard] {
        try await list(["p.visibility = 'public'", "p.parent_id IS NULL"], slice)
    }

    /// What is above and below a post in its conversation.
    func context(
        _ id: Int64, for viewer: Int64?
    ) async throws -> (above: [PracticeCard], below: [PracticeCard]) {
        try await database.read { tx in
            let start = try card(id, for: viewer, tx)
            var above: [PracticeCard] = []
            var next = start.post.parent
            while let parent = next, above.count < 100 {
                guard let card = try? card(parent, for: viewer, tx) else { break }
                above.insert(card, at: 0)
                next = card.post.parent
            }
            return (above, try below(id, viewer, tx))
        }
    }

    private func below(
        _ id: Int64, _ viewer: Int64?, _ tx: borrowing Transaction
    ) throws -> [PracticeCard] {
        var found: [PracticePost] = []
        var layer = [id]
        while !layer.isEmpty, found.count < 1000 {
            let replies = try tx.all(
                PracticePost.self,
                PracticePost.query
                    + " WHERE p.parent_id IN \(.list(layer)) ORDER BY p.id LIMIT 1000")
            found += replies.filter { $0.visibility != "private" || $0.account == viewer }
            layer = replies.map(\.id)
        }
        return try cards(found.sorted { $0.id < $1.id }, tx)
    }

    /// What others did with an account's posts, newest first.
    func notices(
        _ account: Int64, _ slice: PracticeSlice
    ) async throws -> [PracticeNotice] {
        let all = ["n.account_id = \(account)"] + slice.condition("n.id")
        let order: SQL = slice.minID == nil ? "DESC" : "ASC"
        return try await database.read { tx in
            let rows = try tx.rows(
                "SELECT n.* FROM practice_notice n WHERE \(.all(all)) "
                    + "ORDER BY n.id \(order) LIMIT \(slice.limit)")
            var found: [PracticeNotice] = []
            for row in rows {
                let id: Int64 = try row("id")
                let post: Int64 = try row("post_id")
                let from: Int64 = try row("from_id")
                let kind: String = try row("kind")
                let at: Instant = try row("created_at")
                guard let card = try? card(post, for: account, tx) else { continue }
                found.append(
                    PracticeNotice(
                        id: id, kind: kind, createdAt: at, from: try self.account(from, tx),
                        card: card))
            }
            return found.sorted { $0.id > $1.id }
        }
    }

    /// How many posts an account has.
    func postCount(_ account: Int64) async throws -> Int64 {
        try await database.read { tx in
            try tx.scalar(
                Int64.self, "SELECT COUNT(*) FROM practice_post WHERE account_id = \(account)")
                ?? 0
        }
    }

    func account(_ id: Int64) async throws -> PracticeAccount {
        try await database.read { tx in try account(id, tx) }
    }

    func account(handle: String) async throws -> PracticeAccount {
        let plain = handle.lowercased().drop { $0 == "@" }.prefix { $0 != "@" }
        return try await database.read { tx in
            let known = try tx.first(
                PracticeAccount.self,
                "SELECT * FROM practice_account WHERE handle = \(String(plain))")
            guard let known else { throw PracticeError.gone }
            return known
        }
    }
}
