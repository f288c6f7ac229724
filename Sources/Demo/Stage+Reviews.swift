import Kernel
import Planning
import Reviews
import Store

extension Stage {
    private struct Rows {
        var reviews: [SQL] = []
        var findings: [SQL] = []
        var decisions: [SQL] = []
        var lessons: [SQL] = []
        var evidence: [SQL] = []
        var tags: [SQL] = []
    }

    /// Writes the finished reviews of the year; the last month's opens itself with live figures.
    func review(_ cast: Cast, _ published: [Published]) async throws {
        var rows = Rows()
        var ordinary = 0
        for index in 0..<11 {
            let month = story.start.civilMonth.adding(months: index)
            let strand = [Story.Strand.gift, .spring, .giveaway, .crisis].first {
                story.sprint($0)?.first.civilMonth == month
            }
            let minute: DemoTexts.Minute
            switch strand {
            case .gift: minute = DemoTexts.giftMinute
            case .spring: minute = DemoTexts.springMinute
            case .giveaway: minute = DemoTexts.giveawayMinute
            case .crisis: minute = DemoTexts.crisisMinute
            default:
                minute = DemoTexts.ordinary[ordinary % DemoTexts.ordinary.count]
                ordinary += 1
            }
            // A lesson is learned once.
            let isFirst = strand != nil || ordinary <= DemoTexts.ordinary.count
            write(minute, month, strand, isFirst: isFirst, cast, into: &rows)
        }
        let all = rows
        try await database.write { tx in
            try insert(
                """
                INSERT INTO review (id, workspace_id, cadence, starts_on, ends_on, state, figures,
                    figures_at, summary, opened_at, finished_at, finished_by)
                """, all.reviews, tx)
            try insert(
                """
                INSERT INTO finding (id, workspace_id, review_id, kind, what, why, subject,
                    recorded_by, created_at)
                """, all.findings, tx)
            try insert(
                """
                INSERT INTO decision (id, workspace_id, review_id, what, why, owner_id, due_on,
                    state, created_at, settled_at)
                """, all.decisions, tx)
            try insert(
                """
                INSERT INTO lesson (id, workspace_id, review_id, statement, advice,
                    initiative_kind, created_by, created_at)
                """, all.lessons, tx)
            try insert(
                "INSERT INTO lesson_evidence (workspace_id, lesson_id, subject, label)",
                all.evidence, tx)
            try insert("INSERT INTO lesson_tag (workspace_id, lesson_id, tag)", all.tags, tx)
        }
    }

    private func write(
        _ minute: DemoTexts.Minute, _ month: CivilMonth, _ strand: Story.Strand?, isFirst: Bool,
        _ cast: Cast, into rows: inout Rows
    ) {
        let workspace = cast.workspace
        let opened = zone.startOfDay(month.adding(months: 1).firstDay) + .hours(7)
        let finished = opened + .days(1) + .hours(3)
        let review: ReviewID = id(at: opened)
        rows.reviews.append(
            """
            (\(review), \(workspace), 'monthly', \(month.firstDay), \(month.lastDay), 'finished',
                \(figures(month)), \(opened), \(minute.summary), \(opened), \(finished),
                \(Self.ines.name))
            """)
        let subject = strand.flatMap { cast.initiatives[$0] }.map { "initiative:\($0)" }
        for (kind, note) in [("worked", minute.worked), ("didNot", minute.didNot)] {
            let id: FindingID = self.id(at: finished - .minutes(40))
            let about = kind == "didNot" || strand != .giveaway ? subject : nil
            rows.findings.append(
                """
                (\(id), \(workspace), \(review), \(kind), \(note.what), \(note.why), \(about),
                    \(Self.ines.name), \(finished))
                """)
        }
        let due = month.adding(months: 1).lastDay
        let settled = zone.startOfDay(due)
        let isDone = settled < story.now - .days(40)
        let decision: DecisionID = id(at: finished - .minutes(20))
        rows.decisions.append(
            """
            (\(decision), \(workspace), \(review), \(minute.decision.what),
                \(minute.decision.why), \(cast.ines), \(due), \(isDone ? "done" : "open"),
                \(finished), \(isDone ? settled : nil))
            """)
        guard isFirst, let lesson = minute.lesson else { return }
        let id: LessonID = self.id(at: finished - .minutes(10))
        let kind: String? = strand == nil ? nil : "sprint"
        rows.lessons.append(
            """
            (\(id), \(workspace), \(review), \(lesson.statement), \(lesson.advice), \(kind),
                \(Self.ines.name), \(finished))
            """)
        rows.evidence.append(
            "(\(workspace), \(id), \("review:\(review)"), \("Review of \(month.name)"))")
        if let subject {
            rows.evidence.append("(\(workspace), \(id), \(subject), 'The initiative itself')")
        }
        for tag in lesson.tags { rows.tags.append("(\(workspace), \(id), \(tag))") }
    }

    /// The month's figures, from the same data that the tables get.
    private func figures(_ month: CivilMonth) -> ReviewFigures {
        let tally = story.tally(from: month.firstDay, through: month.lastDay)
        let before = story.tally(
            from: month.adding(months: -1).firstDay, through: month.adding(months: -1).lastDay)
        let revenue = Money(minorUnits: tally.revenue, currency: currency)
        let cost = Money(minorUnits: tally.minutes * Self.hourlyRate / 60, currency: currency)
        let compared = { (last: Int) in last == 0 ? "" : "\(last) the month before" }
        return ReviewFigures(
            said: [.init(label: "Posts planned", value: "\(tally.posts + 1)", note: month.name)],
            happened: [
                .init(
                    label: "Posts published", value: "\(tally.posts)", note: compared(before.posts)),
                .init(
                    label: "Clicks by people", value: "\(tally.people)",
                    note: compared(before.people)),
                .init(label: "Orders", value: "\(tally.orders)", note: compared(before.orders)),
                .init(label: "Revenue", value: revenue.formatted, note: "refunds taken off"),
                .init(
                    label: "People's time", value: cost.formatted,
                    note: "\(tally.minutes) minutes at the budget's rate"),
            ])
    }
}
