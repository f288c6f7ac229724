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
        try erase(EventTraces(people: [person], mentions: mentions), in: tx)
    }

    /// Takes whom the traces name out of the record; returns how many entries that were.
    @discardableResult
    package func erase(_ traces: EventTraces, in tx: borrowing Transaction) throws -> Int {
        let (did, about) = try entries(of: traces, tx)
        for batch in did.batches(of: 500) {
            try tx.execute(
                """
                UPDATE event SET person_id = NULL, principal_name = \(Self.erasedName), origin = '',
                    salt_who = NULL
                WHERE id IN \(.list(batch))
                """)
        }
        for batch in about.batches(of: 500) {
            try tx.execute(
                """
                UPDATE event SET summary = \(Self.erasedSummary), changes = '[]', payload = '{}',
                    salt_what = NULL
                WHERE id IN \(.list(batch))
                """)
        }
        return Set(did).union(about).count
    }

    /// The identifiers of the entries that traces name, oldest first.
    package func entries(
        of traces: EventTraces, in tx: borrowing Transaction
    ) throws -> [String] {
        let (did, about) = try entries(of: traces, tx)
        return Set(did).union(about).sorted()
    }

    /// What they did, and what speaks of them.
    private func entries(
        of traces: EventTraces, _ tx: borrowing Transaction
    ) throws -> (did: [String], about: [String]) {
        let place: SQL = traces.place.map { "workspace_id = \($0)" } ?? "1 = 1"
        var did: [String] = []
        if !traces.people.isEmpty {
            did = try tx.rows(
                "SELECT id FROM event WHERE \(place) AND person_id IN \(.list(traces.people))"
            ).map { try $0("id") }
        }
        var about: Set<String> = []
        for subject in traces.subjects {
            let rows = try tx.rows(
                "SELECT id FROM event WHERE \(place) AND subject = \(subject)")
            about.formUnion(try rows.map { try $0("id") })
        }
        let home: SQL = "workspace_id IN \(.list(traces.homes))"
        for (mention, within) in traces.mentions.map({ ($0, place) })
            + traces.names.map({ ($0, home) })
        where mention.count >= EventTraces.shortestMention {
            let rows = try tx.rows(
                """
                SELECT id, summary, changes, CAST(payload AS TEXT) AS facts FROM event
                WHERE (\(within)) AND (\(.contains("summary", mention))
                    OR \(.contains("changes", mention))
                    OR \(.contains("CAST(payload AS TEXT)", mention)))
                """)
            for row in rows {
                let texts = try ["summary", "changes", "facts"].map { try row($0, as: String.self) }
                if texts.contains(where: { $0.mentions(mention) }) { about.insert(try row("id")) }
            }
        }
        return (did, about.sorted())
    }
}

/// What tells one person from others in the record of changes.
package struct EventTraces: Sendable {
    /// Shorter words stand in too many others.
    package static let shortestMention = 3

    package var people: [PersonID]
    /// Texts that tell the person, such as an e-mail address.
    package var mentions: [String]
    /// Names that tell the person in the records of `homes` only; elsewhere they are a namesake's.
    package var names: [String]
    package var homes: [WorkspaceID]
    /// Subjects that are about the person, as `kind:identifier`.
    package var subjects: [String]
    /// Only this workspace's record; nil is every record.
    package var place: WorkspaceID?

    package init(
        people: [PersonID] = [], mentions: [String] = [], names: [String] = [],
        homes: [WorkspaceID] = [], subjects: [String] = [], place: WorkspaceID? = nil
    ) {
        self.people = people
        self.mentions = mentions
        self.names = names
        self.homes = homes
        self.subjects = subjects
        self.place = place
    }
}

extension String {
    /// Whether `words` stand in it by themselves, whatever the case: “Ana” is not in “banana”.
    package func mentions(_ words: String) -> Bool {
        let (text, words) = (Array(lowercased()), Array(words.lowercased()))
        guard !words.isEmpty, text.count >= words.count else { return false }
        let isWord = { (character: Character) in character.isLetter || character.isNumber }
        for start in 0...(text.count - words.count) {
            guard text[start] == words[0], text[start..<(start + words.count)].elementsEqual(words)
            else { continue }
            let before = start > 0 && isWord(text[start - 1]) && isWord(words[0])
            let end = start + words.count
            let after = end < text.count && isWord(text[end]) && isWord(words[words.count - 1])
            if !before && !after { return true }
        }
        return false
    }
}

extension Array {
    /// The elements in groups of at most so many.
    package func batches(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
