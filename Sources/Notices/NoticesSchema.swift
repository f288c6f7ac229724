package import People
package import Store

/// The tables of webhooks and their log.
package enum NoticesSchema {
    /// What is sealed with the secret key.
    package static let sealed = [
        SealedColumn("webhook", "sealed") { "webhook:\($0)" },
        SealedColumn("webhook", "sealed_previous") { "webhook:\($0):previous" },
    ]

    package static let migrations: [Migration] = [
        Migration("notices/0001-webhook", webhooks),
        Migration("notices/0002-notice", notices),
    ]

    private static let notices: [SQL] = [
        """
        CREATE TABLE notice (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('delivery', 'preflight', 'channel', 'webhook',
                'approval', 'verdict')),
            problem \(.key) NOT NULL,
            subject \(.key) NOT NULL,
            title TEXT NOT NULL,
            detail TEXT NOT NULL,
            path TEXT NOT NULL,
            is_alarm BOOLEAN NOT NULL,
            at BIGINT NOT NULL,
            cleared_at BIGINT)
        """,
        // Told once: the database itself refuses a second open one.
        """
        CREATE UNIQUE INDEX notice_problem ON notice (workspace_id, problem)
            WHERE cleared_at IS NULL
        """,
        """
        CREATE INDEX notice_subject ON notice (workspace_id, subject) WHERE cleared_at IS NULL
        """,
        "CREATE INDEX notice_age ON notice (cleared_at)",
        """
        CREATE TABLE notice_reader (
            notice_id \(.id) NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
            person_id \(.id) NOT NULL REFERENCES person (id) ON DELETE CASCADE,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            read_at BIGINT,
            mailed_at BIGINT,
            PRIMARY KEY (notice_id, person_id))
        """,
        """
        CREATE INDEX notice_reader_list ON notice_reader (person_id, workspace_id, notice_id)
        """,
        """
        CREATE TABLE notice_setting (
            person_id \(.id) PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
            quiet_from INTEGER CHECK (quiet_from BETWEEN 0 AND 1439),
            quiet_to INTEGER CHECK (quiet_to BETWEEN 0 AND 1439),
            zone TEXT,
            mailed \(.jsonType) NOT NULL,
            CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
            CHECK ((quiet_from IS NULL) = (zone IS NULL)))
        """,
    ]

    private static let webhooks: [SQL] = [
        """
        CREATE TABLE webhook (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            url TEXT NOT NULL,
            note TEXT NOT NULL,
            types \(.jsonType) NOT NULL,
            sealed \(.bytes) NOT NULL,
            sealed_previous \(.bytes),
            previous_until BIGINT,
            is_on BOOLEAN NOT NULL,
            off_reason TEXT,
            failing_since BIGINT,
            created_at BIGINT NOT NULL,
            created_by TEXT NOT NULL,
            UNIQUE (workspace_id, id),
            CHECK ((sealed_previous IS NULL) = (previous_until IS NULL)),
            CHECK (off_reason IS NULL OR NOT is_on))
        """,
        """
        CREATE TABLE webhook_delivery (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            webhook_id \(.id) NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
            message_id \(.key) NOT NULL,
            type TEXT NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'gaveUp')),
            tries INTEGER NOT NULL CHECK (tries >= 0),
            next_at BIGINT,
            created_at BIGINT NOT NULL,
            finished_at BIGINT,
            CHECK ((state = 'waiting') = (finished_at IS NULL)),
            CHECK ((state = 'waiting') = (next_at IS NOT NULL)),
            UNIQUE (webhook_id, message_id))
        """,
        "CREATE INDEX webhook_delivery_list ON webhook_delivery (workspace_id, webhook_id, id)",
        "CREATE INDEX webhook_delivery_age ON webhook_delivery (created_at)",
        """
        CREATE TABLE webhook_try (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            delivery_id \(.id) NOT NULL REFERENCES webhook_delivery (id) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            took INTEGER NOT NULL,
            status INTEGER,
            excerpt TEXT NOT NULL)
        """,
        "CREATE INDEX webhook_try_delivery ON webhook_try (delivery_id, id)",
    ]
}
