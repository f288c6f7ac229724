package import Store

/// The tables of the practice network; nothing else in the program reads them.
package enum PracticeSchema {
    package static let migrations: [Migration] = [
        Migration("practice/0001-network", accounts + posts),
        Migration("practice/0002-programs", programs),
    ]

    /// Which code a token came from, and when it was last used.
    private static let programs: [SQL] = [
        "ALTER TABLE practice_token ADD COLUMN code_hash TEXT",
        "ALTER TABLE practice_token ADD COLUMN used_at BIGINT",
        "CREATE INDEX practice_token_code ON practice_token (code_hash)",
        "CREATE INDEX practice_token_account ON practice_token (account_id)",
        "CREATE INDEX practice_account_person ON practice_account (person_id)",
    ]

    private static let accounts: [SQL] = [
        """
        CREATE TABLE practice_account (
            id BIGINT PRIMARY KEY,
            workspace_id \(.id) REFERENCES workspace (id) ON DELETE CASCADE,
            person_id \(.id) REFERENCES person (id) ON DELETE SET NULL,
            handle TEXT NOT NULL UNIQUE CHECK (length(handle) BETWEEN 1 AND 40),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
            is_visitor BOOLEAN NOT NULL DEFAULT FALSE,
            followers BIGINT NOT NULL DEFAULT 0 CHECK (followers >= 0),
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX practice_account_workspace ON practice_account (workspace_id)",
        """
        CREATE TABLE practice_app (
            client_id TEXT PRIMARY KEY,
            secret_hash TEXT NOT NULL,
            name TEXT NOT NULL,
            redirect_uris TEXT NOT NULL,
            scopes TEXT NOT NULL,
            created_at BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE practice_code (
            code_hash TEXT PRIMARY KEY,
            client_id TEXT NOT NULL REFERENCES practice_app (client_id) ON DELETE CASCADE,
            account_id BIGINT NOT NULL REFERENCES practice_account (id) ON DELETE CASCADE,
            redirect_uri TEXT NOT NULL,
            scopes TEXT NOT NULL,
            challenge TEXT,
            expires_at BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE practice_token (
            token_hash TEXT PRIMARY KEY,
            account_id BIGINT REFERENCES practice_account (id) ON DELETE CASCADE,
            client_id TEXT REFERENCES practice_app (client_id) ON DELETE CASCADE,
            scopes TEXT NOT NULL,
            created_at BIGINT NOT NULL
        )
        """,
    ]

    private static let posts: [SQL] = [
        """
        CREATE TABLE practice_post (
            id BIGINT PRIMARY KEY,
            account_id BIGINT NOT NULL REFERENCES practice_account (id) ON DELETE CASCADE,
            workspace_id \(.id) REFERENCES workspace (id) ON DELETE CASCADE,
            parent_id BIGINT REFERENCES practice_post (id) ON DELETE SET NULL,
            text TEXT NOT NULL,
            warning TEXT NOT NULL DEFAULT '',
            visibility TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private')),
            language TEXT,
            send_key TEXT,
            given_likes BIGINT NOT NULL DEFAULT 0 CHECK (given_likes >= 0),
            given_boosts BIGINT NOT NULL DEFAULT 0 CHECK (given_boosts >= 0),
            created_at BIGINT NOT NULL,
            UNIQUE (account_id, send_key)
        )
        """,
        "CREATE INDEX practice_post_account ON practice_post (account_id, id)",
        "CREATE INDEX practice_post_parent ON practice_post (parent_id)",
        "CREATE INDEX practice_post_workspace ON practice_post (workspace_id)",
        """
        CREATE TABLE practice_media (
            id BIGINT PRIMARY KEY,
            account_id BIGINT NOT NULL REFERENCES practice_account (id) ON DELETE CASCADE,
            post_id BIGINT REFERENCES practice_post (id) ON DELETE CASCADE,
            position BIGINT NOT NULL DEFAULT 0,
            content_type TEXT NOT NULL,
            bytes \(.bytes) NOT NULL,
            width BIGINT,
            height BIGINT,
            description TEXT NOT NULL DEFAULT '',
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX practice_media_post ON practice_media (post_id)",
        """
        CREATE TABLE practice_mark (
            post_id BIGINT NOT NULL REFERENCES practice_post (id) ON DELETE CASCADE,
            account_id BIGINT NOT NULL REFERENCES practice_account (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('favourite', 'reblog')),
            created_at BIGINT NOT NULL,
            PRIMARY KEY (post_id, account_id, kind)
        )
        """,
        """
        CREATE TABLE practice_notice (
            id BIGINT PRIMARY KEY,
            account_id BIGINT NOT NULL REFERENCES practice_account (id) ON DELETE CASCADE,
            from_id BIGINT NOT NULL REFERENCES practice_account (id) ON DELETE CASCADE,
            post_id BIGINT NOT NULL REFERENCES practice_post (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('mention', 'favourite', 'reblog')),
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX practice_notice_account ON practice_notice (account_id, id)",
    ]
}
