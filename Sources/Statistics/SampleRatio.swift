/// Whether people fell into the arms as they were meant to (Fabijan and others, 2019).
package struct SampleRatio: Sendable, Hashable {
    package let observed: [Int]
    /// The parts that were meant, summing to 1.
    package let expected: [Double]
    package let chiSquare: Double
    package let pValue: Double

    /// Below this chance, the arms are not what they were meant to be.
    package static let threshold = 0.001

    package var isMismatch: Bool { pValue < Self.threshold }

    /// Compares sizes with shares, of which none is 0.
    package init(_ observed: [Int], shares: [Double]) {
        precondition(observed.count == shares.count && observed.count > 1)
        self.observed = observed
        let all = shares.reduce(0, +)
        expected = shares.map { $0 / all }
        let total = Double(observed.reduce(0, +))
        var sum = 0.0
        for (size, share) in zip(observed, expected) {
            let meant = total * share
            sum += (Double(size) - meant) * (Double(size) - meant) / meant
        }
        chiSquare = sum
        pValue = ChiSquareDistribution(freedom: Double(observed.count - 1)).survival(sum)
    }
}
