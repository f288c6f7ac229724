package import Channels
import Jobs
package import Kernel
import Store

/// What happens to a post that could not go out on time.
package struct LatePolicy: Sendable, Hashable {
    /// What follows when a post is later than `after`.
    package enum Action: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// It goes out however late it is.
        case publish
        /// It is taken off the calendar and waits for a new time.
        case hold
        /// A person is asked.
        case ask
    }

    package let after: Duration
    package let action: Action

    package init(after: Duration, action: Action) {
        self.after = after
        self.action = action
    }

    /// What holds where nobody has said otherwise.
    package static let standard = LatePolicy(after: .hours(12), action: .ask)
    /// The least and the most that can be chosen.
    package static let bounds = Duration.minutes(1)...Duration.days(30)

    /// The policy, unless its time is out of bounds.
    package func checked() throws(PublishingError) -> LatePolicy {
        guard Self.bounds.contains(after) else { throw .latePolicy }
        return self
    }

    /// How long, in words: `12 hours`, `45 minutes`.
    package static func words(_ duration: Duration) -> String {
        let minutes = Int((duration.inSeconds / 60).rounded())
        if minutes % 1440 == 0, minutes > 0 { return Self.count(minutes / 1440, "day") }
        if minutes >= 120 || minutes == 60 {
            return Self.count(Int((Double(minutes) / 60).rounded()), "hour")
        }
        return Self.count(minutes, "minute")
    }

    private static func count(_ number: Int, _ unit: String) -> String {
        "\(number) \(unit)\(number == 1 ? "" : "s")"
    }
}

/// For what a late policy is chosen; the closest one counts.
package enum LateScope: Sendable, Hashable {
    case workspace
    case channel(ChannelID)
    case post(PostID)
}

extension LatePolicy {
    /// The policy of one publication: its post's, else its channel's, else its workspace's.
    static func of(
        _ publication: Publication, _ tx: borrowing Transaction
    ) throws -> LatePolicy {
        let row = try tx.first(
            """
            SELECT after_ms, action FROM late_policy
            WHERE workspace_id = \(publication.workspace)
                AND (post_id = \(publication.post) OR channel_id = \(publication.channel)
                    OR (post_id IS NULL AND channel_id IS NULL))
            ORDER BY CASE WHEN post_id IS NOT NULL THEN 0 WHEN channel_id IS NOT NULL THEN 1
                ELSE 2 END
            LIMIT 1
            """)
        guard let row else { return .standard }
        return try LatePolicy(row)
    }

    fileprivate init(_ row: Row) throws {
        after = .milliseconds(try row("after_ms"))
        action = try row("action")
    }

    fileprivate static func chosen(
        _ scope: LateScope, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> LatePolicy? {
        try tx.first(
            """
            SELECT after_ms, action FROM late_policy
            WHERE workspace_id = \(workspace) AND \(scope.condition)
            """
        ).map { try LatePolicy($0) }
    }
}

extension LateScope {
    fileprivate var condition: SQL {
        switch self {
        case .workspace: "post_id IS NULL AND channel_id IS NULL"
        case .channel(let id): "channel_id = \(id)"
        case .post(let id): "post_id = \(id)"
        }
    }

    fileprivate func require(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        switch self {
        case .workspace: return
        case .channel(let id): _ = try ChannelFacts.load(id, in: workspace, tx)
        case .post(let id): _ = try PostSheet.load(id, in: workspace, tx)
        }
    }
}

extension PostDesk {
    /// What was chosen for exactly this; nil where a wider choice counts.
    package func latePolicy(
        _ scope: LateScope, in workspace: WorkspaceID
    ) async throws -> LatePolicy? {
        try await database.read { tx in
            try scope.require(in: workspace, tx)
            return try LatePolicy.chosen(scope, in: workspace, tx)
        }
    }

    /// What counts for a post on one of its channels, or for a post that is not written yet.
    package func latePolicy(
        of publication: PublicationID, in workspace: WorkspaceID
    ) async throws -> LatePolicy {
        try await database.read { tx in
            try LatePolicy.of(try Publication.load(publication, in: workspace, tx), tx)
        }
    }

    /// Chooses what happens to late posts; nil takes the choice back.
    package func setLatePolicy(
        _ policy: LatePolicy?, _ scope: LateScope, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        let policy = try policy?.checked()
        let id: ID<LatePolicy> = surroundings.newID()
        try await database.write { tx in
            try scope.require(in: workspace, tx)
            let before = try LatePolicy.chosen(scope, in: workspace, tx)
            guard before != policy else { return }
            let row = try tx.snapshot(
                """
                SELECT after_ms, action FROM late_policy
                WHERE workspace_id = \(workspace) AND \(scope.condition)
                """)
            try tx.execute(
                "DELETE FROM late_policy WHERE workspace_id = \(workspace) AND \(scope.condition)")
            if let policy {
                let (post, channel) = scope.columns
                try tx.execute(
                    """
                    INSERT INTO late_policy (id, workspace_id, channel_id, post_id, after_ms, action)
                    VALUES (\(id), \(workspace), \(channel), \(post),
                        \(policy.after.inMilliseconds), \(policy.action))
                    """)
            }
            try plan.events.record(
                try Event(
                    "publishing.late-policy", workspace: workspace,
                    subject: scope.subject(workspace), summary: policy.summary,
                    changes: try row.changes(in: tx), by: principal),
                in: tx)
        }
    }
}

extension LateScope {
    fileprivate var columns: (post: PostID?, channel: ChannelID?) {
        switch self {
        case .workspace: (nil, nil)
        case .channel(let id): (nil, id)
        case .post(let id): (id, nil)
        }
    }

    fileprivate func subject(_ workspace: WorkspaceID) -> String {
        switch self {
        case .workspace: "workspace:\(workspace)"
        case .channel(let id): "channel:\(id)"
        case .post(let id): "content:\(id)"
        }
    }
}

extension LatePolicy? {
    fileprivate var summary: String {
        guard let self else { return "Late posts follow the wider rule again" }
        let verb =
            switch self.action {
            case .publish: "still publish"
            case .hold: "hold"
            case .ask: "ask"
            }
        return "If late by \(LatePolicy.words(self.after)): \(verb)"
    }
}
