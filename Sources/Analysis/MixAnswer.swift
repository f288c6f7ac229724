import Foundation
import Statistics

/// What each channel brought by a mix model, and how far that can be trusted.
package struct MixAnswer: AnalysisAnswer {
    /// One channel.
    package struct Row: Sendable, Encodable, Hashable {
        package var channel: String
        /// What the channel brought over the whole history, in units of the target.
        package var contribution: Double
        /// As likely exceeded as not; below the mean where large figures are possible but unlikely.
        package var contributionMedian: Double
        package var contributionLow: Double
        package var contributionHigh: Double
        /// Of the sum of the target.
        package var share: Double
        package var shareLow: Double
        package var shareHigh: Double
        package var spend: Double
        /// Contribution × worth ÷ spend.
        package var roi: Double?
        package var roiMedian: Double?
        package var roiLow: Double?
        package var roiHigh: Double?
        /// roi − 1, where the worth was said.
        package var netReturn: Double?
        package var netReturnLow: Double?
        package var netReturnHigh: Double?
        /// What was believed of the share before.
        package var priorShare: Double?
        package var priorShareLow: Double?
        package var priorShareHigh: Double?
        /// How much narrower the interval has become: 0 is nothing learnt.
        package var learnt: Double?
        package var laplaceContribution: Double?
        package var laplaceLow: Double?
        package var laplaceHigh: Double?
        package var ridgeContribution: Double?
    }

    /// One number of the model.
    package struct Parameter: Sendable, Encodable, Hashable {
        package var name: String
        package var channel: String?
        package var place: String?
        package var mean: Double
        package var sd: Double
        package var low: Double
        package var high: Double
        package var rHat: Double
        package var essBulk: Double
        package var essTail: Double
        package var priorMean: Double?
        package var priorLow: Double?
        package var priorHigh: Double?
    }

    /// A part of the baseline.
    package struct Component: Sendable, Encodable, Hashable {
        package var name: String
        /// A sum over the history; of a control, counted from its mean.
        package var contribution: Double
        package var low: Double
        package var high: Double
        package var share: Double
        /// `mean` of a control that can be below 0: its average period then contributes 0.
        package var countedFrom: String?
        /// Units of the target for one unit of a control, or for a holiday.
        package var coefficient: Double?
        package var coefficientLow: Double?
        package var coefficientHigh: Double?
    }

    /// A channel of one place.
    package struct PlaceRow: Sendable, Encodable, Hashable {
        package var place: String
        package var channel: String
        package var contribution: Double
        package var contributionLow: Double
        package var contributionHigh: Double
        package var spend: Double
        package var roi: Double?
    }

    /// What a test measured, and what the fit says that it would have measured.
    package struct Calibration: Sendable, Encodable, Hashable {
        package var channel: String
        package var place: String?
        /// Spend of a period before the change, and the change.
        package var x: Double?
        package var deltaX: Double?
        /// Or the first and the last day.
        package var start: String?
        package var end: String?
        package var measured: Double
        package var measuredSd: Double
        package var implied: Double
        package var impliedSd: Double
        /// (implied − measured) over both standard deviations taken together.
        package var z: Double
        /// What the data say without any test: the median and 95 % of the Laplace draws.
        package var untested: Double
        package var untestedLow: Double
        package var untestedHigh: Double
        /// (untested − measured) over both standard deviations, that of the data on this side.
        package var untestedZ: Double

        /// Which test it was, in words.
        var test: String {
            [
                channel, place.map { "in \($0)" },
                x.map { "from \(Wording.number($0)) by \(Wording.signed(deltaX))" },
                start.map { "\($0) to \(end ?? "")" },
            ].compactMap { $0 }.joined(separator: " ")
        }
    }

    /// How good the model was at periods it had not seen.
    package struct Holdout: Sendable, Encodable, Hashable {
        package var periods: Int
        package var mape: Double?
        package var rSquared: Double?
        package var method: String
    }

    /// Whether the chains and the model can be trusted.
    package struct Diagnostics: Sendable, Encodable, Hashable {
        package var chains: Int
        package var draws: Int
        package var warmUp: Int
        package var divergences: Int
        package var treeDepthHits: Int
        package var rHatMax: Double?
        package var rHatWorst: String?
        package var essBulkMin: Double
        package var essTailMin: Double
        package var acceptance: Double
        package var extended: Bool
        package var mapLogDensity: Double
        package var rSquared: Double?
        package var mape: Double?
        /// The share of periods inside their 90 % predictive interval.
        package var predictiveCoverage: Double?
        package var noiseAutocorrelation: Double?
        package var holdout: Holdout?
        package var ridgeRSquared: Double?
        package var ridgePenalty: Double?
        package var rows: Int
        package var parameters: Int
    }

    package let method = "mix.nuts"
    package var inputs: [AnalysisInput]
    /// Whether the figures can be used; without it there are no rows.
    package var reported: Bool
    package var target: String
    package var period: String
    package var periods: Int
    package var places: [String]?
    package var worth: Double?
    package var level = 0.9
    package var rows: [Row]?
    package var byPlace: [PlaceRow]?
    package var components: [Component]?
    package var parameters: [Parameter]
    package var curves: [MixCurve]?
    package var calibration: [Calibration]?
    package var diagnostics: Diagnostics
    package var notes: [String]
    var series: Series?

    /// Sums over places for the picture.
    struct Series: Sendable {
        var labels: [String]
        var names: [String]
        var parts: [[Double]]
        var observed: [Double]
    }

    enum CodingKeys: String, CodingKey {
        case method, inputs, reported, target, period, periods, places, worth, level, rows, byPlace
        case components, parameters, curves, calibration, diagnostics, notes
    }
}

/// A channel's response to spend, for the budget.
package struct MixCurve: Sendable, Encodable, Hashable {
    /// Carry-over with only the keys that its kind has.
    package struct CarryOver: Sendable, Encodable, Hashable {
        package var kind: String
        package var alpha: Double?
        package var theta: Double?
        package var shape: Double?
        package var scale: Double?
        package var length: Int
        package var normalised: Bool
    }

    /// Saturation with only the keys that its kind has.
    package struct Saturation: Sendable, Encodable, Hashable {
        package var kind: String
        package var lambda: Double?
        package var slope: Double?
        package var kappa: Double?
    }

    package var channel: String
    package var adstock: CarryOver
    package var saturation: Saturation
    /// Spend is divided by this first.
    package var unit: Double
    /// The response of a period at full saturation.
    package var beta: Double
    /// The mean spend of a period.
    package var spend: Double
    /// Spend of the last periods, oldest first.
    package var recent: [Double]
    package var parameters: [String]
    package var draws: [[Double]]
}
