import Statistics

extension AttributionAnalysis {
    /// Puts the answer together.
    func report(
        _ all: [Credited], _ inputs: [AnalysisInput], _ notes: [String]
    ) throws(AnalysisError) -> AttributionAnswer {
        let figures = journeys.figures()
        let several = request.models.count > 1
        let markov = all.first { $0.model == .markov }
        let name = several ? "all" : request.models[0].rawValue
        var rows: [AttributionAnswer.Row] = []
        for credited in all { rows += self.rows(credited, figures) }
        let order = channelOrder(all)
        var ranks = Array(repeating: 0, count: order.count)
        for (rank, channel) in order.enumerated() { ranks[channel] = rank }
        // Rows come model by model; a channel's stand together.
        let count = journeys.channels.count
        rows = rows.indices.sorted {
            let (a, b) = (ranks[$0 % count], ranks[$1 % count])
            return a == b ? $0 < $1 : a < b
        }.map { rows[$0] }
        let scale = Self.scale(request.minorDigits)
        return AttributionAnswer(
            method: "attribution." + name, inputs: inputs, model: name,
            order: markov?.chain?.states.order,
            totals: .init(
                conversions: journeys.totalConversions, value: journeys.totalValue,
                valueMinorUnits: Int(exactly: (journeys.totalValue * scale).rounded()),
                nulls: journeys.totalNulls,
                journeys: journeys.totalConversions + journeys.totalNulls, channels: count),
            rows: rows, disagreement: several ? disagreement(all, order) : nil,
            transitions: request.showsTransitions ? try steps(markov) : nil,
            paths: .init(
                meanTouches: figures.meanTouches, medianTouches: figures.medianTouches,
                meanDays: figures.meanDays, medianDays: figures.medianDays,
                conversionsByLength: figures.conversionsByLength),
            diagnostics: diagnostics(all), notes: notes + sentences(all, order))
    }

    static func scale(_ digits: Int) -> Double {
        (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    }

    /// Channels from the most credited to the least; with several models by their sum.
    private func channelOrder(_ all: [Credited]) -> [Int] {
        let sums = journeys.channels.indices.map { channel in
            all.reduce(0) { $0 + $1.credit.conversions[channel] }
        }
        return sums.indices.sorted { sums[$0] == sums[$1] ? $0 < $1 : sums[$0] > sums[$1] }
    }

    private func rows(_ credited: Credited, _ figures: JourneyFigures) -> [AttributionAnswer.Row] {
        let (conversions, value) = (journeys.totalConversions, journeys.totalValue)
        let scale = Self.scale(request.minorDigits)
        let units = Apportionment.wholes(
            credited.credit.values.map { $0 * scale }, total: (value * scale).rounded())
        // Errors of Shapley values are scaled as the values were.
        let sums = (
            credited.shapley?.conversions.reduce(0, +) ?? 0,
            credited.shapley?.values.reduce(0, +) ?? 0
        )
        return journeys.channels.indices.map { channel in
            let own = (credited.credit.conversions[channel], credited.credit.values[channel])
            return AttributionAnswer.Row(
                channel: journeys.channels[channel], model: credited.model.rawValue,
                conversions: own.0, value: own.1, valueMinorUnits: units?[channel],
                share: own.0 / conversions, valueShare: value == 0 ? 0 : own.1 / value,
                removalEffect: credited.effects?.conversions[channel],
                removalEffectValue: value == 0 ? nil : credited.effects?.values[channel],
                standardError: sums.0 == 0
                    ? nil
                    : (credited.shapley?.conversionErrors?[channel]).map {
                        $0 / sums.0 * conversions
                    },
                valueStandardError: sums.1 == 0
                    ? nil : (credited.shapley?.valueErrors?[channel]).map { $0 / sums.1 * value },
                conversionsLower: credited.intervals?.conversions[channel].lower,
                conversionsUpper: credited.intervals?.conversions[channel].upper,
                valueLower: credited.intervals?.values[channel].lower,
                valueUpper: credited.intervals?.values[channel].upper,
                assistedConversions: figures.assisted[channel],
                assistedValue: figures.assistedValues[channel], journeys: figures.reach[channel])
        }
    }

    private func disagreement(
        _ all: [Credited], _ order: [Int]
    ) -> [AttributionAnswer.Disagreement] {
        order.compactMap { channel in
            let amounts = all.map { ($0.credit.conversions[channel], $0.model.rawValue) }
            guard let lowest = amounts.min(by: { $0.0 < $1.0 }),
                let highest = amounts.max(by: { $0.0 < $1.0 })
            else { return nil }
            return .init(
                channel: journeys.channels[channel], lowest: lowest.0, lowestModel: lowest.1,
                highest: highest.0, highestModel: highest.1)
        }
    }

    private func steps(_ markov: Credited?) throws(AnalysisError) -> [AttributionAnswer.Step] {
        guard let chain = markov?.chain else {
            throw .unsuitable("Only --model markov has transitions; leave --transitions out.")
        }
        let states = chain.states
        func name(_ place: MarkovChain.Transition.Place) -> String {
            switch place {
            case .start: "(start)"
            case .conversion: "(conversion)"
            case .null: "(null)"
            case .state(let state):
                states.members[(state * states.order)..<((state + 1) * states.order)]
                    .filter { $0 >= 0 }.map { journeys.channels[Int($0)] }
                    .joined(separator: " > ")
            }
        }
        return chain.transitions.map {
            .init(from: name($0.from), to: name($0.to), probability: $0.probability)
        }
    }

    private func diagnostics(_ all: [Credited]) -> AttributionAnswer.Diagnostics {
        var result = AttributionAnswer.Diagnostics(
            pathRows: journeys.count, unattributedConversions: source.unattributedConversions,
            unattributedValue: source.unattributedValue)
        for credited in all {
            switch credited.model {
            case .markov:
                result.states = credited.chain?.states.count
                result.transitions = credited.chain?.states.stepCount
                result.conversionProbability = credited.effects?.probability
                result.valuePerJourney = credited.effects?.valuePerJourney
                result.errorBound = credited.effects?.errorBound
                result.sweeps = credited.effects?.sweeps
                result.solver = credited.effects?.sweeps == 0 ? "elimination" : "iteration"
                result.orders = credited.fits?.map {
                    .init(order: $0.order, auc: $0.auc, penalisedAuc: $0.penalisedAUC)
                }
            case .shapley:
                result.worth = request.worth.rawValue
                if credited.shapley?.conversionErrors != nil {
                    result.permutations = request.permutations
                }
            case .timeDecay: result.halfLifeDays = request.halfLifeDays
            default: break
            }
        }
        if request.samples > 0 { (result.samples, result.level) = (request.samples, request.level) }
        if request.showsTiming {
            result.solveMilliseconds = all.reduce(0) { $0 + $1.milliseconds }
        }
        return result
    }
}

extension AttributionAnalysis {
    /// What a reader must know to take the figures for what they are.
    private func sentences(_ all: [Credited], _ order: [Int]) -> [String] {
        var notes: [String] = []
        let uses = { (model: AttributionModel) in all.contains { $0.model == model } }
        if !source.hasValues { notes.append("The file has no column of values: every value is 0.") }
        if uses(.markov), journeys.totalNulls == 0 {
            notes.append(
                request.ignoresNulls
                    ? "Journeys without a conversion were ignored, as asked: the Markov chain then "
                        + "cannot tell channels that convert from channels that do not."
                    : "The file counts no journeys without a conversion: the Markov chain then "
                        + "cannot tell channels that convert from channels that do not.")
        }
        if uses(.lastNonDirect), direct.isEmpty {
            notes.append(
                "No channel is called direct, so that last-non-direct is last; say --direct NAME "
                    + "if it has another name.")
        }
        if source.unattributedConversions > 0 {
            notes.append(
                "Conversions without any touch before them are not shared out: "
                    + "\(AttributionAnswer.fixed(source.unattributedConversions, 0)).")
        }
        if all.contains(where: { $0.credit.conversions.contains { $0 < -1e-9 } }) {
            notes.append(
                "A negative credit means that journeys with the channel convert less often than "
                    + "those without.")
        }
        if request.samples > 0 { notes += verdicts(all, order) }
        if all.count > 1 { notes += disagreements(all) }
        notes.append(
            "Attribution shares out what happened; it does not prove that a channel caused it. A "
                + "test (lift, geo) does.")
        return notes
    }

