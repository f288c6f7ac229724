import Channels
import Engagement
import Jobs
import Kernel
import Links
import Logging
import Measurement
import Networks
import Nodes
import Outbound
import People
import Planning
import PracticeNetwork
import Privacy
import Publishing
import Reviews
import Safekeeping
import Store
import Strategy
import Web
import WebPublishing

/// Every desk of the program over one database.
struct Desks: Sendable {
    let people: PeopleDesk
    let practice: PracticeDesk
    let channels: ChannelDesk
    let limits: ChannelLimits
    let strategy: StrategyDesk
    let plan: PlanDesk
    let publicAddress: PublicAddressDesk
    let pictures: PictureStore
    let cards: LinkCards
    let posts: PostDesk
    let freezes: FreezeDesk
    let addresses: AddressProof
    let delivery: DeliveryWork
    let preflight: PreflightWork
    let history: HistoryImport
    let progress: ItemProgress
    let sweep: PictureSweep
    let replies: ReplyDesk
    let replyWatch: ReplyWatch
    let reviews: ReviewDesk
    let measuring: Measuring
    let telling: Telling
    let privacy: PrivacyDesk
    let floor: Floor
    private let otherHandlers: [JobHandler]

    init(_ floor: Floor, events: EventLog) {
        let database = floor.database
        let surroundings = floor.surroundings
        let queue = floor.queue
        practice = floor.practice
        people = PeopleDesk(
            database: database, events: events, surroundings: surroundings,
            passwords: Passwords(surroundings: surroundings), box: floor.box,
            known: .embedded,
            door: .open(floor.settings, floor.outbound, surroundings),
            rigour: floor.settings.signInRigour)
        let channels = ChannelDesk(
            database: database, events: events, surroundings: surroundings,
            connectors: floor.connectors, box: floor.box,
            isHeld: { [instance = floor.instance] in instance.hold != nil })
        self.channels = channels
        let limits = ChannelLimits(desk: channels)
        self.limits = limits
        strategy = StrategyDesk(database: database, events: events, surroundings: surroundings)
        plan = PlanDesk(database: database, events: events, surroundings: surroundings)
        publicAddress = PublicAddressDesk(
            database: database, queue: queue, events: events, surroundings: surroundings,
            fetch: floor.ask)
        pictures = PictureStore(
            database: database, events: events, surroundings: surroundings,
            folder: floor.settings.dataFolder + "/media", fitter: .find(), scan: floor.scan())
        cards = Self.cards(floor)
        let posts = PostDesk(
            database: database, events: events, queue: queue, surroundings: surroundings,
            links: LinkDesk(database: database, surroundings: surroundings),
            rules: pictures.rules, localBase: floor.localBase)
        self.posts = posts
        freezes = FreezeDesk(
            database: database, events: events, queue: queue, surroundings: surroundings,
            posts: posts)
        let access: DeliveryWork.AccessSource = { channel, workspace in
            try await channels.access(to: channel, in: workspace)
        }
        addresses = AddressProof(
            database: database, connectors: floor.connectors, access: access)
        delivery = Self.delivery(
            floor, events, pictures: pictures, cards: cards, access: access, channels, limits)
        preflight = PreflightWork(delivery: delivery, rules: pictures.rules)
        measuring = Measuring(floor, events: events, channels: channels, strategy: strategy)
        let figures = measuring.figures
        history = HistoryImport(
            database: database, events: events, queue: queue, surroundings: surroundings,
            connectors: floor.connectors, access: access,
            figures: { try await figures.keep($2, of: $0, in: $1) })
        progress = ItemProgress(database: database, plan: plan)
        sweep = PictureSweep(store: pictures)
        replies = ReplyDesk(
            database: database, events: events, surroundings: surroundings,
            connectors: floor.connectors, access: access)
        replyWatch = ReplyWatch(
            database: database, queue: queue, events: events, surroundings: surroundings,
            connectors: floor.connectors, access: access,
            post: { publication, workspace in
                try await posts.watched(publication, in: workspace)
            })
        reviews = ReviewDesk(
            database: database, events: events, surroundings: surroundings, plan: plan,
            figures: .measured)
        telling = Telling(floor, events: events)
        privacy = .declared(floor, events: events)
        self.floor = floor
        otherHandlers = PublishingWeb.handlers(live: floor.live) + events.handlers()
    }

