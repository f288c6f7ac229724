package import Store

/// The tables of replies to our own posts.
package enum EngagementSchema {
    package static let migrations: [Migration] = [
        Migration(
            "engagement/0001-conversation",
            [
                """
                CREATE TABLE watched_post (
                    publication_id \(.id) PRIMARY KEY,
                    workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                    channel_id \(.id) NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
                    remote_id TEXT NOT NULL,
                    remote_url TEXT,
                    remote_revision TEXT,
                    about TEXT NOT NULL,
                    published_at BIGINT NOT NULL)
                """,
                """
                CREATE TABLE conversation (
                    id \(.id) PRIMARY KEY,
                    workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                    channel_id \(.id) NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
                    publication_id \(.id) NOT NULL UNIQUE,
                    about TEXT NOT NULL,
                    is_unread BOOLEAN NOT NULL,
                    done_at BIGINT,
                    last_at BIGINT NOT NULL)
                """,
                "CREATE INDEX conversation_time ON conversation (workspace_id, last_at)",
                """
                CREATE TABLE message (
                    id \(.id) PRIMARY KEY,
                    workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                    conversation_id \(.id) NOT NULL
                        REFERENCES conversation (id) ON DELETE CASCADE,
                    direction TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
                    state TEXT NOT NULL
                        CHECK (state IN ('out', 'sending', 'doubtful', 'refused')),
                    author_name TEXT NOT NULL,
                    author_handle TEXT NOT NULL,
                    author_url TEXT,
                    body TEXT NOT NULL,
                    remote_id \(.key),
                    url TEXT,
                    revision TEXT,
                    in_reply_to TEXT,
                    at BIGINT NOT NULL,
                    trouble TEXT,
                    CHECK (direction = 'outgoing' OR state = 'out'))
                """,
                "CREATE INDEX message_conversation ON message (conversation_id, at)",
                """
                CREATE UNIQUE INDEX message_remote ON message (conversation_id, remote_id)
                    WHERE remote_id IS NOT NULL
                """,
            ]),
        Migration(
            "engagement/0002-audience",
            [
                """
                ALTER TABLE message ADD COLUMN audience TEXT NOT NULL DEFAULT 'everyone'
                    CHECK (audience IN ('everyone', 'unlisted', 'followers', 'direct'))
                """
            ]),
    ]
}
