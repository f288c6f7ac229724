import Analysis
import ArgumentParser
import Statistics

/// `throughline analyze factorial`: what two treatments do alone and together.
struct FactorialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "factorial",
        abstract: "Tells what two treatments did, each alone and both together.",
        discussion: """
            Answers: does mail with social bring more than the two apart? The file has a row for each \
            of four cells (email, social, n, conversions; or cell, n, conversions) or a row for each \
            person (email, social, value). It gives each arm against none, the main effects, and the \
            interaction as a ratio of ratios and as a difference, with limits and test of its own.

            Assumes that chance assigned people to none, one, the other or both before anything was \
            sent. They count by assignment, reached or not.

            Do not use it on people who happened to see ads among those who opened mails: they are \
            not a random part. An interaction needs about four times the people of a main effect; \
            “not proven” is the usual answer of small tests.
            """)

    @Argument(help: "The file: a row for each cell, or for each person.")
    var data: String
    @Option(
        parsing: .unconditional,
        help: "How sure the limits are to hold the truth: 0.95, 95 or 95%.")
    var confidence = Written("0.95")
    @Option(
        parsing: .unconditional,
        help: "The planned sizes of none, first, second and both, such as 1:1:1:1.")
    var expectedRatio: WrittenRatio?
    @Option(help: "The column of the first treatment, or its name in --cell-column.")
    var first: String?
    @Option(help: "The column of the second treatment, or its name.") var second: String?
    @Option(help: "The column that names the cell: none, one, the other, both.")
    var cellColumn: String?
    @Option(help: "The column of what each person did.") var valueColumn: String?
    @Option(help: "The column of people.") var countColumn: String?
    @Option(help: "The column of conversions.") var conversionsColumn: String?
    @Option(help: "The column that names the person, to find people who are in two cells.")
    var personColumn: String?
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        try await options.answer { () throws(AnalysisError) in
            let confidence = try confidence.chance("--confidence", such: "0.95")
            let shares = try expectedRatio?.parts(
                "--expected-ratio", count: 4, such: "1:1:1:1")
            var columns = FactorialColumns()
            (columns.first, columns.second, columns.cell) = (first, second, cellColumn)
            (columns.count, columns.conversions) = (countColumn, conversionsColumn)
            (columns.value, columns.person) = (valueColumn, personColumn)
            let table = try DataTable(path: data, style: options.style)
            return try FactorialAnswer(
                try FactorialData(table, columns), confidence: confidence, expectedShares: shares)
        }
    }
}
