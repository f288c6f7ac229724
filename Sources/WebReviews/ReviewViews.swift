import Foundation
import Kernel
import Planning
import Reviews
import Strategy
import Web

/// Where a subject (`kind:id`) has its page; nil for kinds without one.
func address(of subject: String, root: String) -> String? {
    let parts = subject.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "item": return "\(root)/plan/items/\(parts[1])"
    case "initiative": return "\(root)/plan/initiatives/\(parts[1])"
    case "objective": return "\(root)/strategy/objectives/\(parts[1])"
    case "review": return "\(root)/reviews/\(parts[1])"
    case "lesson": return "\(root)/library/lessons/\(parts[1])"
    case "post": return "\(root)/posts/\(parts[1])"
    case "decision": return "\(root)/reviews#decision-\(parts[1])"
    default: return nil
    }
}

struct ReviewPageView {
    let trail: Trail?
    let bodyPart: String
}

/// One decision as a line.
struct DecisionView {
    let id: String
    let what: String
    let why: String?
    let detail: String
    let isOpen: Bool
    let isLate: Bool
    let outcome: String?
    let item: String?
    let canPlan: Bool
    let canSettle: Bool
    let plan: String
    let settle: String
    let month: String

    init(
        _ decision: Decision, _ directory: Directory, root: String, today: CivilDate,
        canReview: Bool, inReview: Bool
    ) {
        id = decision.id.text
        what = decision.what
        why = decision.why.isEmpty ? nil : decision.why
        detail = "\(directory.name(of: decision.owner) ?? "Nobody"), by \(decision.dueOn.words)"
        isOpen = decision.state == .open
        isLate = isOpen && decision.dueOn < today
        outcome = isOpen ? nil : decision.state == .done ? "Done" : "Dropped"
        item = decision.item.map { "\(root)/plan/items/\($0)" }
        canSettle = canReview && isOpen
        canPlan = canReview && isOpen && decision.item == nil
        let path = "\(root)/reviews/decisions/\(decision.id)"
        plan = "\(path)/item"
        settle =
            path + "/state"
            + (inReview ? decision.review.map { "?review=\($0)" } ?? "" : "")
        month = decision.dueOn.civilMonth.description
    }
}

/// A review's agenda, or its minute when it is finished.
struct ReviewBodyView {
    struct LineView {
        let label: String
        let value: String
        let detail: String?
        let href: String?
    }

    struct FindingView {
        let what: String
        let reason: String?
        let who: String
        let path: String
    }

    struct LessonView {
        let statement: String
        let advice: String?
        let href: String
        let tags: [String]
    }

    let root: String
    let path: String
    let title: String
    let state: String
    let chip: Chip
    let isOpen: Bool
    let canEdit: Bool
    let canReopen: Bool
    let summary: String?
    let figuresAt: String
    let said: [LineView]
    let happened: [LineView]
    let surprises: [LineView]
    let worked: [FindingView]
    let didNot: [FindingView]
    let surprising: [FindingView]
    let lessons: [LessonView]
    let decisions: [DecisionView]
    let minute: String
    let canFinish: Bool
    let isQuiet: Bool
    let activity: [ActivityEntry]

    init(
        _ detail: ReviewDetail, _ directory: Directory, root: String, zone: Zone,
        today: CivilDate, canReview: Bool, activity: [ActivityEntry]
    ) {
        let review = detail.review
        let path = "\(root)/reviews/\(review.id)"
        self.root = root
        self.path = path
        title = review.title
        isOpen = review.state == .open
        canEdit = isOpen && canReview
        canReopen = !isOpen && canReview
        chip = review.state.chip
        let days = "\(review.period.startsOn.words) to \(review.period.endsOn.words)"
        state =
            review.finishedBy.map { "\(days), finished by \($0)." }
            ?? "\(days). Go down the page together; it ends as a minute."
        summary = review.summary.isEmpty ? nil : review.summary
        figuresAt = zone.words(review.figuresAt)
        func lines(_ lines: [ReviewFigures.Line]) -> [LineView] {
            lines.map { line in
                LineView(
                    label: line.label, value: line.value,
                    detail: line.note.isEmpty ? nil : line.note,
                    href: line.subject.flatMap { address(of: $0, root: root) })
            }
        }
        said = lines(review.figures.said)
        happened = lines(review.figures.happened)
        surprises = lines(review.figures.surprises)
        func findings(_ kind: Finding.Kind) -> [FindingView] {
            detail.findings.filter { $0.kind == kind }.map {
                FindingView(
                    what: $0.what, reason: $0.why.isEmpty ? nil : $0.why, who: $0.recordedBy,
                    path: "\(path)/findings/\($0.id)")
            }
        }
        worked = findings(.worked)
        didNot = findings(.didNot)
        surprising = findings(.surprise)
        lessons = detail.lessons.map {
            LessonView(
                statement: $0.statement, advice: $0.advice.isEmpty ? nil : $0.advice,
                href: "\(root)/library/lessons/\($0.id)", tags: $0.tags)
        }
        decisions = detail.decisions.map {
            DecisionView(
                $0, directory, root: root, today: today, canReview: canReview, inReview: true)
        }
        minute = Self.minute(detail, directory)
        isQuiet = surprises.isEmpty && surprising.isEmpty
        canFinish = canEdit && !detail.findings.isEmpty
        self.activity = activity
    }

