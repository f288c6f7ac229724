import Jobs
import Kernel
import Measurement
import Store
import Telemetry
import Web

// What `/metrics` shows besides what was counted: looked up when somebody asks.

extension Program {
    /// The page of metrics; what cannot be looked up is absent.
    func metricsText(_ reader: VitalsReader) async -> String {
        let readiness = await readiness()
        var samples = identity(readiness) + process()
        if let vitals = try? await reader.now() { samples += Self.samples(vitals) }
        if let folders = try? await reader.sizes() {
            let sizes = [
                ("pictures", folders.pictures), ("spool", folders.spool),
                ("backups", folders.backups),
            ]
            samples += sizes.map { what, bytes in
                MetricSample(
                    "throughline_storage_bytes", help: "Room that files take on disk.",
                    [MetricLabel("what", what)], value: Double(bytes))
            }
        }
        return floor.metering.registry.text(samples)
    }

    private func identity(_ readiness: Readiness) -> [MetricSample] {
        [
            MetricSample(
                "throughline_build_info", help: "What runs here.",
                [
                    MetricLabel("version", Version.current),
                    MetricLabel("schema", "\(ProgramSchema.version)"),
                    MetricLabel("engine", database.engine.rawValue),
                ], value: 1),
            MetricSample(
                "throughline_ready", help: "1 when /readyz says ready.",
                value: readiness.isReady ? 1 : 0),
        ]
    }

    private func process() -> [MetricSample] {
        let facts = ProcessFacts.now()
        let door = floor.keeper.counts
        var samples = [
            MetricSample(
                "process_resident_memory_bytes", help: "Memory held.",
                value: Double(facts.memoryBytes)),
            MetricSample("process_open_fds", help: "Open files.", value: Double(facts.openFiles)),
            MetricSample(
                "process_max_fds", help: "Most open files.", value: Double(facts.mostFiles)),
            MetricSample(
                "process_cpu_seconds_total", .counter, help: "Processor time.",
                value: facts.processorSeconds),
            MetricSample(
                "process_start_time_seconds", help: "When it started, since 1970.",
                value: Double(floor.metering.startedAt.milliseconds) / 1000),
            MetricSample(
                "throughline_connections", help: "Open connections.", value: Double(door.open)),
            MetricSample(
                "throughline_connections_limit", help: "Places for connections.",
                value: Double(floor.keeper.limits.connections)),
            MetricSample(
                "throughline_connections_accepted_total", .counter,
                help: "Connections since the start.", value: Double(door.accepted)),
            MetricSample(
                "throughline_answer_bytes_waiting", help: "Answers that wait for slow peers.",
                value: Double(door.outgoingBytes)),
            MetricSample(
                "throughline_live_streams", help: "Pages that listen for changes.",
                value: Double(floor.live.count)),
            MetricSample(
                "throughline_clicks_lost_total", .counter,
                help: "Clicks and site events that the disk did not take.",
                value: Double(floor.spool.health.lost)),
            MetricSample(
                "throughline_clicks_doubtful_total", .counter,
                help: "Those answered just before the disk failed to confirm them.",
                value: Double(floor.spool.health.doubtful)),
        ]
        samples += Doorkeeper.Reason.allCases.map { reason in
            MetricSample(
                "throughline_connections_refused_total", .counter,
                help: "Connections turned away or given up, by reason.",
                [MetricLabel("reason", reason.rawValue)],
                value: Double(door.turnedAway[reason] ?? 0))
        }
        if let free = DiskFacts.free(settings.dataFolder) {
            samples.append(
                MetricSample(
                    "throughline_disk_free_bytes", help: "Room left in the data folder.",
                    value: Double(free)))
        }
        return samples
    }

    static func samples(_ vitals: Vitals) -> [MetricSample] {
        let queue = vitals.queue
        func age(_ since: Instant?) -> Double {
            since.map { max(0, (vitals.at - $0).inSecondsExactly) } ?? 0
        }
        var samples = queue.counts.map { count in
            MetricSample(
                "throughline_jobs", help: "Jobs that are not done, by kind and state.",
                [MetricLabel("kind", count.kind), MetricLabel("state", count.state.rawValue)],
                value: Double(count.count))
        }
        samples += [("busy", queue.busyLanes), ("waiting", queue.waitingLanes)].map {
            MetricSample(
                "throughline_lanes", help: "Lanes at work, and others with something due.",
                [MetricLabel("state", $0.0)], value: Double($0.1))
        }
        samples += [
            MetricSample(
                "throughline_dead_letters", help: "Jobs that failed for good.",
                value: Double(queue.count(.dead))),
            MetricSample(
                "throughline_queue_oldest_due_seconds", help: "Wait of the oldest due job.",
                value: age(queue.oldestDue)),
            MetricSample(
                "throughline_outbox_age_seconds", help: "Age of the oldest event not passed on.",
                value: age(queue.oldestEvent)),
            MetricSample(
                "throughline_database_bytes", help: "Size of the database.",
                value: Double(vitals.load.bytes)),
            MetricSample(
                "throughline_database_waiting", help: "Changes or callers that wait for it.",
                value: Double(vitals.load.waiting)),
            MetricSample(
                "throughline_database_waiting_limit", help: "So many may wait.",
                value: Double(vitals.load.mostWaiting)),
            MetricSample(
                "throughline_spool_backlog_bytes", help: "Clicks that are kept but not counted.",
                value: Double(vitals.spoolBacklog)),
        ]
        samples += queue.workers.map { worker in
            MetricSample(
                "throughline_worker_beat_age_seconds", help: "Since a worker last reported.",
                [MetricLabel("worker", worker.name)], value: age(worker.beatAt))
        }
        return samples
    }
}
