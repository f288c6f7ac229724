import Foundation

/// A target explained by spend with carry-over and saturation, by a baseline, and by chance.
///
/// Target = baseline + Σ βc·saturation(carry-over(spend)) + noise, as in Jin, Wang, Sun, Chan and
/// Koehler, "Bayesian methods for media mix modeling with carryover and shape effects" (2017). The
/// baseline's coefficients have normal priors and are integrated out exactly, so that chains only
/// walk over what is left. With several places each has its own baseline, noise and effects
/// βgc ~ N(βc, (ωc·βc)²), which are integrated out as well (partial pooling; Sun, Wang, Jin, Chan
/// and Koehler, "Geo-level Bayesian hierarchical media mix modeling", 2017).
package struct MixModel: Sendable {
    /// What spend goes through.
    package struct Channel: Sendable {
        package var name: String
        package var carryOver: CarryOver
        package var saturation: Saturation
        /// Of each parameter, by its name; the return may have one instead of beta.
        package var priors: [String: Prior]
        /// A prior of the return instead of one of beta.
        package var returnPrior: Prior?
        /// The median of the periods with spend, over the largest.
        package var usualPeriod: Double

        package init(
            name: String, carryOver: CarryOver, saturation: Saturation, priors: [String: Prior],
            returnPrior: Prior? = nil, usualPeriod: Double = 0.5
        ) {
            self.name = name
            self.carryOver = carryOver
            self.saturation = saturation
            self.priors = priors
            self.returnPrior = returnPrior
            self.usualPeriod = usualPeriod
        }
    }

    /// One place's history on an even grid of periods.
    package struct Place: Sendable {
        /// The target over `scale`; what lies in a hidden row does not matter.
        package var target: [Double]
        /// For each channel, spend over its largest period.
        package var media: [[Double]]
        /// The baseline's columns.
        package var columns: [[Double]]
        /// Rows without a target.
        package var hidden: Set<Int>
        /// What the target was divided by.
        package var scale: Double

        package init(
            target: [Double], media: [[Double]], columns: [[Double]], hidden: Set<Int> = [],
            scale: Double = 1
        ) {
            self.target = target
            self.media = media
            self.columns = columns
            self.hidden = hidden
            self.scale = scale
        }
    }

    /// Something measured that β times a weighted sum of saturated spend must agree with.
    package struct Calibration: Sendable {
        /// What was measured.
        package enum Measure: Sendable {
            /// From one level of steady spend (over its unit) to another, in a place.
            case step(place: Int, from: Double, to: Double)
            /// All that these rows of each place brought.
            case rows([Range<Int>])
        }
        package var channel: Int
        package var measure: Measure
        /// In units of the target.
        package var lift: Double
        package var deviation: Double

        package init(channel: Int, measure: Measure, lift: Double, deviation: Double) {
            self.channel = channel
            self.measure = measure
            self.lift = lift
            self.deviation = deviation
        }
    }

    package var channels: [Channel]
    package var places: [Place]
    /// The prior standard deviation of each baseline column's coefficient.
    package var deviations: [Double]
    package var noise = Prior.halfNormal(0.5)
    package var spread = Prior.halfNormal(0.3)
    package var calibrations: [Calibration] = []
    /// For each place and row the worth of one unit of the scaled target.
    package var worth: [[Double]] = []
    /// For each channel what was spent in all.
    package var spend: [Double] = []

    package init(channels: [Channel], places: [Place], deviations: [Double]) {
        self.channels = channels
        self.places = places
        self.deviations = deviations
    }

    package var isPooled: Bool { places.count > 1 }

    /// A number that chains walk over.
    package struct Parameter: Sendable, Hashable {
        package var name: String
        /// The channel or place that it belongs to.
        package var owner: Int
        package var prior: Prior
        /// Whether it lies between 0 and 1, and not only above 0.
        package var isShare: Bool
        /// Whether the prior is one of the return, which is looked after elsewhere.
        var isReturn = false
    }

    /// All of them, channel after channel and then the noise of each place.
    package var parameters: [Parameter] {
        var result: [Parameter] = []
        for (index, channel) in channels.enumerated() {
            var names = ["beta"] + channel.carryOver.kind.parameters
            names += channel.saturation.parameters
            for name in names {
                var parameter = Parameter(
                    name: name, owner: index,
                    prior: channel.priors[name] ?? channel.usual(name, isPooled: isPooled),
                    isShare: name == "alpha")
                if name == "beta", channel.returnPrior != nil { parameter.isReturn = true }
                result.append(parameter)
            }
            if isPooled {
                result.append(
                    Parameter(
                        name: "spread", owner: index, prior: channel.priors["spread"] ?? spread,
                        isShare: false))
            }
        }
        for index in places.indices {
            result.append(Parameter(name: "noise", owner: index, prior: noise, isShare: false))
        }
        return result
    }

    /// Where each channel's parameters begin.
    package var offsets: [Int] {
        var (result, at) = ([Int](), 0)
        for channel in channels {
            result.append(at)
            at += 1 + channel.carryOver.kind.parameters.count
            at += channel.saturation.parameters.count + (isPooled ? 1 : 0)
        }
        return result
    }

    /// Numbers as they are meant from numbers that chains walk over.
    package func natural(_ point: [Double]) -> [Double] {
        zip(point, parameters).map { x, parameter in
            parameter.isShare ? 1 / (1 + exp(-x)) : exp(x)
        }
    }

    /// The reverse of `natural`.
    package func walked(_ natural: [Double]) -> [Double] {
        zip(natural, parameters).map { x, parameter in
            parameter.isShare ? log(x / (1 - x)) : log(x)
        }
    }

    /// A draw of everything from the priors, as chains walk over it.
    package func priorDraw(_ random: inout Philox) -> [Double] {
        walked(
            parameters.map { parameter in
                let draw = parameter.prior.draw(&random)
                return parameter.isShare
                    ? min(max(draw, 1e-9), 1 - 1e-9) : min(max(draw, 1e-9), 1e9)
            })
    }
}
