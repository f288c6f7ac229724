import Foundation

/// How a figure varied over resampled journeys.
package struct PercentileInterval: Sendable, Hashable {
    package let lower: Double
    package let upper: Double
}

extension Journeys {
    /// The rows as one of many equally likely samples would show them.
    ///
    /// Each journey comes as often as a Poisson draw with mean 1 says (Chamandy, Muralidharan,
    /// Najmi and Naidu, "Estimating uncertainty for massive data streams", 2012), and all are scaled
    /// to as many journeys as there were, as in Efron's bootstrap; this needs no order among them. A
    /// row's value goes with its conversions.
    package func resampled(seed: UInt64, sample: Int) -> Journeys {
        var random = Philox(seed: seed, stream: UInt64(sample) + 1)
        var result = self
        for row in 0..<count {
            result.conversions[row] = random.journeyCount(conversions[row])
            result.nulls[row] = random.journeyCount(nulls[row])
        }
        let drawn = result.totalConversions + result.totalNulls
        let scale = drawn > 0 ? (totalConversions + totalNulls) / drawn : 0
        for row in 0..<count {
            result.conversions[row] *= scale
            result.nulls[row] *= scale
            if conversions[row] > 0 {
                result.values[row] *= result.conversions[row] / conversions[row]
            }
        }
        return result
    }

    /// Percentile intervals of whatever `credit` gives, over `samples` samples.
    package func bootstrap(
        samples: Int, level: Double, seed: UInt64,
        _ credit: @escaping @Sendable (Journeys) throws -> ChannelCredit
    ) async throws -> (conversions: [PercentileInterval], values: [PercentileInterval]) {
        let drawn = try await SharedWork.map(samples) { sample in
            try credit(resampled(seed: seed, sample: sample))
        }
        func intervals(_ amounts: (ChannelCredit) -> [Double]) -> [PercentileInterval] {
            channels.indices.map { channel in
                let middle = SortedSample(drawn.map { amounts($0)[channel] }).interval(level)
                return PercentileInterval(lower: middle.lower, upper: middle.upper)
            }
        }
        return (intervals(\.conversions), intervals(\.values))
    }
}

extension Philox {
    /// How many of `mean` journeys a sample holds: a Poisson draw.
    ///
    /// Small means by inversion; a large one is the sum of draws with mean 16, each by inversion,
    /// up to 4,096, and beyond that normal, which then is right to half a percent of its spread.
    fileprivate mutating func journeyCount(_ mean: Double) -> Double {
        guard mean > 0 else { return 0 }
        if mean > 4096 { return max(0, (mean + mean.squareRoot() * normal()).rounded()) }
        var (left, count) = (mean, 0.0)
        while left > 16 {
            count += smallCount(16)
            left -= 16
        }
        return count + smallCount(left)
    }

    private mutating func smallCount(_ mean: Double) -> Double {
        var probability = exp(-mean)
        var (draw, count) = (uniform(), 0.0)
        while draw >= probability, count < 200 {
            draw -= probability
            count += 1
            probability *= mean / count
        }
        return count
    }
}
