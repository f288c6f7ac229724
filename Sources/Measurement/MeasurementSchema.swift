package import Store

/// The tables of clicks, visits, conversions, credits, costs and network figures.
///
/// Clicks, visits, touches and credits use whole-number keys and small dictionaries, because a
/// workspace has a few thousand posts but may have millions of these.
package enum MeasurementSchema {
    package static let migrations: [Migration] = [
        Migration("measurement/0001-traffic", traffic),
        Migration("measurement/0002-conversions", conversions),
        Migration("measurement/0003-costs-and-figures", costsAndFigures),
        Migration("measurement/0004-sums", sums),
        Migration("measurement/0005-place-sums", placeSums),
        Migration(
            "measurement/0006-orders-by-number",
            ["CREATE INDEX conversion_reference ON conversion (workspace_id, reference)"]),
        Migration("measurement/0007-evidence-lists", evidenceLists),
        // Visits of posts without a tracked link, known by the mark in their address.
        Migration(
            "measurement/0008-marked-visits",
            ["ALTER TABLE visit ADD COLUMN by_mark BOOLEAN NOT NULL DEFAULT FALSE"]),
        Migration("measurement/0009-a-year-at-once", year),
        // Clicks that led to an order are kept when others are past their time.
        Migration(
            "measurement/0010-clicks-of-orders",
            ["CREATE INDEX touch_click ON touch (click_id) WHERE click_id IS NOT NULL"]),
        // A post that everybody clicks is still read at once.
        Migration(
            "measurement/0011-a-busy-link",
            [
                "CREATE INDEX visit_token ON visit (token) WHERE token IS NOT NULL",
                "DROP INDEX link_day_link",
                """
                CREATE INDEX link_day_link ON link_day (link_key, day, people, bots, visits)
                """,
            ]),
        Migration("measurement/0012-blocks", blocks),
        Migration("measurement/0013-links-of-a-post", linksOfPosts),
    ]

    /// Which posts earned most is found by their links; the few posts with several are marked.
    private static let linksOfPosts: [SQL] = [
        "ALTER TABLE measured_link ADD COLUMN is_further BOOLEAN NOT NULL DEFAULT FALSE",
        MeasuredLinks.marking("1 = 1"),
        """
        CREATE INDEX measured_link_further ON measured_link (workspace_id, publication_id)
            WHERE is_further
        """,
        "DROP INDEX credit_day_link",
        """
        CREATE INDEX credit_day_link ON credit_day (link_key, model, currency, day, earned_day,
            amount, orders, leads)
        """,
    ]

    /// A year by any part of the line of sight is read in a few hundred rows; see `BlockSums`.
    private static let blocks: [SQL] = [
        """
        CREATE TABLE place_block (
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            block BIGINT NOT NULL,
            place_key BIGINT NOT NULL REFERENCES measured_place (key) ON DELETE CASCADE,
            people BIGINT NOT NULL,
            bots BIGINT NOT NULL,
            visits BIGINT NOT NULL,
            PRIMARY KEY (workspace_id, block, place_key)) \(.clustered)
        """,
        "CREATE INDEX place_block_place ON place_block (place_key)",
        """
        CREATE TABLE post_block (
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            block BIGINT NOT NULL,
            place_key BIGINT NOT NULL REFERENCES measured_place (key) ON DELETE CASCADE,
            posts BIGINT NOT NULL,
            tracked BIGINT NOT NULL,
            marked BIGINT NOT NULL,
            known BIGINT NOT NULL,
            PRIMARY KEY (workspace_id, block, place_key)) \(.clustered)
        """,
        "CREATE INDEX post_block_place ON post_block (place_key)",
        """
        CREATE TABLE credit_block (
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            currency TEXT NOT NULL,
            block BIGINT NOT NULL,
            place_key BIGINT NOT NULL REFERENCES measured_place (key) ON DELETE CASCADE,
            earned_block BIGINT NOT NULL,
            amount BIGINT NOT NULL,
            orders BIGINT NOT NULL,
            leads BIGINT NOT NULL,
            PRIMARY KEY (workspace_id, model, currency, block, place_key, earned_block))
            \(.clustered)
        """,
        "CREATE INDEX credit_block_place ON credit_block (place_key)",
        // Credit that was earned in a block in which the margin changed.
        """
        CREATE INDEX credit_day_earned ON credit_day (workspace_id, model, currency,
            \(Blocks.ofDays.block(of: "earned_day")), day, link_key, earned_day, amount, orders,
            leads)
        """,
        """
        CREATE INDEX cost_entry_figures ON cost_entry (workspace_id, currency, spent_on,
            publication_id, initiative_id, amount)
        """,
        BlockSums.places.adding(BlockSums.rowsOfPlaces("1 = 1")),
        BlockSums.posts.adding(BlockSums.rowsOfPosts("1 = 1")),
        BlockSums.credit.adding(BlockSums.rowsOfCredit("1 = 1")),
    ]

    /// A year of money, posts and visits is read as quickly as a month; see `MeasuredSums.swift`.
    private static let year: [SQL] =
        [
            """
            CREATE TABLE credit_day (
                workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                model TEXT NOT NULL,
                currency TEXT NOT NULL,
                day BIGINT NOT NULL,
                link_key BIGINT NOT NULL REFERENCES measured_link (key) ON DELETE CASCADE,
                earned_day BIGINT NOT NULL,
                amount BIGINT NOT NULL,
                orders BIGINT NOT NULL,
                leads BIGINT NOT NULL,
                PRIMARY KEY (workspace_id, model, currency, day, link_key, earned_day))
                \(.clustered)
            """,
            "CREATE INDEX credit_day_link ON credit_day (link_key)",
            """
            CREATE TABLE measured_post (
                publication_id \(.id) PRIMARY KEY REFERENCES publication (id) ON DELETE CASCADE,
                workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                place_key BIGINT NOT NULL REFERENCES measured_place (key),
                published_at BIGINT,
                is_tracked BOOLEAN NOT NULL,
                is_marked BOOLEAN NOT NULL,
                has_cost BOOLEAN NOT NULL) \(.clustered)
            """,
            """
            CREATE INDEX measured_post_time ON measured_post (workspace_id, published_at,
                place_key, is_tracked, is_marked, has_cost)
            """,
            "CREATE INDEX measured_post_place ON measured_post (place_key)",
            """
            CREATE TABLE visit_quarter (
                site_key BIGINT NOT NULL REFERENCES site (key) ON DELETE CASCADE,
                quarter BIGINT NOT NULL,
                visits BIGINT NOT NULL,
                PRIMARY KEY (site_key, quarter)) \(.clustered)
            """,
            """
            CREATE INDEX conversion_figures ON conversion (workspace_id, day, bot, currency, kind,
                refund_of, amount)
            """,
            CreditSums.statement(""), VisitSums.statement(""),
        ] + MeasuredPosts.statements("publication.published_at IS NOT NULL")

    /// Clicks, orders and leads are listed by time, whatever post they belong to.
    private static let evidenceLists: [SQL] = [
        "CREATE INDEX click_time ON click (at, id)",
        "CREATE INDEX conversion_time ON conversion (workspace_id, at, key)",
        "CREATE INDEX measured_link_counts ON measured_link (place_key)",
        // Links that an order named before anybody clicked them had no place until now.
        """
        INSERT INTO measured_place (workspace_id, channel_id, initiative_id, objective_id)
        SELECT DISTINCT measured_link.workspace_id, publication.channel_id,
            item.initiative_id, COALESCE(post.objective_id, item.primary_objective_id)
        \(placed)
        WHERE measured_link.place_key IS NULL
        """,
        """
        UPDATE measured_link SET place_key = (\(placeOf))
        WHERE measured_link.place_key IS NULL
        """,
    ]

    private static let placeOf: SQL = """
        SELECT MIN(measured_place.key) FROM measured_link AS self
            LEFT JOIN publication ON publication.id = self.publication_id
            LEFT JOIN post ON post.id = publication.post_id
            LEFT JOIN item ON item.id = post.item_id
            JOIN measured_place ON measured_place.workspace_id = self.workspace_id
                AND measured_place.channel_id IS NOT DISTINCT FROM publication.channel_id
                AND measured_place.initiative_id IS NOT DISTINCT FROM item.initiative_id
                AND measured_place.objective_id IS NOT DISTINCT FROM
                    COALESCE(post.objective_id, item.primary_objective_id)
            WHERE self.key = measured_link.key
        """

    /// A year by any part of the line of sight is read in a few thousand rows; see `PlaceSums`.
    private static let placeSums: [SQL] =
        [
            "ALTER TABLE workspace_day ADD COLUMN visits BIGINT NOT NULL DEFAULT 0",
            "DELETE FROM workspace_day",
            """
            CREATE TABLE measured_place (
                key \(.serialKey),
                workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                channel_id \(.id),
                initiative_id \(.id),
                objective_id \(.id))
            """,
            "CREATE INDEX measured_place_workspace ON measured_place (workspace_id)",
            """
            CREATE TABLE place_day (
                workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
                day BIGINT NOT NULL,
                place_key BIGINT NOT NULL REFERENCES measured_place (key) ON DELETE CASCADE,
                people BIGINT NOT NULL,
                bots BIGINT NOT NULL,
                visits BIGINT NOT NULL,
                PRIMARY KEY (workspace_id, day, place_key))
            """,
            "CREATE INDEX place_day_place ON place_day (place_key, day)",
            "ALTER TABLE measured_link ADD COLUMN place_key BIGINT REFERENCES measured_place (key)",
            """
            INSERT INTO measured_place (workspace_id, channel_id, initiative_id, objective_id)
            SELECT DISTINCT measured_link.workspace_id, publication.channel_id,
                item.initiative_id, COALESCE(post.objective_id, item.primary_objective_id)
            \(placed)
            """,
            """
            UPDATE measured_link SET place_key = (
                SELECT measured_place.key FROM measured_link AS self
                LEFT JOIN publication ON publication.id = self.publication_id
                LEFT JOIN post ON post.id = publication.post_id
                LEFT JOIN item ON item.id = post.item_id
                JOIN measured_place ON measured_place.workspace_id = self.workspace_id
                    AND measured_place.channel_id IS NOT DISTINCT FROM publication.channel_id
                    AND measured_place.initiative_id IS NOT DISTINCT FROM item.initiative_id
                    AND measured_place.objective_id IS NOT DISTINCT FROM
                        COALESCE(post.objective_id, item.primary_objective_id)
                WHERE self.key = measured_link.key)
            """,
        ] + PlaceSums.sums("WHERE TRUE")

    private static let placed: SQL = """
        FROM measured_link
        LEFT JOIN publication ON publication.id = measured_link.publication_id
        LEFT JOIN post ON post.id = publication.post_id
        LEFT JOIN item ON item.id = post.item_id
        """

    /// What pages add up is added up once, when it is counted.
    private static let sums: [SQL] = [
        """
        CREATE TABLE workspace_day (
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            day BIGINT NOT NULL,
            people BIGINT NOT NULL,
            bots BIGINT NOT NULL,
            PRIMARY KEY (workspace_id, day))
        """,
        """
        INSERT INTO workspace_day (workspace_id, day, people, bots)
        SELECT workspace_id, day, CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT)
        FROM link_day GROUP BY workspace_id, day
        """,
        """
        CREATE INDEX link_day_figures ON link_day (workspace_id, day, link_key, people, bots,
            visits)
        """,
        "CREATE INDEX visit_time ON visit (site_key, started_at, bot)",
        "DROP INDEX measured_link_workspace",
        "CREATE INDEX measured_link_place ON measured_link (workspace_id, publication_id)",
        "CREATE INDEX conversion_list ON conversion (workspace_id, key)",
        // Goals that the site reported and that could not be recorded, with the reason.
        """
        CREATE TABLE refused_goal (
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            day BIGINT NOT NULL,
            reason TEXT NOT NULL CHECK (reason IN ('amount', 'currency', 'reference', 'differs')),
            goals BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            last_reference TEXT NOT NULL,
            PRIMARY KEY (workspace_id, day, reason))
        """,
    ]

    private static let traffic: [SQL] = [
        // How far each spool file has been read; moves in the transaction of what was read.
        """
        CREATE TABLE spool_mark (
            file \(.key) PRIMARY KEY,
            position BIGINT NOT NULL CHECK (position >= 0))
        """,
        """
        CREATE TABLE visitor_salt (
            day BIGINT PRIMARY KEY,
            salt TEXT NOT NULL)
        """,
        // The links that were ever clicked or credited, under a short key.
        """
        CREATE TABLE measured_link (
            key \(.serialKey),
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            slug \(.key) NOT NULL UNIQUE,
            publication_id \(.id))
        """,
        "CREATE INDEX measured_link_publication ON measured_link (publication_id)",
        "CREATE INDEX measured_link_workspace ON measured_link (workspace_id)",
        """
        CREATE TABLE click (
            id \(.serialKey),
            link_key BIGINT NOT NULL REFERENCES measured_link (key) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            visitor BIGINT,
            token BIGINT UNIQUE,
            bot INTEGER NOT NULL)
        """,
        "CREATE INDEX click_link ON click (link_key, at)",
        "CREATE INDEX click_visitor ON click (visitor, at) WHERE visitor IS NOT NULL",
        // Days are counted since 1970-01-01 in the workspace's zone.
        """
        CREATE TABLE link_day (
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            day BIGINT NOT NULL,
            link_key BIGINT NOT NULL REFERENCES measured_link (key) ON DELETE CASCADE,
            people BIGINT NOT NULL,
            bots BIGINT NOT NULL,
            visits BIGINT NOT NULL,
            PRIMARY KEY (workspace_id, day, link_key))
        """,
        "CREATE INDEX link_day_link ON link_day (link_key, day)",
        """
        CREATE TABLE site (
            key \(.serialKey),
            workspace_id \(.id) NOT NULL UNIQUE REFERENCES workspace (id) ON DELETE CASCADE,
            code \(.key) NOT NULL UNIQUE,
            first_seen_at BIGINT,
            last_seen_at BIGINT)
        """,
        """
        CREATE TABLE site_page (
            key \(.serialKey),
            site_key BIGINT NOT NULL REFERENCES site (key) ON DELETE CASCADE,
            path TEXT NOT NULL,
            UNIQUE (site_key, path))
        """,
        """
        CREATE TABLE visit (
            id \(.serialKey),
            site_key BIGINT NOT NULL REFERENCES site (key) ON DELETE CASCADE,
            started_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            pages BIGINT NOT NULL,
            visitor BIGINT,
            token BIGINT,
            link_key BIGINT REFERENCES measured_link (key) ON DELETE SET NULL,
            landing_key BIGINT REFERENCES site_page (key) ON DELETE SET NULL,
            bot INTEGER NOT NULL)
        """,
        "CREATE INDEX visit_visitor ON visit (site_key, visitor, last_at)",
        "CREATE INDEX visit_link ON visit (link_key, started_at)",
    ]

    private static let conversions: [SQL] = [
        """
        CREATE TABLE conversion (
            key \(.serialKey),
            id \(.id) NOT NULL UNIQUE,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            source TEXT NOT NULL CHECK (source IN ('site', 'api', 'csv', 'entered')),
            reference \(.key) NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('lead', 'order')),
            name TEXT NOT NULL,
            at BIGINT NOT NULL,
            day BIGINT NOT NULL,
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            refund_of BIGINT REFERENCES conversion (key) ON DELETE CASCADE,
            visitor BIGINT,
            token BIGINT,
            slug \(.key),
            note TEXT NOT NULL,
            bot INTEGER NOT NULL,
            version BIGINT NOT NULL,
            recorded_by TEXT NOT NULL,
            recorded_at BIGINT NOT NULL,
            UNIQUE (workspace_id, source, reference),
            CHECK (refund_of IS NULL OR amount < 0),
            CHECK (refund_of IS NOT NULL OR amount >= 0))
        """,
        "CREATE INDEX conversion_day ON conversion (workspace_id, day)",
        "CREATE INDEX conversion_refund ON conversion (refund_of) WHERE refund_of IS NOT NULL",
        // A run is never rewritten; computing again adds touches under the next version.
        """
        CREATE TABLE touch (
            id \(.serialKey),
            conversion_key BIGINT NOT NULL REFERENCES conversion (key) ON DELETE CASCADE,
            version BIGINT NOT NULL,
            position BIGINT NOT NULL,
            at BIGINT NOT NULL,
            link_key BIGINT NOT NULL REFERENCES measured_link (key) ON DELETE CASCADE,
            click_id BIGINT REFERENCES click (id) ON DELETE SET NULL,
            UNIQUE (conversion_key, version, position))
        """,
        "CREATE INDEX touch_link ON touch (link_key)",
        // Shares are in millionths, so that a third of an order is kept as exactly as money is.
        """
        CREATE TABLE credit (
            touch_id BIGINT NOT NULL REFERENCES touch (id) ON DELETE CASCADE,
            model TEXT NOT NULL CHECK (model IN ('first', 'last', 'linear')),
            amount BIGINT NOT NULL,
            share BIGINT NOT NULL CHECK (share BETWEEN 0 AND 1000000),
            PRIMARY KEY (touch_id, model))
        """,
    ]

    private static let costsAndFigures: [SQL] = [
        """
        CREATE TABLE cost_entry (
            id \(.id) PRIMARY KEY,
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            publication_id \(.id) REFERENCES publication (id) ON DELETE CASCADE,
            initiative_id \(.id) REFERENCES initiative (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('people', 'direct', 'tools')),
            minutes BIGINT CHECK (minutes > 0),
            hourly_rate BIGINT CHECK (hourly_rate >= 0),
            amount BIGINT NOT NULL CHECK (amount >= 0),
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            spent_on BIGINT NOT NULL,
            note TEXT NOT NULL,
            recorded_by TEXT NOT NULL,
            recorded_at BIGINT NOT NULL,
            CHECK ((kind = 'people') = (minutes IS NOT NULL)),
            CHECK ((kind = 'people') = (hourly_rate IS NOT NULL)),
            CHECK ((publication_id IS NULL) <> (initiative_id IS NULL)))
        """,
        "CREATE INDEX cost_entry_day ON cost_entry (workspace_id, spent_on)",
        "CREATE INDEX cost_entry_publication ON cost_entry (publication_id)",
        // A figure a network does not report is NULL, never 0.
        """
        CREATE TABLE network_figures (
            id \(.serialKey),
            workspace_id \(.id) NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
            publication_id \(.id) NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
            taken_at BIGINT NOT NULL,
            age BIGINT NOT NULL,
            likes BIGINT,
            reposts BIGINT,
            replies BIGINT,
            quotes BIGINT,
            impressions BIGINT)
        """,
        """
        CREATE INDEX network_figures_publication ON network_figures (publication_id, taken_at)
        """,
    ]
}
