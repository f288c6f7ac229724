package import Store

/// The tables of initiatives, plan items, briefs and distribution actions.
package enum PlanningSchema {
    package static let migrations: [Migration] = [
        Migration("planning/0001-initiatives", initiatives),
        Migration("planning/0002-items", items),
        Migration("planning/0003-briefs", briefs),
    ]

    private static let initiatives: [SQL] = [
        """
        CREATE TABLE initiative (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('sprint', 'marathon')),
            title TEXT NOT NULL CHECK (title <> ''),
            purpose TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'done', 'dropped')),
            starts_on \(.key) NOT NULL,
            ends_on \(.key),
            owner_id \(.id) REFERENCES member(id) ON DELETE SET NULL,
            budget BIGINT CHECK (budget >= 0),
            currency TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (workspace_id, id),
            CHECK (kind = 'marathon' OR ends_on IS NOT NULL),
            CHECK (ends_on IS NULL OR starts_on <= ends_on))
        """,
        """
        CREATE TABLE initiative_objective (
            workspace_id \(.id) NOT NULL,
            initiative_id \(.id) NOT NULL,
            objective_id \(.id) NOT NULL,
            is_primary BOOLEAN NOT NULL,
            PRIMARY KEY (initiative_id, objective_id),
            FOREIGN KEY (workspace_id, initiative_id)
                REFERENCES initiative (workspace_id, id) ON DELETE CASCADE,
            FOREIGN KEY (workspace_id, objective_id)
                REFERENCES objective (workspace_id, id) ON DELETE CASCADE)
        """,
        """
        CREATE UNIQUE INDEX initiative_objective_primary
            ON initiative_objective (initiative_id) WHERE is_primary
        """,
        """
        CREATE INDEX initiative_objective_objective
            ON initiative_objective (workspace_id, objective_id)
        """,
    ]

    private static let items: [SQL] = [
        """
        CREATE TABLE item (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace(id) ON DELETE CASCADE,
            initiative_id \(.id),
            primary_objective_id \(.id),
            title TEXT NOT NULL CHECK (title <> ''),
            note TEXT NOT NULL,
            owner_id \(.id) REFERENCES member(id) ON DELETE SET NULL,
            month \(.key) NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('idea', 'planned', 'briefed', 'inWork', 'done', 'dropped')),
            position INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            UNIQUE (workspace_id, id),
            FOREIGN KEY (workspace_id, initiative_id) REFERENCES initiative (workspace_id, id),
            FOREIGN KEY (workspace_id, primary_objective_id)
                REFERENCES objective (workspace_id, id))
        """,
        "CREATE INDEX item_month ON item (workspace_id, month, position)",
        "CREATE INDEX item_initiative ON item (workspace_id, initiative_id)",
        "CREATE INDEX item_objective ON item (workspace_id, primary_objective_id)",
        """
        CREATE TABLE item_channel (
            workspace_id \(.id) NOT NULL,
            item_id \(.id) NOT NULL,
            channel_id \(.id) NOT NULL REFERENCES channel(id) ON DELETE CASCADE,
            PRIMARY KEY (item_id, channel_id),
            FOREIGN KEY (workspace_id, item_id)
                REFERENCES item (workspace_id, id) ON DELETE CASCADE)
        """,
        """
        CREATE TABLE item_tag (
            workspace_id \(.id) NOT NULL,
            item_id \(.id) NOT NULL,
            tag \(.key) NOT NULL CHECK (tag <> ''),
            PRIMARY KEY (item_id, tag),
            FOREIGN KEY (workspace_id, item_id)
                REFERENCES item (workspace_id, id) ON DELETE CASCADE)
        """,
    ]

    private static let briefs: [SQL] = [
        // A part that is NULL is answered by what strategy and charter say.
        """
        CREATE TABLE brief (
            item_id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL,
            what TEXT,
            timing TEXT,
            how TEXT,
            audience TEXT,
            why TEXT,
            updated_at BIGINT NOT NULL,
            FOREIGN KEY (workspace_id, item_id)
                REFERENCES item (workspace_id, id) ON DELETE CASCADE)
        """,
        """
        CREATE TABLE distribution_action (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL,
            item_id \(.id) NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN
                ('post', 'firstComment', 'staffShare', 'influencer', 'email', 'boost',
                'giveaway', 'press', 'other')),
            title TEXT NOT NULL CHECK (title <> ''),
            owner_id \(.id) REFERENCES member(id) ON DELETE SET NULL,
            due_on \(.key),
            done_at BIGINT,
            created_at BIGINT NOT NULL,
            FOREIGN KEY (workspace_id, item_id)
                REFERENCES item (workspace_id, id) ON DELETE CASCADE)
        """,
        "CREATE INDEX distribution_action_item ON distribution_action (workspace_id, item_id)",
    ]
}
