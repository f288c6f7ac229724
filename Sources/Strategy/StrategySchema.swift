package import Store

/// The tables of business goals, objectives, charters, voice, budget and margin.
package enum StrategySchema {
    package static let migrations: [Migration] = [
        Migration("strategy/0001-goals", goals),
        Migration("strategy/0002-charters", charters),
        Migration("strategy/0003-money", money),
    ]

    private static let goals: [SQL] = [
        """
        CREATE TABLE business_goal (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN
                ('revenue', 'signUps', 'downloads', 'requests', 'retention', 'other')),
            title TEXT NOT NULL CHECK (title <> ''),
            because TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            archived_at BIGINT,
            UNIQUE (workspace_id, id))
        """,
        """
        CREATE TABLE objective (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            business_goal_id \(.id) NOT NULL,
            title TEXT NOT NULL CHECK (title <> ''),
            kpi TEXT NOT NULL CHECK (kpi <> ''),
            unit TEXT NOT NULL,
            source TEXT NOT NULL CHECK (source IN
                ('entered', 'revenue', 'conversions', 'visits', 'clicks')),
            baseline \(.real) NOT NULL,
            target \(.real) NOT NULL,
            starts_on \(.key) NOT NULL,
            due_on \(.key) NOT NULL,
            owner_id \(.id) REFERENCES member(id) ON DELETE SET NULL,
            created_at BIGINT NOT NULL,
            archived_at BIGINT,
            UNIQUE (workspace_id, id),
            FOREIGN KEY (workspace_id, business_goal_id)
                REFERENCES business_goal (workspace_id, id),
            CHECK (starts_on < due_on),
            CHECK (baseline <> target))
        """,
        "CREATE INDEX objective_goal ON objective (workspace_id, business_goal_id)",
        """
        CREATE TABLE objective_reading (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL,
            objective_id \(.id) NOT NULL,
            taken_on \(.key) NOT NULL,
            value \(.real) NOT NULL,
            source TEXT NOT NULL CHECK (source IN ('entered', 'measured')),
            note TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            recorded_at BIGINT NOT NULL,
            UNIQUE (objective_id, taken_on, source),
            FOREIGN KEY (workspace_id, objective_id)
                REFERENCES objective (workspace_id, id) ON DELETE CASCADE)
        """,
    ]

    private static let charters: [SQL] = [
        """
        CREATE TABLE charter (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            channel_id \(.id) NOT NULL UNIQUE REFERENCES channel(id) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN
                ('discovery', 'inspiration', 'consideration', 'purchase', 'loyalty', 'service')),
            audience TEXT NOT NULL,
            posts_per_week INTEGER NOT NULL CHECK (posts_per_week BETWEEN 0 AND 200),
            voice TEXT NOT NULL,
            answer_within_hours INTEGER CHECK (answer_within_hours BETWEEN 1 AND 720),
            response_policy TEXT NOT NULL,
            required_return INTEGER CHECK (required_return BETWEEN 0 AND 100000),
            difference TEXT NOT NULL,
            updated_at BIGINT NOT NULL)
        """,
        "CREATE INDEX charter_workspace ON charter (workspace_id)",
        """
        CREATE TABLE key_message (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            message TEXT NOT NULL CHECK (message <> ''),
            proof TEXT NOT NULL,
            created_at BIGINT NOT NULL)
        """,
        "CREATE INDEX key_message_workspace ON key_message (workspace_id)",
        """
        CREATE TABLE voice (
            workspace_id \(.id) PRIMARY KEY REFERENCES workspace(id) ON DELETE CASCADE,
            sound TEXT NOT NULL,
            avoid TEXT NOT NULL,
            answer_within_hours INTEGER CHECK (answer_within_hours BETWEEN 1 AND 720),
            feedback TEXT NOT NULL,
            focus TEXT NOT NULL,
            higher_returns TEXT NOT NULL,
            updated_at BIGINT NOT NULL)
        """,
    ]

    private static let money: [SQL] = [
        // A required return is in percent of the cost: 150 asks for 1.50 back for each 1 spent.
        """
        CREATE TABLE budget_period (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            starts_on \(.key) NOT NULL,
            ends_on \(.key) NOT NULL,
            currency TEXT NOT NULL,
            required_return INTEGER CHECK (required_return BETWEEN 0 AND 100000),
            because TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (workspace_id, id),
            UNIQUE (workspace_id, starts_on),
            CHECK (starts_on <= ends_on))
        """,
        // The amount of a line for people's time is minutes × rate, kept so that sums are plain.
        """
        CREATE TABLE budget_line (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL,
            budget_period_id \(.id) NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN
                ('people', 'tools', 'creators', 'promotion', 'other')),
            title TEXT NOT NULL CHECK (title <> ''),
            channel_id \(.id) REFERENCES channel(id) ON DELETE SET NULL,
            member_id \(.id) REFERENCES member(id) ON DELETE SET NULL,
            minutes BIGINT CHECK (minutes > 0),
            hourly_rate BIGINT CHECK (hourly_rate >= 0),
            amount BIGINT NOT NULL CHECK (amount >= 0),
            created_at BIGINT NOT NULL,
            FOREIGN KEY (workspace_id, budget_period_id)
                REFERENCES budget_period (workspace_id, id) ON DELETE CASCADE,
            CHECK ((kind = 'people') = (minutes IS NOT NULL)),
            CHECK ((kind = 'people') = (hourly_rate IS NOT NULL)))
        """,
        "CREATE INDEX budget_line_period ON budget_line (workspace_id, budget_period_id)",
        // Hundredths of a percent, from a day on: 6000 is 60 %.
        """
        CREATE TABLE margin (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            valid_from \(.key) NOT NULL,
            hundredths_of_percent INTEGER NOT NULL
                CHECK (hundredths_of_percent BETWEEN 1 AND 10000),
            because TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (workspace_id, valid_from))
        """,
    ]
}
