import Foundation
package import Statistics

/// Four cells of two treatments: none, first, second, both.
package struct FactorialData: Sendable {
    package var first: String
    package var second: String
    /// Nil where the outcome is not yes or no.
    package var rates: [Rate]?
    package var moments: [SampleMoments] = []
    package var inputs: [AnalysisInput] = []
    package var notes: [String] = []

    /// Cells of rates.
    package init(first: String, second: String, rates: [Rate]) {
        self.first = first
        self.second = second
        self.rates = rates
    }

    func cells() throws(AnalysisError) -> [FactorialCell] {
        if let rates { return rates.map { FactorialCell($0) } }
        var cells: [FactorialCell] = []
        for (name, sample) in zip(["none", first, second, "both"], moments) {
            guard let cell = FactorialCell(sample) else {
                throw .unsuitable("Cell \(name) needs at least two people to judge chance.")
            }
            cells.append(cell)
        }
        return cells
    }
}

/// Which columns a file of two treatments has; nil finds them.
package struct FactorialColumns: Sendable {
    package var first: String?
    package var second: String?
    package var count: String?
    package var conversions: String?
    package var value: String?
    package var cell: String?
    package var person: String?

    package init() {}
}

extension FactorialData {
    /// Reads one row for each cell, or for each person.
    package init(_ table: DataTable, _ columns: FactorialColumns) throws(AnalysisError) {
        guard table.rowCount > 0 else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        let count = try table.column(
            columns.count, usual: columns.value == nil ? LiftColumns.countNames : [],
            option: "--count-column")
        let outcome =
            count == nil
            ? try table.required(
                columns.value, usual: LiftColumns.valueNames + ["x"], option: "--value-column")
            : try table.required(
                columns.conversions, usual: LiftColumns.conversionNames,
                option: "--conversions-column")
        let assignment = try Assignment(
            table, columns, besides: [count, outcome].compactMap { $0 })
        first = assignment.first
        second = assignment.second
        inputs = [AnalysisInput(table)]
        let unfit: [(Bool, String)] =
            count == nil
            ? [(columns.conversions != nil, "--conversions-column")]
            : [
                (columns.value != nil, "--value-column"),
                (columns.person != nil, "--person-column"),
            ]
        try LiftColumns().refuse(
            unfit, form: count == nil ? "a row for each person" : "a row for each cell")
        let person = try table.column(
            columns.person, usual: count == nil ? LiftColumns.personNames : [],
            option: "--person-column")
        if let person, person != outcome {
            notes += PersonCheck(table, person, groups: assignment.cells).notes("cells")
        }
        if let count {
            rates = try Self.rates(table, assignment, count, outcome)
        } else {
            try readPeople(table, assignment, outcome)
        }
    }

    private static func rates(
        _ table: DataTable, _ assignment: Assignment, _ count: Int, _ outcome: Int
    ) throws(AnalysisError) -> [Rate] {
        let counts = try table.counts(count)
        let successes = try table.counts(outcome)
        var (n, x) = ([0, 0, 0, 0], [0, 0, 0, 0])
        for (row, cell) in assignment.cells.enumerated() {
            try table.check(row, counts[row], successes[row], outcome)
            n[cell] = Rate.sum(n[cell], counts[row])
            x[cell] = Rate.sum(x[cell], successes[row])
        }
        try assignment.requireAll(n)
        guard n.allSatisfy({ $0 <= Rate.most }) else { throw RateSeries.tooMany(table) }
        return zip(n, x).map { Rate(count: $0, successes: $1) }
    }

    private mutating func readPeople(
        _ table: DataTable, _ assignment: Assignment, _ outcome: Int
    ) throws(AnalysisError) {
        let values = try table.amounts(outcome)
        var samples: [[Double]] = [[], [], [], []]
        for (value, cell) in zip(values, assignment.cells) { samples[cell].append(value) }
        try assignment.requireAll(samples.map(\.count))
        if values.allSatisfy({ $0 == 0 || $0 == 1 }) {
            rates = samples.map { sample in
                Rate(count: sample.count, successes: sample.count { $0 == 1 })
            }
        } else {
            moments = samples.map { SampleMoments($0) }
        }
    }

