package import Channels
package import Kernel
import Store

extension StrategyDesk {
    /// Writes what a channel is for; each channel has one charter.
    package func keepCharter(
        of channel: ChannelID, _ draft: CharterDraft, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> CharterID {
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM charter WHERE channel_id = \(channel) AND workspace_id = \(workspace)
                """)
            let belongs = try tx.exists(
                "SELECT 1 FROM channel WHERE id = \(channel) AND workspace_id = \(workspace)")
            guard belongs else { throw StrategyError.noSuchChannel }
            let row = try tx.first(
                """
                INSERT INTO charter (id, workspace_id, channel_id, role, audience, posts_per_week,
                    voice, answer_within_hours, response_policy, required_return, difference,
                    updated_at)
                VALUES (\(surroundings.newID(CharterTag.self)), \(workspace), \(channel),
                    \(draft.role), \(draft.audience), \(draft.postsPerWeek), \(draft.voice),
                    \(draft.answerWithinHours), \(draft.responsePolicy),
                    \(draft.requiredReturn), \(draft.difference), \(surroundings.now()))
                ON CONFLICT (channel_id) DO UPDATE SET role = excluded.role,
                    audience = excluded.audience, posts_per_week = excluded.posts_per_week,
                    voice = excluded.voice,
                    answer_within_hours = excluded.answer_within_hours,
                    response_policy = excluded.response_policy,
                    required_return = excluded.required_return,
                    difference = excluded.difference, updated_at = excluded.updated_at
                RETURNING id
                """)
            guard let row else { throw StrategyError.noSuchChannel }
            let id: CharterID = try row("id")
            try record(
                "charterKept", "charter:\(id)",
                "Wrote the charter: people \(draft.role.meaning) here",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Removes a channel's charter; the channel stays connected.
    package func removeCharter(
        of channel: ChannelID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM charter WHERE channel_id = \(channel) AND workspace_id = \(workspace)
                """)
            let row = try tx.first(
                """
                DELETE FROM charter WHERE channel_id = \(channel) AND workspace_id = \(workspace)
                RETURNING id
                """)
            guard let row else { throw StrategyError.noSuchCharter }
            let id: CharterID = try row("id")
            try record(
                "charterRemoved", "charter:\(id)", "Removed the charter",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Writes one sentence that belongs to the whole brand; the others stay as they are.
    package func keep(
        _ statement: StrategyStatement, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM voice WHERE workspace_id = \(workspace)")
            var voice = try Voice.find(in: workspace, tx)
            switch statement {
            case .voice(let sound, let avoid):
                voice.sound = sound
                voice.avoid = avoid
            case .feedback(let hours, let how):
                voice.answerWithinHours = hours
                voice.feedback = how
            case .focus(let text): voice.focus = text
            case .higherReturns(let text): voice.higherReturns = text
            }
            try tx.execute(
                """
                INSERT INTO voice (workspace_id, sound, avoid, answer_within_hours, feedback,
                    focus, higher_returns, updated_at)
                VALUES (\(workspace), \(voice.sound), \(voice.avoid),
                    \(voice.answerWithinHours), \(voice.feedback), \(voice.focus),
                    \(voice.higherReturns), \(surroundings.now()))
                ON CONFLICT (workspace_id) DO UPDATE SET sound = excluded.sound,
                    avoid = excluded.avoid, answer_within_hours = excluded.answer_within_hours,
                    feedback = excluded.feedback, focus = excluded.focus,
                    higher_returns = excluded.higher_returns, updated_at = excluded.updated_at
                """)
            try record(
                "statementKept", "strategy:\(workspace)", "Wrote \(statement.title)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Adds something people should remember, with its proof.
    package func addMessage(
        _ message: String, proof: String, in workspace: WorkspaceID, by principal: Principal
    ) async throws -> KeyMessageID {
        try await database.write { tx in
            let id: KeyMessageID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO key_message (id, workspace_id, message, proof, created_at)
                VALUES (\(id), \(workspace), \(message), \(proof), \(surroundings.now()))
                """)
            try record(
                "messageAdded", "strategy:\(workspace)", "Added the key message “\(message)”",
                changes: try tx.made(
                    """
                    SELECT * FROM key_message WHERE id = \(id) AND workspace_id = \(workspace)
                    """), in: workspace, by: principal, tx)
            return id
        }
    }

    /// Says a key message in other words.
    package func changeMessage(
        _ id: KeyMessageID, _ message: String, proof: String, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM key_message WHERE id = \(id) AND workspace_id = \(workspace)")
            let changed = try tx.execute(
                """
                UPDATE key_message SET message = \(message), proof = \(proof)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw StrategyError.noSuchMessage }
            try record(
                "messageChanged", "strategy:\(workspace)",
                "Changed a key message to “\(message)”", changes: try before.changes(in: tx),
                in: workspace, by: principal, tx)
        }
    }

    /// Removes a key message.
    package func removeMessage(
        _ id: KeyMessageID, in workspace: WorkspaceID, by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM key_message WHERE id = \(id) AND workspace_id = \(workspace)")
            let row = try tx.first(
                """
                DELETE FROM key_message WHERE id = \(id) AND workspace_id = \(workspace)
                RETURNING message
                """)
            guard let row else { throw StrategyError.noSuchMessage }
            let message: String = try row("message")
            try record(
                "messageRemoved", "strategy:\(workspace)",
                "Removed the key message “\(message)”", changes: try before.changes(in: tx),
                in: workspace, by: principal, tx)
        }
    }
}
