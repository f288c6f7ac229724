/// Weights that are at least zero and sum to one, and bring D·w as near to a target as they can.
///
/// Solved exactly by an active-set method (Lawson and Hanson, "Solving Least Squares Problems",
/// 1974, chapter 23, with the sum as an equality): every step solves the equations of the weights
/// that are above zero, and the end is where the conditions of Karush, Kuhn and Tucker hold.
package struct SimplexLeastSquares: Sendable {
    /// DᵀD plus a multiple of the matrix of ones, which changes nothing where weights sum to one
    /// and lets the equations be solved where donors differ by a constant only.
    private let gram: Matrix
    private let size: Int
    /// How large numbers are, for tolerances.
    private let scale: Double

    /// Prepares for many targets: `gram` is DᵀD.
    package init(gram: Matrix) {
        size = gram.columns
        var trace = 0.0
        for index in 0..<size { trace += gram[index, index] }
        scale = max(trace / Double(max(size, 1)), .leastNormalMagnitude)
        var shifted = gram
        for index in shifted.values.indices { shifted.values[index] += scale }
        self.gram = shifted
    }

    /// The weights for Dᵀt = `moments`, and by how much the conditions of optimality fail,
    /// relative to the size of the gradient.
    package func weights(
        _ moments: [Double]
    ) throws(NumericsError) -> (weights: [Double], violation: Double) {
        precondition(moments.count == size && size > 0, "one moment for each donor")
        let moments = moments.map { $0 + scale }
        var weights = Array(repeating: 0.0, count: size)
        var passive = [start(moments)]
        weights[passive[0]] = 1
        var barred: Set<Int> = []
        for _ in 0..<(10 * size + 20) {
            let slopes = gradient(weights, moments)
            let level = passive.reduce(0) { $0 + weights[$1] * slopes[$1] }
            let tolerance = 1e-11 * (scale + abs(level))
            var entering: Int?
            for index in 0..<size
            where weights[index] == 0 && !passive.contains(index) && !barred.contains(index) {
                if slopes[index] < level - tolerance,
                    entering.map({ slopes[index] < slopes[$0] }) ?? true
                {
                    entering = index
                }
            }
            guard let entering else { break }
            let before = weights
            let passiveBefore = passive
            passive.append(entering)
            if try settle(&weights, &passive, moments) {
                if passive.contains(entering) { barred = [] } else { barred.insert(entering) }
            } else {
                // A donor that the others already make up adds nothing.
                (weights, passive) = (before, passiveBefore)
                barred.insert(entering)
            }
        }
        return (weights, violation(weights, moments))
    }

    /// The donor that alone is nearest.
    private func start(_ moments: [Double]) -> Int {
        var best = 0
        for index in 1..<max(size, 1)
        where gram[index, index] - 2 * moments[index] < gram[best, best] - 2 * moments[best] {
            best = index
        }
        return best
    }

    private func gradient(_ weights: [Double], _ moments: [Double]) -> [Double] {
        var slopes = moments.map { -$0 }
        for column in 0..<size where weights[column] != 0 {
            let weight = weights[column]
            let base = column * size
            for row in 0..<size { slopes[row] += gram.values[base + row] * weight }
        }
        return slopes
    }

    /// Moves to the best point of the passive weights, leaving out those that would fall below
    /// zero. False when the passive donors say the same thing.
    private func settle(
        _ weights: inout [Double], _ passive: inout [Int], _ moments: [Double]
    ) throws(NumericsError) -> Bool {
        while true {
            guard let goal = best(passive, moments) else { return false }
            var step = 1.0
            var leaving: Int?
            for (place, index) in passive.enumerated() where goal[place] <= 0 {
                let ratio = weights[index] / (weights[index] - goal[place])
                if leaving == nil || ratio < step { (step, leaving) = (max(0, ratio), place) }
            }
            for (place, index) in passive.enumerated() {
                weights[index] += step * (goal[place] - weights[index])
            }
            guard let leaving else { return true }
            weights[passive[leaving]] = 0
            passive.remove(at: leaving)
        }
    }

    /// The weights of `passive` donors that sum to one, without regard to signs.
    private func best(_ passive: [Int], _ moments: [Double]) -> [Double]? {
        let count = passive.count
        if count == 1 { return [1] }
        var part = Matrix(count, count)
        for (column, b) in passive.enumerated() {
            for (row, a) in passive.enumerated() { part[row, column] = gram[a, b] }
        }
        guard let factor = try? Cholesky(part) else { return nil }
        for index in 0..<count {
            let pivot = factor.factor[index, index]
            if pivot * pivot < 1e-13 * part[index, index] { return nil }
        }
        let free = factor.solve(passive.map { moments[$0] })
        let ones = factor.solve(Array(repeating: 1, count: count))
        let multiplier = (1 - free.reduce(0, +)) / ones.reduce(0, +)
        return (0..<count).map { free[$0] + multiplier * ones[$0] }
    }

    private func violation(_ weights: [Double], _ moments: [Double]) -> Double {
        let slopes = gradient(weights, moments)
        var level = 0.0
        for index in 0..<size { level += weights[index] * slopes[index] }
        var worst = abs(weights.reduce(0, +) - 1)
        for index in 0..<size {
            let gap = (slopes[index] - level) / scale
            worst = max(worst, weights[index] > 0 ? abs(gap) : -gap)
        }
        return worst
    }
}
