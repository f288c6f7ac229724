import Jobs
import Kernel
import People
import Store

/// Finds every row that a schema says speaks of one person.
struct PersonSearch: Sendable {
    let policies: [TablePolicy]
    let schema: SchemaDescription
    let reach: PersonReach
    private(set) var marks = PersonMarks()
    /// The workspaces in which the person's name is theirs.
    private var homes: [WorkspaceID] = []

    init(
        _ question: PersonQuestion, policies: [TablePolicy], reach: PersonReach,
        _ tx: borrowing Transaction
    ) throws {
        self.policies = policies
        self.reach = reach
        schema = try SchemaDescription(tx)
        marks.add(question.mark, question.value)
        try follow(tx)
        if !marks[.person].isEmpty {
            homes = try tx.rows(
                """
                SELECT DISTINCT workspace_id FROM member
                WHERE person_id IN \(.list(marks[.person].sorted()))
                """
            ).map { try $0("workspace_id") }
            try addEarlierNames(tx)
        }
    }

    /// Rows from before a change of name keep the old one.
    private mutating func addEarlierNames(_ tx: borrowing Transaction) throws {
        let subjects = marks[.person].sorted().map { "person:\($0)" }
        let told = try tx.rows(
            """
            SELECT changes FROM event WHERE subject IN \(.list(subjects))
                AND workspace_id IN \(.list(homes + [.installation]))
                AND name = 'people.renamed'
            """
        ).compactMap { try $0("changes", as: String?.self) }
        for text in told {
            let changes = (try? JSON.decode([Change].self, from: text)) ?? []
            for change in changes where change.field == "name" {
                if let name = change.before { marks.add(.name, name) }
            }
        }
    }

    /// Reads from the rows found so far what else tells the person, until nothing new turns up.
    private mutating func follow(_ tx: borrowing Transaction) throws {
        var isNew = true
        while isNew {
            isNew = false
            for policy in policies {
                for trace in policy.traces where !trace.leads.isEmpty {
                    guard let condition = condition(trace, of: policy.table) else { continue }
                    let columns = SQL.joined(
                        trace.leads.map { .name($0.column) }, separator: ", ")
                    let rows = try tx.rows(
                        "SELECT \(columns) FROM \(.name(policy.table)) WHERE \(condition)")
                    for row in rows {
                        for lead in trace.leads {
                            guard let value = Self.text(try row.raw(lead.column)) else { continue }
                            if lead.isShared {
                                marks.share(lead.mark, value)
                            } else if marks.add(lead.mark, value) {
                                isNew = true
                            }
                        }
                    }
                }
            }
        }
    }

    private static func text(_ value: SQLValue) -> String? {
        switch value {
        case .text(let text): text
        case .integer(let number): "\(number)"
        default: nil
        }
    }

    // MARK: - Conditions

    /// The rows that a trace finds; nil when it finds none, or when others look (`seal`, texts).
    func condition(_ trace: PersonTrace, of table: String) -> SQL? {
        guard let found = match(trace, table), let within = within(table, trace.mark) else {
            return nil
        }
        return .all([found, trace.only, within])
    }

    private func match(_ trace: PersonTrace, _ table: String) -> SQL? {
        let values = marks[trace.mark].sorted()
        guard !values.isEmpty || trace.mark == .mention else { return nil }
        let column = SQL.name(trace.column)
        switch trace.mark {
        case .person, .member, .order: return "\(column) IN \(.list(values))"
        case .email: return "LOWER(\(column)) IN \(.list(values))"
        case .handle:
            return "LOWER(\(column)) IN \(.list(values + values.map { "@" + $0 }))"
        case .visitor, .token, .conversion:
            return "\(column) IN \(.list(values.compactMap(Int64.init)))"
        case .name:
            return .joined(
                values.map { name in
                    let start = name + " via “"
                    let length = SQL(raw: "\(start.unicodeScalars.count)")
                    return """
                        \(column) = \(name) OR SUBSTR(\(column), 1, \(length)) = \(start)
                        """
                }, separator: " OR ")
        case .mention: return mention(column, table)
        case .subject: return nil
        }
    }

    /// Texts that may speak of the person: by an address anywhere, by a name where it is theirs.
    private func mention(_ column: SQL, _ table: String) -> SQL? {
        let said = { (words: [String]) -> SQL in
            .joined(words.map { .contains("CAST(\(column) AS TEXT)", $0) }, separator: " OR ")
        }
        var found: [SQL] = []
        if !marks.mentions.isEmpty { found.append(said(marks.mentions)) }
        if !marks.names.isEmpty, let home = within(table, .name) {
            found.append("(\(said(marks.names))) AND (\(home))")
        }
        return found.isEmpty ? nil : .joined(found, separator: " OR ")
    }

    /// The rows of a table within reach; nil when none are.
    func within(_ table: String, _ mark: PersonMark? = nil) -> SQL? {
        if let workspace = reach.workspace {
            // An account belongs to the installation; here it only tells who its members are.
            if table == "person", mark != nil {
                return """
                    \(.name("id")) IN (SELECT person_id FROM member
                        WHERE workspace_id = \(workspace))
                    """
            }
            return schema.rows(
                of: table, under: "workspace", by: "workspace_id", "= \(workspace)",
                without: ["person"])
        }
        guard mark == .name else { return "1 = 1" }
        return schema.rows(
            of: table, under: "workspace", by: "workspace_id", "IN \(.list(homes))",
            without: ["person"]) ?? "1 = 1"
    }

    /// Whether a table's rows may be changed from here.
    func isWithin(_ table: String) -> Bool {
        reach == .installation || (table != "person" && within(table) != nil)
    }

    // MARK: - Rows

    func key(of table: String) -> [String] {
        guard let found = schema.tables[table] else { return [] }
        return found.primaryKey.isEmpty ? found.columns.map(\.name) : found.primaryKey
    }

    /// The conditions of a trace; over a text only rows in which the words stand by themselves.
    func conditions(
        _ trace: PersonTrace, of table: String, _ tx: borrowing Transaction
    ) throws -> [SQL] {
        guard let condition = condition(trace, of: table) else { return [] }
        guard trace.mark == .mention else { return [condition] }
        let key = key(of: table)
        let names = SQL.joined(key.map { .name($0) }, separator: ", ")
        let rows = try tx.rows(
            """
            SELECT \(names), CAST(\(.name(trace.column)) AS TEXT) AS said
            FROM \(.name(table)) WHERE \(condition)
            """)
        let words = marks.mentions + marks.names
        var found: [SQL] = []
        for row in rows {
            let text = try row("said", as: String.self)
            guard words.contains(where: text.mentions) else { continue }
            let parts = try key.map { name in
                let value = try row.raw(name)
                return "\(.name(name)) = \(value)" as SQL
            }
            found.append(.all(parts))
        }
        return found.batches(of: 200).map { .joined(Array($0), separator: " OR ") }
    }

    /// What the record of changes is asked.
    var eventTraces: EventTraces {
        let subjects =
            marks[.subject].map { "conversion:\($0)" } + marks[.person].map { "person:\($0)" }
            + marks[.member].map { "member:\($0)" }
        return EventTraces(
            people: marks[.person].sorted().compactMap { PersonID($0) }, mentions: marks.mentions,
            names: marks.names, homes: reach.workspace.map { [$0] } ?? homes + [.installation],
            subjects: subjects.sorted(), place: reach.workspace)
    }
}
