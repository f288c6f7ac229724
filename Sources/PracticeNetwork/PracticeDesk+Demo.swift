package import Kernel
import Store

/// A past of the practice network, inserted at once.
package struct PracticePast: Sendable {
    /// One account of the past.
    package struct Account: Sendable {
        package var handle: String
        package var name: String
        package var followers: Int

        package init(handle: String, name: String, followers: Int = 0) {
            self.handle = handle
            self.name = name
            self.followers = followers
        }
    }

    /// One post of the past, or an answer to one.
    package struct Post: Sendable {
        /// The position of its author in `accounts`.
        package var author: Int
        /// The position of the post it answers in `posts`; earlier ones only.
        package var answers: Int?
        package var text: String
        package var at: Instant
        package var likes: Int
        package var boosts: Int

        package init(
            author: Int, answers: Int? = nil, text: String, at: Instant, likes: Int = 0,
            boosts: Int = 0
        ) {
            self.author = author
            self.answers = answers
            self.text = text
            self.at = at
            self.likes = likes
            self.boosts = boosts
        }
    }

    package var accounts: [Account]
    package var posts: [Post]

    package init(accounts: [Account], posts: [Post]) {
        self.accounts = accounts
        self.posts = posts
    }
}

extension PracticeDesk {
    /// What a past became: the accounts, and each post's identifier, in the order given.
    package struct Inserted: Sendable {
        package let accounts: [PracticeAccount]
        package let posts: [String]
    }

    /// Inserts accounts and posts with times of the past; they go with the workspace.
    package func insert(
        _ past: PracticePast, in workspace: WorkspaceID
    ) async throws -> Inserted {
        try await database.write { tx in
            try tx.takeTurn("practice-accounts")
            var accounts: [PracticeAccount] = []
            let start = past.posts.map(\.at).min() ?? surroundings.now()
            for account in past.accounts {
                var handle = Self.handle(account.handle)
                var number = 1
                while try tx.exists("SELECT 1 FROM practice_account WHERE handle = \(handle)") {
                    number += 1
                    handle = "\(Self.handle(account.handle).prefix(24))\(number)"
                }
                accounts.append(
                    try insert(
                        handle, account.name, workspace, nil, isVisitor: false,
                        followers: Int64(account.followers), at: start, tx))
            }
            var ids: [Int64] = []
            for post in past.posts {
                precondition(post.author < accounts.count, "a post's author is in the list")
                var id = newNumber(at: post.at)
                while try tx.exists("SELECT 1 FROM practice_post WHERE id = \(id)") { id += 1 }
                let parent = post.answers.map { ids[$0] }
                try tx.execute(
                    """
                    INSERT INTO practice_post (id, account_id, workspace_id, parent_id, text,
                        visibility, given_likes, given_boosts, created_at)
                    VALUES (\(id), \(accounts[post.author].id), \(workspace), \(parent),
                        \(post.text), 'public', \(post.likes), \(post.boosts), \(post.at))
                    """)
                ids.append(id)
            }
            return Inserted(accounts: accounts, posts: ids.map { "\($0)" })
        }
    }

    /// Removes every account and post of a workspace from the practice network.
    package func removeAll(of workspace: WorkspaceID) async throws {
        try await database.write { tx in
            try tx.execute("DELETE FROM practice_account WHERE workspace_id = \(workspace)")
            try tx.execute("DELETE FROM practice_post WHERE workspace_id = \(workspace)")
        }
    }
}
