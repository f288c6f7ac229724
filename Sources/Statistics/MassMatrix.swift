import Foundation

/// The covariance that steps are measured by: the inverse of the mass matrix.
struct MassMatrix: Sendable {
    /// The variances when nothing is correlated.
    private let variances: [Double]
    private let dense: (covariance: Matrix, factor: Cholesky)?

    /// Ones.
    init(count: Int) {
        variances = Array(repeating: 1, count: count)
        dense = nil
    }

    init(covariance: Matrix, isDense: Bool) throws(NumericsError) {
        variances = (0..<covariance.rows).map { max(covariance[$0, $0], 1e-12) }
        dense = isDense ? (covariance, try Cholesky(covariance)) : nil
    }

    /// A momentum, drawn.
    func momentum(_ random: inout Philox) -> [Double] {
        let z = variances.indices.map { _ in random.normal() }
        if let dense { return dense.factor.solveTransposed(z) }
        return zip(z, variances).map { $0 / $1.squareRoot() }
    }

    /// The velocity that belongs to a momentum.
    func velocity(_ momentum: [Double]) -> [Double] {
        guard let dense else { return zip(momentum, variances).map { $0 * $1 } }
        let count = variances.count
        var result = Array(repeating: 0.0, count: count)
        dense.covariance.values.withUnsafeBufferPointer { values in
            for column in 0..<count {
                let p = momentum[column]
                for row in 0..<count { result[row] += values[column * count + row] * p }
            }
        }
        return result
    }
}

/// Means and (co)variances that grow draw by draw (Welford, 1962).
struct RunningCovariance {
    private let isDense: Bool
    private var count = 0.0
    private var mean: [Double]
    private var squares: Matrix

    init(_ dimension: Int, isDense: Bool) {
        self.isDense = isDense
        mean = Array(repeating: 0, count: dimension)
        squares = Matrix(dimension, dimension)
    }

    mutating func add(_ x: [Double]) {
        count += 1
        let before = zip(x, mean).map { $0 - $1 }
        for index in mean.indices { mean[index] += before[index] / count }
        for column in mean.indices {
            let now = x[column] - mean[column]
            if isDense {
                for row in mean.indices { squares[row, column] += before[row] * now }
            } else {
                squares[column, column] += before[column] * now
            }
        }
    }

    /// The covariance, drawn a little towards a small diagonal one, as Stan does.
    func metric() -> MassMatrix? {
        guard count > 4 else { return nil }
        var covariance = squares
        let share = count / (count + 5)
        for column in mean.indices {
            for row in mean.indices {
                covariance[row, column] *= share / (count - 1)
            }
            covariance[column, column] += 1e-3 * (1 - share)
        }
        for column in mean.indices {
            for row in 0..<column {
                let middle = (covariance[row, column] + covariance[column, row]) / 2
                (covariance[row, column], covariance[column, row]) = (middle, middle)
            }
        }
        return try? MassMatrix(covariance: covariance, isDense: isDense)
    }
}
