/// How well a Markov chain of some order tells journeys that convert from those that do not.
package struct OrderFit: Sendable, Hashable {
    package let order: Int
    /// The probability that a journey with a conversion ends in a likelier state than one without.
    package let auc: Double
    /// The same, less for more parameters.
    package let penalisedAUC: Double
}

extension Journeys {
    /// The fit of each order, as far as there are more journeys than parameters.
    ///
    /// The score of a journey is the share of conversions among those that ended in its last state.
    /// The area A under its curve is exact (Hanley and McNeil, 1982; ties count half) and shrunk as
    /// an adjusted R² is: 1 − (1 − A)(n − 1)/(n − p − 1), with n journeys and p = C(m + k − 1, k)
    /// for order k of m channels, which are the figures that ChannelAttribution's `choose_order`
    /// penalises with.
    package func orderFits(upTo most: Int) -> [OrderFit] {
        let journeys = totalConversions + totalNulls
        var result: [OrderFit] = []
        var parameters = 1.0
        for order in 1...most {
            parameters *= Double(channels.count + order - 1) / Double(order)
            guard parameters.rounded() + 1 < journeys, let states = MarkovStates(self, order: order)
            else { break }
            let chain = MarkovChain(states, conversions: conversions, values: values, nulls: nulls)
            guard let auc = chain.auc else { break }
            let factor = (journeys - 1) / (journeys - parameters.rounded() - 1)
            result.append(
                OrderFit(order: order, auc: auc, penalisedAUC: 1 - (1 - auc) * factor))
        }
        return result
    }
}

extension MarkovChain {
    /// The area under the curve of the share of conversions among ends in a state; nil when all
    /// journeys end alike.
    fileprivate var auc: Double? {
        let scored = conversions.indices
            .filter { conversions[$0] + nulls[$0] > 0 }
            .map { (score: conversions[$0] / (conversions[$0] + nulls[$0]), state: $0) }
            .sorted { $0.score < $1.score }
        let (yes, no) = (conversions.reduce(0, +), nulls.reduce(0, +))
        guard yes > 0, no > 0 else { return nil }
        var (won, below, place) = (0.0, 0.0, 0)
        while place < scored.count {
            var (equalYes, equalNo, end) = (0.0, 0.0, place)
            while end < scored.count, scored[end].score == scored[place].score {
                equalYes += conversions[scored[end].state]
                equalNo += nulls[scored[end].state]
                end += 1
            }
            won += equalYes * (below + equalNo / 2)
            below += equalNo
            place = end
        }
        return won / yes / no
    }
}
