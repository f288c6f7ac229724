import Channels
import Foundation
import Kernel
import Store
import Strategy

extension Stage {
    /// What the roastery wants, and how it means to get there.
    func writeStrategy(_ cast: inout Cast) async throws {
        let workspace = cast.workspace
        let revenueGoal = try await strategy.addGoal(
            BusinessGoalDraft(
                kind: .revenue, title: "to sell enough online to pay the second roaster",
                because: "cafés order less every winter and our own customers do not"),
            in: workspace, by: Self.ines)
        let courseGoal = try await strategy.addGoal(
            BusinessGoalDraft(
                kind: .requests, title: "to fill the academy's Saturdays",
                because: "a seat costs us the same empty or taken"), in: workspace, by: Self.ines)
        let loyalGoal = try await strategy.addGoal(
            BusinessGoalDraft(
                kind: .retention, title: "to be the roastery people come back to",
                because: "a second order costs a fifth of a first"), in: workspace, by: Self.ines)
        let year = story.tally(from: story.start, through: CivilDate(story.now, in: zone))
        let due = story.start.civilMonth.adding(months: 14).lastDay
        // A little more than the pace so far would bring, in round numbers.
        // Not every order follows a tagged link, so the pace is below the shop's.
        let money = (Double(year.revenue) / 100 * 0.8 / 500).rounded(.up) * 500
        let goal = Objective.words(money, unit: "€")
        cast.revenue = try await strategy.addObjective(
            ObjectiveDraft(
                businessGoal: revenueGoal, title: "Earn \(goal) through our posts",
                kpi: "Revenue credited to posts", unit: "€", source: .revenue, baseline: 0,
                target: money, startsOn: story.start, dueOn: due, owner: cast.ines),
            in: workspace, by: Self.ines)
        let seats = (Double(year.bookings) * 1.9 / 5).rounded(.up) * 5 + 10
        cast.bookings = try await strategy.addObjective(
            ObjectiveDraft(
                businessGoal: courseGoal, title: "Sell \(Int(seats)) course seats through posts",
                kpi: "Course bookings", unit: "bookings", source: .conversions, baseline: 0,
                target: seats, startsOn: story.start, dueOn: due, owner: cast.tomas),
            in: workspace, by: Self.ines)
        cast.newsletter = try await strategy.addObjective(
            ObjectiveDraft(
                businessGoal: loyalGoal, title: "Reach 1,500 readers of the Tuesday letter",
                kpi: "Newsletter readers", unit: "readers", source: .entered, baseline: 410,
                target: 1_500, startsOn: story.start, dueOn: due, owner: cast.owner),
            in: workspace, by: Self.ines)
        try await writeCharters(cast)
        try await writeVoice(cast)
        try await writeMoney(cast)
        try await checkIn(cast)
    }

    private func writeCharters(_ cast: Cast) async throws {
        let charters: [(Story.Place, CharterDraft)] = [
            (
                .shop,
                CharterDraft(
                    role: .consideration,
                    audience: "people who brew at home and want to get a little better at it",
                    postsPerWeek: 2, voice: "a friend behind the bar who explains once and well",
                    answerWithinHours: 12,
                    responsePolicy: "Questions get an answer, complaints get a person and a name.",
                    requiredReturn: 120,
                    difference: "Here we teach first and sell second.")
            ),
            (
                .academy,
                CharterDraft(
                    role: .purchase, audience: "curious beginners within an hour of Ghent",
                    postsPerWeek: 1, voice: "encouraging, a bit silly, never snobbish",
                    answerWithinHours: 24,
                    responsePolicy: "Dates and prices within a day; Tomás answers about machines.",
                    requiredReturn: 150, difference: "Here every post can be booked.")
            ),
            (
                .pictures,
                CharterDraft(
                    role: .inspiration, audience: "neighbours and people who like looking at cafés",
                    postsPerWeek: 1, voice: "one picture, one line", answerWithinHours: 48,
                    responsePolicy: "A heart for everyone, words for questions.",
                    difference: "Here nothing is explained.")
            ),
        ]
        for (place, draft) in charters {
            guard let channel = cast.channels[place] else { continue }
            _ = try await strategy.keepCharter(
                of: channel, draft, in: cast.workspace, by: Self.ines)
        }
    }

