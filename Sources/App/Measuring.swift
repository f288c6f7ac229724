import Channels
import Jobs
import Kernel
import Links
import Logging
import Measurement
import Reviews
import ServiceLifecycle
import Store
import Strategy
import Web
import WebMeasurement
import WebPeople

/// Everything that counts: from the click to the business goal.
struct Measuring: Sendable {
    let collector: Collector
    let ingest: SpoolIngest
    let conversions: ConversionDesk
    let results: ResultsDesk
    let costs: CostDesk
    let figures: FiguresWork
    let places: PlaceSums
    let blocks: BlockCheck
    let objectives: ObjectiveWatch

    init(_ floor: Floor, events: EventLog, channels: ChannelDesk, strategy: StrategyDesk) {
        places = PlaceSums(database: floor.database)
        let database = floor.database
        let surroundings = floor.surroundings
        blocks = BlockCheck(database: database, surroundings: surroundings)
        let live = floor.live
        let changed: @Sendable (WorkspaceID) -> Void = { live.tell($0, "results") }
        let salts = VisitorSalts(database: database, surroundings: surroundings)
        conversions = ConversionDesk(
            database: database, events: events, surroundings: surroundings)
        collector = Collector(
            database: database,
            links: LinkDesk(database: database, surroundings: surroundings), spool: floor.spool,
            salts: salts, surroundings: surroundings)
        ingest = SpoolIngest(
            database: database, spool: floor.spool, conversions: conversions, salts: salts,
            logger: floor.logger, changed: changed)
        results = ResultsDesk(database: database)
        costs = CostDesk(database: database, events: events, surroundings: surroundings)
        figures = FiguresWork(
            database: database, queue: floor.queue, surroundings: surroundings,
            channels: channels, connectors: floor.connectors, changed: changed)
        objectives = ObjectiveWatch(
            database: database, strategy: strategy, surroundings: surroundings)
    }
}

/// Reads this process's click spool while the server runs.
struct MeasuringLoop: Service {
    let measuring: Measuring
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { try? await measuring.ingest.run() }
        do {
            while try await measuring.ingest.step() > 0 {}
        } catch {
            // A stop while the database is away is no failure: the next start reads on.
            logger.notice("Clicks that were not counted yet stay in the spool.")
        }
    }
}

extension Pages {
    /// The pages and the API of results, with what other slices say to a leader.
    var resultsWeb: ResultsWeb {
        let measuring = desks.measuring
        return ResultsWeb(
            results: measuring.results, conversions: measuring.conversions,
            costs: measuring.costs, address: desks.publicAddress,
            database: desks.floor.database, surroundings: desks.floor.surroundings, frame: frame,
            live: live, door: door, notes: leaderNotes)
    }

    private var leaderNotes: ResultsWeb.Notes {
        ResultsWeb.Notes(
            objectives: { membership, today in
                let book = try await desks.strategy.book(in: membership.workspace, today: today)
                return book.objectives.map { entry in
                    let goal = entry.objective
                    let latest = entry.standing.latest.map { goal.words($0.value) } ?? "—"
                    return .init(
                        title: goal.title,
                        note: "\(latest) of \(goal.words(goal.target)), "
                            + entry.standing.status.name.lowercased(),
                        href: "/w/\(membership.slug)/strategy/objectives/\(goal.id)")
                }
            },
            lessons: { membership in
                try await desks.reviews.lessons(
                    LessonFilter(), page: PageRequest(limit: 5), in: membership.workspace
                ).items.map { lesson in
                    .init(
                        title: lesson.statement, note: "",
                        href: "/w/\(membership.slug)/library/lessons/\(lesson.id)")
                }
            },
            decisions: { membership in
                try await desks.reviews.openDecisions(in: membership.workspace).map {
                    .init(
                        title: $0.what, note: "due on \($0.dueOn.words)",
                        href: "/w/\(membership.slug)/reviews#decision-\($0.id)")
                }
            })
    }

    /// Whether it works, for the home page: money in of the last thirty days.
    var moneyIn: HomeCards.Figures {
        { request in
            let membership = request.workspace
            let today = CivilDate(request.now, in: membership.zone)
            let total = try await desks.measuring.results.total(
                period: .last(30, today: today), currency: membership.currency,
                in: membership.workspace)
            guard total.clicks > 0 || total.revenue != 0 else { return [] }
            let credited = Money(minorUnits: total.credited, currency: membership.currency)
            return [
                HomeFigure(
                    credited.formatted, label: "credited to posts in 30 days, by last click",
                    detail: Counted.words(total.clicks, "click", "clicks") + " by people, "
                        + Counted.words(total.orders, "order", "orders"),
                    href: "/w/\(membership.slug)/results")
            ]
        }
    }

    /// The step that measures the website.
    var measureSteps: HomeCards.Steps {
        { request in
            // Looking at Home changes nothing, so it works while the disk takes nothing.
            let site = try await MeasuredSite.known(
                in: request.workspace.workspace, database: desks.floor.database)
            return [
                SetupStep(
                    "Put the snippet on your site", why: "Then visits and orders find their post.",
                    href: "/w/\(request.workspace.slug)/results/site",
                    isDone: site?.firstSeenAt != nil)
            ]
        }
    }
}
