import Foundation
package import Statistics

/// What a test is planned for.
package struct PowerQuestion: Sendable {
    package var plan: TestPlan
    /// A rate, or a mean with its deviation.
    package var base: Double
    package var deviation: Double?
    /// Relative to `base`.
    package var lift: Double?
    /// People in control.
    package var size: Double?
    /// People who come in a day, into both arms together.
    package var daily: Double?
    package var inputs: [AnalysisInput] = []

    /// The sizes of control that can be planned for.
    package static let sizes = 2.0...1e12
    /// The numbers of people in a day that can be planned for.
    package static let dailies = 0.01...1e12

    package init(
        _ plan: TestPlan, base: Double, deviation: Double? = nil, lift: Double? = nil,
        size: Double? = nil, daily: Double? = nil
    ) {
        self.plan = plan
        self.base = base
        self.deviation = deviation
        self.lift = lift
        self.size = size
        self.daily = daily
    }
}

/// How many people a test needs, what it can see, and how long it takes.
package struct PowerAnswer: AnalysisAnswer {
    /// What another lift would need.
    package struct Row: Encodable, Sendable {
        package var lift: Double
        package var sizePerArm: Int
        package var total: Int
        package var days: Int?
    }

    /// Nothing but how the plan was counted.
    package struct Diagnostics: Encodable, Sendable {
        package var formula: String
        /// The size before it was rounded up.
        package var exactSize: Double?
    }

    package var method: String
    package var metric: String
    package var inputs: [AnalysisInput] = []
    /// `size`, `power` or `detectable`.
    package var asked: String
    package var baseRate: Double?
    package var mean: Double?
    package var deviation: Double?
    package var lift: Double?
    package var difference: Double?
    package var alpha: Double
    package var power: Double?
    package var sides: Int
    package var ratio: Double
    /// People in control, and with a ratio of 1 in each arm.
    package var sizePerArm: Int?
    package var sizeControl: Int?
    package var sizeTreated: Int?
    package var total: Int?
    package var detectableLift: Double?
    package var detectableDrop: Double?
    package var dailyTraffic: Double?
    package var days: Int?
    package var weeks: Int?
    package var rows: [Row] = []
    package var diagnostics: Diagnostics
    package var notes: [String] = []
    private var curve: [[Double]] = []

    private enum CodingKeys: String, CodingKey {
        case method, metric, inputs, asked, baseRate, mean, deviation, lift, difference, alpha
        case power, sides, ratio, sizePerArm, sizeControl, sizeTreated, total, detectableLift
        case detectableDrop, dailyTraffic, days, weeks, rows, diagnostics, notes
    }

    /// Answers the one of lift, power and size that is left open.
    package init(_ question: PowerQuestion) throws(AnalysisError) {
        try Self.check(question)
        let plan = question.plan
        let isRate = question.deviation == nil
        inputs = question.inputs
        method = isRate ? "power-rates" : "power-means"
        metric = isRate ? "rate" : "mean"
        baseRate = isRate ? question.base : nil
        mean = isRate ? nil : question.base
        deviation = question.deviation
        lift = question.lift
        difference = question.lift.map { $0 * question.base }
        alpha = plan.alpha
        sides = plan.isTwoSided ? 2 : 1
        ratio = plan.ratio
        dailyTraffic = question.daily
        diagnostics = Diagnostics(
            formula: isRate
                ? "Two proportions, pooled under no effect (Fleiss, Levin and Paik, 4.2)."
                : "Student's t, by the noncentral t distribution.")
        asked = question.lift == nil ? "detectable" : question.size == nil ? "size" : "power"
        switch (question.lift, question.size) {
        case (let lift?, nil):
            let size = try Self.size(question, lift)
            diagnostics.exactSize = size
            setSizes(size)
            power = Self.power(question, lift, (size - 1e-9).rounded(.up))
        case (let lift?, let size?):
            setSizes(size)
            power = Self.power(question, lift, size)
        case (nil, let size?):
            setSizes(size)
            power = plan.power
            try setDetectable(question, size)
        case (nil, nil):
            throw .unsuitable("Say --lift, --size or both.")
        }
        addRows(question)
        addCurve(question)
        addNotes(question)
    }

    private mutating func setSizes(_ size: Double) {
        let control = Int((size - 1e-9).rounded(.up))
        let treated = Int((size * ratio - 1e-9).rounded(.up))
        (sizePerArm, sizeControl, sizeTreated, total) = (
            control, control, treated, control + treated
        )
        if let dailyTraffic {
            days = Int((Double(control + treated) / dailyTraffic).rounded(.up))
            weeks = days.map { ($0 + 6) / 7 }
        }
    }

    private mutating func setDetectable(
        _ question: PowerQuestion, _ size: Double
    ) throws(AnalysisError) {
        if let deviation = question.deviation {
            guard let effect = MeanPower(question.plan).detectable(size: size) else {
                throw .unsuitable("So few people can see no difference at all.")
            }
            difference = effect * deviation
            detectableLift = question.base > 0 ? effect * deviation / question.base : nil
            detectableDrop = detectableLift.map { -$0 }
            return
        }
        let power = RatePower(question.plan)
        let up = power.detectable(from: question.base, size: size)
        let down = power.detectable(from: question.base, size: size, above: false)
        detectableLift = up.map { $0 / question.base - 1 }
        detectableDrop = down.map { $0 / question.base - 1 }
        difference = up.map { $0 - question.base }
        if up == nil { notes.append("So few people cannot prove any rise of this rate.") }
        if down == nil { notes.append("So few people cannot prove even a drop to nothing.") }
    }
}

