import Jobs
package import Kernel
import Logging
import Nodes
package import Privacy
import Publishing
package import Safekeeping
import ServiceLifecycle
package import Store

extension Program {
    /// Writes backups of this installation.
    package var backup: Backup {
        Backup(
            database: database, folder: settings.dataFolder, keyFile: settings.keyFile,
            schema: ProgramSchema.plan,
            program: Version.current, surroundings: floor.surroundings,
            pictures: { tx in
                try tx.rows("SELECT DISTINCT content_hash FROM media_asset")
                    .map { try $0("content_hash") }
            },
            elsewhere: { [pictures = desks.pictures] in try await pictures.bytes(of: $0) })
    }

    /// Carries everything of the settings' installation to another database.
    package static func move(_ settings: ServerSettings, to target: Database.Location) throws
        -> Move
    {
        Move(
            from: try settings.location, to: target, folder: settings.dataFolder,
            schema: ProgramSchema.plan, surroundings: .live,
            isBusy: { tx in
                // What has ended cleanly or not leaves no beat for long.
                let recent = Surroundings.live.now() - .seconds(10)
                return try tx.exists("SELECT 1 FROM worker_heartbeat WHERE beat_at > \(recent)")
            })
    }

    /// Makes the planned backups.
    package var backups: BackupDesk { BackupDesk(backup, schedule: settings.backups) }

    /// Finds, exports and erases one person.
    package var privacy: PrivacyDesk { desks.privacy }

    /// Knows whether this is the one that publishes.
    package var instance: InstanceDesk { floor.instance }

    /// A person says that this is the one that publishes; what is late is looked for first.
    ///
    /// Returns false when nothing was held.
    @discardableResult
    package func confirmInstance(by principal: Principal) async throws -> Bool {
        try await desks.confirmInstance(by: principal)
    }

    /// A person says wait.
    package func holdInstance(by principal: Principal) async throws {
        try await desks.holdInstance(by: principal)
    }

    /// Finds out whether this is the one that publishes, before anything can leave.
    func arrive(as role: Node.Role) async throws {
        Files.sweep(settings.dataFolder, before: floor.surroundings.now() - .hours(1))
        try await nodeDesk(role).arrive()
        try await instance.arrive()
        if let trouble = try await keyTrouble() { floor.logger.error("\(trouble)") }
        guard let hold = instance.hold else { return }
        if hold.cause == .moved { throw SafekeepingError.sourceMoved(to: hold.movedTo) }
        floor.logger.warning("Nothing is sent until a person confirms: \(hold.why).")
    }

    /// Says every minute that this program runs, and looks more often while it is held.
    var watch: InstanceWatch { InstanceWatch(instance: floor.instance, floor: floor) }
}

extension Desks {
    @discardableResult
    func confirmInstance(by principal: Principal) async throws -> Bool {
        let delivery = delivery
        let note = noteEverywhere(
            "instance.confirmed", "Said that this installation is the one that publishes",
            by: principal)
        let done = try await floor.instance.confirm(by: principal) { tx in
            _ = try delivery.suspectCopies(by: principal, tx)
            try note(tx)
        }
        floor.queue.ring()
        return done
    }

    func holdInstance(by principal: Principal) async throws {
        try await floor.instance.hold(
            by: principal,
            also: noteEverywhere("instance.held", "Held publishing", by: principal))
    }

    /// Records that somebody asked for a backup besides the planned ones.
    func noteBackup(in workspace: WorkspaceID, by principal: Principal) async throws {
        let events = EventLog(queue: floor.queue)
        try await floor.database.write { tx in
            try events.record(
                try Event(
                    "instance.backed-up", workspace: workspace, subject: "workspace:\(workspace)",
                    summary: "Asked for a backup", by: principal), in: tx)
        }
    }

    /// What concerns the installation is recorded in each of its workspaces.
    private func noteEverywhere(
        _ name: String, _ summary: String, by principal: Principal
    ) -> @Sendable (borrowing Transaction) throws -> Void {
        let events = EventLog(queue: floor.queue)
        return { tx in
            for row in try tx.rows("SELECT id FROM workspace ORDER BY id") {
                let workspace: WorkspaceID = try row("id")
                try events.record(
                    try Event(
                        name, workspace: workspace, subject: "workspace:\(workspace)",
                        summary: summary, by: principal), in: tx)
            }
        }
    }
}

/// The heartbeat of the instance.
struct InstanceWatch: Service {
    let instance: InstanceDesk
    let floor: Floor

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let pause = instance.hold == nil ? InstanceDesk.beat : InstanceDesk.heldBeat
                try? await Task.sleep(for: pause)
                guard !Task.isCancelled else { return }
                do {
                    let before = instance.hold
                    try await instance.beat()
                    if let hold = instance.hold, before == nil {
                        floor.logger.error("Nothing is sent until a person confirms: \(hold.why).")
                    }
                    if before != nil, instance.hold == nil { floor.queue.ring() }
                } catch is CancellationError {
                    return
                } catch {
                    floor.logger.warning("The heartbeat of the instance failed: \(error)")
                }
            }
        }
    }
}

/// Makes planned backups while the program runs.
struct BackupClock: Service {
    let desk: BackupDesk
    let instance: InstanceDesk
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await desk.settleInterrupted()
            while !Task.isCancelled {
                // A copy must not put its backups in the place of the original's.
                if instance.hold == nil {
                    do {
                        if try await desk.makeDue() {
                            let trouble = try await desk.trouble()
                            logger.log(
                                level: trouble == nil ? .info : .error,
                                "\(trouble ?? "A planned backup was made.")")
                        }
                    } catch is CancellationError {
                        return
                    } catch {
                        logger.error("A planned backup could not be begun: \(error)")
                    }
                }
                try? await Task.sleep(for: .seconds(30))
            }
        }
    }
}
