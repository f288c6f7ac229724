import Channels
import Kernel
import Networks
import Strategy
import Web

/// The strategy as sentences, ready for its templates.
struct StrategyPageView {
    struct GoalView {
        let id: String
        let title: String
        let because: String?
        let kind: String
        let objectives: [ObjectiveLine]
    }

    struct ObjectiveLine {
        let id: String
        let href: String
        let kpi: String
        let from: String
        let target: String
        let due: String
        let owner: String?
        let chip: Chip
        let note: String
    }

    struct ClosedView {
        let title: String
        /// The objective's own page; nil for a goal, which has none.
        let href: String?
        let reopening: String
    }

    struct PeriodView {
        let id: String
        let days: String
        let total: String
        let split: String?
        let one: String
        let back: String?
        let because: String?
        let lines: [LineView]
    }

    struct LineView {
        /// The form that edits the line, with its query.
        let form: String
        let title: String
        let detail: String
        let amount: String
    }

    struct MarginView {
        let percent: String
        let since: String
        let because: String?
        let path: String
    }

    struct MessageView {
        let id: String
        let message: String
        let proof: String?
    }

    struct CharterView {
        let channel: String
        let icon: String
        let title: String
        let href: String
        let meaning: String
        let role: String
        let audience: String?
        let cadence: String
        let voice: String?
        let answers: String?
        let mustReturn: String?
        let difference: String?
    }

    struct ChannelLink {
        let id: String
        let title: String
        let icon: String
    }

    let root: String
    let canEdit: Bool
    let state: String
    let goals: [GoalView]
    let hasGoals: Bool
    let closed: [ClosedView]
    let hasClosed: Bool
    let period: PeriodView?
    let otherPeriods: [PeriodView]
    let margin: MarginView?
    let otherMargins: [MarginView]
    let sound: String?
    let avoid: String?
    let messages: [MessageView]
    let feedback: String?
    let answerWithin: String?
    let hasFeedback: Bool
    let focus: String?
    let channelCount: String
    let charters: [CharterView]
    let hasCharters: Bool
    let withoutCharter: [ChannelLink]
    let hasChannels: Bool
    let higherReturns: String?

    init(
        _ book: StrategyBook, _ directory: Directory, root: String, currency: Currency,
        canEdit: Bool
    ) {
        self.root = root
        self.canEdit = canEdit
        state = Self.state(book)
        goals = book.goals.map { Self.goal($0, directory, root) }
        hasGoals = !goals.isEmpty
        closed =
            book.closedGoals.map {
                let path = "\(root)/strategy/goals/\($0.id)"
                return ClosedView(
                    title: "We want \($0.title)", href: nil, reopening: "\(path)/reopening")
            }
            + book.closedObjectives.map {
                let path = "\(root)/strategy/objectives/\($0.id)"
                return ClosedView(title: $0.title, href: path, reopening: "\(path)/reopening")
            }
        hasClosed = !closed.isEmpty
        period = book.currentPeriod.map { Self.period($0, directory) }
        otherPeriods = book.periods.filter { $0.period.id != book.currentPeriod?.period.id }
            .map { Self.period($0, directory) }
        margin = book.currentMargin.map { Self.margin($0, root) }
        otherMargins = book.margins.filter { $0.id != book.currentMargin?.id }
            .map { Self.margin($0, root) }
        sound = book.voice.sound.orNil
        avoid = book.voice.avoid.orNil
        messages = book.messages.map {
            MessageView(id: $0.id.text, message: $0.message, proof: $0.proof.orNil)
        }
        feedback = book.voice.feedback.orNil
        answerWithin = book.voice.answerWithinHours.map(Self.hours)
        hasFeedback = feedback != nil || answerWithin != nil
        focus = book.voice.focus.orNil
        charters = book.charters.compactMap { Self.charter($0, directory, root) }
        hasCharters = !charters.isEmpty
        channelCount = charters.count == 1 ? "one channel" : "\(charters.count) channels"
        withoutCharter = directory.channels.filter { book.charter(of: $0.id) == nil }
            .map { ChannelLink(id: $0.id.text, title: $0.title, icon: $0.network.icon) }
        hasChannels = !directory.channels.isEmpty
        higherReturns = book.voice.higherReturns.orNil
    }

    private static func state(_ book: StrategyBook) -> String {
        let count = StrategyQuestion.allCases.count
        let open = book.unanswered.count
        if open == 0 { return "All eight questions are answered." }
        if open == count { return "Eight questions make a strategy. Start with what you want." }
        return "\(count - open) of \(count) questions are answered."
    }

    static func hours(_ hours: Int) -> String {
        if hours % 24 == 0 && hours > 24 { return "\(hours / 24) days" }
        return hours == 1 ? "one hour" : "\(hours) hours"
    }

