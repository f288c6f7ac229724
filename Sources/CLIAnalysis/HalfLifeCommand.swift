import Analysis
import ArgumentParser

/// `throughline analyze half-life`: how long posts live.
struct HalfLifeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "half-life",
        abstract: "Says how fast the engagement of posts dies away, and what is left of it.",
        discussion: """
            Reads engagement in buckets of time since publication (post, group, hours, events in \
            the bucket or cumulative) and fits to each post an exponential burst over a constant \
            baseline. Posts that are still growing are censored, not cut: what is still to come \
            counts. The half-life is that of the burst; the time to half is the time to 50 % of \
            the final engagement, baseline as far as it was observed.

            It assumes one burst. Posts that are boosted, reposted or found again later have \
            several, and show a high dispersion: read their time to half. Do not compare groups of \
            a handful of posts by the pooled figure; the median and its interval say what a \
            further post is likely to do. A file that leaves out the end of the observation (no \
            events after the last row) is read better with --window.
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "engagement.csv"))
    var file: String
    @Option(help: "The column of posts.") var post: String?
    @Option(help: "The column of groups, such as the network or the format.") var group: String?
    @Option(help: "The column of the ends of the buckets since publication.") var hours: String?
    @Option(help: "The column of events within the bucket.") var events: String?
    @Option(help: "The column of events until then, instead of --events.") var cumulative: String?
    @Option(help: "Hours for which every post was observed.") var window: Double?
    @Option(help: "The column of hours for which each post was observed.")
    var windowColumn: String?
    @Option(help: "Hours in a unit of the file's times: 24 for days, 0.016667 for minutes.")
    var unitHours = 1.0
    @Option(help: "After how many days it is asked what is left.") var days = "30,60,90"
    @OptionGroup var options: AnswerOptions

    private var dayNumbers: [Double]? {
        let numbers = days.split(separator: ",").map { Double($0.filter { $0 != " " }) }
        let known = numbers.compactMap { $0 }.filter { $0 >= 0 && $0.isFinite }
        return known.count == numbers.count && !known.isEmpty ? known : nil
    }

    func validate() throws {
        guard dayNumbers != nil else {
            throw ValidationError("--days are numbers with commas between, such as 30,60,90.")
        }
    }

    func run() async throws {
        var analysis = HalfLifeAnalysis()
        (analysis.post, analysis.group, analysis.hours) = (post, group, hours)
        (analysis.events, analysis.cumulative) = (events, cumulative)
        (analysis.window, analysis.windowHours) = (windowColumn, window)
        (analysis.unitHours, analysis.days) = (unitHours, dayNumbers ?? [])
        try await options.answer {
            try analysis.answer(DataTable(path: file, style: options.style))
        }
    }
}
