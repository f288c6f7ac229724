extension ResponseCurve {
    /// A function on an interval as cells with cubic slopes, so that it is read quickly.
    ///
    /// Values, slopes and bends at the knots are the function's own; knots lie closer where the
    /// cubic would be off. Each piece is convex or concave.
    struct Table: Sendable {
        /// Knots `first` to `last`, between which the function bends one way.
        struct Piece: Sendable {
            var first: Int
            var last: Int
            var isConcave: Bool
        }

        private(set) var knots: [Double]
        private(set) var values: [Double]
        private var slopes: [Double]
        /// The slope in each cell as a cubic of the share of the cell.
        private var cubics: [SIMD4<Double>] = []
        private(set) var pieces: [Piece] = []

        var lower: Double { knots[0] }
        var upper: Double { knots[knots.count - 1] }
        var steepest: Double { slopes.max() ?? 0 }
        var flattest: Double { slopes.min() ?? 0 }
        var isConcave: Bool { pieces.allSatisfy(\.isConcave) }

        init(_ lower: Double, _ upper: Double, _ function: (Double) -> Jet) {
            var (places, jets) = Self.knots(lower, upper, function)
            if places.count > 1, !jets[0].slope.isFinite || !jets[0].bend.isFinite {
                // Next to 0 the slope is taken for linear, with the right area.
                let width = places[1] - places[0]
                let chord = (jets[1].value - jets[0].value) / width
                let isSteep = !jets[0].slope.isFinite
                jets[0].slope = isSteep ? max(jets[1].slope, 2 * chord - jets[1].slope) : 0
                jets[0].bend = (jets[1].slope - jets[0].slope) / width
            }
            Self.insertInflections(&places, &jets, function)
            knots = places
            values = jets.map(\.value)
            slopes = jets.map(\.slope)
            for index in 0..<max(0, places.count - 1) {
                cubics.append(
                    Self.cubic(jets[index], jets[index + 1], places[index + 1] - places[index]))
                let bend = jets[index].bend + jets[index + 1].bend
                let isConcave = bend <= 0
                if let last = pieces.last, last.isConcave == isConcave {
                    pieces[pieces.count - 1].last = index + 1
                } else {
                    pieces.append(Piece(first: index, last: index + 1, isConcave: isConcave))
                }
            }
        }

        private static func cubic(_ from: Jet, _ to: Jet, _ width: Double) -> SIMD4<Double> {
            let (rise, first, second) = (to.slope - from.slope, width * from.bend, width * to.bend)
            return [
                from.slope, first, 3 * rise - 2 * first - second, first + second - 2 * rise,
            ]
        }

        /// Knots that grow geometrically, and more between them where needed.
        private static func knots(
            _ lower: Double, _ upper: Double, _ function: (Double) -> Jet
        ) -> ([Double], [Jet]) {
            guard upper > lower else { return ([lower], [function(lower)]) }
            var ends = [lower]
            var next = max(lower * 2, upper * 1e-10)
            while next < upper / 1.3 {
                ends.append(next)
                next *= 2
            }
            ends.append(upper)
            let range = abs(function(upper).value - function(lower).value)
            var places = [lower]
            var jets = [function(lower)]
            for end in ends.dropFirst() {
                refine(
                    to: end, function(end), tolerance: range * 1e-11, depth: 0, function, &places,
                    &jets)
            }
            return (places, jets)
        }

        private static func refine(
            to end: Double, _ last: Jet, tolerance: Double, depth: Int,
            _ function: (Double) -> Jet, _ places: inout [Double], _ jets: inout [Jet]
        ) {
            let (start, first) = (places[places.count - 1], jets[jets.count - 1])
            let middle = start + (end - start) / 2
            guard first.slope.isFinite, first.bend.isFinite, middle > start, middle < end else {
                places.append(end)
                jets.append(last)
                return
            }
            let jet = function(middle)
            let cubic = cubic(first, last, end - start)
            let guess = cubic[0] + (cubic[1] + (cubic[2] + cubic[3] / 2) / 2) / 2
            if abs(guess - jet.slope) * (end - start) <= tolerance || depth == 9 {
                places += [middle, end]
                jets += [jet, last]
                return
            }
            refine(
                to: middle, jet, tolerance: tolerance, depth: depth + 1, function, &places, &jets)
            refine(to: end, last, tolerance: tolerance, depth: depth + 1, function, &places, &jets)
        }

        /// Puts a knot where the function changes from one way of bending to the other.
        private static func insertInflections(
            _ places: inout [Double], _ jets: inout [Jet], _ function: (Double) -> Jet
        ) {
            var index = 0
            while index + 1 < places.count {
                defer { index += 1 }
                let isConvex = jets[index].bend > 0
                guard jets[index].bend != 0, jets[index + 1].bend != 0,
                    isConvex != (jets[index + 1].bend > 0)
                else { continue }
                var (low, high) = (places[index], places[index + 1])
                for _ in 0..<60 {
                    let middle = low + (high - low) / 2
                    guard middle > low, middle < high else { break }
                    if (function(middle).bend > 0) == isConvex {
                        low = middle
                    } else {
                        high = middle
                    }
                }
                guard low > places[index], low < places[index + 1] else { continue }
                var jet = function(low)
                jet.bend = 0
                places.insert(low, at: index + 1)
                jets.insert(jet, at: index + 1)
                index += 1
            }
        }

        /// The cell that holds `spend`, and how far into it.
        private func cell(_ spend: Double) -> (Int, Double) {
            var (low, high) = (0, knots.count - 1)
            while high - low > 1 {
                let middle = (low + high) / 2
                if knots[middle] <= spend { low = middle } else { high = middle }
            }
            return (low, (spend - knots[low]) / (knots[high] - knots[low]))
        }

        func value(_ spend: Double) -> Double {
            guard !cubics.isEmpty, spend > knots[0] else { return values[0] }
            guard spend < upper else { return values[values.count - 1] }
            let (cell, t) = cell(spend)
            let c = cubics[cell]
            let area = t * (c[0] + t * (c[1] / 2 + t * (c[2] / 3 + t * c[3] / 4)))
            return values[cell] + area * (knots[cell + 1] - knots[cell])
        }

        func slope(_ spend: Double) -> Double {
            guard !cubics.isEmpty, spend > knots[0] else { return slopes[0] }
            guard spend < upper else { return slopes[slopes.count - 1] }
            let (cell, t) = cell(spend)
            let c = cubics[cell]
            return c[0] + t * (c[1] + t * (c[2] + t * c[3]))
        }

        /// Where within `from ... to` the function less `price` × spend is largest.
        func best(_ price: Double, from: Double, to: Double) -> Double {
            guard to > from, !cubics.isEmpty else { return from }
            if pieces.count == 1, pieces[0].isConcave { return top(0, price, from, to) }
            var (place, most) = (from, value(from) - price * from)
            func consider(_ spend: Double) {
                let worth = value(spend) - price * spend
                if worth > most { (place, most) = (spend, worth) }
            }
            for index in pieces.indices {
                let piece = pieces[index]
                let (low, high) = (max(from, knots[piece.first]), min(to, knots[piece.last]))
                guard high > low else { continue }
                if piece.isConcave { consider(top(index, price, low, high)) }
                consider(high)
            }
            return place
        }

        /// The same within a concave piece: where the slope is the price.
        private func top(_ piece: Int, _ price: Double, _ from: Double, _ to: Double) -> Double {
            if slope(from) <= price { return from }
            if slope(to) >= price { return to }
            var (low, high) = (pieces[piece].first, pieces[piece].last)
            while high - low > 1 {
                let middle = (low + high) / 2
                if slopes[middle] > price { low = middle } else { high = middle }
            }
            let place = knots[low] + share(cubics[low], price) * (knots[high] - knots[low])
            return min(to, max(from, place))
        }

        /// Where in a cell whose slope falls it is `price` (Newton's steps kept in a bracket).
        private func share(_ c: SIMD4<Double>, _ price: Double) -> Double {
            var (low, high) = (0.0, 1.0)
            let end = c[0] + c[1] + c[2] + c[3]
            var t = c[0] > end ? min(1, max(0, (c[0] - price) / (c[0] - end))) : 0.5
            for _ in 0..<60 {
                let error = c[0] + t * (c[1] + t * (c[2] + t * c[3])) - price
                if error == 0 { return t }
                if error > 0 { low = t } else { high = t }
                let bend = c[1] + t * (2 * c[2] + t * 3 * c[3])
                var next = t - error / bend
                if !(next > low && next < high) { next = low + (high - low) / 2 }
                if abs(next - t) <= 1e-16 { return next }
                t = next
            }
            return t
        }
    }
}
