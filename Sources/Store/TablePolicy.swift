/// What a table says of people, how long its rows are kept, and what erasing a person does to it.
///
/// Each slice declares one beside every table it makes. Export, erasure and the daily clearing read
/// nothing else, so a table without one fails a test rather than being forgotten.
package struct TablePolicy: Sendable {
    package let table: String
    /// What is in it, in plain words.
    package let holds: String
    package let people: People
    package let keeps: Keeping
    /// Columns whose names look personal and are not, each with the reason.
    package let harmless: [String: String]

    package init(
        _ table: String, _ holds: String, people: People, keeps: Keeping,
        harmless: [String: String] = [:]
    ) {
        self.table = table
        self.holds = holds
        self.people = people
        self.keeps = keeps
        self.harmless = harmless
    }

    /// Whom a table speaks of.
    package enum People: Sendable {
        case nobody(because: String)
        case found([PersonTrace])
    }

    /// How long rows stay.
    package enum Keeping: Sendable {
        /// As long as the workspace, or until somebody removes them.
        case always(because: String)
        /// Ends by itself within days.
        case briefly(because: String)
        /// Goes with the rows of another table.
        case with(String)
        /// Gone some time after the moment in a column; `only` narrows which rows.
        case lasting(Duration, after: String, only: SQL = "1 = 1", because: String)
        /// The same with a time that each workspace chooses; the duration is the usual one.
        case chosen(Duration, after: String, only: SQL = "1 = 1", because: String)
    }

    package var traces: [PersonTrace] {
        if case .found(let traces) = people { return traces }
        return []
    }

    /// Every column that is personal.
    package var personalColumns: Set<String> {
        traces.reduce(into: []) { columns, trace in
            columns.insert(trace.column)
            columns.formUnion(trace.also)
            columns.formUnion(trace.erasure.columns)
            columns.formUnion(trace.leads.map(\.column))
        }
    }
}

/// What tells one person from others in a column.
package enum PersonMark: String, Sendable, CaseIterable {
    case person
    case member
    case email
    /// The name under which a member did something, alone or before `via “token”`.
    case name
    /// The number of a browser for one day.
    case visitor
    /// The number of one click.
    case token
    /// The number of an order or a lead.
    case order
    /// The row of an order or a lead.
    case conversion
    /// The name of an account at a network.
    case handle
    /// What an entry of the record is about, by identifier.
    case subject
    /// Whatever tells the person, anywhere in a text.
    case mention
}

/// How a person is found in a table, and what erasing them does there.
package struct PersonTrace: Sendable {
    package let mark: PersonMark
    package let column: String
    package let erasure: Erasure
    /// Narrows the rows that count.
    package let only: SQL
    /// What else of such a row is about the person.
    package let also: [String]
    /// What a row that was found tells of the person besides.
    package let leads: [Lead]

    package init(
        _ mark: PersonMark, in column: String, _ erasure: Erasure, only: SQL = "1 = 1",
        also: [String] = [], leads: [Lead] = []
    ) {
        self.mark = mark
        self.column = column
        self.erasure = erasure
        self.only = only
        self.also = also
        self.leads = leads
    }

    /// A column of a found row that holds a further mark.
    package struct Lead: Sendable {
        package let mark: PersonMark
        package let column: String
        /// Whether other people's rows may carry the mark too, as with a browser that a household
        /// shares: it is replaced everywhere, and nothing is exported because of it.
        package let isShared: Bool

        package init(_ mark: PersonMark, _ column: String, isShared: Bool = false) {
            self.mark = mark
            self.column = column
            self.isShared = isShared
        }
    }

    /// What becomes of a row.
    package enum Erasure: Sendable {
        case delete
        /// The row stays, these columns no longer tell of anybody.
        case replace([String: Replacement])
        /// The same fresh number takes the place of the mark in every table.
        case renumber
        /// The record of changes takes the words out itself, so that its chain holds.
        case seal
        /// Stays, for the reason given.
        case stay(because: String)

        package var columns: [String] {
            if case .replace(let columns) = self { return columns.keys.sorted() }
            return []
        }
    }

    /// What stands in a column afterwards.
    package enum Replacement: Sendable {
        case nothing
        case text(String)
        /// A word that no other row has.
        case freshWord

        /// Where a name stood.
        package static let somebody = Replacement.text("Somebody who was erased")
        /// Where words stood.
        package static let words = Replacement.text("Erased with a person")
    }
}

extension SQL {
    /// A name the schema itself gave, in quotes.
    package static func name(_ text: String) -> SQL {
        precondition(!text.contains("\""), "a name of the schema")
        return SQL(raw: "\"\(text)\"")
    }
}

extension SchemaDescription {
    /// The rows of a table that hang from rows of `root`: by `column`, or by rows they go with.
    ///
    /// Nil when nothing says so. `without` names tables that lead elsewhere.
    package func rows(
        of table: String, under root: String, by column: String, _ condition: SQL,
        without: Set<String> = []
    ) -> SQL? {
        guard let found = tables[table], !without.contains(table) else { return nil }
        if table == root { return "\(.name(found.primaryKey[0])) \(condition)" }
        if found.columns.contains(where: { $0.name == column }) {
            return "\(.name(column)) \(condition)"
        }
        for key in found.foreignKeys.sorted(by: { $0.table < $1.table })
        where key.onDelete == "CASCADE" && key.columns.count == 1 {
            guard
                let parent = rows(
                    of: key.table, under: root, by: column, condition,
                    without: without.union([table])),
                let target = tables[key.table]?.primaryKey, target.count == 1
            else { continue }
            return """
                \(.name(key.columns[0])) IN (
                    SELECT \(.name(target[0])) FROM \(.name(key.table)) WHERE \(parent))
                """
        }
        return nil
    }
}

extension MigrationPlan {
    /// The program's own book of its schema.
    package static let policies = [
        TablePolicy(
            "schema_step", "Which steps of the schema were made.",
            people: .nobody(because: "names of steps"),
            keeps: .always(because: "a program must know the schema it finds")),
        TablePolicy(
            "schema_version", "The version of the schema.",
            people: .nobody(because: "two numbers"),
            keeps: .always(because: "a program must know the schema it finds")),
    ]
}
