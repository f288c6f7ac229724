package import Statistics

/// What MODEL.yaml says: which columns a mix model has, and what is believed beforehand.
package struct MixConfiguration: Sendable {
    /// How the baseline moves over the whole history.
    package enum Trend: String, Sendable, CaseIterable { case none, linear, piecewise }

    /// One channel.
    package struct Channel: Sendable {
        package var name: String
        /// The column of money, where `name` is one of impressions or clicks.
        package var spend: String?
        package var carryOver: CarryOver
        package var saturation: Saturation
        package var priors: [String: Prior] = [:]
        package var returnPrior: Prior?
    }

    /// Days that are not like others.
    package struct Holiday: Sendable {
        package var name: String
        package var days: [Int]
        /// Where they are written: the file and the line.
        package var written: String
    }

    /// What a test measured.
    package struct Calibration: Sendable {
        /// Either a change of steady spend or a stretch of days.
        package enum Measure: Sendable {
            case step(x: Double, delta: Double)
            case days(Int, Int)
        }
        package var channel: String
        package var place: String?
        package var measure: Measure
        package var lift: Double
        package var deviation: Double
        /// Where it is written: the file and the line.
        package var written: String
    }

    /// Money for one unit of the target.
    package enum Worth: Sendable {
        case number(Double)
        case column(String)
    }

    package var date = ""
    package var target = ""
    package var channels: [Channel] = []
    package var controls: [String] = []
    package var seasonality = 2
    /// Days of the week; when nil, daily data have them.
    package var weekly: Bool?
    /// Where `weekly` is written: the file and the line.
    package var weeklyWritten = ""
    package var trend = Trend.linear
    package var geo: String?
    package var holidays: [Holiday] = []
    /// Columns that `holidays` names, and where it is written.
    package var holidayColumns: [String: String] = [:]
    /// Prior deviations of the baseline's coefficients, by kind.
    package var deviations = [
        "intercept": 2.0, "trend": 1, "season": 0.5, "holiday": 1, "control": 1,
    ]
    package var noise = Prior.halfNormal(0.5)
    package var spread = Prior.halfNormal(0.3)
    package var calibrations: [Calibration] = []
    package var worth: Worth?
    package var holdout = 0
    package var name = "MODEL.yaml"
    package var digest = ""
    package var lines = 0
}