    /// The minute as plain text, to send to whoever was not there.
    private static func minute(_ detail: ReviewDetail, _ directory: Directory) -> String {
        var text = "Review: \(detail.review.title)\n"
        if !detail.review.summary.isEmpty { text += "\n\(detail.review.summary)\n" }
        func add(_ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            text += "\n\(title)\n" + lines.map { "- \($0)\n" }.joined()
        }
        add(
            "What happened",
            detail.review.figures.happened.map {
                "\($0.label): \($0.value)" + ($0.note.isEmpty ? "" : " (\($0.note))")
            })
        for kind in Finding.Kind.allCases {
            add(
                kind.name,
                detail.findings.filter { $0.kind == kind }.map {
                    $0.what + ($0.why.isEmpty ? "" : ", because \($0.why)")
                })
        }
        add("Lessons", detail.lessons.map { "\($0.statement) \($0.advice)" })
        add(
            "Decisions",
            detail.decisions.map {
                "\($0.what): \(directory.name(of: $0.owner) ?? "nobody"), by \($0.dueOn.words)"
            })
        return text
    }
}

extension Review.State {
    var chip: Chip {
        self == .open
            ? Chip("Open", .info, icon: "tabler-progress")
            : Chip("Finished", .good, icon: "tabler-circle-check")
    }
}

/// Reviews, open decisions and the cycles.
struct ReviewListView {
    struct RowView {
        let title: String
        let href: String
        let days: String
        let chip: Chip
        let summary: String?
    }

    struct CycleView {
        let name: String
        let path: String
        let isOn: Bool
        let next: String
    }

    let root: String
    let canReview: Bool
    let bar: ListBar
    let rows: [RowView]
    let hasRows: Bool
    let isEmpty: Bool
    let nothing: String?
    let more: String?
    let decisions: [DecisionView]
    let cycles: [CycleView]
    let cadences: [Choice]
    let day: String
    let state: String

    init(
        _ page: Page<Review>, bar: ListBar, decisions: [Decision], cycles: [ReviewCadence],
        _ directory: Directory, root: String, today: CivilDate, canReview: Bool
    ) {
        self.root = root
        self.canReview = canReview
        rows = page.items.map { review in
            RowView(
                title: review.title, href: "\(root)/reviews/\(review.id)",
                days: "\(review.period.startsOn.words) to \(review.period.endsOn.words)",
                chip: review.state.chip, summary: review.summary.isEmpty ? nil : review.summary)
        }
        self.bar = bar
        hasRows = !rows.isEmpty
        isEmpty = rows.isEmpty && !bar.isNarrowed
        nothing = rows.isEmpty && bar.isNarrowed ? "No review matches." : nil
        more = bar.next(page.next)
        self.decisions = decisions.map {
            DecisionView(
                $0, directory, root: root, today: today, canReview: canReview, inReview: false)
        }
        self.cycles = ReviewCadence.allCases.map { cadence in
            let next = cadence.period(holding: today).endsOn.adding(days: 1)
            return CycleView(
                name: cadence.adverb, path: "\(root)/reviews/cycles/\(cadence.rawValue)",
                isOn: cycles.contains(cadence), next: next.words)
        }
        cadences = ReviewCadence.allCases.map { Choice($0.rawValue, "The " + $0.name.lowercased()) }
        day = ReviewCadence.weekly.lastCompleted(on: today).endsOn.description
        let open = page.items.count { $0.state == .open }
        state =
            open == 0
            ? "Plan, execute, check, act. No review is open."
            : open == 1 ? "One review is open." : "\(open) reviews are open."
    }
}

