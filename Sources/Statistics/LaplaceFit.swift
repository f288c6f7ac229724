import Foundation

/// The highest point of a density and the normal distribution that fits there.
package struct LaplaceFit: Sendable {
    package var mode: [Double]
    package var logDensity: Double
    /// The inverse of the curvature at the mode.
    package var covariance: Matrix
    package var factor: Cholesky

    /// Climbs from each of `starts` and keeps the highest point (L-BFGS).
    package init(_ density: any LogDensity, from starts: [[Double]]) throws(NumericsError) {
        var best: (x: [Double], value: Double)?
        var search = Minimiser(.lbfgs)
        search.relativeTolerance = 1e-10
        search.most = 1500
        for start in starts {
            search.lower = start.map { _ in -25 }
            search.upper = start.map { _ in 25 }
            let found = try? search.minimum(from: start) { point, slope in
                var gradient = Array(repeating: 0.0, count: point.count)
                let value = density.value(at: point, gradient: &gradient)
                if slope != nil { slope = gradient.map { $0.isFinite ? -$0 : 0 } }
                return value.isFinite ? -value : 1e300
            }
            if let found, found.value.isFinite, found.value < best?.value ?? 1e299 { best = found }
        }
        guard let best else { throw .noMinimum("no start led upwards") }
        mode = best.x
        logDensity = -best.value
        (covariance, factor) = try Self.curvature(density, best.x)
    }

    /// Differences of the gradient; directions that are flat or bend upwards get the variance 1.
    private static func curvature(
        _ density: any LogDensity, _ mode: [Double]
    ) throws(NumericsError) -> (Matrix, Cholesky) {
        let count = mode.count
        var hessian = Matrix(count, count)
        for column in 0..<count {
            let step = 1e-4 * max(1, abs(mode[column]))
            var (up, down) = (mode, mode)
            up[column] += step
            down[column] -= step
            var (above, below) = (Array(repeating: 0.0, count: count), mode)
            _ = density.value(at: up, gradient: &above)
            _ = density.value(at: down, gradient: &below)
            for row in 0..<count {
                let bend = (below[row] - above[row]) / (2 * step)
                hessian[row, column] += bend.isFinite ? bend / 2 : 0
                hessian[column, row] += bend.isFinite ? bend / 2 : 0
            }
        }
        let (values, vectors) = try hessian.symmetricEigen()
        var covariance = Matrix(count, count)
        for (index, value) in values.enumerated() {
            let spread = value > 0.25 ? max(1 / value, 1e-7) : value > 0 ? 4 : 1.0
            for column in 0..<count {
                let part = spread * vectors[column, index]
                for row in 0..<count { covariance[row, column] += part * vectors[row, index] }
            }
        }
        if let factor = try? Cholesky(covariance) { return (covariance, factor) }
        // Chains learn the rest.
        var plain = Matrix(count, count)
        for index in 0..<count { plain[index, index] = 0.01 }
        return (plain, try Cholesky(plain))
    }

    /// One draw of the normal distribution, its deviations times `width`.
    package func draw(_ random: inout Philox, width: Double = 1) -> [Double] {
        let z = mode.map { _ in random.normal() * width }
        return zip(mode, factor.multiply(z)).map { $0 + $1 }
    }
}
