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
        help: "The rate of conversion without treatment, such as 0.01 or 1%.")
    var baseRate: Share?
    @Option(help: "Instead of a rate: the mean of what a person brings.") var mean: Double?
    @Option(help: "The standard deviation that goes with --mean.") var sd: Double?
    @Option(
        name: [.customLong("lift"), .customLong("mde")], parsing: .unconditional,
        help: "The relative change worth seeing, such as 0.22 or 22%.")
    var lift: Share?
    @Option(
        name: [.customLong("size"), .customLong("n")],
        help: "People in control, and with a ratio of 1 in each arm.")
    var size: Double?
    @Option(help: "The chance to see the lift if it is there.") var power = Share(0.8)
    @Option(help: "The chance of seeing one that is not there.") var alpha = Share(0.05)
    @Option(help: "2 for a change either way, 1 for one way.") var sides = 2
    @Option(help: "Treated people for each one in control, such as 1 or 9:1.") var ratio: Ratio?
    @Option(
        name: [.customLong("daily"), .customLong("daily-traffic")],
        help: "People who enter the test in a day, both arms together.")
    var daily: Double?
    @Option(help: "Instead of --size: how many days --daily people come.") var days: Double?
    @OptionGroup var options: AnswerOptions

    func run() async throws {
        guard sides == 1 || sides == 2 else { throw ValidationError("--sides is 1 or 2.") }
        try await options.answer { try PowerAnswer(try question()) }
    }

    private func question() throws -> PowerQuestion {
        let parts = ratio?.parts ?? [1, 1]
        guard parts.count == 2 else {
            throw AnalysisError.unsuitable("--ratio has two parts, such as 9:1.")
        }
        let plan = TestPlan(
            alpha: alpha.value, power: power.value, isTwoSided: sides == 2,
            ratio: parts[0] / parts[1])
        let size = try size ?? sizeOfDays(plan)
        switch (baseRate, mean, sd) {
        case (let rate?, nil, nil):
            return PowerQuestion(
                plan, base: rate.value, lift: lift?.value, size: size, daily: daily)
        case (nil, let mean?, let sd?):
            return PowerQuestion(
                plan, base: mean, deviation: sd, lift: lift?.value, size: size, daily: daily)
        default:
            throw AnalysisError.unsuitable(
                "Give --base-rate, or --mean together with --sd, and not both.")
        }
    }

    private func sizeOfDays(_ plan: TestPlan) throws -> Double? {
        guard let days else { return nil }
        guard let daily else { throw AnalysisError.unsuitable("--days needs --daily.") }
        return (days * daily / (1 + plan.ratio)).rounded(.down)
    }
}
