import Foundation

/// A place's baseline columns X with prior variances V as U·D·Uᵀ = X·V·Xᵀ, U orthonormal.
struct MixBasis: Sendable {
    /// Directions, each as long as the history.
    let directions: [[Double]]
    /// The prior variance along each.
    let variances: [Double]
    /// For each direction the coefficients that one unit along it means.
    private let coefficients: [[Double]]
    /// Coefficients that move nothing, each with prior variance 1.
    private let silent: [[Double]]

    init(_ place: MixModel.Place, _ deviations: [Double]) throws(NumericsError) {
        let count = place.columns.count
        let scaled = zip(place.columns, deviations).map { column, deviation in
            column.indices.map { place.hidden.contains($0) ? 0 : column[$0] * deviation }
        }
        var gram = Matrix(count, count)
        for column in 0..<count {
            for row in 0...column {
                let sum = zip(scaled[row], scaled[column]).reduce(0) { $0 + $1.0 * $1.1 }
                (gram[row, column], gram[column, row]) = (sum, sum)
            }
        }
        let (values, vectors) = try gram.symmetricEigen()
        let least = max(1e-11 * (values.last ?? 0), 1e-300)
        var directions: [[Double]] = []
        var (variances, coefficients, silent) = ([Double](), [[Double]](), [[Double]]())
        for index in values.indices.reversed() {
            let vector = Array(vectors.column(index))
            let meant = zip(vector, deviations).map { $0 * $1 }
            guard values[index] > least else {
                silent.append(meant)
                continue
            }
            let size = values[index].squareRoot()
            var direction = Array(repeating: 0.0, count: place.target.count)
            for (part, column) in zip(vector, scaled) {
                for row in direction.indices { direction[row] += part * column[row] / size }
            }
            directions.append(direction)
            variances.append(values[index])
            coefficients.append(meant.map { $0 / size })
        }
        self.directions = directions
        self.variances = variances
        self.coefficients = coefficients
        self.silent = silent
    }

    /// Coefficients drawn given what is left of the target; without `random` their mean.
    func coefficients(
        _ rest: [Double], noise: Double, _ random: inout Philox, isMean: Bool = false
    ) -> [Double] {
        let variance = noise * noise
        let count = coefficients.first?.count ?? silent.first?.count ?? 0
        var result = Array(repeating: 0.0, count: count)
        for index in directions.indices {
            let share = variances[index] / (variances[index] + variance)
            let seen = zip(directions[index], rest).reduce(0) { $0 + $1.0 * $1.1 }
            var along = share * seen
            if !isMean { along += (share * variance).squareRoot() * random.normal() }
            for at in result.indices { result[at] += along * coefficients[index][at] }
        }
        guard !isMean else { return result }
        for vector in silent {
            let along = random.normal()
            for at in result.indices { result[at] += along * vector[at] }
        }
        return result
    }
}
