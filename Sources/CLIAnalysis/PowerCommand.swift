import Analysis
import ArgumentParser
import Statistics

/// `throughline analyze power`: how many people a test needs.
struct PowerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power",
        abstract: "Tells how many people a test needs, what it can see, and how long it takes.",
        discussion: """
            Answers, before a test: with --lift, how many people; with --lift and --size, how likely \
            the lift is to be proven if it is there; with --size alone, the smallest lift that would \
            be. For money instead of rates give --mean and --sd in place of --base-rate.
              throughline analyze power --base-rate 1% --lift 22% --daily 4000

            Assumes one look at a size fixed beforehand, people assigned by chance, and a base rate \
            like that of people who will be tested (not of all customers).

            Do not use it after a test with the lift that was found: that only repeats the p-value. \
            A test that is read every day needs more people than this says.
            """)

    @Option(
        name: [.customLong("base-rate"), .customLong("baseline"), .customLong("base")],
        parsing: .unconditional,
        help: "The rate of conversion without treatment, such as 0.01 or 1%.")
    var baseRate: Written?
    @Option(
        parsing: .unconditional, help: "Instead of a rate: the mean of what a person brings.")
    var mean: Written?
    @Option(parsing: .unconditional, help: "The standard deviation that goes with --mean.")
    var sd: Written?
    @Option(
        name: [.customLong("lift"), .customLong("mde")], parsing: .unconditional,
        help: "The relative change worth seeing, such as 0.22 or 22%.")
    var lift: Written?
    @Option(
        name: [.customLong("size"), .customLong("n")], parsing: .unconditional,
        help: "People in control, and with a ratio of 1 in each arm.")
    var size: Written?
    @Option(parsing: .unconditional, help: "The chance to see the lift if it is there.")
    var power = Written("0.8")
    @Option(parsing: .unconditional, help: "The chance of seeing one that is not there.")
    var alpha = Written("0.05")
    @Option(parsing: .unconditional, help: "2 for a change either way, 1 for one way.")
    var sides = Written("2")
    @Option(
        parsing: .unconditional,
        help: "Treated people for each one in control, such as 1 or 9:1.")
    var ratio: WrittenRatio?
    @Option(
        name: [.customLong("daily"), .customLong("daily-traffic")], parsing: .unconditional,
        help: "People who enter the test in a day, both arms together.")
    var daily: Written?
    @Option(
        parsing: .unconditional, help: "Instead of --size: how many days --daily people come.")
    var days: Written?
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        try await options.answer { () throws(AnalysisError) in
            if options.decimalComma {
                throw AnalysisError.unsuitable(
                    "--decimal-comma tells about a file, but there is none; leave it out.")
            }
            return try PowerAnswer(try question())
        }
    }

    private func question() throws(AnalysisError) -> PowerQuestion {
        let parts = try ratio?.parts("--ratio", count: 2, such: "9:1") ?? [1, 1]
        guard sides.text == "1" || sides.text == "2" else {
            throw .unsuitable("--sides \(sides.text): write 2 for either way, or 1 for one way.")
        }
        let plan = TestPlan(
            alpha: try alpha.chance("--alpha", such: "0.05"),
            power: try power.chance("--power", such: "0.8"), isTwoSided: sides.text == "2",
            ratio: parts[0] / parts[1])
        let (base, deviation) = try outcome()
        let lift = try lift.map { written throws(AnalysisError) in
            try written.share("--lift", such: "0.22")
        }
        let daily = try daily.map { written throws(AnalysisError) in
            try written.number("--daily", such: "4000", in: PowerQuestion.dailies)
        }
        var question = PowerQuestion(
            plan, base: base, deviation: deviation, lift: lift, daily: daily)
        question.size = try people(plan, daily)
        question.inputs = [AnalysisInput(arguments: arguments)]
        return question
    }

    /// The rate, or the mean and its deviation.
    private func outcome() throws(AnalysisError) -> (base: Double, deviation: Double?) {
        switch (baseRate, mean, sd) {
        case (let rate?, nil, nil): return (try rate.share("--base-rate", such: "0.01"), nil)
        case (nil, let mean?, let sd?):
            return (
                try mean.number("--mean", such: "12.5", in: -1e60...1e60),
                try sd.number("--sd", such: "40", in: 1e-60...1e60)
            )
        default:
            throw .unsuitable("Give --base-rate, or --mean together with --sd, and not both.")
        }
    }

    private func people(_ plan: TestPlan, _ daily: Double?) throws(AnalysisError) -> Double? {
        if let size {
            guard days == nil else { throw .unsuitable("Give --size or --days, not both.") }
            return try size.number("--size", such: "5000", in: PowerQuestion.sizes)
        }
        guard let days else { return nil }
        guard let daily else { throw .unsuitable("--days needs --daily.") }
        let count = try days.number("--days", such: "14", in: 1...1e6)
        let size = (count * daily / (1 + plan.ratio)).rounded(.down)
        guard PowerQuestion.sizes.contains(size) else {
            throw .unsuitable(
                size < 2
                    ? "In that time, fewer than two people enter control; take more days."
                    : "In that time, more than 10¹² people enter; take fewer days.")
        }
        return size
    }

    /// What was asked, in one order.
    private var arguments: [String] {
        let all: [(String, String?)] = [
            ("--base-rate", baseRate?.text), ("--mean", mean?.text), ("--sd", sd?.text),
            ("--lift", lift?.text), ("--size", size?.text), ("--power", power.text),
            ("--alpha", alpha.text), ("--sides", sides.text), ("--ratio", ratio?.text),
            ("--daily", daily?.text), ("--days", days?.text),
        ]
        return all.compactMap { name, text in text.map { "\(name) \($0)" } }
    }
}
