package import Store

/// The tables of the instance's identity and of its backups.
package enum SafekeepingSchema {
    package static let migrations: [Migration] = [
        Migration(
            "safekeeping/0001-instance",
            [
                """
                CREATE TABLE instance (
                    one INTEGER PRIMARY KEY CHECK (one = 1),
                    id \(.key) NOT NULL,
                    epoch BIGINT NOT NULL CHECK (epoch >= 0),
                    place TEXT,
                    beat_at BIGINT NOT NULL,
                    held TEXT CHECK (held IN ('restored', 'copied', 'stranger', 'rolledBack',
                        'away', 'byHand', 'moved')),
                    held_why TEXT,
                    held_at BIGINT,
                    confirmed_at BIGINT,
                    confirmed_by TEXT,
                    CHECK ((held IS NULL) = (held_why IS NULL)),
                    CHECK ((held IS NULL) = (held_at IS NULL)),
                    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL)))
                """
            ]),
        Migration(
            "safekeeping/0002-backup-run",
            [
                """
                CREATE TABLE backup_run (
                    planned_at BIGINT PRIMARY KEY,
                    began_at BIGINT NOT NULL,
                    finished_at BIGINT,
                    file TEXT,
                    byte_count BIGINT,
                    row_count BIGINT,
                    problem TEXT,
                    CHECK (problem IS NULL OR file IS NULL),
                    CHECK ((finished_at IS NULL) = (problem IS NULL AND file IS NULL)))
                """
            ]),
    ]
}
