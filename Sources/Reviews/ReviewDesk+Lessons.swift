package import Channels
package import Kernel
package import Planning
import Store

/// What a person says about a lesson.
package struct LessonDraft: Sendable, Hashable {
    package var statement: String
    package var advice: String
    package var tags: [String]
    package var channel: ChannelID?
    package var initiativeKind: Initiative.Kind?
    package var evidence: [Lesson.Evidence]

    package init(
        statement: String, advice: String = "", tags: [String] = [], channel: ChannelID? = nil,
        initiativeKind: Initiative.Kind? = nil, evidence: [Lesson.Evidence] = []
    ) {
        self.statement = statement
        self.advice = advice
        self.tags = tags
        self.channel = channel
        self.initiativeKind = initiativeKind
        self.evidence = evidence
    }
}

extension ReviewDesk {
    /// Keeps a lesson; a lesson of a review has that review among its evidence.
    package func addLesson(
        _ draft: LessonDraft, from review: ReviewID?, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> LessonID {
        let draft = try Self.checked(draft)
        return try await database.write { tx in
            var draft = draft
            if let review {
                let found = try requireOpen(review, in: workspace, tx)
                draft.evidence.append(.init(subject: found.subject, label: found.title))
                try record(
                    "lessonAdded", found.subject, "Learned: \(draft.statement)", in: workspace,
                    by: principal, tx)
            }
            try requireChannel(draft.channel, in: workspace, tx)
            let id: LessonID = surroundings.newID()
            try tx.execute(
                """
                INSERT INTO lesson (id, workspace_id, review_id, statement, advice, channel_id,
                    initiative_kind, created_by, created_at)
                VALUES (\(id), \(workspace), \(review), \(draft.statement), \(draft.advice),
                    \(draft.channel), \(draft.initiativeKind), \(principal.name),
                    \(surroundings.now()))
                """)
            try attach(draft, to: id, in: workspace, tx)
            try record(
                "lessonAdded", "lesson:\(id)", "Learned: \(draft.statement)",
                changes: try tx.made(
                    """
                    SELECT * FROM lesson WHERE id = \(id) AND workspace_id = \(workspace)
                    """, lists: Self.lessonLists(id)), in: workspace,
                by: principal, tx)
            return id
        }
    }

    /// Says a lesson in other words, or with other tags and evidence.
    package func changeLesson(
        _ id: LessonID, to draft: LessonDraft, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        let draft = try Self.checked(draft)
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT * FROM lesson WHERE id = \(id) AND workspace_id = \(workspace)
                """, lists: Self.lessonLists(id))
            try requireChannel(draft.channel, in: workspace, tx)
            let changed = try tx.execute(
                """
                UPDATE lesson SET statement = \(draft.statement), advice = \(draft.advice),
                    channel_id = \(draft.channel), initiative_kind = \(draft.initiativeKind)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw ReviewError.noSuchLesson }
            for table in ["lesson_tag", "lesson_evidence"] {
                try tx.execute(
                    """
                    DELETE FROM \(SQL(raw: table))
                    WHERE lesson_id = \(id) AND workspace_id = \(workspace)
                    """)
            }
            try attach(draft, to: id, in: workspace, tx)
            try record(
                "lessonChanged", "lesson:\(id)", "Changed to: \(draft.statement)",
                changes: try before.changes(in: tx), in: workspace, by: principal, tx)
        }
    }

    /// Retires a lesson that is no longer true, or brings it back.
    package func archiveLesson(
        _ id: LessonID, _ isArchived: Bool = true, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws {
        try await database.write { tx in
            let before = try tx.snapshot(
                "SELECT * FROM lesson WHERE id = \(id) AND workspace_id = \(workspace)")
            let changed = try tx.execute(
                """
                UPDATE lesson
                SET archived_at = \(isArchived ? surroundings.now() : nil as Instant?)
                WHERE id = \(id) AND workspace_id = \(workspace)
                """)
            guard changed == 1 else { throw ReviewError.noSuchLesson }
            try record(
                isArchived ? "lessonRetired" : "lessonRestored", "lesson:\(id)",
                isArchived ? "Retired: no longer true" : "Brought back",
                changes: try before.changes(in: tx), in: workspace,
                by: principal, tx)
        }
    }

    private static func checked(_ draft: LessonDraft) throws(ReviewError) -> LessonDraft {
        var draft = draft
        draft.tags = Tag.all(draft.tags)
        guard draft.tags.count <= Tag.limit, draft.tags.allSatisfy({ $0.count <= 40 }) else {
            throw .tooManyTags
        }
        return draft
    }

    private func requireChannel(
        _ channel: ChannelID?, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        guard let channel else { return }
        let belongs = try tx.exists(
            "SELECT 1 FROM channel WHERE id = \(channel) AND workspace_id = \(workspace)")
        guard belongs else { throw ReviewError.noSuchChannel }
    }

    /// What belongs to a lesson beside its row, for the record of changes.
    private static func lessonLists(_ id: LessonID) -> [(name: String, query: SQL)] {
        [
            ("tags", "SELECT tag FROM lesson_tag WHERE lesson_id = \(id) ORDER BY tag"),
            (
                "evidence",
                "SELECT label FROM lesson_evidence WHERE lesson_id = \(id) ORDER BY subject"
            ),
        ]
    }

    private func attach(
        _ draft: LessonDraft, to id: LessonID, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        for tag in draft.tags {
            try tx.execute(
                """
                INSERT INTO lesson_tag (workspace_id, lesson_id, tag)
                VALUES (\(workspace), \(id), \(tag))
                """)
        }
        for evidence in draft.evidence {
            try tx.execute(
                """
                INSERT INTO lesson_evidence (workspace_id, lesson_id, subject, label)
                VALUES (\(workspace), \(id), \(evidence.subject), \(evidence.label))
                ON CONFLICT (lesson_id, subject) DO UPDATE SET label = excluded.label
                """)
        }
    }
}
