/// What each of several players adds to what they do together (Shapley, "A value for n-person
/// games", 1953).
package enum Shapley {
    /// Up to this many players the value is exact, from all coalitions.
    package static let mostExact = 15

    /// The value of each player; `worth` has one figure for each coalition, whose bits are players.
    package static func exact(_ worth: [Double]) -> [Double] {
        let count = worth.count.trailingZeroBitCount
        precondition(worth.count == 1 << count, "a worth for each coalition")
        // |S|! (n − |S| − 1)! / n! by size, each from the one before.
        var weights = [1 / Double(max(1, count))]
        for size in stride(from: 1, to: count, by: 1) {
            weights.append(weights[size - 1] * Double(size) / Double(count - size))
        }
        return (0..<count).map { player in
            var sum = 0.0
            for coalition in 0..<worth.count where coalition & (1 << player) == 0 {
                let gain = worth[coalition | 1 << player] - worth[coalition]
                sum += weights[coalition.nonzeroBitCount] * gain
            }
            return sum
        }
    }
}

/// Journeys by the set of channels that they touched.
package struct ChannelSets: Sendable {
    package let channelCount: Int
    /// The channels of each set, in rising order.
    package let members: [[Int32]]
    package let conversions: [Double]
    package let values: [Double]
    package let journeys: [Double]

    /// The sets of `journeys`.
    package init(_ source: Journeys) {
        channelCount = source.channels.count
        // A set is a way down a tree of channels in rising order.
        var nodes = NumberCodes()
        var ways: [[Int32]] = []
        var setOfNode: [Int32: Int] = [:]
        var (conversions, values, journeys): ([Double], [Double], [Double]) = ([], [], [])
        var unique: [Int32] = []
        // When a row last touched a channel.
        var seen = Array(repeating: -1, count: channelCount)
        for row in 0..<source.count {
            unique.removeAll(keepingCapacity: true)
            for touch in source.touches[source.range(row)] where seen[Int(touch)] != row {
                seen[Int(touch)] = row
                unique.append(touch)
            }
            unique.sort()
            var node: Int32 = -1
            for channel in unique {
                node = nodes.code(UInt64(UInt32(node &+ 1)) << 32 | UInt64(UInt32(channel)))
            }
            let set = setOfNode[node] ?? ways.count
            if set == ways.count {
                setOfNode[node] = set
                ways.append(unique)
                conversions.append(0)
                values.append(0)
                journeys.append(0)
            }
            conversions[set] += source.conversions[row]
            values[set] += source.values[row]
            journeys[set] += source.conversions[row] + source.nulls[row]
        }
        members = ways
        (self.conversions, self.values, self.journeys) = (conversions, values, journeys)
    }

    /// What the worth of a coalition is.
    package enum Worth: String, Sendable, CaseIterable {
        /// The conversions of journeys that touched no other channel.
        case conversions
        /// Their conversion rate.
        case rate
    }

    /// Shapley values of conversions and of value, with standard errors when they were sampled.
    package struct Result: Sendable, Hashable {
        package var conversions: [Double]
        package var values: [Double]
        package var conversionErrors: [Double]?
        package var valueErrors: [Double]?
    }

    /// The value of each channel.
    ///
    /// With conversions as worth the game is a sum of unanimity games, whose value shares each
    /// journey among its channels alike: exact for any number of them. A rate is exact up to 15
    /// channels; beyond, `permutations` orders are drawn (Castro, Gómez and Tejada, 2009).
    package func shapley(_ worth: Worth, permutations: Int, seed: UInt64) -> Result? {
        switch worth {
        case .conversions:
            var result = Result(
                conversions: Array(repeating: 0, count: channelCount),
                values: Array(repeating: 0, count: channelCount))
            for (set, channels) in members.enumerated() {
                for channel in channels {
                    result.conversions[Int(channel)] += conversions[set] / Double(channels.count)
                    result.values[Int(channel)] += values[set] / Double(channels.count)
                }
            }
            return result
        case .rate where channelCount <= Shapley.mostExact:
            let all = coalitions(journeys)
            func rates(_ amounts: [Double]) -> [Double] {
                zip(coalitions(amounts), all).map { $1 > 0 ? $0 / $1 : 0 }
            }
            return Result(
                conversions: Shapley.exact(rates(conversions)),
                values: Shapley.exact(rates(values)))
        case .rate: return sampled(permutations, seed)
        }
    }

    /// The sum over all sets within each coalition (the zeta transform of Yates, 1937).
    package func coalitions(_ amounts: [Double]) -> [Double] {
        var sums = Array(repeating: 0.0, count: 1 << channelCount)
        for (set, channels) in members.enumerated() {
            sums[channels.reduce(0) { $0 | 1 << Int($1) }] += amounts[set]
        }
        for channel in 0..<channelCount {
            for coalition in sums.indices where coalition & (1 << channel) != 0 {
                sums[coalition] += sums[coalition ^ (1 << channel)]
            }
        }
        return sums
    }

    private func sampled(_ permutations: Int, _ seed: UInt64) -> Result? {
        let zeros = Array(repeating: 0.0, count: channelCount)
        var (sums, squares) = ([zeros, zeros], [zeros, zeros])
        var order = Array(0..<channelCount)
        var place = order
        for draw in 0..<permutations {
            if draw % 16 == 0, Task.isCancelled { return nil }
            var random = Philox(seed: seed, stream: UInt64(draw) + 1)
            order.sort()
            order.shuffle(using: &random)
            for (index, channel) in order.enumerated() { place[channel] = index }
            // A set counts from when its last channel has come.
            var (converted, worth, came) = (zeros, zeros, zeros)
            for (set, channels) in members.enumerated() {
                var last = 0
                for channel in channels { last = max(last, place[Int(channel)]) }
                converted[last] += conversions[set]
                worth[last] += values[set]
                came[last] += journeys[set]
            }
            var (amounts, all, before) = ([0.0, 0.0], 0.0, [0.0, 0.0])
            for (index, channel) in order.enumerated() {
                amounts[0] += converted[index]
                amounts[1] += worth[index]
                all += came[index]
                for kind in 0...1 {
                    let rate = all > 0 ? amounts[kind] / all : 0
                    let gain = rate - before[kind]
                    before[kind] = rate
                    sums[kind][channel] += gain
                    squares[kind][channel] += gain * gain
                }
            }
        }
        let count = Double(permutations)
        func errors(_ kind: Int) -> [Double] {
            zip(sums[kind], squares[kind]).map { sum, square in
                (max(0, square - sum * sum / count) / max(1, count - 1) / count).squareRoot()
            }
        }
        return Result(
            conversions: sums[0].map { $0 / count }, values: sums[1].map { $0 / count },
            conversionErrors: errors(0), valueErrors: errors(1))
    }
}
