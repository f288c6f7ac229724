package import Store

/// The tables of workspaces, people and how they sign in.
package enum PeopleSchema {
    /// What is sealed with the secret key.
    package static let sealed = [
        SealedColumn("second_factor", "sealed", key: "person_id") { "second-factor:\($0)" }
    ]

    package static let migrations: [Migration] = [
        Migration("people/0001-workspace", workspaces),
        Migration("people/0002-sign-in", signIn),
        Migration("people/0003-invitation-and-token", invitationsAndTokens),
        Migration("people/0004-idempotency", idempotency),
        Migration("people/0005-guest", guests),
        Migration("people/0006-second-factor", secondFactor),
        Migration("people/0007-open-id", openID),
    ]

    private static let workspaces: [SQL] = [
        """
        CREATE TABLE workspace (
            id \(.id) PRIMARY KEY,
            slug \(.key) NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 60),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
            zone TEXT NOT NULL,
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            is_demo BOOLEAN NOT NULL DEFAULT FALSE,
            setup_closed_at BIGINT,
            created_at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE person (
            id \(.id) PRIMARY KEY,
            email \(.key) NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) <= 254),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
            password_hash TEXT,
            created_at BIGINT NOT NULL)
        """,
        // A member who left keeps the row, so that what they made keeps its author.
        """
        CREATE TABLE member (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            person_id \(.id) NOT NULL REFERENCES person (id),
            role TEXT NOT NULL
                CHECK (role IN ('owner', 'manager', 'editor', 'approver', 'viewer')),
            hours_per_month INTEGER NOT NULL DEFAULT 20
                CHECK (hours_per_month BETWEEN 0 AND 400),
            created_at BIGINT NOT NULL,
            removed_at BIGINT,
            UNIQUE (workspace_id, person_id),
            UNIQUE (workspace_id, id))
        """,
        "CREATE INDEX member_person ON member (person_id)",
    ]

    private static let signIn: [SQL] = [
        """
        CREATE TABLE owner_link (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            secret_hash \(.key) NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE session (
            id \(.id) PRIMARY KEY,
            person_id \(.id) NOT NULL REFERENCES person (id) ON DELETE CASCADE,
            secret_hash \(.key) NOT NULL,
            previous_hash \(.key),
            rotated_at BIGINT NOT NULL,
            confirmed_at BIGINT,
            created_at BIGINT NOT NULL,
            last_seen_at BIGINT NOT NULL,
            agent TEXT NOT NULL)
        """,
        "CREATE INDEX session_person ON session (person_id, last_seen_at)",
        // The key is a digest: what strangers type into the sign-in form is not kept.
        """
        CREATE TABLE sign_in_attempt (
            key \(.key) PRIMARY KEY,
            failures INTEGER NOT NULL CHECK (failures > 0),
            last_failure_at BIGINT NOT NULL)
        """,
        "CREATE INDEX sign_in_attempt_age ON sign_in_attempt (last_failure_at)",
    ]

    private static let invitationsAndTokens: [SQL] = [
        """
        CREATE TABLE invitation (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            email \(.key) NOT NULL CHECK (email = lower(email) AND length(email) <= 254),
            role TEXT NOT NULL
                CHECK (role IN ('owner', 'manager', 'editor', 'approver', 'viewer')),
            secret_hash \(.key) NOT NULL UNIQUE,
            invited_by TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            UNIQUE (workspace_id, email))
        """,
        """
        CREATE TABLE api_token (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            person_id \(.id) NOT NULL REFERENCES person (id) ON DELETE CASCADE,
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
            prefix TEXT NOT NULL,
            secret_hash \(.key) NOT NULL UNIQUE,
            scopes \(.jsonType) NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT,
            last_used_at BIGINT)
        """,
        "CREATE INDEX api_token_workspace ON api_token (workspace_id, id)",
        "CREATE INDEX api_token_person ON api_token (person_id)",
    ]

    // A guest is a member with a pass; without its row the member is nobody's guest.
    private static let guests: [SQL] = [
        """
        CREATE TABLE guest_pass (
            member_id \(.id) PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            scope \(.jsonType) NOT NULL,
            may \(.jsonType) NOT NULL,
            until BIGINT NOT NULL,
            created_at BIGINT NOT NULL)
        """,
        "CREATE INDEX guest_pass_workspace ON guest_pass (workspace_id)",
        """
        CREATE TABLE guest_offer (
            invitation_id \(.id) PRIMARY KEY REFERENCES invitation (id) ON DELETE CASCADE,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            scope \(.jsonType) NOT NULL,
            may \(.jsonType) NOT NULL,
            days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 365))
        """,
    ]

    private static let idempotency: [SQL] = [
        """
        CREATE TABLE idempotency_key (
            scope \(.key) NOT NULL,
            key \(.key) NOT NULL,
            fingerprint TEXT NOT NULL,
            status INTEGER,
            body TEXT,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (scope, key),
            CHECK ((status IS NULL) = (body IS NULL)))
        """,
        "CREATE INDEX idempotency_key_age ON idempotency_key (created_at)",
    ]

    private static let secondFactor: [SQL] = [
        """
        CREATE TABLE second_factor (
            person_id \(.id) PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
            sealed \(.bytes) NOT NULL,
            confirmed_at BIGINT,
            last_step BIGINT,
            created_at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE recovery_code (
            person_id \(.id) NOT NULL REFERENCES second_factor (person_id) ON DELETE CASCADE,
            code_hash \(.key) NOT NULL,
            used_at BIGINT,
            PRIMARY KEY (person_id, code_hash))
        """,
        // A sign-in that has shown the password and not yet the code.
        """
        CREATE TABLE sign_in_step (
            id \(.id) PRIMARY KEY,
            person_id \(.id) NOT NULL REFERENCES person (id) ON DELETE CASCADE,
            secret_hash \(.key) NOT NULL,
            expires_at BIGINT NOT NULL)
        """,
        "CREATE INDEX sign_in_step_person ON sign_in_step (person_id)",
        "CREATE INDEX sign_in_step_age ON sign_in_step (expires_at)",
        """
        CREATE TABLE password_link (
            person_id \(.id) PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
            secret_hash \(.key) NOT NULL UNIQUE,
            expires_at BIGINT NOT NULL)
        """,
        "ALTER TABLE session ADD COLUMN place TEXT",
        "ALTER TABLE session ADD COLUMN second_factor_at BIGINT",
        """
        ALTER TABLE workspace ADD COLUMN needs_second_factor BOOLEAN NOT NULL DEFAULT FALSE
        """,
    ]

    private static let openID: [SQL] = [
        """
        CREATE TABLE open_identity (
            id \(.id) PRIMARY KEY,
            issuer \(.key) NOT NULL,
            subject \(.key) NOT NULL,
            person_id \(.id) NOT NULL REFERENCES person (id) ON DELETE CASCADE,
            email \(.key) NOT NULL,
            created_at BIGINT NOT NULL,
            last_used_at BIGINT NOT NULL,
            UNIQUE (issuer, subject))
        """,
        "CREATE INDEX open_identity_person ON open_identity (person_id)",
        // The states of sign-ins elsewhere that came back, until they would have run out anyway.
        """
        CREATE TABLE spent_state (
            state_hash \(.key) PRIMARY KEY,
            ends_at BIGINT NOT NULL)
        """,
        "CREATE INDEX spent_state_age ON spent_state (ends_at)",
    ]
}