    private static func goal(
        _ entry: StrategyBook.GoalEntry, _ directory: Directory, _ root: String
    ) -> GoalView {
        GoalView(
            id: entry.goal.id.text, title: entry.goal.title, because: entry.goal.because.clause,
            kind: entry.goal.kind.name,
            objectives: entry.objectives.map { line in
                let objective = line.objective
                return ObjectiveLine(
                    id: objective.id.text, href: "\(root)/strategy/objectives/\(objective.id)",
                    kpi: objective.kpi, from: objective.words(objective.baseline),
                    target: objective.words(objective.target), due: objective.dueOn.words,
                    owner: directory.name(of: objective.owner), chip: line.standing.status.chip,
                    note: line.note)
            })
    }

    private static func margin(_ margin: Margin, _ root: String) -> MarginView {
        MarginView(
            percent: Objective.words(Double(margin.hundredthsOfPercent) / 100, unit: "%"),
            since: margin.validFrom.words, because: margin.because.clause,
            path: "\(root)/strategy/margins/\(margin.id)")
    }

    private static func charter(
        _ charter: Charter, _ directory: Directory, _ root: String
    ) -> CharterView? {
        guard let place = directory.channel(charter.channel) else { return nil }
        let posts = charter.postsPerWeek
        return CharterView(
            channel: charter.channel.text, icon: place.network.icon, title: place.title,
            href: "\(root)/channels/\(charter.channel)", meaning: charter.role.meaning,
            role: charter.role.name, audience: charter.audience.orNil,
            cadence: posts == 0
                ? "when there is news" : "\(posts) post\(posts == 1 ? "" : "s") a week",
            voice: charter.voice.orNil,
            answers: [
                charter.answerWithinHours.map { "within \(hours($0))" },
                charter.responsePolicy.orNil,
            ].compactMap(\.self).joined(separator: ": ").orNil,
            mustReturn: charter.requiredReturn.map { "must return \($0)\u{00A0}% of its cost" },
            difference: charter.difference.orNil)
    }
}

extension StrategyPageView {
    private static func period(
        _ entry: StrategyBook.PeriodEntry, _ directory: Directory
    ) -> PeriodView {
        let currency = entry.period.currency
        return PeriodView(
            id: entry.period.id.text,
            days: "\(entry.period.startsOn.words) to \(entry.period.endsOn.words)",
            total: entry.total.formatted, split: split(entry), one: back(100, currency),
            back: entry.period.requiredReturn.map { back($0, currency) },
            because: entry.period.because.clause,
            lines: entry.lines.map { line in
                LineView(
                    form: (line.kind == .people ? "time" : "cost")
                        + "?id=\(line.id)&parent=\(entry.period.id)", title: line.title,
                    detail: detail(line, currency, directory),
                    amount: Money(minorUnits: line.amount, currency: currency).formatted)
            })
    }

    /// `€700 for 20 hours of people's time and €250 for paid promotion`.
    private static func split(_ entry: StrategyBook.PeriodEntry) -> String? {
        let parts = BudgetLine.Kind.allCases.compactMap { kind -> String? in
            let sum = entry.sum(of: kind)
            guard sum.minorUnits > 0 else { return nil }
            switch kind {
            case .people:
                let hours = Objective.words(Double(entry.minutes) / 60, unit: "hours")
                return "\(sum.formatted) for \(hours) of people's time"
            case .other: return "\(sum.formatted) for other things"
            default: return "\(sum.formatted) for \(kind.name.lowercased())"
            }
        }
        guard let last = parts.last else { return nil }
        return parts.count == 1
            ? last : parts.dropLast().joined(separator: ", ") + " and " + last
    }

    /// What comes back for one unit of money at a required return: `€1.50`.
    private static func back(_ percent: Int, _ currency: Currency) -> String {
        var unit = Int64(percent)
        for _ in 0..<currency.decimals { unit *= 10 }
        return Money(minorUnits: unit / 100, currency: currency).formatted
    }

    private static func detail(
        _ line: BudgetLine, _ currency: Currency, _ directory: Directory
    ) -> String {
        var parts: [String] = []
        if let minutes = line.minutes, let rate = line.hourlyRate {
            let cost = Money(minorUnits: rate, currency: currency).formatted
            parts.append("\(Objective.words(Double(minutes) / 60, unit: "h")) at \(cost) an hour")
        } else {
            parts.append(line.kind.name.lowercased())
        }
        if let name = directory.name(of: line.member) { parts.append(name) }
        if let place = directory.channel(line.channel) { parts.append("for \(place.title)") }
        return parts.joined(separator: " · ")
    }
}

extension StrategyBook.ObjectiveEntry {
    /// What stands in the margin: the latest value, its day and how far it has come.
    var note: String {
        guard let latest = standing.latest else { return "no check-in yet" }
        let value = "\(objective.words(latest.value)) on \(latest.takenOn.words)"
        guard let progress = standing.progress else { return value }
        let percent = Int((progress * 100).rounded())
        return "\(value), \(percent)\u{00A0}% of the way" + (standing.isStale ? "; old" : "")
    }
}

extension String {
    /// The text, or nil when there is none.
    var orNil: String? { isEmpty ? nil : self }

    /// Words that stand inside a sentence of ours, which brings its own full stop.
    var clause: String? {
        var words = self[...]
        while let last = words.last, last == "." || last.isWhitespace { words.removeLast() }
        return String(words).orNil
    }
}