    /// Whether the channel that is credited most is really first.
    private func verdicts(_ all: [Credited], _ order: [Int]) -> [String] {
        var notes = [
            "Intervals come from journeys drawn again \(request.samples) times; they show chance "
                + "in the journeys, not whether the model is right. Values within one row of the "
                + "file count as alike."
        ]
        if request.samples < 200 {
            notes.append("Fewer than 200 samples give rough intervals.")
        }
        guard let credited = all.first, all.count == 1, order.count > 1,
            let intervals = credited.intervals?.conversions
        else { return notes }
        let (first, second) = (order[0], order[1])
        let amounts = credited.credit.conversions
        guard amounts[first] > amounts[second] else { return notes }
        let names = (journeys.channels[first], journeys.channels[second])
        notes.append(
            intervals[first].lower > intervals[second].upper
                ? "\(names.0) is credited with more than \(names.1); their intervals do not touch."
                : "Not proven: \(names.0) is credited with more than \(names.1), but their "
                    + "intervals overlap.")
        return notes
    }

    private func disagreements(_ all: [Credited]) -> [String] {
        var (most, widest) = (0.0, 0)
        for channel in journeys.channels.indices {
            let amounts = all.map { $0.credit.conversions[channel] }
            let spread = (amounts.max() ?? 0) - (amounts.min() ?? 0)
            if spread > most { (most, widest) = (spread, channel) }
        }
        let leaders = Set(
            all.compactMap { credited in
                journeys.channels.indices.max {
                    credited.credit.conversions[$0] < credited.credit.conversions[$1]
                }
            })
        let share = AttributionAnswer.fixed(100 * most / journeys.totalConversions, 1)
        return [
            leaders.count == 1
                ? "All models credit \(journeys.channels[leaders.first ?? 0]) most."
                : "The models do not agree which channel is first.",
            "They differ most on \(journeys.channels[widest]): by \(share) % of all conversions.",
        ]
    }
}
