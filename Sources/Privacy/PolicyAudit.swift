package import Store

/// Compares what is declared of tables with the tables that there are.
package enum PolicyAudit {
    /// Parts of names that speak of people.
    static let personalWords: Set<String> = [
        "address", "agent", "approver", "author", "body", "email", "handle", "ip", "mail",
        "member", "name", "owner", "person", "phone", "principal", "text", "visitor",
    ]

    static func looksPersonal(_ column: String) -> Bool {
        column.hasSuffix("_by")
            || column.split(separator: "_").contains { personalWords.contains(String($0)) }
    }

    /// Every disagreement, one sentence each; empty when all is declared.
    package static func findings(
        _ policies: [TablePolicy], _ schema: SchemaDescription
    ) -> [String] {
        var findings: [String] = []
        let byTable = Dictionary(grouping: policies, by: \.table)
        for (table, found) in byTable where found.count > 1 {
            findings.append("\(table) is declared \(found.count) times")
        }
        for table in schema.tables.keys where byTable[table] == nil {
            findings.append("\(table) has no TablePolicy: say what it holds of people")
        }
        for policy in policies {
            guard let table = schema.tables[policy.table] else {
                findings.append("\(policy.table) is declared, but there is no such table")
                continue
            }
            findings += missing(policy, table, schema)
            findings += undeclared(policy, table)
        }
        return findings.sorted()
    }

    /// What is declared and not there.
    private static func missing(
        _ policy: TablePolicy, _ table: SchemaDescription.Table, _ schema: SchemaDescription
    ) -> [String] {
        var findings: [String] = []
        let columns = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0) })
        var named = policy.personalColumns.union(policy.harmless.keys)
        switch policy.keeps {
        case .lasting(_, let column, _, let because), .chosen(_, let column, _, let because):
            named.insert(column)
            if because.isEmpty { findings.append("\(policy.table) does not say why it is kept") }
        case .with(let other):
            if schema.tables[other] == nil {
                findings.append("\(policy.table) goes with \(other), which is no table")
            }
        case .always(let because), .briefly(let because):
            if because.isEmpty { findings.append("\(policy.table) does not say why it is kept") }
        }
        for column in named where columns[column] == nil {
            findings.append("\(policy.table) has no column \(column)")
        }
        if case .nobody(let because) = policy.people, because.isEmpty {
            findings.append("\(policy.table) does not say why it speaks of nobody")
        }
        for trace in policy.traces {
            guard case .replace(let replaced) = trace.erasure else { continue }
            for (column, replacement) in replaced {
                guard case .nothing = replacement, columns[column]?.isOptional == false else {
                    continue
                }
                findings.append("\(policy.table).\(column) cannot be emptied")
            }
        }
        return findings
    }

    /// What looks personal and is declared neither so nor harmless.
    private static func undeclared(
        _ policy: TablePolicy, _ table: SchemaDescription.Table
    ) -> [String] {
        let known = policy.personalColumns
        var findings: [String] = []
        for column in table.columns where !known.contains(column.name) {
            if looksPersonal(column.name), policy.harmless[column.name, default: ""].isEmpty {
                findings.append(
                    "\(policy.table).\(column.name) looks personal: say how a person is found by "
                        + "it, or why it is harmless")
            }
        }
        for key in table.foreignKeys where ["member", "person"].contains(key.table) {
            for column in key.columns where !known.contains(column) {
                findings.append("\(policy.table).\(column) names a \(key.table), undeclared")
            }
        }
        return findings
    }
}
