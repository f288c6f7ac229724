package import Store

/// The tables of posts, their variants and pictures, approvals, publications and attempts.
package enum PublishingSchema {
    package static let migrations: [Migration] = [
        Migration("publishing/0001-content", content),
        Migration("publishing/0002-delivery", delivery),
        Migration("publishing/0003-long-lists", longLists),
        Migration("publishing/0004-stop", stop),
        Migration("publishing/0005-history-progress", historyProgress),
        Migration("publishing/0005-preflight", preflight),
        Migration("publishing/0005-evidence", evidence),
        Migration("publishing/0005-removal", removal),
        Migration("publishing/0006-cards", cards),
        Migration("publishing/0005-approval-link", approvalLink),
        Migration("publishing/0007-media-file", mediaFile),
    ]

    private static let historyProgress: [SQL] = [
        """
        CREATE TABLE history_import (
            channel_id \(.id) PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            seen BIGINT NOT NULL CHECK (seen >= 0),
            added BIGINT NOT NULL CHECK (added >= 0),
            oldest_at BIGINT,
            started_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            finished_at BIGINT)
        """
    ]

    // What the last look before the due time found.
    private static let preflight: [SQL] = [
        """
        CREATE TABLE preflight (
            publication_id \(.id) PRIMARY KEY REFERENCES publication (id) ON DELETE CASCADE,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            due_at BIGINT NOT NULL,
            checked_at BIGINT NOT NULL,
            is_good BOOLEAN NOT NULL,
            findings \(.jsonType) NOT NULL)
        """,
        "CREATE INDEX preflight_bad ON preflight (workspace_id, due_at) WHERE NOT is_good",
    ]

    // What each attempt can prove: when it was to leave and left, and what came back.
    private static let evidence: [SQL] = [
        "ALTER TABLE attempt ADD COLUMN due_at BIGINT",
        "ALTER TABLE attempt ADD COLUMN left_at BIGINT",
        "ALTER TABLE attempt ADD COLUMN answer TEXT",
    ]

    // What the pages behind links say about themselves, and what a post's link says of its campaign.
    private static let cards: [SQL] = [
        """
        CREATE TABLE link_card (
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            address_hash \(.key) NOT NULL CHECK (length(address_hash) = 64),
            address TEXT NOT NULL,
            title TEXT,
            summary TEXT NOT NULL,
            image TEXT,
            read_at BIGINT NOT NULL,
            PRIMARY KEY (workspace_id, address_hash))
        """,
        "ALTER TABLE post ADD COLUMN campaign TEXT",
    ]

    // Posts that people take back from their network, with the evidence of each step.
    private static let removal: [SQL] = [
        """
        CREATE TABLE publication_removal (
            publication_id \(.id) PRIMARY KEY REFERENCES publication (id) ON DELETE CASCADE,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            state TEXT NOT NULL CHECK (state IN ('asked', 'removed', 'refused')),
            parts_left INTEGER NOT NULL CHECK (parts_left >= 0),
            tries INTEGER NOT NULL,
            message TEXT,
            proof TEXT,
            asked_by TEXT NOT NULL,
            asked_at BIGINT NOT NULL,
            removed_at BIGINT,
            CHECK ((state = 'removed') = (removed_at IS NOT NULL)))
        """,
        """
        CREATE TABLE removal_attempt (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            publication_id \(.id) NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('removal', 'look')),
            part INTEGER NOT NULL,
            started_at BIGINT NOT NULL,
            finished_at BIGINT,
            outcome TEXT CHECK (outcome IN ('accepted', 'refused', 'notAccepted', 'unknown',
                'interrupted', 'found', 'absent')),
            status INTEGER,
            code TEXT,
            message TEXT,
            CHECK ((finished_at IS NULL) = (outcome IS NULL)))
        """,
        "CREATE INDEX removal_attempt_publication ON removal_attempt (publication_id, id)",
        """
        CREATE UNIQUE INDEX removal_attempt_open ON removal_attempt (publication_id)
            WHERE finished_at IS NULL
        """,
    ]

    /// Pictures for the other processes on a PostgreSQL; empty with SQLite.
    private static let mediaFile: [SQL] = [
        """
        CREATE TABLE media_file (
            content_hash \(.key) PRIMARY KEY,
            bytes \(.bytes) NOT NULL,
            kept_at BIGINT NOT NULL)
        """
    ]

    // The secret of a link is nowhere; whoever reads the table cannot approve anything.
    private static let approvalLink: [SQL] = [
        """
        CREATE TABLE approval_link (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            post_id \(.id) NOT NULL REFERENCES post (id) ON DELETE CASCADE,
            token_hash \(.key) NOT NULL UNIQUE,
            content_hash TEXT NOT NULL,
            approver TEXT NOT NULL CHECK (length(approver) BETWEEN 1 AND 80),
            created_by TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            opened_at BIGINT,
            revoked_at BIGINT,
            decided_at BIGINT,
            decision TEXT CHECK (decision IN ('approved', 'changesWanted')),
            note TEXT NOT NULL,
            CHECK ((decided_at IS NULL) = (decision IS NULL)))
        """,
        "CREATE INDEX approval_link_post ON approval_link (workspace_id, post_id, id)",
    ]

    // Freezes, and what happens to late posts.
    private static let stop: [SQL] = [
        """
        CREATE TABLE publishing_freeze (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            scope TEXT NOT NULL CHECK (scope IN ('workspace', 'channel', 'initiative')),
            channel_id \(.id) REFERENCES channel (id) ON DELETE CASCADE,
            initiative_id \(.id) REFERENCES initiative (id) ON DELETE CASCADE,
            reason TEXT NOT NULL,
            began_at BIGINT NOT NULL,
            began_by TEXT NOT NULL,
            lifted_at BIGINT,
            lifted_by TEXT,
            CHECK ((scope = 'channel') = (channel_id IS NOT NULL)),
            CHECK ((scope = 'initiative') = (initiative_id IS NOT NULL)),
            CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)))
        """,
        "CREATE INDEX publishing_freeze_workspace ON publishing_freeze (workspace_id, id)",
        // Asked before every send and for every page: as short as what stands still.
        """
        CREATE UNIQUE INDEX publishing_freeze_open ON publishing_freeze
            (workspace_id, scope, (COALESCE(channel_id, initiative_id, '')))
            WHERE lifted_at IS NULL
        """,
        """
        CREATE TABLE late_policy (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            channel_id \(.id) REFERENCES channel (id) ON DELETE CASCADE,
            post_id \(.id) REFERENCES post (id) ON DELETE CASCADE,
            after_ms BIGINT NOT NULL CHECK (after_ms >= 60000),
            action TEXT NOT NULL CHECK (action IN ('publish', 'hold', 'ask')),
            CHECK (channel_id IS NULL OR post_id IS NULL))
        """,
        """
        CREATE UNIQUE INDEX late_policy_scope ON late_policy
            (workspace_id, (COALESCE(post_id, channel_id, '')))
        """,
        """
        ALTER TABLE publication ADD COLUMN freeze_id \(.id)
            REFERENCES publishing_freeze (id) ON DELETE SET NULL
        """,
        "ALTER TABLE publication ADD COLUMN confirmed_at BIGINT",
        "CREATE INDEX publication_freeze ON publication (freeze_id) WHERE freeze_id IS NOT NULL",
    ]

    // What lists and the calendar ask for, so that they take as long with a hundred thousand
    // posts as with a hundred. SQLite plans without statistics: each list has its own order here.
    private static let longLists: [SQL] = [
        "CREATE INDEX publication_list ON publication (workspace_id, id)",
        "DROP INDEX publication_state",
        "CREATE INDEX publication_state_list ON publication (workspace_id, state, id)",
        """
        CREATE INDEX publication_waiting ON publication (workspace_id, due_at, id)
            WHERE state IN ('inReview', 'needsPerson', 'refused')
        """,
        """
        CREATE INDEX publication_time
            ON publication (workspace_id, (COALESCE(due_at, published_at)), id)
        """,
        "CREATE INDEX variant_post ON variant (workspace_id, post_id)",
    ]

    private static let content: [SQL] = [
        """
        CREATE TABLE post (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            item_id \(.id) REFERENCES item (id) ON DELETE SET NULL,
            objective_id \(.id),
            title TEXT NOT NULL,
            body TEXT NOT NULL,
            destination TEXT,
            language TEXT,
            origin TEXT NOT NULL CHECK (origin IN ('written', 'imported')),
            revision INTEGER NOT NULL,
            author_id \(.id) REFERENCES person (id) ON DELETE SET NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            deleted_at BIGINT)
        """,
        "CREATE INDEX post_workspace ON post (workspace_id, updated_at)",
        "CREATE INDEX post_item ON post (workspace_id, item_id)",
        """
        CREATE TABLE media_asset (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            content_hash \(.key) NOT NULL CHECK (length(content_hash) = 64),
            content_type TEXT NOT NULL
                CHECK (content_type IN ('image/jpeg', 'image/png', 'image/webp', 'image/gif')),
            file_name TEXT NOT NULL,
            byte_count BIGINT NOT NULL CHECK (byte_count > 0),
            width INTEGER NOT NULL CHECK (width > 0),
            height INTEGER NOT NULL CHECK (height > 0),
            created_at BIGINT NOT NULL,
            UNIQUE (workspace_id, content_hash))
        """,
        """
        CREATE TABLE post_media (
            post_id \(.id) NOT NULL REFERENCES post (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            workspace_id \(.id) NOT NULL,
            media_id \(.id) NOT NULL REFERENCES media_asset (id),
            alt_text TEXT NOT NULL,
            PRIMARY KEY (post_id, position))
        """,
        """
        CREATE TABLE variant (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            post_id \(.id) NOT NULL REFERENCES post (id) ON DELETE CASCADE,
            channel_id \(.id) NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
            body TEXT,
            further_parts \(.jsonType) NOT NULL,
            visibility TEXT NOT NULL CHECK (visibility IN ('everyone', 'unlisted', 'followers')),
            content_warning TEXT,
            has_own_media BOOLEAN NOT NULL,
            UNIQUE (post_id, channel_id))
        """,
        "CREATE INDEX variant_channel ON variant (workspace_id, channel_id)",
        """
        CREATE TABLE variant_media (
            variant_id \(.id) NOT NULL REFERENCES variant (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            workspace_id \(.id) NOT NULL,
            media_id \(.id) NOT NULL REFERENCES media_asset (id),
            alt_text TEXT NOT NULL,
            PRIMARY KEY (variant_id, position))
        """,
        """
        CREATE TABLE publishing_setting (
            workspace_id \(.id) PRIMARY KEY REFERENCES workspace (id) ON DELETE CASCADE,
            approval TEXT NOT NULL CHECK (approval IN ('automatic', 'always', 'never')))
        """,
    ]

    private static let delivery: [SQL] = [
        """
        CREATE TABLE publication (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            post_id \(.id) NOT NULL REFERENCES post (id) ON DELETE CASCADE,
            variant_id \(.id) NOT NULL UNIQUE REFERENCES variant (id) ON DELETE CASCADE,
            channel_id \(.id) NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
            state TEXT NOT NULL CHECK (state IN ('draft', 'inReview', 'approved', 'scheduled',
                'preparing', 'sending', 'published', 'refused', 'doubtful', 'needsPerson')),
            reason TEXT CHECK (reason IN
                ('byHand', 'doubtful', 'reconnect', 'unreachable', 'tooLate')),
            content_hash TEXT NOT NULL,
            approved_hash TEXT,
            due_local \(.key),
            zone TEXT,
            due_at BIGINT,
            epoch INTEGER NOT NULL,
            tries INTEGER NOT NULL,
            looks INTEGER NOT NULL,
            absences INTEGER NOT NULL,
            parts_out INTEGER NOT NULL,
            part_count INTEGER NOT NULL CHECK (part_count >= 1),
            message TEXT,
            hand_token \(.key) UNIQUE,
            published_at BIGINT,
            lateness BIGINT,
            remote_id \(.key),
            remote_url TEXT,
            remote_revision TEXT,
            proof TEXT,
            sent_text TEXT,
            sent_link TEXT,
            link_loss TEXT,
            updated_at BIGINT NOT NULL,
            CHECK ((state = 'published') = (published_at IS NOT NULL)),
            CHECK ((state = 'needsPerson') = (reason IS NOT NULL)),
            CHECK ((due_at IS NULL) = (due_local IS NULL)),
            CHECK ((due_at IS NULL) = (zone IS NULL)),
            CHECK (due_at IS NOT NULL OR state NOT IN
                ('scheduled', 'preparing', 'sending', 'doubtful', 'needsPerson')))
        """,
        "CREATE INDEX publication_post ON publication (post_id)",
        "CREATE INDEX publication_due ON publication (workspace_id, due_at)",
        "CREATE INDEX publication_published ON publication (workspace_id, published_at)",
        "CREATE INDEX publication_state ON publication (workspace_id, state)",
        """
        CREATE UNIQUE INDEX publication_remote ON publication (channel_id, remote_id)
            WHERE remote_id IS NOT NULL
        """,
        """
        CREATE TABLE publication_part (
            publication_id \(.id) NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            workspace_id \(.id) NOT NULL,
            remote_id TEXT NOT NULL,
            remote_url TEXT,
            remote_revision TEXT,
            published_at BIGINT NOT NULL,
            PRIMARY KEY (publication_id, position))
        """,
        """
        CREATE TABLE publication_upload (
            publication_id \(.id) NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            workspace_id \(.id) NOT NULL,
            fingerprint TEXT NOT NULL,
            upload \(.jsonType) NOT NULL,
            PRIMARY KEY (publication_id, position))
        """,
        """
        CREATE TABLE attempt (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            publication_id \(.id) NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('upload', 'send', 'look', 'person')),
            part INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            send_key TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            started_at BIGINT NOT NULL,
            finished_at BIGINT,
            outcome TEXT CHECK (outcome IN ('accepted', 'refused', 'notAccepted', 'unknown',
                'interrupted', 'found', 'absent')),
            status INTEGER,
            code TEXT,
            message TEXT,
            CHECK ((finished_at IS NULL) = (outcome IS NULL)))
        """,
        "CREATE INDEX attempt_publication ON attempt (publication_id, id)",
        // The database itself refuses a second send while the answer to one is open.
        """
        CREATE UNIQUE INDEX attempt_open ON attempt (publication_id)
            WHERE kind = 'send' AND finished_at IS NULL
        """,
        """
        CREATE TABLE approval (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            publication_id \(.id) NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
            content_hash TEXT NOT NULL,
            decision TEXT NOT NULL CHECK (decision IN ('approved', 'changesWanted')),
            note TEXT NOT NULL,
            person_id \(.id) REFERENCES person (id) ON DELETE SET NULL,
            person_name TEXT NOT NULL,
            at BIGINT NOT NULL)
        """,
        "CREATE INDEX approval_publication ON approval (publication_id, id)",
    ]
}