extension PowerAnswer {
    private static func check(_ question: PowerQuestion) throws(AnalysisError) {
        let plan = question.plan
        func refuse(_ isRight: Bool, _ text: String) throws(AnalysisError) {
            if !isRight { throw .unsuitable(text) }
        }
        let isRate = question.deviation == nil
        let base = question.base
        try refuse(plan.alpha > 0 && plan.alpha < 1, "--alpha lies between 0 and 1, such as 0.05.")
        try refuse(plan.power < 1, "--power lies below 1, such as 0.8.")
        try refuse(
            plan.power > plan.alpha,
            "--power must be above --alpha: a test that sees less than chance sees nothing.")
        try refuse(
            plan.ratio >= 0.001 && plan.ratio <= 1000,
            "--ratio is treated people for each one in control, from 1:1000 to 1000:1.")
        try refuse(
            !isRate || (base > 0 && base < 1),
            "--base-rate lies between 0 and 1, such as 0.01 or 1%.")
        try refuse(
            (1e-60...1e60).contains(question.deviation ?? 1),
            "--sd must be above 0, and not beyond 10⁶⁰.")
        try refuse(abs(base) <= 1e60, "--mean is beyond what can be reckoned with.")
        try refuse(
            isRate || base > 0 || question.lift == nil,
            "A lift is relative to --mean, which must be above 0 then.")
        if let lift = question.lift {
            try refuse(lift != 0, "A lift of 0 cannot be seen, however many people there are.")
            let changed = base * (1 + lift)
            try refuse(
                !isRate || (changed >= 0 && changed <= 1),
                "A lift of \(LiftWords.percent(lift)) makes a rate of \(LiftWords.percent(changed)), "
                    + "which cannot be.")
        }
        if let size = question.size {
            try refuse(
                PowerQuestion.sizes.contains(size),
                "--size is the people in control: at least 2, and at most 10¹².")
        }
        if let daily = question.daily {
            try refuse(
                PowerQuestion.dailies.contains(daily),
                "--daily is people in a day, from 0.01 to 10¹².")
        }
    }

    private static func size(
        _ question: PowerQuestion, _ lift: Double
    ) throws(AnalysisError) -> Double {
        var size: Double?
        if let deviation = question.deviation {
            size = MeanPower(question.plan).size(effect: lift * question.base / deviation)
        } else {
            size = RatePower(question.plan).size(
                from: question.base, to: question.base * (1 + lift))
        }
        guard let size, size < 1e12 else {
            throw .unsuitable(
                "That lift would need more than 10¹² people; plan for a greater one.")
        }
        return size
    }