extension ReviewCadence {
    var adverb: String {
        switch self {
        case .weekly: "Every week"
        case .monthly: "Every month"
        case .quarterly: "Every quarter"
        }
    }
}

/// The library of lessons.
struct LibraryView {
    struct RowView {
        let statement: String
        let advice: String?
        let href: String
        let scope: String
        let tags: [TagView]
        let isRetired: Bool
    }

    struct TagView {
        let tag: String
        let href: String
        let count: String?
        let current: Bool
    }

    let root: String
    let canReview: Bool
    let q: String
    let currentTag: String?
    let rows: [RowView]
    let hasRows: Bool
    let isFiltered: Bool
    let withRetired: String?
    let tags: [TagView]
    let more: String?

    init(
        _ page: Page<Lesson>, _ filter: LessonFilter, tags: [(tag: String, count: Int)],
        _ directory: Directory, root: String, canReview: Bool
    ) {
        self.root = root
        self.canReview = canReview
        q = filter.text ?? ""
        currentTag = filter.tag
        rows = page.items.map { lesson in
            RowView(
                statement: lesson.statement, advice: lesson.advice.isEmpty ? nil : lesson.advice,
                href: "\(root)/library/lessons/\(lesson.id)", scope: lesson.scope(directory),
                tags: lesson.tags.map {
                    TagView(tag: $0, href: "\(root)/library?tag=\($0)", count: nil, current: false)
                }, isRetired: lesson.archivedAt != nil)
        }
        hasRows = !rows.isEmpty
        isFiltered = filter.text != nil || filter.tag != nil || filter.includesRetired
        let kept = [("tag", filter.tag), ("q", filter.text)].compactMap { name, value in
            value?.addingPercentEncoding(withAllowedCharacters: .alphanumerics).map {
                "&\(name)=\($0)"
            }
        }.joined()
        withRetired = filter.includesRetired ? nil : "\(root)/library?retired=true\(kept)"
        self.tags = tags.map {
            TagView(
                tag: $0.tag, href: "\(root)/library?tag=\($0.tag)", count: "\($0.count)",
                current: $0.tag == filter.tag)
        }
        more = page.next.map {
            "\(root)/library?cursor=\($0.token)\(kept)"
                + (filter.includesRetired ? "&retired=true" : "")
        }
    }
}

extension Lesson {
    /// Where the lesson holds, in words.
    func scope(_ directory: Directory) -> String {
        let place = directory.channel(channel).map { "on \($0.title)" } ?? "on every channel"
        let kind = initiativeKind.map { ", for \($0.rawValue)s" } ?? ""
        return place + kind
    }
}

/// A lesson's own page.
struct LessonPageView {
    struct EvidenceView {
        let kind: String
        let label: String
        let href: String?
    }

    let root: String
    let id: String
    let path: String
    let trail: Trail?
    let statement: String
    let advice: String?
    let state: String
    let tags: [String]
    let evidence: [EvidenceView]
    let isRetired: Bool
    let canReview: Bool
    let activity: [ActivityEntry]

    init(
        _ lesson: Lesson, _ directory: Directory, root: String, zone: Zone, canReview: Bool,
        activity: [ActivityEntry]
    ) {
        self.root = root
        id = lesson.id.text
        path = "\(root)/library/lessons/\(lesson.id)"
        trail = Trail([
            .init("Library", "Lessons", href: "\(root)/library"),
            .init("Lesson", lesson.statement),
        ])
        statement = lesson.statement
        advice = lesson.advice.isEmpty ? nil : lesson.advice
        state =
            "It holds \(lesson.scope(directory)). Kept by \(lesson.createdBy) on "
            + CivilDate(lesson.createdAt, in: zone).words + "."
        tags = lesson.tags
        evidence = lesson.evidence.map { entry in
            EvidenceView(
                kind: String(entry.subject.prefix { $0 != ":" }), label: entry.label,
                href: address(of: entry.subject, root: root))
        }
        isRetired = lesson.archivedAt != nil
        self.canReview = canReview
        self.activity = activity
    }
}
