package import Jobs
import Kernel
package import Notices
import People
package import Web

/// The pages and the API of what the program tells people and other programs.
package struct NoticesWeb: Sendable {
    /// The tabs of the settings with one of them current; the slice of people draws them.
    package typealias SettingsTabs = @Sendable (WebRequest, String) -> Tabs

    /// What the settings page can do with e-mail.
    package struct Mailbox: Sendable {
        /// `mail.example:587`; nil without a mail server.
        let server: String?
        let sender: String?
        /// Sends a message that only says that e-mail works.
        let sendTest: @Sendable (_ name: String, _ address: String) async throws -> Void

        package init(
            server: String?, sender: String?,
            sendTest: @escaping @Sendable (String, String) async throws -> Void
        ) {
            self.server = server
            self.sender = sender
            self.sendTest = sendTest
        }
    }

    let webhooks: WebhookDesk
    let notices: NoticeDesk
    let mailbox: Mailbox
    let frame: Frame
    let tabs: SettingsTabs

    package init(
        webhooks: WebhookDesk, notices: NoticeDesk, mailbox: Mailbox, frame: Frame,
        tabs: @escaping SettingsTabs
    ) {
        self.webhooks = webhooks
        self.notices = notices
        self.mailbox = mailbox
        self.frame = frame
        self.tabs = tabs
    }

    /// Every route of webhooks and notices.
    package var routes: [Route] {
        webhookRoutes + webhookLogRoutes + webhookPages + noticeRoutes + noticeSettingRoutes
    }

    /// Tells open pages that something was told or mended.
    package static func handlers(live: LiveHub) -> [JobHandler] {
        ["notices.cleared", "notices.raised"].map { event in
            JobHandler.on(event, name: "live") { delivery, _ in
                live.tell(delivery.workspace, "notices")
            }
        }
    }

    static let base = "/workspaces/{workspace}"
    static let page = "/w/{workspace}"

    /// `/w/roastery`
    static func root(_ request: WebRequest) -> String { "/w/\(request.workspace.slug)" }
}
