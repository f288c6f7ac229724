package import Store

/// The tables of reviews, findings, decisions and lessons.
package enum ReviewsSchema {
    package static let migrations: [Migration] = [
        Migration("reviews/0001-reviews", reviews),
        Migration("reviews/0002-lessons", lessons),
    ]

    private static let reviews: [SQL] = [
        """
        CREATE TABLE review (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            cadence TEXT NOT NULL CHECK (cadence IN ('weekly', 'monthly', 'quarterly')),
            starts_on \(.key) NOT NULL,
            ends_on \(.key) NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'finished')),
            figures \(.jsonType) NOT NULL,
            figures_at BIGINT NOT NULL,
            summary TEXT NOT NULL,
            opened_at BIGINT NOT NULL,
            finished_at BIGINT,
            finished_by TEXT,
            UNIQUE (workspace_id, id),
            UNIQUE (workspace_id, cadence, starts_on),
            CHECK (starts_on <= ends_on),
            CHECK ((state = 'finished') = (finished_at IS NOT NULL)))
        """,
        // A workspace has all three cycles until somebody switches one off.
        """
        CREATE TABLE review_cycle_off (
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            cadence TEXT NOT NULL CHECK (cadence IN ('weekly', 'monthly', 'quarterly')),
            PRIMARY KEY (workspace_id, cadence))
        """,
        """
        CREATE TABLE finding (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL,
            review_id \(.id) NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('worked', 'didNot', 'surprise')),
            what TEXT NOT NULL CHECK (what <> ''),
            why TEXT NOT NULL,
            subject \(.key),
            recorded_by TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            FOREIGN KEY (workspace_id, review_id)
                REFERENCES review (workspace_id, id) ON DELETE CASCADE)
        """,
        "CREATE INDEX finding_review ON finding (workspace_id, review_id)",
        """
        CREATE TABLE decision (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            review_id \(.id),
            what TEXT NOT NULL CHECK (what <> ''),
            why TEXT NOT NULL,
            owner_id \(.id) REFERENCES member(id) ON DELETE SET NULL,
            due_on \(.key) NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'done', 'dropped')),
            item_id \(.id) REFERENCES item(id) ON DELETE SET NULL,
            created_at BIGINT NOT NULL,
            settled_at BIGINT,
            FOREIGN KEY (workspace_id, review_id)
                REFERENCES review (workspace_id, id) ON DELETE CASCADE)
        """,
        "CREATE INDEX decision_review ON decision (workspace_id, review_id)",
        "CREATE INDEX decision_open ON decision (workspace_id, due_on) WHERE state = 'open'",
    ]

    private static let lessons: [SQL] = [
        """
        CREATE TABLE lesson (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            review_id \(.id) REFERENCES review(id) ON DELETE SET NULL,
            statement TEXT NOT NULL CHECK (statement <> ''),
            advice TEXT NOT NULL,
            channel_id \(.id) REFERENCES channel(id) ON DELETE SET NULL,
            initiative_kind TEXT CHECK (initiative_kind IN ('sprint', 'marathon')),
            created_by TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            archived_at BIGINT,
            UNIQUE (workspace_id, id))
        """,
        "CREATE INDEX lesson_workspace ON lesson (workspace_id, id)",
        """
        CREATE TABLE lesson_evidence (
            workspace_id \(.id) NOT NULL,
            lesson_id \(.id) NOT NULL,
            subject \(.key) NOT NULL CHECK (subject <> ''),
            label TEXT NOT NULL,
            PRIMARY KEY (lesson_id, subject),
            FOREIGN KEY (workspace_id, lesson_id)
                REFERENCES lesson (workspace_id, id) ON DELETE CASCADE)
        """,
        """
        CREATE TABLE lesson_tag (
            workspace_id \(.id) NOT NULL,
            lesson_id \(.id) NOT NULL,
            tag \(.key) NOT NULL CHECK (tag <> ''),
            PRIMARY KEY (lesson_id, tag),
            FOREIGN KEY (workspace_id, lesson_id)
                REFERENCES lesson (workspace_id, id) ON DELETE CASCADE)
        """,
        "CREATE INDEX lesson_tag_tag ON lesson_tag (workspace_id, tag)",
    ]
}
