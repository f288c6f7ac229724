/// What journeys look like before anybody shares credit out.
package struct JourneyFigures: Sendable, Hashable {
    /// Conversions by the number of touches before them: 1, 2, … and at last all longer ones.
    package let conversionsByLength: [Double]
    /// Touches before a conversion, on average and for the middle one.
    package let meanTouches: Double
    package let medianTouches: Double
    /// Days from the first touch to the conversion, where times are known.
    package let meanDays: Double?
    package let medianDays: Double?
    /// Conversions that a channel helped to, but was not the last touch of.
    package let assisted: [Double]
    package let assistedValues: [Double]
    /// Journeys that touched a channel at all.
    package let reach: [Double]
}

extension Journeys {
    /// Lengths, times and assists; lengths from `most` on are one.
    package func figures(lengthsUpTo most: Int = 12) -> JourneyFigures {
        var lengths = Array(repeating: 0.0, count: most)
        var assisted = Array(repeating: 0.0, count: channels.count)
        var (assistedValues, reach) = (assisted, assisted)
        var seen = Array(repeating: -1, count: channels.count)
        var touchTotal = 0.0
        var touchCounts: [(Double, Double)] = []
        var days: [(Double, Double)] = []
        for row in 0..<count {
            let range = range(row)
            let converted = conversions[row]
            lengths[min(range.count, most) - 1] += converted
            touchTotal += converted * Double(range.count)
            if converted > 0 {
                touchCounts.append((Double(range.count), converted))
                if let ages { days.append((ages[range].max() ?? 0, converted)) }
            }
            let last = touches[range.upperBound - 1]
            for touch in touches[range] where seen[Int(touch)] != row {
                seen[Int(touch)] = row
                reach[Int(touch)] += converted + nulls[row]
                if touch != last {
                    assisted[Int(touch)] += converted
                    assistedValues[Int(touch)] += values[row]
                }
            }
        }
        let total = totalConversions
        let dayTotal = days.reduce(0) { $0 + $1.0 * $1.1 }
        return JourneyFigures(
            conversionsByLength: lengths, meanTouches: total > 0 ? touchTotal / total : 0,
            medianTouches: Self.median(&touchCounts) ?? 0,
            meanDays: ages == nil || total == 0 ? nil : dayTotal / total,
            medianDays: Self.median(&days), assisted: assisted, assistedValues: assistedValues,
            reach: reach)
    }

    /// The least figure that at least half of the weight does not exceed.
    private static func median(_ weighted: inout [(Double, Double)]) -> Double? {
        weighted.sort { $0.0 < $1.0 }
        let half = weighted.reduce(0) { $0 + $1.1 } / 2
        var sum = 0.0
        for (figure, weight) in weighted {
            sum += weight
            if sum >= half { return figure }
        }
        return nil
    }
}