    private static func cards(_ floor: Floor) -> LinkCards {
        let outbound = floor.outbound
        return LinkCards(
            database: floor.database, surroundings: floor.surroundings,
            page: { await outbound.card(at: $0) }, file: { await outbound.picture(at: $0) },
            // A post does not wait for its card's picture.
            scan: floor.scan(within: .seconds(3)))
    }

    private static func delivery(
        _ floor: Floor, _ events: EventLog, pictures: PictureStore, cards: LinkCards,
        access: @escaping DeliveryWork.AccessSource, _ channels: ChannelDesk,
        _ limits: ChannelLimits
    ) -> DeliveryWork {
        DeliveryWork(
            database: floor.database, events: events, queue: floor.queue,
            surroundings: floor.surroundings, connectors: floor.connectors, pictures: pictures,
            cards: cards, localBase: floor.localBase, pace: floor.pace,
            isHeld: { [instance = floor.instance] tx in try instance.isHeld(tx) },
            access: access,
            noteRefusal: { [queue = floor.queue] failure, channel, workspace, since in
                try await channels.noteRefusal(
                    failure, of: channel, in: workspace, since: since)
                // The limits allowed what the server refused: they may have changed.
                if failure.kind == .contentRefused {
                    try await limits.askSoon(channel, in: workspace, queue: queue)
                }
            })
    }

    /// What the worker can do.
    var handlers: [JobHandler] {
        publicAddress.handlers() + limits.handlers() + delivery.handlers() + preflight.handlers()
            + history.handlers()
            + progress.handlers() + sweep.handlers() + replyWatch.handlers()
            + measuring.figures.handlers() + measuring.places.handlers()
            + measuring.blocks.handlers()
            + ReviewWork(desk: reviews).handlers() + telling.handlers
            + privacy.handlers()
            + otherHandlers
    }
}

extension PrivacyDesk {
    /// By what every slice declares of its tables.
    fileprivate static func declared(_ floor: Floor, events: EventLog) -> PrivacyDesk {
        PrivacyDesk(
            database: floor.database, events: events, surroundings: floor.surroundings,
            policies: ProgramSchema.policies, longestBackup: floor.settings.backups?.longestKept)
    }
}

extension PostDesk {
    /// What the reply watch must know of a publication; nil when nothing of it can be read back.
    fileprivate func watched(
        _ publication: String, in workspace: WorkspaceID
    ) async throws -> WatchedPost? {
        guard let id = PublicationID(publication) else { return nil }
        return try await published(id, in: workspace).map { found in
            WatchedPost(
                channel: found.channel, remote: found.remote, about: found.about,
                publishedAt: found.at)
        }
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
    /// Tells open pages of what happens while nobody clicks.
    let live: LiveHub
    /// Keeps each click before it is answered.
    let spool: Spool
    let outbound: OutboundClient
    /// Knows and bounds the connections.
    let keeper: Doorkeeper
    let practice: PracticeDesk
    /// Counts what happens.
    let metering: Metering
    /// Knows whether this is the one that publishes.
    let instance: InstanceDesk
    /// This process among those on the database.
    let nodeID: NodeID
    /// Below 1 when faults are rehearsed: waits are as much shorter.
    let pace: Double
    /// Reads a page of the web through the address guard.
    let ask: PublicAddressDesk.Fetch
}

extension Floor {
    /// Shows a file to the operator's virus scanner, where there is one.
    fileprivate func scan(within limit: Duration? = nil) -> PictureStore.Scan {
        { [scanner = settings.virusScanner, logger] file in
            do {
                try await scanner?.check(file, within: limit)
            } catch ScanError.brokenOff {
                throw ScanError.brokenOff
            } catch {
                logger.warning("file not kept", metadata: ["why": "\(error)"])
                throw error
            }
        }
    }
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
