package import Statistics

/// How the interval of a lift is found.
package enum LiftMethod: String, Sendable, CaseIterable {
    case katz
    case score
    case newcombe
}

/// What is asked of two arms.
package struct LiftQuestion: Sendable {
    package var confidence = 0.95
    package var alternative = LiftAlternative.twoSided
    /// Nil chooses Katz, or score where counts are small.
    package var method: LiftMethod?
    /// The planned shares of treated and control; nil for halves that nobody has named.
    package var expectedShares: [Double]?
    /// Set for a reading that may be taken at any time.
    package var sequential: LiftSequentialPlan?

    package init() {}
}

/// How effects are weighed that are read at any time.
package struct LiftSequentialPlan: Sendable {
    /// The standard deviation of the difference that is thought possible.
    package var tau: Double?
    /// Without `tau`: the lift that is hoped for; τ is it times what control does at the first look.
    package var expectedLift = 0.1

    package init(tau: Double? = nil, expectedLift: Double = 0.1) {
        self.tau = tau
        self.expectedLift = expectedLift
    }
}

/// Both arms as they were by some day.
package struct LiftLook: Sendable {
    package var date: String?
    package var treated: SampleMoments
    package var control: SampleMoments

    package init(date: String?, treated: SampleMoments, control: SampleMoments) {
        self.date = date
        self.treated = treated
        self.control = control
    }
}

/// What was measured in two arms.
package struct LiftData: Sendable {
    /// The two arms.
    package enum Arms: Sendable {
        case rates(RateComparison)
        /// `before` holds what was known of the same people earlier.
        case means(
            treated: [Double], control: [Double], before: (treated: [Double], control: [Double])?)
    }

    package var arms: Arms
    /// The arms as they grew, oldest first; empty where nothing is known of days.
    package var looks: [LiftLook]
    package var inputs: [AnalysisInput]
    package var notes: [String]

    package init(
        _ arms: Arms, looks: [LiftLook] = [], inputs: [AnalysisInput] = [], notes: [String] = []
    ) {
        self.arms = arms
        self.looks = looks
        self.inputs = inputs
        self.notes = notes
    }
}
