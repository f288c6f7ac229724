extension ResponseCurve {
    /// Over which time spend and response are counted.
    package enum Span: Sendable, Hashable {
        /// One period of a spend that has been the same for long.
        case steady
        /// So many periods with the same spend each, after past spend (oldest first), with what
        /// comes of them later; spend is that of all these periods together.
        case horizon(periods: Int, recent: [Double])
    }

    /// The mean response of the draws of one channel's curve, each with the same weight unless
    /// weights are given.
    package struct Mean: Sendable {
        /// `amount` × saturation(`gain` × spend + `offset`).
        struct Term: Sendable {
            var draw: Int
            var gain: Double
            var offset: Double
            var amount: Double
            var saturation: Saturation
        }

        let terms: [Term]
        /// How many draws there are.
        package let count: Int
        /// Whether the curves of all draws are concave.
        package let isConcave: Bool

        package init(_ curves: [ResponseCurve], over span: Span = .steady) {
            terms = curves.enumerated().flatMap { draw, curve in
                curve.terms(over: span).map {
                    Term(
                        draw: draw, gain: $0.gain, offset: $0.offset,
                        amount: $0.count * curve.beta, saturation: curve.saturation)
                }
            }
            count = curves.count
            isConcave = curves.allSatisfy(\.isConcave)
        }

        /// The mean response to `spend`, with its derivatives.
        package func at(_ spend: Double) -> Jet {
            var sum = Jet(value: 0, slope: 0, bend: 0)
            for term in terms {
                let jet = term.saturation.at(term.gain * spend + term.offset)
                sum.value += term.amount * jet.value
                add(term.amount * term.gain, term.gain, jet, to: &sum)
            }
            let scale = 1 / Double(max(1, count))
            return Jet(value: sum.value * scale, slope: sum.slope * scale, bend: sum.bend * scale)
        }

        /// The weighted sum of the draws' responses.
        func at(_ spend: Double, weights: [Double]) -> Jet {
            var sum = Jet(value: 0, slope: 0, bend: 0)
            for term in terms {
                let jet = term.saturation.at(term.gain * spend + term.offset)
                let amount = term.amount * weights[term.draw]
                sum.value += amount * jet.value
                add(amount * term.gain, term.gain, jet, to: &sum)
            }
            return sum
        }

        /// A slope or bend may be infinite at 0; what is multiplied by 0 stays out.
        private func add(_ first: Double, _ gain: Double, _ jet: Jet, to sum: inout Jet) {
            guard first != 0 else { return }
            sum.slope += first * jet.slope
            sum.bend += first * gain * jet.bend
        }

        /// The response of each draw.
        package func each(_ spend: Double) -> [Double] {
            var values = Array(repeating: 0.0, count: count)
            for term in terms {
                let x = term.gain * spend + term.offset
                values[term.draw] += term.amount * term.saturation.at(x).value
            }
            return values
        }

        /// The marginal response of each draw.
        func eachSlope(_ spend: Double) -> [Double] {
            var slopes = Array(repeating: 0.0, count: count)
            for term in terms where term.amount != 0 && term.gain != 0 {
                let jet = term.saturation.at(term.gain * spend + term.offset)
                slopes[term.draw] += term.amount * term.gain * jet.slope
            }
            return slopes
        }
    }

    /// Periods that are alike: so many with saturation at `gain` × spend + `offset`.
    private struct Periods {
        var gain: Double
        var offset: Double
        var count: Double
    }

    private func terms(over span: Span) -> [Periods] {
        let weights = weights
        guard case .horizon(let periods, let recent) = span, periods > 0 else {
            return [Periods(gain: weights.reduce(0, +) / unit, offset: 0, count: 1)]
        }
        let share = 1 / (Double(periods) * unit)
        let last = weights.count - 1
        /// What period `time` has of the spend in `0 ..< periods`, and of what was before.
        func period(_ time: Int, _ count: Double) -> Periods {
            var (gain, offset) = (0.0, 0.0)
            for (lag, weight) in weights.enumerated() {
                let spent = time - lag
                if spent >= periods { continue }
                if spent >= 0 {
                    gain += weight
                } else if recent.count + spent >= 0 {
                    offset += weight * recent[recent.count + spent] / unit
                }
            }
            return Periods(gain: gain * share, offset: offset, count: count)
        }
        var result = (0..<min(periods, last)).map { period($0, 1) }
        if periods > last { result.append(period(last, Double(periods - last))) }
        for later in 0..<last { result.append(period(periods + later, 1)) }
        return result.filter { $0.gain > 0 || $0.offset > 0 }
    }
}
