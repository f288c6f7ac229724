import Statistics

/// Shares the conversions of journeys out to channels.
package struct AttributionAnalysis: Sendable {
    let source: JourneySource
    let request: AttributionRequest
    let direct: Set<Int32>
    /// Without nulls when they are to be ignored.
    let journeys: Journeys

    package init(_ source: JourneySource, _ reading: JourneyReading, _ request: AttributionRequest)
    {
        self.source = source
        self.request = request
        journeys = request.ignoresNulls ? source.journeys.withoutNulls() : source.journeys
        direct = reading.directCodes(journeys.channels)
    }

    /// What one model credits, and how it came to that.
    struct Credited: Sendable {
        var model: AttributionModel
        var credit: ChannelCredit
        var effects: RemovalEffects?
        var chain: MarkovChain?
        var fits: [OrderFit]?
        var shapley: ChannelSets.Result?
        var intervals: (conversions: [PercentileInterval], values: [PercentileInterval])?
        var milliseconds = 0.0
    }

    /// The answer of all models that were asked for.
    package func answer(_ inputs: [AnalysisInput]) async throws -> AttributionAnswer {
        try check()
        var notes = source.notes
        var all: [Credited] = []
        for model in request.models {
            if model == .timeDecay, journeys.ages == nil, request.models.count > 1 {
                notes.append("Time decay is left out: the file does not say when touches were.")
                continue
            }
            all.append(try await credited(model))
        }
        return try report(all, inputs, notes)
    }

    private func check() throws(AnalysisError) {
        guard journeys.totalConversions > 0 else {
            guard source.unattributedConversions == 0 else {
                throw .unsuitable(
                    "No conversion of the file has a touch of a channel within the lookback before "
                        + "it, so there is nothing to share out. Say a longer --lookback, or give "
                        + "the touches too.")
            }
            throw .unsuitable(
                "No journey of the file ends with a conversion, so there is nothing to share out.")
        }
        guard journeys.conversions.allSatisfy({ $0 < 0x1p53 }),
            journeys.totalConversions + journeys.totalNulls < 0x1p53
        else { throw .unsuitable("The counts are too large to be added exactly.") }
        guard journeys.totalValue.isFinite,
            journeys.values.reduce(0, { $0 + abs($1) }) * 1e9 < .greatestFiniteMagnitude
        else { throw .unsuitable("The values are too large to be added.") }
        try checkSamples()
        if request.models == [.timeDecay], journeys.ages == nil {
            throw .unsuitable(
                "Time decay needs to know when touches were, and this file does not say. Give a "
                    + "file with one row per touch (id, time, channel, conversion, value), or a "
                    + "column hours_before_conversion such as “48 > 24 > 0”, or say with "
                    + "--assume-gap how many hours lie between two touches.")
        }
    }

    private func credited(_ model: AttributionModel) async throws -> Credited {
        let clock = ContinuousClock()
        let started = clock.now
        var result: Credited
        switch model {
        case .markov: result = try await markov()
        case .shapley: result = try shapley()
        default:
            result = Credited(model: model, credit: journeys.credit(rule(model)))
        }
        let took = started.duration(to: clock.now)
        result.milliseconds =
            Double(took.components.seconds) * 1e3 + Double(took.components.attoseconds) * 1e-15
        if request.samples > 0 {
            let states = result.chain?.states
            result.intervals = try await journeys.bootstrap(
                samples: request.samples, level: request.level, seed: request.seed
            ) { sample in try self.credit(of: sample, model, states) }
        }
        return result
    }

    /// What a resampled file credits.
    private func credit(
        of sample: Journeys, _ model: AttributionModel, _ states: MarkovStates?
    ) throws -> ChannelCredit {
        switch model {
        case .markov:
            guard let states else { throw CancellationError() }
            let chain = MarkovChain(
                states, conversions: sample.conversions, values: sample.values,
                nulls: sample.nulls)
            guard let effects = chain.removalEffects() else { throw CancellationError() }
            return effects.credit(
                conversions: sample.totalConversions, values: sample.totalValue)
        case .shapley: return try credit(shapley: sample).credit
        default:
            return sample.credit(rule(model))
        }
    }

    private func rule(_ model: AttributionModel) -> TouchRule {
        switch model {
        case .first: .first
        case .last: .last
        case .lastNonDirect: .lastOther(than: direct)
        case .linear: .linear
        case .linearUnique: .linearUnique
        case .position:
            .position(
                first: request.position[0], middle: request.position[1], last: request.position[2])
        case .timeDecay: .timeDecay(halfLife: request.halfLifeDays)
        case .markov, .shapley: preconditionFailure("not a rule for touches")
        }
    }

    private func markov() async throws -> Credited {
        var (order, fits): (Int, [OrderFit]?) = (1, nil)
        switch request.order {
        case .fixed(let chosen): order = chosen
        case .automatic:
            let found = journeys.orderFits(upTo: MarkovOrder.most)
            guard let best = found.max(by: { $0.penalisedAUC < $1.penalisedAUC }) else {
                throw AnalysisError.unsuitable(
                    "An order can only be chosen when the file also counts journeys without a "
                        + "conversion. Say one with --order, such as --order 1.")
            }
            (order, fits) = (best.order, found)
        }
        guard let states = MarkovStates(journeys, order: order) else {
            throw AnalysisError.unsuitable(
                "There are too many channels for order \(order); say a lower --order.")
        }
        try check(states)
        let chain = MarkovChain(
            states, conversions: journeys.conversions, values: journeys.values,
            nulls: journeys.nulls)
        let effects: RemovalEffects
        if states.count > MarkovChain.mostEliminated {
            effects = try await chain.removalEffectsTogether()
        } else if let found = chain.removalEffects() {
            effects = found
        } else {
            throw CancellationError()
        }
        return Credited(
            model: .markov,
            credit: effects.credit(
                conversions: journeys.totalConversions, values: journeys.totalValue),
            effects: effects, chain: chain, fits: fits)
    }

    private func shapley() throws -> Credited {
        let (credit, result) = try credit(shapley: journeys)
        return Credited(model: .shapley, credit: credit, shapley: result)
    }

    /// Shapley values of rates are scaled so that their sum is the total.
    private func credit(
        shapley journeys: Journeys
    ) throws -> (credit: ChannelCredit, ChannelSets.Result) {
        let sets = ChannelSets(journeys)
        try check(sets)
        guard
            let result = sets.shapley(
                request.worth, permutations: request.permutations, seed: request.seed)
        else { throw CancellationError() }
        return (
            ChannelCredit(
                sharing: journeys.totalConversions, by: result.conversions,
                and: journeys.totalValue, by: result.values), result
        )
    }
}
