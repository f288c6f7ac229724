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
            ])
    ]
}
