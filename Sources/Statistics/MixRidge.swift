import Foundation

/// A cross-check without priors: ridge regression on the same saturated spend.
package struct MixRidge: Sendable {
    /// For each channel what it brought, in units of the target; it may be below 0.
    package var contributions: [Double]
    package var penalty: Double
    /// Of what the baseline leaves.
    package var rSquared: Double
}

extension MixDensity {
    /// Ridge regression (Hoerl and Kennard, 1970) of what the baseline leaves on spend saturated at
    /// `natural`, with the penalty that generalised cross-validation chooses (Golub, Heath and
    /// Wahba, 1979).
    package func ridge(at natural: [Double]) -> MixRidge? {
        let count = model.channels.count
        var (gram, pull) = (Matrix(count, count), Array(repeating: 0.0, count: count))
        var (square, rows, sums) = (0.0, 0.0, pull)
        for place in places {
            for channel in 0..<count {
                let (carry, saturation) = parts(channel, natural)
                let form = model.channels[channel]
                place.transform(
                    channel, form.carryOver.weights(carry).values, form.saturation, saturation)
                sums[channel] += place.scale * place.sum(channel, 0..<place.rows)
            }
            place.addResiduals(to: &gram, &pull, &square)
            rows += Double(place.seen - place.basis.directions.count)
        }
        let sizes = (0..<count).map { max(gram[$0, $0], 1e-300).squareRoot() }
        for column in 0..<count {
            pull[column] /= sizes[column]
            for row in 0..<count { gram[row, column] /= sizes[row] * sizes[column] }
        }
        guard square > 0, rows > Double(count), let found = try? gram.symmetricEigen() else {
            return nil
        }
        let along = found.vectors.transposed * pull
        var best: (score: Double, penalty: Double, error: Double)?
        for step in 0...40 {
            let penalty = pow(10, -6 + Double(step) * 0.2)
            var (error, freedom) = (square, 0.0)
            for (value, part) in zip(found.values, along) {
                let value = max(value, 0)
                error -= part * part * (value + 2 * penalty) / pow(value + penalty, 2)
                freedom += value / (value + penalty)
            }
            let score = error / pow(max(rows - freedom, 1e-9), 2)
            if score < best?.score ?? .infinity { best = (score, penalty, error) }
        }
        guard let best else { return nil }
        var coefficients = Array(repeating: 0.0, count: count)
        for index in 0..<count {
            let size = along[index] / (max(found.values[index], 0) + best.penalty)
            for row in 0..<count { coefficients[row] += size * found.vectors[row, index] }
        }
        return MixRidge(
            contributions: (0..<count).map { coefficients[$0] / sizes[$0] * sums[$0] },
            penalty: best.penalty, rSquared: 1 - best.error / square)
    }
}

extension MixDesk {
    /// Adds products of what the baseline's columns leave of spend and target.
    func addResiduals(to gram: inout Matrix, _ pull: inout [Double], _ square: inout Double) {
        func residual(_ row: UnsafeMutablePointer<Double>) -> [Double] {
            var left = (0..<rows).map { row[$0] }
            for direction in basis.directions {
                let along = zip(direction, left).reduce(0) { $0 + $1.0 * $1.1 }
                for at in left.indices { left[at] -= along * direction[at] }
            }
            return left
        }
        let y = residual(target)
        let columns = (0..<channels).map { residual(saturated + $0 * size) }
        square += y.reduce(0) { $0 + $1 * $1 }
        for a in 0..<channels {
            pull[a] += zip(columns[a], y).reduce(0) { $0 + $1.0 * $1.1 }
            for b in 0..<channels {
                gram[a, b] += zip(columns[a], columns[b]).reduce(0) { $0 + $1.0 * $1.1 }
            }
        }
    }
}
