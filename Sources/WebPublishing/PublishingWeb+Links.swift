import Channels
import Foundation
import Kernel
import Links
import Networks
import People
import Publishing
import Web

/// The page of somebody who decides about one post without an account.
struct ApprovalPageView: Sendable {
    struct Side: Sendable {
        let id: String
        let channel: String
        let network: String
        let icon: String
        let when: String
        let warning: String?
        let visibility: String?
        let parts: [String]
        let pictures: [PictureView]
        let link: String?
    }

    let approver: String
    let workspace: String
    let title: String
    let path: String
    let seen: String
    let until: String
    let sides: [Side]
    let isOpen: Bool
    /// What became of the link, when nothing can be decided any more.
    let over: String?
    let isApproved: Bool
}

/// One link on the page of a post.
struct ApprovalLinkRow: Sendable {
    let id: String
    let approver: String
    let chip: Chip
    let detail: String
    let canRevoke: Bool
}

/// A link that was just made, to be copied.
struct NewApprovalLinkPart: Sendable {
    let approver: String
    let address: String
    let until: String
}

extension PublishingWeb {
    var linkRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/posts/{post}/approval-links", id: "listApprovalLinks",
            "The approval links of a post with where each stands.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            let found = try await posts.links(
                of: try call.id("post", PostTag.self), in: call.workspace.workspace)
            return Listing(items: found.map { ApprovalLinkAnswer($0.link, $0.state) })
        }.guests(.subject)
        let make = Endpoint(
            .post, "\(Self.base)/posts/{post}/approval-links", id: "createApprovalLink",
            "Makes a link by which somebody without an account decides about the post, once.",
            tag: Self.tag, access: .workspace(.approve)
        ) { (call: Call<ApprovalLinkInput>) in
            let made = try await posts.makeLink(
                try call.id("post", PostTag.self), for: call.input.approver,
                days: call.input.days ?? 7, in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return ApprovalLinkAnswer(
                made.link, .open, address: "\(call.request.origin)/approve/\(made.secret)")
        }
        let revoke = Endpoint(
            .delete, "\(Self.base)/posts/{post}/approval-links/{link}", id: "revokeApprovalLink",
            "Makes an approval link useless at once.", tag: Self.tag, access: .workspace(.approve)
        ) { (call: Call<Nothing>) in
            try await posts.revokeLink(
                try call.id("link", ApprovalLinkTag.self),
                of: try call.id("post", PostTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        return [
            list.route, make.route, revoke.route,
            make.action("\(Self.page)/posts/{post}/approval-links") { made, request in
                try frame.fragment(
                    "publishing/approval-link",
                    NewApprovalLinkPart(
                        approver: made.approver, address: made.address ?? "",
                        until: request.workspace.zone.words(made.expiresAt)))
            },
            revoke.action("\(Self.page)/posts/{post}/approval-links/{link}/revoke") {
                _, request in
                Reply.redirect(
                    to: "\(root(request))/posts/\(request.parameters["post"] ?? "")"
                ).toast("The link no longer works.")
            },
        ] + approverRoutes
    }

    /// Pages without a sign-in: the unguessable secret is the whole permission, for one decision.
    ///
    /// Opening one decides nothing, because mail programs and scanners open links as well.
    private var approverRoutes: [Route] {
        let decide = Endpoint(
            .put, "/approval-links/{token}/decision", id: "decideByLink",
            "Approves a post by link, or says what should change; works once.", tag: Self.tag,
            access: .anyone
        ) { (call: Call<LinkDecisionInput>) in
            let note = (call.input.note ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            if call.input.decision == .changesWanted, note.isEmpty {
                throw PublishingError.whatToChange
            }
            let sheet = try await posts.decide(
                call.request.parameters["token"] ?? "", seen: call.input.seen,
                call.input.decision == .approved ? .approved : .changesWanted(note),
                person: call.request.caller?.principal, from: call.request.from)
            live?.tell(sheet.post.workspace, "posts")
            return Nothing()
        }
        return [
            decide.route,
            decide.action("/approve/{token}") { _, request in
                .redirect(to: "/approve/\(request.parameters["token"] ?? "")")
            },
            .page("/approve/{token}", .anyone) { request in
                let found = try await posts.opened(request.parameters["token"] ?? "")
                return try await frame.page(
                    "publishing/approve", try await view(found, request), title: "Your approval",
                    for: request)
            },
            .page("/approve/{token}/pictures/{picture}", .anyone) { request in
                let found = try await posts.opened(request.parameters["token"] ?? "")
                let id: PictureID = try request.id("picture")
                guard found.showsContent, found.sheet.library[id] != nil else {
                    throw PublishingError.noSuchPicture
                }
                let (picture, data) = try await pictures.read(id, in: found.link.workspace)
                return .file(data, type: picture.contentType, cache: "no-store")
            },
        ]
    }

    private func view(
        _ found: PostDesk.LinkSheet, _ request: WebRequest
    ) async throws -> ApprovalPageView {
        let place = try await posts.place(of: found.link.workspace)
        let token = request.parameters["token"] ?? ""
        return ApprovalPageView(
            approver: found.link.approver, workspace: place.name,
            title: found.showsContent ? found.sheet.post.name : "Your approval",
            path: "/approve/\(token)", seen: found.sheet.approvable,
            until: place.zone.words(found.link.expiresAt),
            sides: found.showsContent
                ? found.sheet.sides.map { side($0, found.sheet, token, place.zone) } : [],
            isOpen: found.state == .open, over: Self.over(found, place.zone),
            isApproved: found.link.decision == .approved)
    }

    private func side(
        _ side: PostSheet.Side, _ sheet: PostSheet, _ token: String, _ zone: Zone
    ) -> ApprovalPageView.Side {
        let link = side.linkAddress(localBase: posts.localBase)
        let placed = side.variant.pictures ?? sheet.pictures
        return ApprovalPageView.Side(
            id: side.publication.id.text, channel: side.channel.name,
            network: side.channel.network.name, icon: side.channel.network.icon,
            when: side.publication.delivery.due.map { "Due \(Words.moment($0.local)) (\($0.zone))" }
                ?? "No time chosen yet",
            warning: side.variant.contentWarning.flatMap { $0.isEmpty ? nil : $0 },
            visibility: side.variant.visibility == .everyone
                ? nil : "Shown to: \(side.variant.visibility.rawValue)",
            parts: side.content.parts(link: link),
            pictures: placed.enumerated().compactMap { index, item in
                sheet.library[item.picture].map {
                    PictureView(
                        root: "/approve/\(token)", id: $0.id.text, altText: item.altText,
                        name: $0.fileName, index: index)
                }
            }, link: link)
    }

    private static func over(_ found: PostDesk.LinkSheet, _ zone: Zone) -> String? {
        let who = found.link.createdBy
        switch found.state {
        case .open: return nil
        case .decided(.approved, let at): return "You approved exactly this on \(zone.words(at))."
        case .decided(.changesWanted, let at):
            return "You asked for changes on \(zone.words(at)): “\(found.link.note)”. "
                + "\(who) knows."
        case .revoked: return "\(who) took this link back. Ask for a new one."
        case .expired: return "This link has run out. Ask \(who) for a new one."
        case .voided:
            return "The post was changed or decided after this link was made, so there is "
                + "nothing to decide here. Ask \(who) for a new link."
        }
    }

    /// The links as they stand on the page of a post.
    func linkRows(_ post: PostID, _ request: WebRequest) async throws -> [ApprovalLinkRow] {
        let zone = request.workspace.zone
        return try await posts.links(of: post, in: request.workspace.workspace).map { entry in
            let (link, state) = entry
            let opened = link.openedAt.map { "opened \(zone.words($0))" } ?? "not opened yet"
            let (chip, detail) =
                switch state {
                case .open:
                    (
                        Chip("Waits", .info, icon: "tabler-clock"),
                        "Works until \(zone.words(link.expiresAt)), \(opened)."
                    )
                case .decided(.approved, let at):
                    (Chip("Approved", .good, icon: "tabler-check"), "On \(zone.words(at)).")
                case .decided(.changesWanted, let at):
                    (
                        Chip("Wants changes", .warn, icon: "tabler-pencil"),
                        "“\(link.note)”, \(zone.words(at))."
                    )
                case .revoked: (Chip("Revoked", .quiet), "Taken back before it was used.")
                case .expired: (Chip("Ran out", .quiet), "Ended \(zone.words(link.expiresAt)).")
                case .voided:
                    (Chip("Void", .quiet), "The post is another one now; make a new link.")
                }
            return ApprovalLinkRow(
                id: link.id.text, approver: link.approver, chip: chip, detail: detail,
                canRevoke: state == .open && Web.Access.allows(.approve, request))
        }
    }
}

extension PostDesk.LinkSheet {
    /// Whether the approver still sees the post: what is open, and what they decided themselves.
    var showsContent: Bool {
        switch state {
        case .open: true
        case .decided: sheet.approvable == link.contentHash
        case .revoked, .expired, .voided: false
        }
    }
}

/// For whom a link is, and how long it works.
struct ApprovalLinkInput: APIValue {
    let approver: String
    let days: Int?

    static let schema = Schema.object(
        "ApprovalLinkInput",
        [
            .required("approver", .line("Whom it is for: “Dana at Lark Hotels”.", max: 80)),
            .optional("days", .integer(minimum: 1, maximum: 30, description: "Default 7.")),
        ])
}

/// A decision by link.
struct LinkDecisionInput: APIValue {
    let decision: Approval.Decision
    let note: String?
    let seen: String

    static let schema = Schema.object(
        "LinkDecisionInput",
        [
            .required("decision", .oneOf(Approval.Decision.self)),
            .optional("note", .text("What should change.", max: 2000)),
            .required(
                "seen", .string(maxLength: 64, description: "The contentHash that was read.")),
        ])
}

/// An approval link, over the API.
struct ApprovalLinkAnswer: APIValue {
    let id: ApprovalLinkID
    let approver: String
    let state: String
    let contentHash: String
    let createdBy: String
    let createdAt: Instant
    let expiresAt: Instant
    let openedAt: Instant?
    let decidedAt: Instant?
    let note: String?
    let address: String?

    init(_ link: ApprovalLink, _ state: ApprovalLink.State, address: String? = nil) {
        id = link.id
        approver = link.approver
        self.state =
            switch state {
            case .open: "open"
            case .decided(let decision, _): decision.rawValue
            case .revoked: "revoked"
            case .expired: "expired"
            case .voided: "voided"
            }
        contentHash = link.contentHash
        createdBy = link.createdBy
        createdAt = link.createdAt
        expiresAt = link.expiresAt
        openedAt = link.openedAt
        decidedAt = link.decidedAt
        note = link.note.isEmpty ? nil : link.note
        self.address = address
    }

    static let schema = Schema.object(
        "ApprovalLink",
        [
            .required("id", .id()), .required("approver", .line()),
            .required(
                "state",
                .string(allowed: [
                    "open", "approved", "changesWanted", "revoked", "expired", "voided",
                ])),
            .required("contentHash", .line()), .required("createdBy", .line()),
            .required("createdAt", .instant()), .required("expiresAt", .instant()),
            .optional("openedAt", .instant()), .optional("decidedAt", .instant()),
            .optional("note", .text("What should change.", max: 2000)),
            .optional("address", .line("The link itself; only in the answer that makes it.")),
        ])
}
