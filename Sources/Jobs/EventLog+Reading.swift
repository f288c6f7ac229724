package import Kernel
package import Store

/// Which events of a workspace to list.
package struct ActivityFilter: Sendable, Hashable {
    /// Words in what happened, in who did it or in a changed value.
    package var search: String
    /// The part of the program, as events name it: `publishing`.
    package var area: String?
    package var person: PersonID?
    package var kind: Principal.Kind?
    package var from: Instant?
    package var until: Instant?

    package init(
        search: String = "", area: String? = nil, person: PersonID? = nil,
        kind: Principal.Kind? = nil, from: Instant? = nil, until: Instant? = nil
    ) {
        self.search = search
        self.area = area
        self.person = person
        self.kind = kind
        self.from = from
        self.until = until
    }

    fileprivate func condition(_ workspace: WorkspaceID, after: Cursor?) -> SQL {
        var conditions: [SQL] = ["workspace_id = \(workspace)"]
        if !search.isEmpty {
            conditions.append(
                """
                \(.contains("summary", search)) OR \(.contains("principal_name", search))
                    OR \(.contains("changes", search))
                """)
        }
        if let area { conditions.append("name >= \(area + ".") AND name < \(area + "/")") }
        if let person { conditions.append("person_id = \(person)") }
        if let kind { conditions.append("principal_kind = \(kind.rawValue)") }
        if let from { conditions.append("at >= \(from)") }
        if let until { conditions.append("at < \(until)") }
        if let after { conditions.append("id < \(after.id)") }
        return .all(conditions)
    }
}

extension EventLog {
    /// The events that a filter asks for, newest first.
    package func list(
        _ filter: ActivityFilter, in workspace: WorkspaceID, _ page: PageRequest,
        _ tx: borrowing Transaction
    ) throws -> Page<RecordedEvent> {
        var found = try list(
            filter, in: workspace, after: page.after, most: page.limit + 1, tx)
        guard found.count > page.limit else { return Page(items: found, next: nil) }
        found.removeLast()
        return Page(items: found, next: found.last.map { Cursor(key: "", id: $0.id.text) })
    }

    /// At most so many of the events that a filter asks for, newest first.
    package func list(
        _ filter: ActivityFilter, in workspace: WorkspaceID, after: Cursor? = nil, most: Int,
        _ tx: borrowing Transaction
    ) throws -> [RecordedEvent] {
        try tx.all(
            RecordedEvent.self,
            """
            SELECT * FROM event WHERE \(filter.condition(workspace, after: after))
            ORDER BY id DESC LIMIT \(most)
            """)
    }

    // MARK: - Erasing a person

    static let erasedName = "Somebody who was erased"
    static let erasedSummary = "Erased with a person"

    static func erasedWho(_ row: Row) throws -> Bool {
        try row("principal_name", as: String.self) == erasedName
            && row("person_id", as: String?.self) == nil
            && row("origin", as: String.self).isEmpty
    }

    static func erasedWhat(_ row: Row) throws -> Bool {
        try row("summary", as: String.self) == erasedSummary
            && row("changes", as: String.self) == "[]"
            && row("payload", as: String.self) == "{}"
    }

    /// Takes a person out of the record: their name from what they did, and what it says about
    /// them from the rest. The chain holds, because it was built over commitments.
    ///
    /// `mentions` are texts that tell the person, such as the e-mail address.
    package func erase(
        _ person: PersonID, mentions: [String], in tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE event SET person_id = NULL, principal_name = \(Self.erasedName), origin = '',
                salt_who = NULL
            WHERE person_id = \(person)
            """)
        for mention in mentions where mention.count >= 3 {
            try tx.execute(
                """
                UPDATE event SET summary = \(Self.erasedSummary), changes = '[]', payload = '{}',
                    salt_what = NULL
                WHERE \(.contains("summary", mention)) OR \(.contains("changes", mention))
                    OR \(.contains("CAST(payload AS TEXT)", mention))
                """)
        }
    }
}
