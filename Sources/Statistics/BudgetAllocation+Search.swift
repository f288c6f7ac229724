extension BudgetAllocation {
    /// Branch and bound over boxes of spend.
    struct Search {
        var tables: [ResponseCurve.Table]
        var total: Double
        var tolerance: Double

        /// The least and the most that each channel may have.
        struct Box {
            var lower: [Double]
            var upper: [Double]
        }

        /// What relaxing a box gives: no split within can bring more than `bound`.
        struct Relaxed {
            var box: Box
            var spend: [Double]
            var value: Double
            var bound: Double
            var price: Double
            /// Each channel's distance from its concave envelope.
            var distances: [Double]
            /// Where the spend of the channels may jump to at the same price.
            var ends: [(low: Double, high: Double)]
        }

        /// The best split found.
        struct Found {
            var spend: [Double]
            var value: Double
            var bound: Double
            var nodes: Int
        }

        func run() -> Found {
            let root = relaxed(
                Box(lower: tables.map(\.lower), upper: tables.map(\.upper)))
            var best = root
            var (nodes, closed) = (1, -Double.infinity)
            func improve(_ node: Relaxed) {
                if node.value > best.value { best = node }
                for other in rounded(node) where other.value > best.value { best = other }
            }
            func isWorth(_ node: Relaxed) -> Bool {
                node.bound > best.value + tolerance * abs(best.value)
            }
            if isWorth(root) { improve(root) }
            var open = isWorth(root) ? [root] : []
            closed = max(closed, open.isEmpty ? root.bound : closed)
            let limit = min(20_000, max(60, 40_000 / tables.count))
            while nodes < limit,
                let index = open.indices.max(by: { open[$0].bound < open[$1].bound })
            {
                let node = open.remove(at: index)
                guard isWorth(node), let split = split(node) else {
                    closed = max(closed, node.bound)
                    continue
                }
                for box in split {
                    guard box.lower.reduce(0, +) <= total, box.upper.reduce(0, +) >= total else {
                        continue
                    }
                    nodes += 1
                    var child = relaxed(box)
                    child.bound = min(child.bound, node.bound)
                    if isWorth(child) { improve(child) }
                    if isWorth(child) {
                        open.append(child)
                    } else {
                        closed = max(closed, child.bound)
                    }
                }
            }
            let bound = max(best.value, closed, open.map(\.bound).max() ?? -.infinity)
            return Found(spend: best.spend, value: best.value, bound: bound, nodes: nodes)
        }

        /// Two boxes, parted at the channel that is farthest below its envelope.
        private func split(_ node: Relaxed) -> [Box]? {
            guard
                let index = node.distances.indices.max(by: {
                    node.distances[$0] < node.distances[$1]
                }), node.distances[index] > 0
            else { return nil }
            let place = node.spend[index]
            guard place > node.box.lower[index], place < node.box.upper[index] else { return nil }
            var (first, second) = (node.box, node.box)
            first.upper[index] = place
            second.lower[index] = place
            return [first, second]
        }

        /// Splits near to a relaxed one in which the channel between two ends has one of them.
        private func rounded(_ node: Relaxed) -> [Relaxed] {
            guard
                let index = node.distances.indices.max(by: {
                    node.distances[$0] < node.distances[$1]
                }), node.distances[index] > 0
            else { return [] }
            return [node.ends[index].low, node.ends[index].high].compactMap { end in
                var box = node.box
                for (other, table) in tables.enumerated() {
                    let piece = table.concavePiece(node.spend[other])
                    box.lower[other] = max(box.lower[other], piece.lowerBound)
                    box.upper[other] = min(box.upper[other], piece.upperBound)
                }
                (box.lower[index], box.upper[index]) = (end, end)
                guard box.lower.reduce(0, +) <= total, box.upper.reduce(0, +) >= total else {
                    return nil
                }
                return relaxed(box)
            }
        }

        /// The dual of a box: the price at which the channels want to spend the total.
        func relaxed(_ box: Box) -> Relaxed {
            func wanted(_ price: Double) -> [Double] {
                tables.indices.map {
                    tables[$0].best(price, from: box.lower[$0], to: box.upper[$0])
                }
            }
            let flattest = tables.map(\.flattest).min() ?? 0
            let steepest = tables.map(\.steepest).max() ?? 0
            var low = Self.order(flattest - abs(flattest) * 1e-3 - 1e-300)
            var high = Self.order(steepest + abs(steepest) * 1e-3 + 1e-300)
            var (most, least) = (box.upper, box.lower)
            while high - low > 1 {
                let middle = low + (high - low) / 2
                let spend = wanted(Self.number(middle))
                if spend.reduce(0, +) >= total {
                    (low, most) = (middle, spend)
                } else {
                    (high, least) = (middle, spend)
                }
            }
            return filled(box, price: Self.number(high), least: least, most: most)
        }

        /// Gives what is left to the channels that take it at the same price, small steps first.
        private func filled(
            _ box: Box, price: Double, least: [Double], most: [Double]
        ) -> Relaxed {
            var spend = least
            var left = total - least.reduce(0, +)
            let steps = zip(least, most).map { $1 - $0 }
            for index in steps.indices.sorted(by: { steps[$0] < steps[$1] }) where left > 0 {
                let step = min(left, max(0, steps[index]))
                spend[index] += step
                left -= step
            }
            var (value, bound) = (0.0, price * total)
            var distances: [Double] = []
            for (index, table) in tables.enumerated() {
                let own = table.value(spend[index])
                let envelope = max(
                    table.value(least[index]) - price * least[index],
                    table.value(most[index]) - price * most[index])
                value += own
                bound += envelope
                let distance = envelope - (own - price * spend[index])
                distances.append(distance > 1e-14 * abs(own) ? distance : 0)
            }
            return Relaxed(
                box: box, spend: spend, value: value, bound: bound, price: price,
                distances: distances,
                ends: zip(least, most).map { (low: min($0, $1), high: max($0, $1)) })
        }

        /// Numbers in their order as whole numbers, so that halving reaches every one of them.
        private static func order(_ value: Double) -> Int64 {
            let bits = Int64(bitPattern: value.bitPattern)
            return (bits >= 0 ? bits : Int64.min &- bits) / 2
        }

        private static func number(_ order: Int64) -> Double {
            let bits = order * 2
            return Double(bitPattern: UInt64(bitPattern: bits >= 0 ? bits : Int64.min &- bits))
        }
    }
}

extension ResponseCurve.Table {
    /// The concave piece around `spend`; only `spend` itself where the function is convex.
    func concavePiece(_ spend: Double) -> ClosedRange<Double> {
        for piece in pieces.reversed() where knots[piece.first] <= spend {
            return piece.isConcave
                ? knots[piece.first]...max(spend, knots[piece.last]) : spend...spend
        }
        return spend...spend
    }
}
