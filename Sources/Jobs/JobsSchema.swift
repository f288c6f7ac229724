package import Store

/// The tables of the queue and of the event log.
package enum JobsSchema {
    package static let migrations: [Migration] = [
        Migration(
            "jobs/0001-queue",
            [
                """
                CREATE TABLE job (
                    id \(.id) PRIMARY KEY,
                    workspace_id \(.id),
                    kind TEXT NOT NULL,
                    lane \(.key) NOT NULL,
                    payload TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('waiting', 'leased', 'done', 'dead')),
                    due_at BIGINT NOT NULL,
                    attempt INTEGER NOT NULL,
                    epoch INTEGER NOT NULL,
                    lease_until BIGINT,
                    worker TEXT,
                    dedupe_key \(.key),
                    last_error TEXT,
                    created_at BIGINT NOT NULL,
                    finished_at BIGINT,
                    CHECK ((state = 'leased') = (lease_until IS NOT NULL)))
                """,
                """
                CREATE UNIQUE INDEX job_dedupe ON job (dedupe_key) WHERE state = 'waiting'
                """,
                "CREATE INDEX job_due ON job (due_at) WHERE state = 'waiting'",
                // A lane runs one job at a time: the database itself refuses a second.
                "CREATE UNIQUE INDEX job_lane ON job (lane) WHERE state = 'leased'",
                "CREATE INDEX job_workspace ON job (workspace_id, state)",
                "CREATE INDEX job_finished ON job (state, finished_at)",
            ]),
        Migration(
            "jobs/0002-event",
            [
                """
                CREATE TABLE event (
                    id \(.id) PRIMARY KEY,
                    workspace_id \(.id) NOT NULL,
                    name TEXT NOT NULL,
                    subject \(.key) NOT NULL,
                    summary TEXT NOT NULL,
                    payload \(.jsonType) NOT NULL,
                    principal_kind TEXT NOT NULL,
                    person_id \(.id),
                    principal_name TEXT NOT NULL,
                    at BIGINT NOT NULL)
                """,
                "CREATE INDEX event_subject ON event (workspace_id, subject, id)",
                "CREATE INDEX event_time ON event (workspace_id, id)",
            ]),
        Migration(
            "jobs/0003-heartbeat",
            [
                """
                CREATE TABLE worker_heartbeat (
                    worker \(.key) PRIMARY KEY, beat_at BIGINT NOT NULL)
                """
            ]),
        Migration(
            "jobs/0004-lane-order",
            [
                // What comes next in a lane, without looking at the others.
                "CREATE INDEX job_lane_order ON job (lane, due_at, id) WHERE state = 'waiting'"
            ]),
        // The columns stay empty until the chain takes the event in: see AuditChain.
        Migration(
            "jobs/0004-audit",
            [
                "ALTER TABLE event ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
                "ALTER TABLE event ADD COLUMN changes TEXT NOT NULL DEFAULT '[]'",
                "ALTER TABLE event ADD COLUMN seal_number BIGINT",
                "ALTER TABLE event ADD COLUMN seal_who TEXT",
                "ALTER TABLE event ADD COLUMN seal_what TEXT",
                "ALTER TABLE event ADD COLUMN seal_hash TEXT",
                "ALTER TABLE event ADD COLUMN salt_who TEXT",
                "ALTER TABLE event ADD COLUMN salt_what TEXT",
                """
                CREATE UNIQUE INDEX event_seal ON event (workspace_id, seal_number)
                    WHERE seal_number IS NOT NULL
                """,
                """
                CREATE INDEX event_unsealed ON event (workspace_id, id)
                    WHERE seal_number IS NULL
                """,
                """
                CREATE TABLE audit_head (
                    workspace_id \(.id) PRIMARY KEY,
                    number BIGINT NOT NULL CHECK (number > 0),
                    hash TEXT NOT NULL,
                    at BIGINT NOT NULL)
                """,
            ]),
        // What caused the job, as a W3C `traceparent`.
        Migration("jobs/0005-trace", ["ALTER TABLE job ADD COLUMN trace TEXT"]),
    ]
}
