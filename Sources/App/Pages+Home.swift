import Kernel
import Planning
import Reviews
import Strategy
import Web
import WebPeople

// The home page and the first steps: what each slice adds to them.

extension Pages {
    /// What stands on the home page.
    var homeCards: HomeCards {
        HomeCards(
            needsYou: [waitingPosts, openReviews, openDecisions, backupTrouble],
            coming: [comingPosts],
            quarter: [objectives, moneyIn], memory: [lessons],
            setup: [strategySteps, postSteps, measureSteps])
    }

    /// What the onboarding does in other slices.
    var firstSteps: FirstSteps {
        FirstSteps(
            goal: { sentence, membership, principal in
                _ = try await desks.strategy.addGoal(
                    BusinessGoalDraft(kind: .other, title: sentence), in: membership.workspace,
                    by: principal)
            }, post: firstPost)
    }

    private var openReviews: HomeCards.Lines {
        { request in
            try await desks.reviews.openReviews(in: request.workspace.workspace).map { review in
                HomeLine(
                    "Look back: \(review.title)",
                    href: "/w/\(request.workspace.slug)/reviews/\(review.id)",
                    detail: "The figures are filled in; say what worked and what changes.",
                    chip: Chip("Review", .info, icon: "tabler-checklist"))
            }
        }
    }

    /// Decisions that are due within a week, the late ones first.
    static func dueDecisions(
        _ desks: Desks, _ place: Membership, _ now: Instant
    ) async throws -> [Decision] {
        let today = CivilDate(now, in: place.zone)
        return try await desks.reviews.openDecisions(in: place.workspace)
            .filter { $0.dueOn <= today.adding(days: 7) }
    }

    private var openDecisions: HomeCards.Lines {
        { request in
            let today = CivilDate(request.now, in: request.workspace.zone)
            let due = try await Self.dueDecisions(desks, request.workspace, request.now)
            return due.map { decision in
                HomeLine(
                    decision.what,
                    href: "/w/\(request.workspace.slug)/reviews#decision-\(decision.id)",
                    detail: "Decided; due on \(decision.dueOn.words).",
                    chip: decision.dueOn < today
                        ? Chip("Late", .warn, icon: "tabler-clock")
                        : Chip("Decision", .info, icon: "tabler-gavel"))
            }
        }
    }

    private var objectives: HomeCards.Figures {
        { request in
            let today = CivilDate(request.now, in: request.workspace.zone)
            let book = try await desks.strategy.book(
                in: request.workspace.workspace, today: today)
            return book.goals.flatMap(\.objectives).prefix(4).map { entry in
                let goal = entry.objective
                let isMoney = goal.unit.count == 1 && goal.unit != "%"
                // The unit once, behind the target: “52 of 110 bookings”.
                let latest =
                    entry.standing.latest.map {
                        isMoney ? goal.words($0.value) : Objective.words($0.value, unit: "")
                    } ?? "—"
                return HomeFigure(
                    "\(latest) of \(goal.words(goal.target))",
                    label: "\(goal.title), by \(goal.dueOn.words)",
                    detail: entry.standing.latest == nil ? "Nobody has checked in yet." : nil,
                    chip: Self.chip(entry.standing.status),
                    href: "/w/\(request.workspace.slug)/strategy/objectives/\(goal.id)")
            }
        }
    }

    private static func chip(_ status: ObjectiveStanding.Status) -> Chip {
        switch status {
        case .notStarted, .unknown: Chip(status.name, .quiet, icon: "tabler-clock")
        case .onTrack: Chip(status.name, .good, icon: "tabler-trending-up")
        case .met: Chip(status.name, .good, icon: "tabler-circle-check")
        case .behind: Chip(status.name, .warn, icon: "tabler-trending-down")
        case .missed: Chip(status.name, .alert, icon: "tabler-circle-x")
        }
    }

    /// The lessons that apply to what this month and the next hold.
    private var lessons: HomeCards.Lines {
        { request in
            let workspace = request.workspace.workspace
            let today = CivilDate(request.now, in: request.workspace.zone)
            let months = [today.civilMonth, today.civilMonth.adding(months: 1)]
            let coming = try await desks.plan.plan(in: workspace, today: today).rows
                .flatMap { row in months.flatMap { row.items[$0] ?? [] } }
                .filter { $0.state != .done }
                .prefix(20)
            let matches = try await desks.reviews.lessons(for: Array(coming), in: workspace)
            var found: [LessonID: (lesson: Lesson, titles: [String])] = [:]
            for item in coming {
                for match in matches[item.id] ?? [] {
                    found[match.lesson.id, default: (match.lesson, [])].titles.append(item.title)
                }
            }
            let ranked = found.values.sorted { left, right in
                (left.titles.count, left.lesson.id) > (right.titles.count, right.lesson.id)
            }
            return ranked.prefix(3).map { entry in
                let others = entry.titles.count - 1
                return HomeLine(
                    entry.lesson.statement,
                    href: "/w/\(request.workspace.slug)/library/lessons/\(entry.lesson.id)",
                    detail: "Applies to “\(entry.titles[0])”"
                        + (others > 0 ? " and \(others) more" : ""))
            }
        }
    }

    private var strategySteps: HomeCards.Steps {
        { request in
            let root = "/w/\(request.workspace.slug)"
            let today = CivilDate(request.now, in: request.workspace.zone)
            let book = try await desks.strategy.book(
                in: request.workspace.workspace, today: today)
            return [
                SetupStep(
                    "Say what you want in one sentence",
                    why: "Everything you publish hangs from it.", href: "\(root)/start/goal",
                    isDone: !book.goals.isEmpty),
                SetupStep(
                    "Set one objective with a number and a date",
                    why: "So that you see whether it works.", href: "\(root)/strategy",
                    isDone: book.goals.contains { !$0.objectives.isEmpty }),
            ]
        }
    }
}
