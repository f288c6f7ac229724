import Jobs
import Kernel
import Notices
import Outbound
import WebNotices

/// What tells people and other programs: the bell, e-mail and webhooks.
struct Telling: Sendable {
    let webhooks: WebhookDesk
    let notices: NoticeDesk
    let mailbox: NoticesWeb.Mailbox
    private let webhookWork: WebhookWork
    private let noticeWork: NoticeWork
    private let floor: Floor

    init(_ floor: Floor, events: EventLog) {
        let (outbound, surroundings) = (floor.outbound, floor.surroundings)
        let desk = WebhookDesk(
            database: floor.database, events: events, queue: floor.queue,
            surroundings: surroundings, box: floor.box, check: { try outbound.check($0) })
        webhooks = desk
        webhookWork = WebhookWork(desk: desk, pace: floor.pace) { message in
            await outbound.deliver(message, now: surroundings.now)
        }
        let post = PostOffice(floor)
        notices = NoticeDesk(
            database: floor.database, events: events, queue: floor.queue,
            surroundings: surroundings, canMail: post != nil)
        let send: NoticeWork.Send?
        if let post { send = { try await post.send($0) } } else { send = nil }
        noticeWork = NoticeWork(desk: notices, send: send)
        mailbox = PostOffice.mailbox(post)
        self.floor = floor
    }

    var handlers: [JobHandler] {
        webhookWork.handlers() + noticeWork.handlers() + NoticesWeb.handlers(live: floor.live)
    }

    /// Starts what looks at the clock; again changes nothing.
    func start() async throws {
        try await noticeWork.start()
        try await webhookWork.start(queue: floor.queue)
    }
}
