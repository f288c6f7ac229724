package import Store

/// The tables of tracked links.
package enum LinksSchema {
    package static let migrations: [Migration] = [
        Migration(
            "links/0001-link",
            [
                """
                CREATE TABLE link (
                    id \(.id) PRIMARY KEY,
                    workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                    slug \(.key) NOT NULL UNIQUE CHECK (length(slug) BETWEEN 6 AND 16),
                    destination TEXT NOT NULL
                        CHECK (destination LIKE 'https://%' OR destination LIKE 'http://%'),
                    utm_source TEXT,
                    utm_medium TEXT,
                    utm_campaign TEXT,
                    utm_content TEXT,
                    utm_term TEXT,
                    publication_id \(.id) UNIQUE,
                    label TEXT NOT NULL DEFAULT '',
                    created_at BIGINT NOT NULL)
                """,
                "CREATE INDEX link_workspace ON link (workspace_id, id)",
            ]),
        Migration(
            "links/0002-public-address",
            [
                """
                CREATE TABLE public_address (
                    one INTEGER PRIMARY KEY CHECK (one = 1),
                    url TEXT CHECK (url IS NULL OR url LIKE 'https://%'),
                    challenge TEXT NOT NULL,
                    answer TEXT NOT NULL,
                    answered_at BIGINT,
                    tried_at BIGINT,
                    failures INTEGER NOT NULL,
                    why_not TEXT)
                """
            ]),
        // A visit without a click says only which content it came for.
        Migration(
            "links/0003-content",
            ["CREATE INDEX link_content ON link (workspace_id, utm_content)"]),
    ]
}
