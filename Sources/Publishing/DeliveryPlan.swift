import Jobs
import Kernel
import Store

/// Turns decisions into planned work and recorded facts, in the transaction of the decision.
struct DeliveryPlan: Sendable {
    let queue: JobQueue
    let events: EventLog
    let surroundings: Surroundings
    /// Below 1 when faults are rehearsed: waits are as much shorter.
    var pace = 1.0

    /// Which publication a job is about.
    struct Target: Codable, Sendable {
        let workspace: WorkspaceID
        let publication: PublicationID
    }

    static let prepare = JobKind<Target>("publishing.prepare", lease: .minutes(10))
    static let preflight = JobKind<Target>("publishing.preflight", lease: .minutes(3))
    static let send = JobKind<Target>(
        "publishing.send", retry: .persistent, lease: .minutes(3), pool: .prompt)
    static let look = JobKind<Target>(
        "publishing.look", retry: .persistent, lease: .minutes(3), pool: .prompt)

    /// Does what a decision asks for.
    func follow(
        _ action: Delivery.Action, _ publication: Publication, by principal: Principal,
        _ tx: borrowing Transaction
    ) throws {
        let target = Target(workspace: publication.workspace, publication: publication.id)
        let now = surroundings.now()
        switch action {
        case .nothing: return
        case .plan(let prepare, let send):
            try cancel(publication, tx)
            // The lead is only worth a job of its own when there is some of it left.
            if send - now > .seconds(5) {
                try queue.enqueue(
                    Self.prepare, target, workspace: publication.workspace,
                    // One upload at a time for each channel: a dead one holds one slot.
                    lane: "prepare:\(publication.channel)", dueAt: prepare,
                    key: publication.key("prepare"), in: tx)
            }
            try enqueueSend(publication, target, at: send, tx)
            // Getting ready comes soon enough for what is due at once.
            if send - now > Delivery.preparationLead {
                try enqueuePreflight(publication, at: max(now, send - Preflight.dayBefore), tx)
            }
        case .send(let moment):
            try queue.cancel(key: publication.key("send"), in: tx)
            try enqueueSend(publication, target, at: now + (moment - now) * pace, tx)
        case .look(let moment):
            try queue.enqueue(
                Self.look, target, workspace: publication.workspace, lane: publication.lane,
                dueAt: now + (moment - now) * pace, key: publication.key("look"), in: tx)
        case .cancel: try cancel(publication, tx)
        case .heldBack:
            try cancel(publication, tx)
            try record(
                "publishing.held", publication, publication.message ?? "Held for being late",
                by: principal, tx)
        case .callPerson:
            try cancel(publication, tx)
            try record(
                "publishing.needs-person", publication,
                publication.message ?? "A person is needed", by: principal, tx)
        case .announce:
            try cancel(publication, tx)
            try record(
                "publishing.published", publication,
                ["Published", publication.latenessText].compactMap { $0 }.joined(separator: ", "),
                by: principal, tx)
        }
    }

    /// Plans a look at everything that could keep the post from going out.
    func enqueuePreflight(
        _ publication: Publication, at moment: Instant, _ tx: borrowing Transaction
    ) throws {
        try queue.enqueue(
            Self.preflight,
            Target(workspace: publication.workspace, publication: publication.id),
            workspace: publication.workspace, lane: "preflight:\(publication.channel)",
            dueAt: moment, key: publication.key("preflight"), in: tx)
    }

    private func enqueueSend(
        _ publication: Publication, _ target: Target, at moment: Instant,
        _ tx: borrowing Transaction
    ) throws {
        try queue.enqueue(
            Self.send, target, workspace: publication.workspace, lane: publication.lane,
            dueAt: moment, key: publication.key("send"), in: tx)
    }

    private func cancel(_ publication: Publication, _ tx: borrowing Transaction) throws {
        let kinds = ["prepare", "send", "look", "preflight"]
        try queue.cancel(keys: kinds.map(publication.key), in: tx)
    }

    /// Facts that subscribers of publishing events read.
    struct Facts: Codable, Sendable {
        let publication: PublicationID
        let post: PostID
        let channel: String
        let at: Instant?
    }

    /// Records something about a post and all its sides.
    func record(
        _ name: String, _ post: PostID, _ summary: String, changes: [Change],
        in workspace: WorkspaceID, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        try events.record(
            try Event(
                name, workspace: workspace, subject: "post:\(post)", summary: summary,
                changes: changes, by: principal), in: tx)
    }

    func record(
        _ name: String, _ publication: Publication, _ summary: String, changes: [Change] = [],
        by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        try events.record(
            try Event(
                name, workspace: publication.workspace, subject: publication.subject,
                summary: summary,
                payload: Facts(
                    publication: publication.id, post: publication.post,
                    channel: publication.channel.text, at: publication.publishedAt),
                changes: changes, by: principal), in: tx)
    }
}
