import Foundation
import Kernel
import Notices
import Outbound
import WebNotices

/// Writes messages and hands them to the operator's mail server.
struct PostOffice: Sendable {
    let mailer: Mailer
    let from: MailAddress
    /// Where links of messages lead.
    let base: String
    let surroundings: Surroundings

    /// Nil without a mail server.
    init?(_ floor: Floor) {
        self.init(
            floor.settings, base: floor.settings.publicURL ?? floor.localBase,
            surroundings: floor.surroundings)
    }

    init?(_ settings: ServerSettings, base: String, surroundings: Surroundings) {
        // The settings were checked when they were read.
        guard let relay = settings.smtp.flatMap({ try? MailRelay($0) }),
            let from = try? MailAddress.read(settings.mailFrom ?? "")
        else { return nil }
        mailer = Mailer(
            relay, allow: settings.allowedAddresses, only: settings.reach,
            ownName: URL(string: base)?.host ?? "localhost")
        self.from =
            from.name.isEmpty ? (try? MailAddress(name: "Throughline", from.address)) ?? from : from
        self.base = base
        self.surroundings = surroundings
    }

    /// Sends a notice to one reader.
    func send(_ mail: NoticeWork.Mail) async throws {
        // An address no server would take stays so, however often it is tried; the bell has it.
        guard let to = try? MailAddress(name: mail.name, mail.address) else { return }
        let notice = mail.notice
        let link = "\(base)/w/\(mail.slug)\(notice.path)"
        let settings = "\(base)/w/\(mail.slug)/settings/notices"
        let message = MailMessage(
            from: from, to: to, subject: "\(mail.workspaceName): \(notice.title)",
            text: """
                \(notice.title)

                \(notice.detail)

                \(link)

                --
                You get this as a member of \(mail.workspaceName). \
                Choose what comes by e-mail: \(settings)

                """,
            html: Self.page(
                notice.title, notice.detail, link: link, action: "Look at it",
                footer: "You get this as a member of \(mail.workspaceName).",
                more: ("Choose what comes by e-mail", settings)),
            id: "notice-\(notice.id)-\(Hex.text(mail.address.utf8.prefix(24)))", at: notice.at)
        try await mailer.send(message)
    }

    /// Sends somebody a message that only says that it arrives.
    func sendTest(name: String, address: String) async throws {
        let text = "This is the test you asked for: e-mail from Throughline arrives."
        try await mailer.send(
            MailMessage(
                from: from, to: try MailAddress(name: name, address),
                subject: "Throughline: e-mail works", text: text + "\n\n\(base)\n",
                html: Self.page(
                    "E-mail works", text, link: base, action: "Open Throughline", footer: "",
                    more: nil),
                id: "test-\(surroundings.newID(PostOffice.self))", at: surroundings.now()))
    }

    static func mailbox(_ post: PostOffice?) -> NoticesWeb.Mailbox {
        NoticesWeb.Mailbox(
            server: post?.mailer.relay.description, sender: post?.from.address,
            sendTest: { name, address in
                guard let post else {
                    throw Problem(
                        .conflict, code: "mail.not-set",
                        "There is no mail server. Set THROUGHLINE_SMTP and THROUGHLINE_MAIL_FROM, "
                            + "then start again.")
                }
                try await post.sendTest(name: name, address: address)
            })
    }

    /// A page that any mail reader shows: no styles from elsewhere, no pictures, no scripts.
    static func page(
        _ title: String, _ text: String, link: String, action: String, footer: String,
        more: (words: String, link: String)?
    ) -> String {
        let last = more.map { " <a href=\"\(escaped($0.link))\">\(escaped($0.words))</a>" } ?? ""
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(escaped(title))\
            </title></head><body><h1>\(escaped(title))</h1><p>\(escaped(text))</p>\
            <p><a href="\(escaped(link))">\(escaped(action))</a></p>\
            <p><small>\(escaped(footer))\(last)</small></p></body></html>

            """
    }

    static func escaped(_ text: String) -> String {
        HTMLText.escaped(text)
    }
}
