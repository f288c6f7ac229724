import Foundation
import Kernel
import Networks
import Store

extension PracticeDesk {
    /// Makes a post; the same key makes no second one.
    func post(_ draft: PracticeDraft, by author: PracticeAccount) async throws -> PracticeCard {
        let use = PracticeLimits.rules.use(of: draft.text, warning: draft.warning)
        let isBlank = draft.text.allSatisfy(\.isWhitespace)
        guard !isBlank || !draft.pictures.isEmpty else { throw PracticeError.text }
        guard use.excess == 0 else {
            throw PracticeError.tooLong(limit: PracticeLimits.text)
        }
        guard draft.pictures.count <= PracticeLimits.pictures else {
            throw PracticeError.pictures(limit: PracticeLimits.pictures)
        }
        var draft = draft
        if rehearsal?.ignoresKeys ?? false { draft.key = nil }
        let wanted = draft
        let made = try await database.write { tx in
            try tx.takeTurn("practice-post-\(author.id)")
            if let key = wanted.key, let known = try self.known(key, author, tx) {
                return (card: try card(known, for: author.id, tx), isNew: false)
            }
            let id = try insert(wanted, author, tx)
            try attach(wanted.pictures, to: id, author, tx)
            if let parent = wanted.parent {
                let other = try card(parent, for: author.id, tx).author
                try tell(other.id, author.id, id, "mention", tx)
            }
            return (card: try card(id, for: author.id, tx), isNew: true)
        }
        if made.isNew { rehearsal?.ledger?.note(made.card) }
        return made.card
    }

    private func known(
        _ key: String, _ author: PracticeAccount, _ tx: borrowing Transaction
    ) throws -> Int64? {
        try tx.scalar(
            Int64.self,
            """
            SELECT id FROM practice_post WHERE account_id = \(author.id) AND send_key = \(key)
            """)
    }

    private func insert(
        _ draft: PracticeDraft, _ author: PracticeAccount, _ tx: borrowing Transaction
    ) throws -> Int64 {
        if let parent = draft.parent { _ = try card(parent, for: author.id, tx) }
        let now = surroundings.now()
        let id = newNumber(at: now)
        try tx.execute(
            """
            INSERT INTO practice_post (id, account_id, workspace_id, parent_id, text, warning,
                visibility, language, send_key, created_at)
            VALUES (\(id), \(author.id), \(author.workspace), \(draft.parent), \(draft.text),
                \(draft.warning), \(draft.visibility), \(draft.language), \(draft.key), \(now))
            """)
        return id
    }

    private func attach(
        _ pictures: [Int64], to post: Int64, _ author: PracticeAccount,
        _ tx: borrowing Transaction
    ) throws {
        for (position, picture) in pictures.enumerated() {
            let changed = try tx.execute(
                """
                UPDATE practice_media SET post_id = \(post), position = \(position)
                WHERE id = \(picture) AND account_id = \(author.id) AND post_id IS NULL
                """)
            guard changed == 1 else { throw PracticeError.picture }
        }
    }

    /// Removes a post of one's own.
    func delete(_ id: Int64, by author: PracticeAccount) async throws -> PracticeCard {
        try await database.write { tx in
            let card = try card(id, for: author.id, tx)
            guard card.author.id == author.id else { throw PracticeError.gone }
            try tx.execute("DELETE FROM practice_post WHERE id = \(id)")
            return card
        }
    }

    /// Likes or boosts a post, or takes that back.
    func mark(
        _ id: Int64, _ kind: String, _ isOn: Bool, by account: PracticeAccount
    ) async throws -> PracticeCard {
        try await database.write { tx in
            let seen = try card(id, for: account.id, tx)
            if isOn {
                let added = try tx.execute(
                    """
                    INSERT INTO practice_mark (post_id, account_id, kind, created_at)
                    VALUES (\(id), \(account.id), \(kind), \(surroundings.now()))
                    ON CONFLICT (post_id, account_id, kind) DO NOTHING
                    """)
                if added > 0 { try tell(seen.author.id, account.id, id, kind, tx) }
            } else {
                try tx.execute(
                    """
                    DELETE FROM practice_mark WHERE post_id = \(id)
                        AND account_id = \(account.id) AND kind = \(kind)
                    """)
            }
            return try card(id, for: account.id, tx)
        }
    }

    private func tell(
        _ account: Int64, _ from: Int64, _ post: Int64, _ kind: String,
        _ tx: borrowing Transaction
    ) throws {
        guard account != from else { return }
        let now = surroundings.now()
        try tx.execute(
            """
            INSERT INTO practice_notice (id, account_id, from_id, post_id, kind, created_at)
            VALUES (\(newNumber(at: now)), \(account), \(from), \(post), \(kind), \(now))
            """)
    }

    // MARK: - Visitors

    /// A visitor of the public page answers a post under an invented name.
    func visitorReply(_ name: String, _ text: String, to post: Int64) async throws {
        let shown = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...60).contains(shown.count) else { throw PracticeError.visitor }
        let author = try await database.write { tx in
            try tx.takeTurn("practice-accounts")
            let known = try tx.first(
                PracticeAccount.self,
                """
                SELECT * FROM practice_account
                WHERE is_visitor = TRUE AND name = \(shown) ORDER BY id LIMIT 1
                """)
            if let known { return known }
            let number = newNumber(at: surroundings.now()) % 1_000_000_000
            let handle = "\(Self.handle(shown).prefix(20))_\(number)"
            return try insert(handle, shown, nil, nil, isVisitor: true, tx)
        }
        _ = try await self.post(PracticeDraft(text: text, parent: post), by: author)
    }

    /// A visitor of the public page likes a post.
    func visitorLike(_ post: Int64) async throws {
        try await database.write { tx in
            _ = try card(post, for: nil, tx)
            try tx.execute(
                "UPDATE practice_post SET given_likes = given_likes + 1 WHERE id = \(post)")
        }
    }
}
