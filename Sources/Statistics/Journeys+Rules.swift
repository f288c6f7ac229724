import Foundation

/// A fixed rule that shares a journey's conversion out to its touches.
package enum TouchRule: Sendable, Hashable {
    /// All to the first touch.
    case first
    /// All to the last touch.
    case last
    /// All to the last touch that is none of these channels; to the last when all are.
    case lastOther(than: Set<Int32>)
    /// The same to each touch.
    case linear
    /// The same to each channel that was touched.
    case linearUnique
    /// Weights for the first touch, all between, and the last; with two touches the ends share.
    case position(first: Double, middle: Double, last: Double)
    /// w = 2^(−Δt/h): Google's "half-life", h in days.
    case timeDecay(halfLife: Double)
}

extension Journeys {
    /// What `rule` credits to each channel (measure.md §4 names the rules).
    ///
    /// Conversions and values may be others than those of the rows, as a bootstrap draws them.
    package func credit(
        _ rule: TouchRule, conversions: [Double]? = nil, values: [Double]? = nil
    ) -> ChannelCredit {
        let conversions = conversions ?? self.conversions
        let values = values ?? self.values
        var credit = ChannelCredit(channels: channels.count)
        var weights: [Double] = []
        // When a row last touched a channel, for rules about unique channels.
        var seen = Array(repeating: -1, count: channels.count)
        for row in 0..<count where conversions[row] != 0 || values[row] != 0 {
            let range = range(row)
            weigh(range, by: rule, row: row, &seen, into: &weights)
            for (weight, touch) in zip(weights, touches[range]) where weight != 0 {
                credit.conversions[Int(touch)] += weight * conversions[row]
                credit.values[Int(touch)] += weight * values[row]
            }
        }
        return credit
    }

    /// The weights of a row's touches; their sum is 1.
    private func weigh(
        _ range: Range<Int>, by rule: TouchRule, row: Int, _ seen: inout [Int],
        into weights: inout [Double]
    ) {
        let count = range.count
        weights.removeAll(keepingCapacity: true)
        weights.append(contentsOf: repeatElement(0, count: count))
        switch rule {
        case .first: weights[0] = 1
        case .last: weights[count - 1] = 1
        case .lastOther(let excluded):
            let other = touches[range].lastIndex { !excluded.contains($0) }
            weights[(other ?? range.upperBound - 1) - range.lowerBound] = 1
        case .linear:
            for index in 0..<count { weights[index] = 1 / Double(count) }
        case .linearUnique:
            var unique = 0
            for index in 0..<count {
                let channel = Int(touches[range.lowerBound + index])
                if seen[channel] != row {
                    seen[channel] = row
                    weights[index] = 1
                    unique += 1
                }
            }
            for index in 0..<count { weights[index] /= Double(unique) }
        case .position(let first, let middle, let last):
            Self.position(count, first, middle, last, into: &weights)
        case .timeDecay(let halfLife):
            guard let ages else { preconditionFailure("time decay needs ages") }
            // Ages are counted from the last touch, so that very old journeys keep their digits.
            let youngest = ages[range].min() ?? 0
            for index in 0..<count {
                weights[index] = exp2(-(ages[range.lowerBound + index] - youngest) / halfLife)
            }
            let sum = weights.reduce(0, +)
            for index in 0..<count { weights[index] /= sum }
        }
    }

    private static func position(
        _ count: Int, _ first: Double, _ middle: Double, _ last: Double,
        into weights: inout [Double]
    ) {
        switch count {
        case 1: weights[0] = 1
        case 2:
            let ends = first + last
            weights[0] = ends > 0 ? first / ends : 0.5
            weights[1] = ends > 0 ? last / ends : 0.5
        default:
            let sum = first + middle + last
            for index in 1..<(count - 1) { weights[index] = middle / sum / Double(count - 2) }
            weights[0] = first / sum
            weights[count - 1] = last / sum
        }
    }
}
