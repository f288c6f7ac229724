import Foundation

/// Where a chain is, and how it moves on.
struct Trajectory {
    /// A point with its momentum.
    struct Point {
        var position: [Double]
        var momentum: [Double]
        var gradient: [Double]
        var logDensity: Double
    }

    /// What a move was like.
    struct Move {
        var acceptance = 0.0
        var leaps = 0
        var depth = 0
        var isDivergent = false
    }

    /// A part of a trajectory: its ends, its sum of momenta, its weight and the point chosen.
    private struct Branch {
        var first: [Double]
        var last: [Double]
        var firstSpeed: [Double]
        var lastSpeed: [Double]
        var sum: [Double]
        var logWeight: Double
        var chosen: Point
    }

    private let density: any LogDensity
    var metric: MassMatrix
    var step = 0.1
    var deepest = 10
    private var now: Point

    init(_ density: any LogDensity, _ start: [Double], _ metric: MassMatrix) {
        self.density = density
        self.metric = metric
        var gradient = Array(repeating: 0.0, count: start.count)
        let value = density.value(at: start, gradient: &gradient)
        now = Point(
            position: start, momentum: gradient.map { _ in 0 }, gradient: gradient,
            logDensity: value)
    }

    var position: [Double] { now.position }
    var logDensity: Double { now.logDensity }

    /// Doubles or halves the step until about 80 % of single leaps would be taken.
    mutating func findStep(_ random: inout Philox) {
        var direction = 0.0
        for _ in 0..<60 {
            var point = now
            point.momentum = metric.momentum(&random)
            let before = energy(point)
            leap(&point, step)
            let change = before - energy(point)
            let isTaken = change.isFinite && change > log(0.8)
            let way = isTaken ? 1.0 : -1.0
            if direction == 0 { direction = way }
            if way != direction { break }
            step = direction > 0 ? step * 2 : step / 2
            if step > 1e3 || step < 1e-12 { break }
        }
    }

    /// One draw more.
    mutating func move(_ random: inout Philox) -> Move {
        var move = Move()
        now.momentum = metric.momentum(&random)
        let start = energy(now)
        let speed = metric.velocity(now.momentum)
        var (ahead, behind) = (now, now)
        var whole = Branch(
            first: now.momentum, last: now.momentum, firstSpeed: speed, lastSpeed: speed,
            sum: now.momentum, logWeight: 0, chosen: now)
        var acceptance = 0.0
        while move.depth < deepest {
            let goesAhead = random.next() >> 63 == 0
            var end = goesAhead ? ahead : behind
            guard
                let part = grow(
                    &end, move.depth, goesAhead ? 1 : -1, start, &move, &acceptance, &random)
            else { break }
            if goesAhead { ahead = end } else { behind = end }
            move.depth += 1
            if log(random.openUniform()) < part.logWeight - whole.logWeight {
                now = part.chosen
            }
            let (left, right) = goesAhead ? (whole, part) : (reversed(part), whole)
            guard let joined = join(left, right) else { break }
            whole = joined
        }
        move.acceptance = acceptance / Double(max(1, move.leaps))
        return move
    }

    /// A branch that was grown backwards, from its far end to its near one.
    private func reversed(_ branch: Branch) -> Branch {
        var result = branch
        swap(&result.first, &result.last)
        swap(&result.firstSpeed, &result.lastSpeed)
        return result
    }

    /// Two parts that follow one another; nil when the whole turns back on itself.
    private func join(_ left: Branch, _ right: Branch) -> Branch? {
        let sum = zip(left.sum, right.sum).map { $0 + $1 }
        guard goesOn(left.firstSpeed, right.lastSpeed, sum),
            goesOn(left.firstSpeed, right.firstSpeed, zip(left.sum, right.first).map { $0 + $1 }),
            goesOn(left.lastSpeed, right.lastSpeed, zip(right.sum, left.last).map { $0 + $1 })
        else { return nil }
        return Branch(
            first: left.first, last: right.last, firstSpeed: left.firstSpeed,
            lastSpeed: right.lastSpeed, sum: sum,
            logWeight: logSum(left.logWeight, right.logWeight), chosen: left.chosen)
    }

    /// Grows 2^depth leaps from `end`; nil when they turn back or the dynamics break down.
    private func grow(
        _ end: inout Point, _ depth: Int, _ way: Double, _ start: Double, _ move: inout Move,
        _ acceptance: inout Double, _ random: inout Philox
    ) -> Branch? {
        if depth == 0 {
            leap(&end, way * step)
            move.leaps += 1
            var change = start - energy(end)
            if !change.isFinite { change = -.infinity }
            acceptance += min(1, exp(change))
            if change < -1000 {
                move.isDivergent = true
                return nil
            }
            let speed = metric.velocity(end.momentum)
            return Branch(
                first: end.momentum, last: end.momentum, firstSpeed: speed, lastSpeed: speed,
                sum: end.momentum, logWeight: change, chosen: end)
        }
        guard let near = grow(&end, depth - 1, way, start, &move, &acceptance, &random),
            let far = grow(&end, depth - 1, way, start, &move, &acceptance, &random),
            var both = join(near, far)
        else { return nil }
        let takesFar = log(random.openUniform()) < far.logWeight - both.logWeight
        both.chosen = takesFar ? far.chosen : near.chosen
        return both
    }

    private func goesOn(_ first: [Double], _ last: [Double], _ sum: [Double]) -> Bool {
        var (a, b) = (0.0, 0.0)
        for index in sum.indices {
            a += first[index] * sum[index]
            b += last[index] * sum[index]
        }
        return a > 0 && b > 0
    }

    private func logSum(_ a: Double, _ b: Double) -> Double {
        let top = max(a, b)
        return top == -.infinity ? top : top + log(exp(a - top) + exp(b - top))
    }

    private func energy(_ point: Point) -> Double {
        let speed = metric.velocity(point.momentum)
        var sum = 0.0
        for index in speed.indices { sum += speed[index] * point.momentum[index] }
        return 0.5 * sum - point.logDensity
    }

    /// One step of the leapfrog.
    private func leap(_ point: inout Point, _ step: Double) {
        let count = point.position.count
        for index in 0..<count { point.momentum[index] += 0.5 * step * point.gradient[index] }
        let speed = metric.velocity(point.momentum)
        for index in 0..<count { point.position[index] += step * speed[index] }
        point.logDensity = density.value(at: point.position, gradient: &point.gradient)
        for index in 0..<count { point.momentum[index] += 0.5 * step * point.gradient[index] }
    }
}
