package import People
package import Store

/// The tables of channels and of sign-ins at networks that are under way.
package enum ChannelsSchema {
    /// What is sealed with the secret key.
    package static let sealed = [
        SealedColumn("channel", "sealed") { "channel:\($0)" },
        SealedColumn("pending_authorization", "sealed") { "authorization:\($0)" },
    ]

    package static let migrations: [Migration] = [
        Migration(
            "channels/0001-channel",
            [
                """
                CREATE TABLE channel (
                    id \(.id) PRIMARY KEY,
                    workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                    network TEXT NOT NULL CHECK (network IN ('practice', 'bluesky', 'mastodon',
                        'facebook', 'instagram', 'threads', 'x', 'linkedin', 'pinterest',
                        'youtube', 'tiktok', 'reddit', 'telegram', 'other')),
                    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
                    handle TEXT NOT NULL DEFAULT '',
                    profile_url TEXT,
                    connection TEXT NOT NULL
                        CHECK (connection IN ('connected', 'unconnected', 'needsReconnect')),
                    server TEXT,
                    account_id TEXT,
                    sealed \(.bytes),
                    credentials_expire_at BIGINT,
                    trouble TEXT,
                    connected_at BIGINT,
                    checked_at BIGINT,
                    paused_at BIGINT,
                    zone TEXT NOT NULL,
                    language TEXT,
                    visibility TEXT NOT NULL DEFAULT 'everyone'
                        CHECK (visibility IN ('everyone', 'unlisted', 'followers')),
                    created_at BIGINT NOT NULL,
                    archived_at BIGINT,
                    UNIQUE (workspace_id, id),
                    CHECK ((connection = 'unconnected') = (sealed IS NULL)),
                    CHECK (sealed IS NULL OR (server IS NOT NULL AND account_id IS NOT NULL)))
                """,
                "CREATE INDEX channel_workspace ON channel (workspace_id, created_at)",
                """
                CREATE UNIQUE INDEX channel_account
                    ON channel (workspace_id, network, server, account_id)
                    WHERE account_id IS NOT NULL
                """,
                """
                CREATE TABLE pending_authorization (
                    id \(.id) PRIMARY KEY,
                    workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                    person_id \(.id) NOT NULL REFERENCES person (id) ON DELETE CASCADE,
                    state_hash \(.key) NOT NULL UNIQUE,
                    network TEXT NOT NULL,
                    server TEXT NOT NULL,
                    channel_id \(.id) REFERENCES channel (id) ON DELETE CASCADE,
                    return_to TEXT NOT NULL,
                    sealed \(.bytes) NOT NULL,
                    expires_at BIGINT NOT NULL)
                """,
                "CREATE INDEX pending_authorization_age ON pending_authorization (expires_at)",
            ]),
        // What the account's own server says about its limits, and when it said so.
        Migration(
            "channels/0002-live-limits",
            [
                "ALTER TABLE channel ADD COLUMN live_limits \(.jsonType)",
                "ALTER TABLE channel ADD COLUMN limits_read_at BIGINT",
            ]),
    ]
}
