import Foundation
import Jobs
import Kernel
import Measurement
import Nodes
import People
import Publishing
import ServiceLifecycle
import Store

extension Program {
    /// This process among those on the database.
    func nodeDesk(_ role: Node.Role) -> NodeDesk {
        let ring = floor.box.ring
        return NodeDesk(
            database: database,
            node: Node(
                id: floor.nodeID, name: Self.processName, role: role, version: Version.current,
                folder: nodeFolder),
            surroundings: floor.surroundings, keyMarks: { ring.marks })
    }

    /// The data folder, named the same by whoever asks.
    var nodeFolder: String {
        URL(fileURLWithPath: settings.dataFolder).resolvingSymlinksInPath().path
    }

    /// Host and process, such as `web1-4711`.
    static var processName: String {
        let process = ProcessInfo.processInfo
        return "\(process.hostName)-\(process.processIdentifier)"
    }

    func nodeLoop(_ role: Node.Role) -> NodeLoop {
        NodeLoop(desk: nodeDesk(role), duties: duties, logger: floor.logger, pace: floor.pace)
    }

    private var liveChanges: LiveChanges {
        LiveChanges(database: database, node: floor.nodeID, surroundings: floor.surroundings)
    }

    /// What only one process does.
    private var duties: [Duty] {
        let chain = desks.people.audit
        let objectives = desks.measuring.objectives
        let changes = liveChanges
        let hush = floor.queue.hush
        return [
            Duty(name: "Sealing the record of changes", pause: .seconds(1)) { fence in
                // A thousand posts of one minute need the thread that writes the database.
                guard !hush.isOn else { return }
                try await chain.seal(fence: fence)
            },
            Duty(name: "Measuring the objectives", pause: .seconds(60)) { fence in
                try await objectives.update(fence: fence)
            },
            Duty(name: "Forgetting told changes", pause: .minutes(10)) { fence in
                try await changes.prune(fence: fence)
            },
        ]
    }

    /// What runs only where other processes may be on the database.
    var shared: [ServiceGroupConfiguration.ServiceConfiguration] {
        guard let relay else { return [] }
        let pictures = PictureLoop(
            pictures: desks.pictures, sweep: desks.sweep, logger: floor.logger)
        return [.init(service: relay), .init(service: pictures)]
    }

    /// Connects this process with the others; nil with SQLite, which belongs to one.
    private var relay: LiveRelay? {
        database.signals.map { signals in
            LiveRelay(
                live: floor.live, changes: liveChanges, signals: signals, queue: floor.queue,
                logger: floor.logger)
        }
    }
}