    private func writeVoice(_ cast: Cast) async throws {
        let statements: [StrategyStatement] = [
            .voice(
                sound: "plain, warm and exact: numbers where they help, jokes where they fit",
                avoid: "use superlatives or coffee Latin, or say that we are passionate"),
            .feedback(
                answerWithinHours: 12,
                how: "Whoever sees it first answers; what went wrong is said in the first line."),
            .focus(
                "The shop's account comes first because guides keep selling for months; pictures "
                    + "get one hour a week."),
            .higherReturns(
                "we wrote more guides that answer a real question, held fewer giveaways, and "
                    + "announced course dates three weeks ahead."),
        ]
        for statement in statements {
            try await strategy.keep(statement, in: cast.workspace, by: Self.ines)
        }
        for (message, proof) in [
            (
                "Good coffee at home is a habit, not a machine.",
                "26 guides, each tested on a €30 setup"
            ),
            ("We pay growers twice, and show the receipt.", "Receipts on every coffee's page"),
            ("Everybody pours a heart by the end of the class.", "311 of 314 guests so far"),
        ] {
            _ = try await strategy.addMessage(
                message, proof: proof, in: cast.workspace, by: Self.ines)
        }
    }

    private func writeMoney(_ cast: Cast) async throws {
        let period = try await strategy.addPeriod(
            BudgetPeriodDraft(
                startsOn: story.start,
                endsOn: story.start.civilMonth.adding(months: 14).lastDay, currency: currency,
                requiredReturn: 130, because: "the second roaster's loan allows no less"),
            in: cast.workspace, by: Self.ines)
        let lines = [
            BudgetLineDraft(
                kind: .people, title: "Ines: writing and answering", member: cast.ines,
                cost: .time(minutes: 9_600, hourlyRate: Self.hourlyRate)),
            BudgetLineDraft(
                kind: .people, title: "Tomás: academy posts", channel: cast.channels[.academy],
                member: cast.tomas, cost: .time(minutes: 2_400, hourlyRate: Self.hourlyRate)),
            BudgetLineDraft(kind: .tools, title: "Photo editing", cost: .money(18_000)),
            BudgetLineDraft(
                kind: .promotion, title: "Winter box, paid posts", cost: .money(30_000)),
            BudgetLineDraft(
                kind: .creators, title: "Giveaway prizes and a photographer", cost: .money(64_000)),
        ]
        for line in lines {
            _ = try await strategy.addLine(line, to: period, in: cast.workspace, by: Self.ines)
        }
        _ = try await strategy.setMargin(
            hundredthsOfPercent: 5_800, validFrom: story.start,
            because: "Green coffee, bags and shipping take 42 cents of a euro.",
            in: cast.workspace, by: Self.ines)
    }

    /// Cents an hour, the roastery's own sum.
    static let hourlyRate: Int64 = 2_600

    /// The readings of each month's last day that people enter; the others are measured.
    private func checkIn(_ cast: Cast) async throws {
        guard let newsletter = cast.newsletter else { return }
        var rows: [SQL] = []
        for index in 0..<12 {
            let day = story.start.civilMonth.adding(months: index).lastDay
            let at = zone.startOfDay(day) + .hours(17)
            let growth = Double(index + 1) / 12
            let readers = 410 + (760 * pow(growth, 1.3)).rounded() + (index >= 7 ? -22 : 0)
            let id: ReadingID = self.id(at: at)
            rows.append(
                """
                (\(id), \(cast.workspace), \(newsletter), \(day), \(readers), 'entered', '',
                    \(Self.ines.name), \(at))
                """)
        }
        let all = rows
        try await database.write { tx in
            try insert(
                """
                INSERT INTO objective_reading (id, workspace_id, objective_id, taken_on, value,
                    source, note, recorded_by, recorded_at)
                """, all, tx)
        }
    }
}
