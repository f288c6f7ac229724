import Foundation

/// Positive parameters at the maximum of a likelihood, found on their logarithms.
package struct PositiveFit: Sendable, Hashable {
    /// The estimates.
    package let estimates: [Double]
    /// The covariance of the logarithms of the estimates, from the observed information; nil where
    /// the likelihood is too flat to say.
    package let logCovariance: Matrix?
    package let logLikelihood: Double
    /// Whether a parameter ran to the limit of what was searched.
    package let isAtLimit: Bool

    /// Hears logarithms, gives the log-likelihood and fills in its gradient by those logarithms.
    package typealias Likelihood = (_ logarithms: [Double], _ gradient: inout [Double]) -> Double

    /// The maximum over all `starts` (estimates, not logarithms), each logarithm within ±`limit`.
    ///
    /// L-BFGS from each start, then Newton's steps with the observed information.
    package init(
        starts: [[Double]], limit: Double = 14, _ likelihood: Likelihood
    ) throws(NumericsError) {
        var best: (x: [Double], value: Double)?
        var failure = NumericsError.noMinimum("no start")
        for start in starts {
            let logarithms = start.map { min(limit - 1, max(1 - limit, log($0))) }
            do throws(NumericsError) {
                let found = try Self.search(from: logarithms, limit, likelihood)
                if best.map({ found.value < $0.value }) ?? true { best = found }
            } catch {
                failure = error
            }
        }
        guard let best, best.value.isFinite else { throw failure }
        let polished = Self.polish(best.x, limit, likelihood)
        estimates = polished.x.map { exp($0) }
        logLikelihood = polished.value
        isAtLimit = polished.x.contains { abs($0) > limit - 0.5 }
        logCovariance =
            isAtLimit ? nil : Self.inverse(Self.information(polished.x, likelihood))
    }

    private static func search(
        from start: [Double], _ limit: Double, _ likelihood: Likelihood
    ) throws(NumericsError) -> (x: [Double], value: Double) {
        let bounds = start.map { _ in limit }
        var minimiser = Minimiser(.lbfgs, lower: bounds.map { -$0 }, upper: bounds)
        minimiser.most = 2000
        return try withoutActuallyEscaping(likelihood) {
            (likelihood) throws(NumericsError) -> (x: [Double], value: Double) in
            var best: (x: [Double], value: Double)?
            func cost(_ x: [Double], _ slope: inout [Double]?) -> Double {
                var gradient = x.map { _ in 0.0 }
                let value = -likelihood(x, &gradient)
                if slope != nil { slope = gradient.map { $0.isFinite ? -$0 : 0 } }
                guard value.isFinite else { return 1e300 }
                if best.map({ value < $0.value }) ?? true { best = (x, value) }
                return value
            }
            do throws(NumericsError) { return try minimiser.minimum(from: start, cost) } catch {
                // Where it is almost flat, the line search gives up; the simplex does not.
                let simplex = Minimiser(.nelderMead, lower: bounds.map { -$0 }, upper: bounds)
                return try simplex.minimum(from: best?.x ?? start, cost)
            }
        }
    }

    /// Newton's steps as long as they raise the likelihood.
    private static func polish(
        _ start: [Double], _ limit: Double, _ likelihood: Likelihood
    ) -> (x: [Double], value: Double) {
        var x = start
        var gradient = x.map { _ in 0.0 }
        var value = likelihood(x, &gradient)
        for _ in 0..<8 {
            guard let step = try? Cholesky(information(x, likelihood)).solve(gradient) else {
                break
            }
            let next = zip(x, step).map { min(limit, max(-limit, $0 + $1)) }
            var slope = gradient
            let reached = likelihood(next, &slope)
            guard reached >= value, reached.isFinite else { break }
            let size = step.map(abs).max() ?? 0
            (x, value, gradient) = (next, reached, slope)
            if size < 1e-10 { break }
        }
        return (x, value)
    }

    /// Minus the second derivatives, as central differences of the gradient.
    private static func information(_ x: [Double], _ likelihood: Likelihood) -> Matrix {
        var result = Matrix(x.count, x.count)
        let step = 1e-5
        for column in x.indices {
            var slopes = [x.map { _ in 0.0 }, x.map { _ in 0.0 }]
            for (side, sign) in [1.0, -1.0].enumerated() {
                var point = x
                point[column] += sign * step
                _ = likelihood(point, &slopes[side])
            }
            for row in x.indices {
                result[row, column] = -(slopes[0][row] - slopes[1][row]) / (2 * step)
            }
        }
        for column in x.indices {
            for row in 0..<column {
                let mean = (result[row, column] + result[column, row]) / 2
                result[row, column] = mean
                result[column, row] = mean
            }
        }
        return result
    }

    private static func inverse(_ matrix: Matrix) -> Matrix? {
        guard let cholesky = try? Cholesky(matrix) else { return nil }
        let columns = (0..<matrix.rows).map { index in
            cholesky.solve((0..<matrix.rows).map { $0 == index ? 1 : 0 })
        }
        let result = Matrix(columns: columns)
        return result.values.allSatisfy(\.isFinite) ? result : nil
    }

    /// The standard error of estimate `index` (delta method).
    package func standardError(_ index: Int) -> Double? {
        logCovariance.map { estimates[index] * $0[index, index].squareRoot() }
    }

    /// The interval of estimate `index` at 95 %, symmetric in the logarithm.
    package func interval(_ index: Int) -> ClosedRange<Double>? {
        guard let logCovariance else { return nil }
        let reach = exp(1.959963984540054 * logCovariance[index, index].squareRoot())
        guard reach.isFinite else { return nil }
        return (estimates[index] / reach)...(estimates[index] * reach)
    }

    /// Parameters as they might as well be: draws from the normal approximation of the logarithms.
    package func draws(_ count: Int, using generator: inout Philox) -> [[Double]] {
        guard let logCovariance, let factor = try? Cholesky(logCovariance) else { return [] }
        var result: [[Double]] = []
        for _ in 0..<count {
            let normals = estimates.map { _ in generator.normal() }
            result.append(zip(estimates, factor.multiply(normals)).map { $0 * exp($1) })
        }
        return result
    }

    /// The standard error of a function of the estimates (delta method, central differences).
    package func standardError(of function: ([Double]) -> Double) -> Double? {
        guard let logCovariance else { return nil }
        let step = 1e-4
        var slope: [Double] = []
        for index in estimates.indices {
            var (up, down) = (estimates, estimates)
            up[index] *= exp(step)
            down[index] *= exp(-step)
            slope.append((function(up) - function(down)) / (2 * step))
        }
        let spread = logCovariance * slope
        var variance = 0.0
        for index in slope.indices { variance += slope[index] * spread[index] }
        return variance >= 0 && variance.isFinite ? variance.squareRoot() : nil
    }
}