    /// Which cell each row belongs to.
    struct Assignment {
        var first: String
        var second: String
        var cells: [Int]

        /// Two columns of yes and no, or one that names the cell.
        init(
            _ table: DataTable, _ columns: FactorialColumns, besides: [Int]
        ) throws(AnalysisError) {
            let name = try table.column(
                columns.cell,
                usual: columns.first == nil ? ["cell", "arm", "group", "variant"] : [],
                option: "--cell-column")
            if let name {
                self = try Self.named(table, name, columns)
                return
            }
            let flags = table.headings.indices.filter { index in
                !besides.contains(index) && table.texts(index).allSatisfy { Self.flag($0) != nil }
            }
            let usual = ["email", "e-mail", "mail", "first", "a"]
            let one =
                try table.column(columns.first, usual: usual, option: "--first") ?? flags.first
            let two =
                try table.column(columns.second, usual: [], option: "--second")
                ?? flags.first { $0 != one }
            guard let one, let two, one != two else {
                throw .noColumn(
                    wanted: "of yes and no for each of the two treatments", present: table.headings,
                    hint: "Name them with --first and --second, or the one column that says none, "
                        + "the treatment or both with --cell-column.")
            }
            first = table.headings[one]
            second = table.headings[two]
            let (a, b) = (try Self.flags(table, one), try Self.flags(table, two))
            cells = zip(a, b).map { ($0 ? 1 : 0) + ($1 ? 2 : 0) }
        }

        private init(first: String, second: String, cells: [Int]) {
            (self.first, self.second, self.cells) = (first, second, cells)
        }

        private static func named(
            _ table: DataTable, _ cell: Int, _ columns: FactorialColumns
        ) throws(AnalysisError) -> Assignment {
            let texts = table.texts(cell)
            let nothing = ["none", "control", "neither", "holdout", ""]
            var names: [String] = []
            for text in texts
            where !nothing.contains(text.lowercased()) && !Self.isBoth(text)
                && !names.contains(text)
            {
                names.append(text)
            }
            let one =
                columns.first ?? names.first { $0.lowercased().contains("mail") } ?? names.first
            let two = columns.second ?? names.first { $0 != one }
            guard let one, let two, names.count == 2 else {
                throw .unsuitable(
                    "Column \(table.headings[cell]) must say none, both, or one of two treatments; "
                        + "it holds: \(Set(texts).sorted().prefix(8).joined(separator: ", ")).")
            }
            let cells = texts.map {
                Self.isBoth($0) ? 3 : nothing.contains($0.lowercased()) ? 0 : $0 == one ? 1 : 2
            }
            return Assignment(first: one, second: two, cells: cells)
        }

        private static func isBoth(_ text: String) -> Bool {
            text.lowercased() == "both" || text.contains("+") || text.contains("&")
        }

        private static func flag(_ text: String) -> Bool? {
            switch text.lowercased() {
            case "1", "1.0", "true", "yes", "on", "y", "t": true
            case "0", "0.0", "false", "no", "off", "n", "f": false
            default: nil
            }
        }

        private static func flags(
            _ table: DataTable, _ column: Int
        ) throws(AnalysisError) -> [Bool] {
            var result: [Bool] = []
            for (row, text) in table.texts(column).enumerated() {
                guard let flag = flag(text) else {
                    throw .badCell(
                        row: table.fileRow(row), column: table.headings[column], text: text,
                        remedy: "is neither 1 nor 0, yes nor no.")
                }
                result.append(flag)
            }
            return result
        }

        func requireAll(_ sizes: [Int]) throws(AnalysisError) {
            for (name, size) in zip(["none", first, second, "both"], sizes) where size == 0 {
                throw .unsuitable(
                    "There is nobody in cell \(name). A 2×2 test needs people with neither, each "
                        + "one, and both; compare two arms with analyze lift.")
            }
        }
    }
}
