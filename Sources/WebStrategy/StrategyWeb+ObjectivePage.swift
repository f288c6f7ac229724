import Jobs
import Kernel
import People
import Strategy
import Web

extension StrategyWeb {
    func objectivePage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let (entry, goal) = try await desk.objective(
            try request.id("objective", ObjectiveTag.self), in: workspace,
            today: today(request))
        let directory = try await desk.directory(of: workspace)
        let activity = try await desk.activity(of: entry.objective.subject, in: workspace)
        let view = ObjectivePageView(
            entry, goal, directory, root: "/w/\(request.workspace.slug)", today: today(request),
            serving: try await serving(entry.objective.id, request.workspace),
            activity: activity.map {
                ActivityEntry(
                    at: $0.at, zone: request.workspace.zone, summary: $0.summary,
                    who: $0.principalName)
            },
            canCheckIn: Access.allows(.recordResults, request),
            canEdit: Access.allows(.editStrategy, request))
        return try await frame.page(
            "strategy/objective", view, title: entry.objective.title, section: .strategy,
            for: request)
    }
}

/// An objective's own page.
struct ObjectivePageView {
    struct ReadingView {
        let path: String
        let day: String
        let value: String
        let note: String?
        let who: String
    }

    let root: String
    let path: String
    let trail: Trail?
    let title: String
    let state: String
    let chip: Chip
    let facts: [Fact]
    let chart: String?
    let readings: [ReadingView]
    let serving: [StrategyWeb.Serving]
    let activity: [ActivityEntry]
    let canCheckIn: Bool
    let canEdit: Bool
    let isClosed: Bool
    let today: String
    let unit: String?

    struct Fact {
        let name: String
        let value: String
    }

    init(
        _ entry: StrategyBook.ObjectiveEntry, _ goal: BusinessGoal, _ directory: Directory,
        root: String, today: CivilDate, serving: [StrategyWeb.Serving],
        activity: [ActivityEntry], canCheckIn: Bool, canEdit: Bool
    ) {
        let objective = entry.objective
        self.root = root
        path = "\(root)/strategy/objectives/\(objective.id)"
        trail = Trail([
            .init("Business goal", goal.title, href: "\(root)/strategy"),
            .init("Objective", objective.title),
        ])
        title = objective.title
        state = Self.state(entry)
        chip = entry.standing.status.chip
        facts = Self.facts(entry, directory)
        chart = ObjectiveChart(entry, today: today)?.svg
        readings = entry.readings.reversed().map { reading in
            ReadingView(
                path: "\(root)/strategy/objectives/\(objective.id)/readings/\(reading.id)",
                day: reading.takenOn.words, value: objective.words(reading.value),
                note: reading.note.orNil,
                who: reading.source == .measured ? "measured" : reading.recordedBy)
        }
        self.serving = serving
        self.activity = activity
        self.canCheckIn = canCheckIn
        self.canEdit = canEdit
        isClosed = objective.archivedAt != nil
        self.today = today.description
        unit = objective.unit.orNil
    }

    private static func state(_ entry: StrategyBook.ObjectiveEntry) -> String {
        let objective = entry.objective
        var text =
            "\(objective.kpi) from \(objective.words(objective.baseline)) to "
            + "\(objective.words(objective.target)) by \(objective.dueOn.words)."
        if entry.standing.latest != nil { text += " Now \(entry.note)." }
        if let forecast = entry.standing.forecast, entry.standing.status != .met {
            let rounded = abs(forecast) >= 10 ? forecast.rounded() : forecast
            text += " At this pace it will be \(objective.words(rounded)) by then."
        }
        return text
    }

    private static func facts(
        _ entry: StrategyBook.ObjectiveEntry, _ directory: Directory
    ) -> [Fact] {
        let objective = entry.objective
        return [
            Fact(name: "Owner", value: directory.name(of: objective.owner) ?? "Nobody"),
            Fact(name: "Runs", value: "\(objective.startsOn.words) to \(objective.dueOn.words)"),
            Fact(name: "Figures", value: objective.source.name),
        ]
    }
}

extension StrategyWeb {
    /// Something that serves an objective, such as an initiative.
    package struct Serving: Sendable {
        let title: String
        let note: String
        let href: String

        /// A line with a link on the objective's page.
        package init(title: String, note: String, href: String) {
            self.title = title
            self.note = note
            self.href = href
        }
    }
}
