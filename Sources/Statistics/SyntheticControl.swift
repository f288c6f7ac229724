/// What a place would have shown, as a weighted mean of places that nothing was done to.
///
/// Synthetic control (Abadie, Diamond and Hainmueller, 2010) with fixed effects as an intercept
/// (Doudchenko and Imbens, 2016; Ferman and Pinto, 2021; `augsynth` with `fixedeff = TRUE`): each
/// series loses its own mean of the fitted periods, and weights on the simplex bring the donors
/// as near to the treated mean as they can in those periods.
package struct SyntheticControl: Sendable {
    /// One column for each donor, one row for each period, without the mean of the fitted periods.
    private let centred: Matrix
    private let means: [Double]
    private let products: Matrix
    private let problem: SimplexLeastSquares
    /// The periods that weights are fitted to: the first ones.
    package let fitted: Int

    /// Donors in columns, periods in rows; weights are fitted to the first `fitted` periods.
    package init(donors: Matrix, fitted: Int) {
        precondition(fitted > 0 && fitted <= donors.rows && donors.columns > 0)
        var centred = donors
        var means: [Double] = []
        for column in 0..<donors.columns {
            let base = column * donors.rows
            var sum = 0.0
            for row in 0..<fitted { sum += donors.values[base + row] }
            let mean = sum / Double(fitted)
            means.append(mean)
            for row in 0..<donors.rows { centred.values[base + row] -= mean }
        }
        self.centred = centred
        self.means = means
        self.fitted = fitted
        products = Self.gram(centred, fitted)
        problem = SimplexLeastSquares(gram: products)
    }

    private static func gram(_ centred: Matrix, _ fitted: Int) -> Matrix {
        let count = centred.columns
        var gram = Matrix(count, count)
        for a in 0..<count {
            for b in a..<count {
                var sum = 0.0
                let (first, second) = (a * centred.rows, b * centred.rows)
                for row in 0..<fitted {
                    sum += centred.values[first + row] * centred.values[second + row]
                }
                gram[a, b] = sum
                gram[b, a] = sum
            }
        }
        return gram
    }

    /// A fit to one treated series.
    package struct Fit: Sendable, Hashable {
        /// One weight for each donor.
        package var weights: [Double]
        /// Observed less synthetic, for every period.
        package var gaps: [Double]
        /// The root of the sum of squared gaps in the fitted periods.
        package var imbalance: Double
        /// The same over that of equal weights; nil when equal weights fit perfectly.
        package var scaledImbalance: Double?
        /// By how much the conditions of optimality fail, relative to the gradient.
        package var violation: Double
    }

    /// Fits the weights to `treated`, which has one value for each period.
    package func fit(_ treated: [Double]) throws(NumericsError) -> Fit {
        let target = centre(treated)
        let (weights, violation) = try problem.weights(moments(target))
        let gaps = gaps(target, weights)
        let equal = Array(repeating: 1 / Double(weights.count), count: weights.count)
        let imbalance = norm(gaps)
        let plain = norm(self.gaps(target, equal))
        return Fit(
            weights: weights, gaps: gaps, imbalance: imbalance,
            scaledImbalance: plain > 0 ? imbalance / plain : nil, violation: violation)
    }

    /// The gaps alone, for tests that fit many times.
    package func gaps(_ treated: [Double]) throws(NumericsError) -> [Double] {
        let target = centre(treated)
        return gaps(target, try problem.weights(moments(target)).weights)
    }

    /// The gaps of one donor against all the others.
    package func placebo(_ donor: Int) throws(NumericsError) -> [Double] {
        let others = (0..<centred.columns).filter { $0 != donor }
        var part = Matrix(others.count, others.count)
        for (column, b) in others.enumerated() {
            for (row, a) in others.enumerated() { part[row, column] = products[a, b] }
        }
        let found = try SimplexLeastSquares(gram: part).weights(others.map { products[$0, donor] })
        var weights = Array(repeating: 0.0, count: centred.columns)
        for (place, other) in others.enumerated() { weights[other] = found.weights[place] }
        let base = donor * centred.rows
        return gaps(Array(centred.values[base..<(base + centred.rows)]), weights)
    }

    private func centre(_ treated: [Double]) -> [Double] {
        precondition(treated.count == centred.rows, "one value for each period")
        let mean = treated[..<fitted].reduce(0, +) / Double(fitted)
        return treated.map { $0 - mean }
    }

    private func moments(_ target: [Double]) -> [Double] {
        (0..<centred.columns).map { column in
            var sum = 0.0
            let base = column * centred.rows
            for row in 0..<fitted { sum += centred.values[base + row] * target[row] }
            return sum
        }
    }

    private func gaps(_ target: [Double], _ weights: [Double]) -> [Double] {
        var gaps = target
        for column in 0..<centred.columns where weights[column] != 0 {
            let base = column * centred.rows
            let weight = weights[column]
            for row in gaps.indices { gaps[row] -= weight * centred.values[base + row] }
        }
        return gaps
    }

    private func norm(_ gaps: [Double]) -> Double {
        var sum = 0.0
        for row in 0..<fitted { sum += gaps[row] * gaps[row] }
        return sum.squareRoot()
    }
}
