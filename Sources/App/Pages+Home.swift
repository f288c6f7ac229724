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
            needsYou: [waitingPosts, openReviews], coming: [comingPosts], quarter: [objectives], memory: [lessons],
            setup: [strategySteps, postSteps])
    }

    /// What the onboarding does in other slices.
    var firstSteps: FirstSteps {
        FirstSteps(goal: { sentence, membership, principal in
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

    private var objectives: HomeCards.Figures {
        { request in
            let today = CivilDate(request.now, in: request.workspace.zone)
            let book = try await desks.strategy.book(
                in: request.workspace.workspace, today: today)
            return book.goals.flatMap(\.objectives).prefix(4).map { entry in
                let goal = entry.objective
                let latest = entry.standing.latest.map { Self.number($0.value) } ?? "—"
                return HomeFigure(
                    "\(latest) of \(Self.number(goal.target))",
                    label: "\(goal.title): \(goal.kpi), \(goal.unit), by \(goal.dueOn.words)",
                    detail: entry.standing.latest == nil ? "Nobody has checked in yet." : nil,
                    chip: Self.chip(entry.standing.status),
                    href: "/w/\(request.workspace.slug)/strategy/objectives/\(goal.id)")
            }
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15
            ? String(Int64(value)) : String((value * 100).rounded() / 100)
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

    private var lessons: HomeCards.Lines {
        { request in
            let latest = try await desks.reviews.lessons(
                LessonFilter(), page: PageRequest(limit: 3), in: request.workspace.workspace)
            return latest.items.map { lesson in
                HomeLine(
                    lesson.statement,
                    href: "/w/\(request.workspace.slug)/library/lessons/\(lesson.id)",
                    detail: lesson.advice.isEmpty ? nil : lesson.advice)
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
