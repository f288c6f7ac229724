import Channels
import Kernel
import Planning
import Store
import Strategy

extension Stage {
    /// The initiatives, what was planned in each past month, and the twelve months ahead.
    func writePlan(_ cast: inout Cast) async throws {
        clock.set(zone.startOfDay(story.start) - .days(15))
        try await addInitiatives(&cast)
        for index in 0...24 {
            try await addItems(story.start.civilMonth.adding(months: index), &cast)
        }
        let states = cast.items
        let today = CivilDate(story.now, in: zone).civilMonth
        try await database.write { tx in
            for (key, item) in states {
                let month = String(key.suffix(7))
                guard let month = CivilMonth(month) else { continue }
                let state = month < today ? "done" : month == today ? "inWork" : "planned"
                try tx.execute("UPDATE item SET state = \(state) WHERE id = \(item)")
            }
        }
    }

    private func addInitiatives(_ cast: inout Cast) async throws {
        let guides = InitiativeDraft(
            kind: .marathon, title: "Brew better at home",
            purpose: "One small thing a week that makes home coffee better, findable for years.",
            startsOn: story.start, owner: cast.ines, primaryObjective: cast.revenue,
            otherObjectives: [cast.newsletter].compactMap(\.self))
        let origins = InitiativeDraft(
            kind: .marathon, title: "From farm to cup",
            purpose: "Show who grows and roasts it, so that the price explains itself.",
            startsOn: story.start, owner: cast.ines, primaryObjective: cast.revenue)
        let courses = InitiativeDraft(
            kind: .marathon, title: "Academy Tuesdays",
            purpose: "Every Tuesday one reason to learn something on Saturday.",
            startsOn: story.start, owner: cast.tomas, primaryObjective: cast.bookings)
        cast.initiatives[.guides] = try await add(guides, .running, cast)
        cast.initiatives[.origins] = try await add(origins, .running, cast)
        cast.initiatives[.courses] = try await add(courses, .running, cast)
        let sprints: [(Story.Strand, String, String, Int64)] = [
            (.gift, "Winter box", "Two hundred boxes before Christmas.", 30_000),
            (.spring, "A subscription that listens", "Launch the new subscription.", 15_000),
            (
                .giveaway, "Latte art giveaway",
                "Be seen by people who have never heard of us, with a hashtag and a prize.", 64_000
            ),
            (.crisis, "Batch 0914", "Say what went wrong, put it right, and stay reachable.", 0),
        ]
        for (strand, title, purpose, budget) in sprints {
            guard let dates = story.sprint(strand) else { continue }
            clock.set(zone.startOfDay(dates.first) - .days(strand == .crisis ? 0 : 20))
            cast.initiatives[strand] = try await add(
                InitiativeDraft(
                    kind: .sprint, title: title, purpose: purpose, startsOn: dates.first,
                    endsOn: dates.last, owner: cast.ines, primaryObjective: cast.revenue,
                    budget: Money(minorUnits: budget, currency: currency)), .done, cast)
        }
        let today = CivilDate(story.now, in: zone)
        let next = (0...12).map { today.civilMonth.adding(months: $0).firstDay }.first {
            $0.month == 12 && $0 > today
        }
        guard let first = next else { return }
        clock.set(story.now - .days(9))
        cast.nextGift = try await add(
            InitiativeDraft(
                kind: .sprint, title: "Winter box, second edition",
                purpose: "Last year's box again, sold earlier and without the night shifts.",
                startsOn: first, endsOn: first.adding(days: 19), owner: cast.ines,
                primaryObjective: cast.revenue,
                budget: Money(minorUnits: 35_000, currency: currency)), .planned, cast)
    }

    private func add(
        _ draft: InitiativeDraft, _ state: Initiative.State, _ cast: Cast
    ) async throws -> InitiativeID {
        let id = try await plan.addInitiative(
            draft, currency: currency, in: cast.workspace, by: Self.ines)
        try await database.write { tx in
            try tx.execute("UPDATE initiative SET state = \(state) WHERE id = \(id)")
        }
        return id
    }

    private func addItems(_ month: CivilMonth, _ cast: inout Cast) async throws {
        let now = CivilDate(story.now, in: zone).civilMonth
        let written = zone.startOfDay(month.firstDay) - .days(12)
        clock.set(min(written, story.now - .days(2)))
        var plans: [(Story.Strand, String, MemberID, [Story.Place], [String])] = [
            (.guides, "Guides for \(month.name)", cast.ines, [.shop], ["guide", "home-brewing"]),
            (.courses, "Course dates, \(month.name)", cast.tomas, [.academy], ["course"]),
            (.origins, "Growers in \(month.name)", cast.ines, [.shop, .pictures], ["origin"]),
        ]
        for strand in [Story.Strand.gift, .spring, .giveaway, .crisis] where month < now {
            if story.sprint(strand)?.first.civilMonth == month {
                let title =
                    switch strand {
                    case .gift: "Winter box posts"
                    case .spring: "Subscription launch posts"
                    case .giveaway: "Giveaway posts"
                    default: "Posts about batch 0914"
                    }
                let tags = strand == .crisis ? ["complaint"] : ["sprint", strand.rawValue]
                plans.append((strand, title, cast.ines, [.shop, .pictures], tags))
            }
        }
        if month > now, month.months(since: now) > 3 { plans = [plans[0], plans[1]] }
        if month >= now, month.month == 12 {
            plans.append(
                (
                    .gift, "Winter box, second edition", cast.ines, [.shop, .pictures],
                    ["sprint", "gift"]
                )
            )
        }
        for (strand, title, owner, places, tags) in plans {
            let isNext = strand == .gift && month >= now
            let item = try await plan.addItem(
                ItemDraft(
                    title: title, month: month, owner: owner,
                    initiative: isNext ? cast.nextGift : cast.initiatives[strand],
                    primaryObjective: strand == .courses ? cast.bookings : cast.revenue,
                    channels: places.compactMap { cast.channels[$0] }, tags: tags),
                in: cast.workspace, by: strand == .courses ? Self.tomas : Self.ines)
            cast.items[Cast.key(strand, month)] = item
        }
    }
}
