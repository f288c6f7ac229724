import Analysis
import ArgumentParser
import Foundation
import Statistics

/// `throughline analyze lift`: what a treatment brought beyond what would have come anyway.
struct LiftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift",
        abstract: "Tells whether treated people did more than a control group, and how much more.",
        discussion: """
            Answers: did those whom chance sent the posts, mails or ads convert (or spend) more than \
            those whom chance left out? Give two counts,
              throughline analyze lift --treated 462500,1353 --control 462500,1109
            or a file: columns treat and control; or a row for each person with arm and value (and \
            before, for CUPED); or rows of arm, n and conversions, with date if by day.

            Assumes that chance assigned people before anything was sent, that each person counts \
            once and under the arm assigned, and that people do not affect each other. Rates are \
            tested by the pooled z (exactly where counts are small), means by Welch's t.

            Do not use it to compare people who opened, clicked or saw with those who did not: they \
            chose themselves. Do not stop at the first good day unless you read with --sequential. \
            “Not proven” means the test could not tell, not that there is no effect.
            """)

    @Argument(help: "A file of people or counts, instead of --treated N,X --control N,X.")
    var data: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Treated people and how many converted; with a file, the arm's name or column.",
            valueName: "n,x"))
    var treated: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same of the control group.", valueName: "n,x"))
    var control: String?
    @Option(help: "Limits of the lift: katz, score, newcombe; without it, katz, or score if few.")
    var method: LiftMethod?
    @Option(
        parsing: .unconditional,
        help: "How sure the limits are to hold the truth: 0.95, 95 or 95%.")
    var confidence = Written("0.95")
    @Option(help: "What is to be proven: any difference, more, or less.")
    var alternative = Alternative(.twoSided)
    @Option(
        parsing: .unconditional,
        help: "The planned sizes of treated and control, such as 1:1 or 90:10.")
    var expectedRatio: WrittenRatio?
    @Flag(help: "Read so that looking again and again does no harm (mSPRT).")
    var sequential = false
    @Option(
        parsing: .unconditional,
        help: "For --sequential: the difference thought possible, as a standard deviation.")
    var tau: Written?
    @Option(
        parsing: .unconditional,
        help: "For --sequential without --tau: the lift hoped for, before the test (0.1).")
    var expectedLift: Written?
    @Flag(help: "Rows of days hold totals until then, not the day alone.")
    var cumulative = false
    @Option(help: "The column that names the arm.") var armColumn: String?
    @Option(help: "The column of what each person did.") var valueColumn: String?
    @Option(help: "The column of what each person did before the test (CUPED).")
    var beforeColumn: String?
    @Option(help: "The column of days.") var dateColumn: String?
    @Option(help: "The column of people.") var countColumn: String?
    @Option(help: "The column of conversions.") var conversionsColumn: String?
    @Option(help: "The column that names the person, to find people who are in both arms.")
    var personColumn: String?
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        try await options.answer { () throws(AnalysisError) in
            try refuseUnfit()
            return try LiftAnswer(try read(), try question())
        }
    }

    /// Options that say nothing about what was given.
    private func refuseUnfit() throws(AnalysisError) {
        let ofFiles = [
            (armColumn != nil, "--arm-column"), (valueColumn != nil, "--value-column"),
            (beforeColumn != nil, "--before-column"), (dateColumn != nil, "--date-column"),
            (countColumn != nil, "--count-column"), (cumulative, "--cumulative"),
            (conversionsColumn != nil, "--conversions-column"),
            (personColumn != nil, "--person-column"), (options.decimalComma, "--decimal-comma"),
        ]
        if data == nil, let unfit = ofFiles.first(where: \.0) {
            throw .unsuitable(
                "\(unfit.1) tells about a file, but there is none; leave it out or give the file.")
        }
        let ofSequential = [(tau != nil, "--tau"), (expectedLift != nil, "--expected-lift")]
        if !sequential, let unfit = ofSequential.first(where: \.0) {
            throw .unsuitable("\(unfit.1) goes with --sequential; add that or leave it out.")
        }
        if tau != nil, expectedLift != nil {
            throw .unsuitable("Give --tau or --expected-lift, not both.")
        }
    }

    private func question() throws(AnalysisError) -> LiftQuestion {
        var question = LiftQuestion()
        question.confidence = try confidence.chance("--confidence", such: "0.95")
        question.alternative = alternative.value
        question.method = method
        if let expectedRatio {
            question.expectedShares = try expectedRatio.parts(
                "--expected-ratio", count: 2, such: "1:1")
        }
        if sequential {
            var plan = LiftSequentialPlan()
            if let tau { plan.tau = try tau.number("--tau", such: "0.01", in: 1e-60...1e60) }
            if let expectedLift {
                plan.expectedLift = try expectedLift.share("--expected-lift", such: "0.1")
            }
            question.sequential = plan
        }
        return question
    }

    private func read() throws(AnalysisError) -> LiftData {
        guard let data else {
            guard let treated, let control else {
                throw .unsuitable("Give --treated N,X and --control N,X, or a file.")
            }
            let one = try CountPair.rate(treated, option: "--treated")
            let other = try CountPair.rate(control, option: "--control")
            return LiftData(
                .rates(RateComparison(treated: one, control: other)),
                inputs: [
                    AnalysisInput(arguments: [
                        "--treated \(one.count),\(one.successes)",
                        "--control \(other.count),\(other.successes)",
                    ])
                ])
        }
        var columns = LiftColumns()
        columns.arm = armColumn
        columns.value = valueColumn
        columns.before = beforeColumn
        columns.date = dateColumn
        columns.count = countColumn
        columns.conversions = conversionsColumn
        columns.person = personColumn
        columns.treated = treated
        columns.control = control
        columns.isCumulative = cumulative
        return try LiftData.read(try DataTable(path: data, style: options.style), columns)
    }
}
