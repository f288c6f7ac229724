import Kernel
import Logging
import Nodes
import ServiceLifecycle
import Store

/// Something that only one process of an installation does.
struct Duty: Sendable {
    typealias Fence = @Sendable (borrowing Transaction) throws -> Void

    let name: String
    let pause: Duration
    /// Does it once; the fence is asked in each of its transactions.
    let run: @Sendable (@escaping Fence) async throws -> Void
}

/// Says that this process runs, and does the duties of the leader while it leads.
struct NodeLoop: Service {
    let desk: NodeDesk
    let duties: [Duty]
    let logger: Logger
    /// Below 1 when faults are rehearsed: beats are as much shorter.
    let pace: Double

    /// A leader stops this long before its lease ends, so that no two believe to lead.
    private static let margin = Duration.seconds(2)
    /// Asking takes no longer than this, or it counts as no answer.
    private static let patience = Duration.seconds(5)

    func run() async throws {
        await leave(await cancelWhenGracefulShutdown { await follow() })
    }

    /// Waits for the lead and takes it, until the process stops; its term, if it leads then.
    private func follow() async -> LeaderTerm? {
        let start = ContinuousClock.now
        var leadership = Leadership(sureFor: NodeDesk.lease - Self.margin)
        while !Task.isCancelled {
            await sayAlive()
            let asked = start.duration(to: .now)
            if let change = await ask(&leadership, asked), case .began(let term) = change {
                logger.info("This process leads now.", metadata: ["term": "\(term.epoch)"])
                await lead(term, &leadership) { start.duration(to: .now) }
            } else {
                try? await Task.sleep(for: Node.beat * pace)
            }
        }
        return leadership.term
    }

    private func ask(
        _ leadership: inout Leadership, _ moment: Duration
    ) async -> Leadership.Change? {
        let term = leadership.term
        do {
            let answer = try await within(Self.patience) { try await desk.claim(holding: term) }
            return leadership.heard(answer, askedAt: moment)
        } catch {
            if !Task.isCancelled {
                logger.warning("Asking for the lead failed: \(error)")
            }
            return nil
        }
    }

    /// Does the duties until the lease is lost or the process stops.
    private func lead(
        _ term: LeaderTerm, _ leadership: inout Leadership, now: () -> Duration
    ) async {
        await withDiscardingTaskGroup { group in
            for duty in duties { group.addTask { await perform(duty, term) } }
            while !Task.isCancelled {
                let left = (leadership.deadline ?? now()) - now()
                try? await Task.sleep(for: min(Node.beat * pace, max(left, .zero)))
                guard !Task.isCancelled else { break }
                await sayAlive()
                let change = await ask(&leadership, now())
                if change == .ended || leadership.heardNothing(at: now()) == .ended { break }
            }
            group.cancelAll()
        }
        if leadership.term == nil { logger.warning("This process leads no more.") }
    }

    private func perform(_ duty: Duty, _ term: LeaderTerm) async {
        while !Task.isCancelled {
            do {
                try await duty.run { tx in try term.require(tx) }
            } catch NodesError.leadsNoMore {
                return
            } catch {
                if Task.isCancelled { return }
                logger.error("\(duty.name) failed: \(error)")
            }
            try? await Task.sleep(for: duty.pause)
        }
    }

    private func sayAlive() async {
        do {
            try await within(Self.patience) { try await desk.beat() }
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("Saying that this process runs failed: \(error)")
        }
    }

    /// Does what a stop should not leave behind, and lets another lead at once.
    private func leave(_ term: LeaderTerm?) async {
        if let term {
            for duty in duties where duty.pause <= .seconds(1) {
                try? await duty.run { tx in try term.require(tx) }
            }
        }
        try? await desk.leave(term)
    }

    private func within<Value: Sendable>(
        _ time: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: time)
                throw StoreError.unreachable("it did not answer within \(time)")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw StoreError.noRow }
            return value
        }
    }
}
