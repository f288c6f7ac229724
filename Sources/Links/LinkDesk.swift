package import Kernel
package import Store

/// Makes and finds links.
package struct LinkDesk: Sendable {
    private let database: Database
    private let surroundings: Surroundings

    package init(database: Database, surroundings: Surroundings) {
        self.database = database
        self.surroundings = surroundings
    }

    /// Gives a publication its link, or brings the link it has up to date; the slug never changes.
    @discardableResult
    package func keep(
        for publication: String, destination: Destination, utm: UTM, label: String,
        in workspace: WorkspaceID, tx: borrowing Transaction
    ) throws -> TrackedLink {
        let slug = LinkSlug.make(surroundings.randomBytes)
        let id: LinkID = surroundings.newID()
        let row = try tx.first(
            TrackedLink.self,
            """
            INSERT INTO link (id, workspace_id, slug, destination, utm_source, utm_medium,
                utm_campaign, utm_content, utm_term, publication_id, label, created_at)
            VALUES (\(id), \(workspace), \(slug), \(destination.url), \(utm.source), \(utm.medium),
                \(utm.campaign), \(utm.content), \(utm.term), \(publication), \(label),
                \(surroundings.now()))
            ON CONFLICT (publication_id) DO UPDATE SET destination = excluded.destination,
                utm_source = excluded.utm_source, utm_medium = excluded.utm_medium,
                utm_campaign = excluded.utm_campaign, utm_content = excluded.utm_content,
                utm_term = excluded.utm_term, label = excluded.label
            RETURNING *
            """)
        guard let row else { throw StoreError.noRow }
        return row
    }

    /// Makes a link for something other than a publication, such as an e-mail or a poster.
    package func create(
        destination: Destination, utm: UTM, label: String, in workspace: WorkspaceID
    ) async throws -> TrackedLink {
        let id: LinkID = surroundings.newID()
        let slug = LinkSlug.make(surroundings.randomBytes)
        let now = surroundings.now()
        return try await database.write { tx in
            let link = try tx.first(
                TrackedLink.self,
                """
                INSERT INTO link (id, workspace_id, slug, destination, utm_source, utm_medium,
                    utm_campaign, utm_content, utm_term, label, created_at)
                VALUES (\(id), \(workspace), \(slug), \(destination.url), \(utm.source),
                    \(utm.medium), \(utm.campaign), \(utm.content), \(utm.term), \(label), \(now))
                RETURNING *
                """)
            guard let link else { throw StoreError.noRow }
            return link
        }
    }

    /// The link of a publication, if it has one.
    package func link(
        of publication: String, in workspace: WorkspaceID, tx: borrowing Transaction
    ) throws -> TrackedLink? {
        try tx.first(
            TrackedLink.self,
            """
            SELECT * FROM link
            WHERE workspace_id = \(workspace) AND publication_id = \(publication)
            """)
    }

    /// Forgets a publication's link; only before it was published, or its clicks lose their post.
    package func drop(
        of publication: String, in workspace: WorkspaceID, tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            DELETE FROM link
            WHERE workspace_id = \(workspace) AND publication_id = \(publication)
            """)
    }

    /// The link behind a slug, whatever the workspace: this is what a stranger's click asks.
    package func link(slug: String) async throws -> TrackedLink? {
        guard LinkSlug.isPlausible(slug) else { return nil }
        return try await database.read { tx in
            try tx.first(TrackedLink.self, "SELECT * FROM link WHERE slug = \(slug)")
        }
    }

    /// All links of a workspace, newest first.
    package func list(
        in workspace: WorkspaceID, _ request: PageRequest = PageRequest()
    ) async throws -> Page<TrackedLink> {
        let before = request.after?.id
        let found = try await database.read { tx in
            try tx.all(
                TrackedLink.self,
                """
                SELECT * FROM link WHERE workspace_id = \(workspace)
                    AND (CAST(\(before) AS TEXT) IS NULL OR id < \(before))
                ORDER BY id DESC LIMIT \(request.limit + 1)
                """)
        }
        let items = Array(found.prefix(request.limit))
        let next = found.count > request.limit ? items.last : nil
        return Page(items: items, next: next.map { Cursor(key: "", id: $0.id.text) })
    }
}
