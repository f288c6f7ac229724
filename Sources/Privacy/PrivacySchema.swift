package import Store

/// The table of what a workspace chose about keeping.
package enum PrivacySchema {
    /// The fewest days that single clicks and visits are kept: a year can be compared with the last.
    package static let fewestTrafficDays = 400
    /// The most.
    package static let mostTrafficDays = 3650

    package static let migrations: [Migration] = [
        Migration(
            "privacy/0001-setting",
            [
                """
                CREATE TABLE privacy_setting (
                    workspace_id \(.id) PRIMARY KEY
                        REFERENCES workspace (id) ON DELETE CASCADE,
                    traffic_days INTEGER NOT NULL
                        CHECK (traffic_days BETWEEN 400 AND 3650))
                """
            ])
    ]

    /// What the table says of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "privacy_setting", "How long a workspace keeps single clicks and visits.",
            people: .nobody(because: "a setting of the workspace"),
            keeps: .always(because: "a setting of the workspace"))
    ]
}
