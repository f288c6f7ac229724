import Statistics

extension AttributionAnalysis {
    /// How long an answer may take on one core, by estimate; what takes longer is refused.
    static let mostSeconds = 1_800.0
    /// How many figures the samples of a bootstrap may leave in memory.
    static let mostFigures = 20_000_000

    /// Refuses what would take hours, before it begins.
    func checkSamples() throws(AnalysisError) {
        guard request.samples > 0 else { return }
        guard request.samples <= Self.mostFigures / max(1, journeys.channels.count) else {
            throw .unsuitable(
                "\(request.samples) samples of \(journeys.channels.count) channels would need too "
                    + "much memory; say a smaller --bootstrap, such as 1000.")
        }
        // Drawing a row again, and sharing out its touches.
        let once = Double(journeys.count) * 1e-7 + Double(journeys.touches.count) * 1e-8
        try check(once, "drawing \(journeys.count) rows again")
    }

    /// The same for a Markov chain, whose states are known.
    func check(_ states: MarkovStates) throws(AnalysisError) {
        let (count, channels) = (Double(states.count), Double(states.channelCount))
        let once: Double
        if states.order == 1, states.count <= MarkovChain.mostAtOnce {
            once = count * count * count * 1e-9
        } else if states.count <= MarkovChain.mostEliminated {
            once = channels * count * count * count * 0.5e-9
        } else {
            // A pass over the steps for each channel, some eighty times.
            once = channels * Double(states.count + states.stepCount) * 2e-7
        }
        try check(
            once, "solving a chain of \(states.count) states for \(states.channelCount) channels",
            "a lower --order, fewer samples with --bootstrap, or one name for channels that are alike"
        )
    }

    /// The same for Shapley values from drawn orders.
    func check(_ sets: ChannelSets) throws(AnalysisError) {
        guard request.worth == .rate, sets.channelCount > Shapley.mostExact else { return }
        let size = sets.members.reduce(0) { $0 + $1.count + 1 } + sets.channelCount * 8
        try check(
            Double(request.permutations) * Double(size) * 3e-9,
            "\(request.permutations) orders of \(sets.channelCount) channels",
            "fewer --permutations, or fewer samples with --bootstrap")
    }

    private func check(
        _ seconds: Double, _ work: String,
        _ remedy: String = "fewer samples with --bootstrap"
    ) throws(AnalysisError) {
        let all = seconds * Double(request.samples + 1)
        guard all > Self.mostSeconds else { return }
        let times = request.samples > 0 ? ", \(request.samples + 1) times," : ""
        let hours = AttributionAnswer.fixed(max(1, all / 3600), 0)
        throw .unsuitable(
            "This would take about \(hours) h: \(work)\(times) is too much. Say \(remedy).")
    }
}