    private static func power(_ question: PowerQuestion, _ lift: Double, _ size: Double) -> Double {
        if let deviation = question.deviation {
            return MeanPower(question.plan).power(
                effect: lift * question.base / deviation, size: size)
        }
        return RatePower(question.plan).power(
            from: question.base, to: question.base * (1 + lift), size: size)
    }

    private mutating func addRows(_ question: PowerQuestion) {
        for lift in [0.05, 0.1, 0.2, 0.3, 0.5, 1] {
            guard question.deviation != nil || question.base * (1 + lift) < 1,
                question.base > 0, let size = try? Self.size(question, lift)
            else { continue }
            let control = Int((size - 1e-9).rounded(.up))
            let total = control + Int((size * ratio - 1e-9).rounded(.up))
            rows.append(
                Row(
                    lift: lift, sizePerArm: control, total: total,
                    days: question.daily.map { Int((Double(total) / $0).rounded(.up)) }))
        }
    }

    private mutating func addCurve(_ question: PowerQuestion) {
        guard let lift = question.lift ?? detectableLift, let most = sizeControl else { return }
        curve = (1...60).map { step in
            let size = max(2, (Double(most) * 2 * Double(step) / 60).rounded())
            return [size, Self.power(question, lift, size)]
        }
    }

    private mutating func addNotes(_ question: PowerQuestion) {
        if asked == "power", let power, power < question.plan.power {
            notes.append(
                "With this size the lift would be missed in \(LiftWords.percent(1 - power)) of "
                    + "tests; “not proven” would then say little.")
        }
        if question.deviation == nil, let control = sizeControl, let treated = sizeTreated {
            let least = Double(min(control, treated)) * min(question.base, 1 - question.base)
            if least < 10 {
                notes.append(
                    "Fewer than 10 conversions are expected in an arm; the normal law is rough here."
                )
            }
        }
        if let days, days < 7 {
            notes.append(
                "Run whole weeks all the same: days of the week differ. Take at least 7 days.")
        } else if let weeks, weeks > 8 {
            notes.append(
                "More than eight weeks: people change devices and habits meanwhile. Test a bolder "
                    + "change or a more frequent outcome.")
        }
        notes.append(
            "The size is fixed beforehand. Who wants to look earlier reads with --sequential.")
    }

    package var sections: [AnswerSection] {
        let facts: [(String, String)] = [
            ("people in control", sizeControl.map(String.init) ?? ""),
            ("people treated", sizeTreated.map(String.init) ?? ""),
            ("lift", lift.map { LiftWords.percent($0, signed: true) } ?? ""),
            ("power", power.map { LiftWords.percent($0) } ?? ""),
            (
                "smallest rise seen",
                detectableLift.map { LiftWords.percent($0, signed: true) } ?? ""
            ),
            (
                "smallest drop seen",
                detectableDrop.map { LiftWords.percent($0, signed: true) } ?? ""
            ),
            ("days", days.map(String.init) ?? ""),
        ]
        let heading = ["for a lift of", "per arm", "total"] + (dailyTraffic == nil ? [] : ["days"])
        return [
            .table(
                heading: ["what", "how much"],
                rows: facts.filter { !$0.1.isEmpty }.map { [$0.0, $0.1] }),
            .table(
                heading: heading,
                rows: rows.map { row in
                    [
                        LiftWords.percent(row.lift, signed: true), "\(row.sizePerArm)",
                        "\(row.total)",
                    ] + (row.days.map { ["\($0)"] } ?? [])
                }),
            .text(notes.joined(separator: "\n")),
        ]
    }

    package var picture: Picture? {
        guard !curve.isEmpty else { return nil }
        return LiftPicture.curve(
            title: "Chance to see the lift, by people in control",
            curve.map { ($0[0], $0[1]) }, wanted: power ?? 0.8, horizontal: "people in control")
    }
}
