import Channels
import Jobs
import Kernel
import Links
import Logging
import Networks
import People
import Planning
import Publishing
import Reviews
import Store
import Strategy

/// Every desk of the program over one database.
struct Desks: Sendable {
    let people: PeopleDesk
    let channels: ChannelDesk
    let strategy: StrategyDesk
    let plan: PlanDesk
    let reviews: ReviewDesk

    init(_ floor: Floor, events: EventLog) {
        let database = floor.database
        let surroundings = floor.surroundings
        people = PeopleDesk(
            database: database, events: events, surroundings: surroundings,
            passwords: Passwords(surroundings: surroundings))
        channels = ChannelDesk(
            database: database, events: events, surroundings: surroundings,
            connectors: floor.connectors, box: floor.box)
        strategy = StrategyDesk(database: database, events: events, surroundings: surroundings)
        plan = PlanDesk(database: database, events: events, surroundings: surroundings)
        reviews = ReviewDesk(
            database: database, events: events, surroundings: surroundings, plan: plan)
    }

    /// What the worker can do.
    var handlers: [JobHandler] {
        ReviewWork(desk: reviews).handlers()
    }
}

/// What every desk stands on.
struct Floor: Sendable {
    let settings: ServerSettings
    let database: Database
    let queue: JobQueue
    let surroundings: Surroundings
    let logger: Logger
    /// The address of this server on its own machine.
    let localBase: String
    let connectors: Connectors
    let box: SecretBox
}

extension Desks {
    /// The desks with the events of each carried to those who asked for them.
    ///
    /// Who asks is known only when the handlers exist, and handlers need desks: the first set
    /// tells, the second is used.
    static func connected(_ floor: Floor) -> Desks {
        let first = Desks(floor, events: EventLog(queue: floor.queue))
        let subscriptions = first.handlers.compactMap(\.subscription)
        return Desks(floor, events: EventLog(queue: floor.queue, subscriptions: subscriptions))
    }
}
