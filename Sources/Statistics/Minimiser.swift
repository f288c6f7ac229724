import CNLopt

/// Finds where a function of several numbers is least (NLopt).
package struct Minimiser: Sendable {
    /// How to look.
    package enum Method: Sendable {
        /// Needs a gradient: limited-memory BFGS (Liu and Nocedal, 1989).
        case lbfgs
        /// Without gradient (Nelder and Mead, 1965, in Box's form with bounds).
        case nelderMead
        /// Anywhere within finite bounds, for functions with several valleys (DIRECT-L; Gablonsky
        /// and Kelley, 2001).
        case everywhere
    }

    package var method: Method
    package var lower: [Double]?
    package var upper: [Double]?
    package var relativeTolerance = 1e-12
    package var most = 20_000

    package init(_ method: Method, lower: [Double]? = nil, upper: [Double]? = nil) {
        self.method = method
        self.lower = lower
        self.upper = upper
    }

    /// Hears a point, gives the value there and, when it is asked for, fills in the gradient.
    package typealias Function = (_ x: [Double], _ gradient: inout [Double]?) -> Double

    private final class Box {
        let function: Function
        init(_ function: @escaping Function) { self.function = function }
    }

    /// The lowest point found from `start`, and the value there.
    package func minimum(
        from start: [Double], _ function: Function
    ) throws(NumericsError) -> (x: [Double], value: Double) {
        let algorithm =
            switch method {
            case .lbfgs: NLOPT_LD_LBFGS
            case .nelderMead: NLOPT_LN_NELDERMEAD
            case .everywhere: NLOPT_GN_DIRECT_L
            }
        guard let search = nlopt_create(algorithm, UInt32(start.count)) else {
            throw .noMinimum("no memory")
        }
        defer { nlopt_destroy(search) }
        if let lower { nlopt_set_lower_bounds(search, lower) }
        if let upper { nlopt_set_upper_bounds(search, upper) }
        nlopt_set_ftol_rel(search, relativeTolerance)
        nlopt_set_xtol_rel(search, relativeTolerance)
        nlopt_set_maxeval(search, Int32(most))
        var x = start
        var value = 0.0
        let code = withoutActuallyEscaping(function) { function in
            let box = Box(function)
            return withExtendedLifetime(box) {
                nlopt_set_min_objective(
                    search,
                    { count, x, gradient, data in
                        guard let x, let data else { return .infinity }
                        let box = Unmanaged<Box>.fromOpaque(data).takeUnretainedValue()
                        let point = Array(UnsafeBufferPointer(start: x, count: Int(count)))
                        var slope: [Double]? =
                            gradient == nil ? nil : Array(repeating: 0, count: Int(count))
                        let value = box.function(point, &slope)
                        if let gradient, let slope {
                            for index in slope.indices { gradient[index] = slope[index] }
                        }
                        return value.isNaN ? .infinity : value
                    }, Unmanaged.passUnretained(box).toOpaque())
                return nlopt_optimize(search, &x, &value)
            }
        }
        // Round-off stops a search at the minimum itself.
        guard code.rawValue > 0 || code == NLOPT_ROUNDOFF_LIMITED else {
            throw .noMinimum("NLopt says \(code.rawValue)")
        }
        return (x, value)
    }
}
