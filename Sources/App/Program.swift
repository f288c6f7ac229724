import Channels
import Foundation
import Hummingbird
import Jobs
package import Kernel
package import Logging
import Measurement
import NIOCore
import Networks
import NetworksLive
import Nodes
import Outbound
package import People
import PracticeNetwork
import Privacy
import Publishing
import Reviews
import Safekeeping
import ServiceLifecycle
package import Store
import UnixSignals
package import Web
import WebMeasurement

/// The whole program, put together from its settings.
package struct Program: Sendable {
    package let settings: ServerSettings
    package let database: Database
    let floor: Floor
    let desks: Desks

    package var people: PeopleDesk { desks.people }

    /// Opens the database and brings its schema up to date.
    package static func open(
        _ settings: ServerSettings, logger: Logger, surroundings: Surroundings = .live
    ) async throws -> Program {
        // What is made in the folder is for this user only, also where the folder was there before.
        umask(0o077)
        try FileManager.default.createDirectory(
            atPath: settings.dataFolder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let interruption = try settings.interruption.map(Interruption.init)
        let database = try await Database.open(
            settings.location, witness: interruption?.witness)
        do {
            try await database.refuseHalfFilled()
            try await database.migrate(ProgramSchema.plan, at: surroundings.now())
        } catch {
            await database.close()
            throw error
        }
        let localBase = "http://127.0.0.1:\(settings.port)"
        let outbound = OutboundClient(
            allow: settings.allowedAddresses + ["127.0.0.1:\(settings.port)"],
            only: settings.reachWithSelf,
            witness: interruption?.witness)
        let practice = PracticeDesk(
            database: database, surroundings: surroundings,
            rehearsal: try settings.practice.map(PracticeRehearsal.init))
        let door = PracticeDoor(
            base: localBase + "/practice",
            openAccount: { handle in
                try await practice.issueToken(try await practice.openAccount(handle))
            }, endToken: { try await practice.endToken($0) })
        let floor = Floor(
            settings: settings, database: database,
            queue: JobQueue(surroundings: surroundings), surroundings: surroundings,
            logger: logger, localBase: localBase,
            connectors: .live(
                outbound: outbound, surroundings: surroundings,
                practice: settings.servesPractice ? door : nil, pace: interruption?.pace ?? 1),
            box: try settings.keyFile.map {
                try SecretBox.withKeyFile(
                    $0, for: settings.dataFolder, surroundings: surroundings)
            } ?? SecretBox.inFolder(settings.dataFolder, surroundings: surroundings),
            live: LiveHub(
                surroundings: surroundings, isShared: database.engine == .postgres),
            spool: try Spool(
                folder: settings.dataFolder + "/spool", surroundings: surroundings),
            outbound: outbound, keeper: OpenFiles.doorkeeper(settings, logger),
            practice: practice, metering: Metering(since: surroundings.now()),
            instance: InstanceDesk(
                database: database, folder: settings.dataFolder, location: try settings.location,
                awayLimit: settings.holdAfter.map { .hours(Int64($0)) },
                surroundings: surroundings,
                holdsData: { tx in try tx.exists("SELECT 1 FROM person LIMIT 1") }),
            nodeID: surroundings.newID(), pace: interruption?.pace ?? 1,
            ask: { url in await outbound.text(at: url) })
        return Program(
            settings: settings, database: database, floor: floor,
            desks: Desks.connected(floor))
    }

    /// All routes behind their gate; the server and the tests use the same.
    package func site() throws -> Site {
        let live = floor.live
        let metering = floor.metering
        let isSecure = settings.publicURL?.hasPrefix("https://") ?? false
        let pages = try Pages(desks, backups: backups, live: live, isSecure: isSecure)
        return try Site(
            pages.routes + operationsRoutes(pages),
            settings: WebSettings(
                publicURL: settings.publicURL, trustsProxy: settings.trustsProxy,
                requestRate: settings.requestRate, version: Version.current),
            identities: Identities(desks), frame: pages.frame, live: live,
            readiness: { await readiness() }, surroundings: floor.surroundings,
            logger: floor.logger, observe: { metering.observe($0) })
    }

    /// Serves until the process is told to stop, then drains.
    ///
    /// `ready` runs once the server listens; `answer` performs commands of the control socket,
    /// which exists only with SQLite: beside PostgreSQL a command opens the database itself.
    package func serve(
        answer: ControlAnswer? = nil, ready: @escaping @Sendable () async -> Void
    ) async throws {
        try await arrive(as: .serve)
        let live = floor.live
        let worker = self.worker
        let collector = desks.measuring.collector
        let trustsProxy = settings.trustsProxy
        let isSecure = settings.publicURL?.hasPrefix("https://") ?? false
        let keeper = floor.keeper
        let metering = floor.metering
        let faults = floor.practice.rehearsal?.faults
        let application = Application(
            router: try site().router(),
            server: .guarded(by: keeper) {
                Self.channelHandlers(
                    collector, trustsProxy: trustsProxy, isSecure: isSecure, faults, metering)
            },
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), backlog: 1024),
            onServerRunning: { _ in await ready() },
            logger: Self.quiet(floor.logger))
        try await ReviewWork(desk: desks.reviews).start(queue: floor.queue)
        try await desks.sweep.start(queue: floor.queue)
        try await desks.limits.start(queue: floor.queue)
        try await desks.measuring.blocks.start(queue: floor.queue)
        try await desks.preflight.start()
        try await desks.privacy.start(queue: floor.queue)
        try await desks.telling.start()
        try await desks.askPublicAddress(settings)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: worker), .init(service: LiveBeat(live: live)), .init(service: watch),
            .init(service: MeasuringLoop(measuring: desks.measuring, logger: floor.logger)),
            .init(service: nodeLoop(.serve)),
            .init(service: application),
        ]
        services += shared
        if settings.backups != nil {
            services.append(
                .init(
                    service: BackupClock(
                        desk: backups, instance: floor.instance, logger: floor.logger)))
        }
        if let answer, database.engine == .sqlite {
            services.append(
                .init(
                    service: ControlSocket(
                        place: ControlPlace(folder: settings.dataFolder), answer: answer,
                        logger: floor.logger)))
        }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Self.quiet(floor.logger))
        configuration.maximumGracefulShutdownDuration = Self.drainTime
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // What did not finish in time was given back and goes on at the next start.
        } catch {
            await close()
            throw cannotListen(error) ?? error
        }
        await close()
    }

    /// Why the address cannot be listened on, in words; nil for any other error.
    private func cannotListen(_ error: any Error) -> Problem? {
        guard let code = (error as? IOError)?.errnoCode else { return nil }
        let (host, port) = (settings.host, settings.port)
        let words: String
        switch code {
        case EADDRINUSE:
            words =
                "Port \(port) of \(host) is in use: another program listens there. Stop it, "
                + "or choose another --port."
        case EADDRNOTAVAIL:
            words =
                "\(host) is no address of this machine. Choose one that is with --host; "
                + "0.0.0.0 is all of them."
        case EACCES:
            words =
                "This user may not listen on port \(port). Choose one above 1023 with --port, "
                + "and let a proxy stand in front."
        default: return nil
        }
        return Problem(.unavailable, code: "serve.address", words)
    }

    /// How long a stop may take in all; each service gives up by itself before that.
    private static let drainTime = Duration.seconds(25)

    /// What answers on the connection itself, in the order of requests.
    private static func channelHandlers(
        _ collector: Collector, trustsProxy: Bool, isSecure: Bool, _ faults: FaultPlan?,
        _ metering: Metering
    ) -> [any RemovableChannelHandler] {
        let first = CollectorHandler(
            collector: collector, trustsProxy: trustsProxy, isSecure: isSecure,
            answered: metering.answered)
        return [first] + (faults.map { [PracticeFaultHandler(plan: $0)] } ?? [])
    }

    /// Runs jobs without serving pages, until the process is told to stop.
    ///
    /// `ready` runs once the worker looks for jobs.
    package func work(ready: @escaping @Sendable () async -> Void) async throws {
        try await arrive(as: .work)
        await ready()
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: worker), .init(service: watch), .init(service: nodeLoop(.work)),
        ]
        services += shared
        let group = ServiceGroup(
            configuration: .init(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(floor.logger)))
        try await group.run()
        await close()
    }

    private var worker: JobWorker {
        let metering = floor.metering
        return JobWorker(
            database: database, queue: floor.queue, handlers: desks.handlers,
            logger: floor.logger, name: Self.processName,
            pace: floor.pace, isHeld: { [instance = floor.instance] in instance.hold != nil },
            observe: { metering.observe($0) })
    }

    /// Closes what the program holds open.
    package func close() async {
        floor.spool.close()
        await floor.outbound.shutdown()
        await database.close()
    }

    /// Libraries speak only when something is wrong.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

/// Keeps live pages' streams awake and ends them when the server stops.
private struct LiveBeat: Service {
    let live: LiveHub

    func run() async throws {
        await withGracefulShutdownHandler {
            while !Task.isShuttingDownGracefully && !Task.isCancelled {
                live.heartbeat()
                await cancelWhenGracefulShutdown {
                    try? await Task.sleep(for: .seconds(20))
                }
            }
        } onGracefulShutdown: {
            live.close()
        }
    }
}
