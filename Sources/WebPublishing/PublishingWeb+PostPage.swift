import Engagement
import Kernel
import Links
import Networks
import People
import Publishing
import Web

/// The page of one post.
struct PostPageView: Sendable {
    struct Line: Sendable {
        let when: String
        let what: String
        let outcome: String
        let detail: String?
    }

    struct Reply: Sendable {
        let who: String
        let text: String
        let when: String
    }

    struct Side: Sendable {
        let id: String
        let channel: String
        let network: String
        let icon: String
        let chip: Chip
        let sentence: String
        let alert: String?
        let clockChange: String?
        /// What would keep it from going out, as the last look before its time found.
        let warnings: [String]
        let hasWarnings: Bool
        /// When somebody looked and found nothing wrong.
        let ready: String?
        let texts: [String]
        let pictures: [PictureView]
        let url: String?
        let link: String?
        let linkLoss: String?
        let proof: String?
        let lines: [Line]
        let approvals: [String]
        let hash: String
        let isInReview: Bool
        let isDoubtful: Bool
        let isByHand: Bool
        let canSendAgain: Bool
        /// Where the freeze that holds it is decided about.
        let freezeHref: String?
        let handURL: String?
        /// Why a phone cannot open that address, and what to do.
        let handNote: String?
        /// The same address for the phone's camera, when the phone can open it.
        let handCode: String?
        let replies: [Reply]
        let repliesHref: String?
        let results: String?
        let isPublished: Bool
        /// What became of the wish to delete it there.
        let removal: String?
        let isRemovalRefused: Bool
        let canRemove: Bool
        let removeLabel: String
    }

    let root: String
    let path: String
    let title: String
    let trail: Trail?
    let chip: Chip
    let state: String
    let sides: [Side]
    let canEdit: Bool
    let mayApprove: Bool
    let waitsForOthers: Bool
    let mayPublish: Bool
    let isScheduled: Bool
    let canReview: Bool
    let canPublishNow: Bool
    let isImported: Bool
    let late: LateForm?
    let links: [ApprovalLinkRow]
    let hasLinks: Bool
    let canLink: Bool
    let empty: EmptyState?
}

extension PublishingWeb {
    func postPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let sheet = try await posts.sheet(request.id("post", PostTag.self), in: workspace)
        let root = root(request)
        var sides: [PostPageView.Side] = []
        for side in sheet.sides { sides.append(try await sideView(side, sheet, request)) }
        let states = sheet.sides.map(\.publication.delivery.state)
        let mayPublish = Web.Access.allows(.publish, request)
        let needsApproval = try await posts.needsApproval(in: workspace)
        let mayApprove = Web.Access.allows(.approve, request) && states.contains(.inReview)
        let isOwn = try await posts.needsOtherEyes(
            sheet.post.id, than: request.principal, in: workspace)
        let isEditable = sheet.sides.contains { $0.publication.delivery.isEditable }
        let links = try await linkRows(sheet.post.id, request)
        let canLink =
            Web.Access.allows(.approve, request) && !isOwn && !sheet.undecided.isEmpty
        let view = PostPageView(
            root: root, path: "\(root)/posts/\(sheet.post.id)", title: sheet.post.name,
            trail: Trail(
                sheet.itemTitle.map { title in
                    [
                        Trail.Crumb(
                            "Plan item", title,
                            href: sheet.post.item.map { "\(root)/plan/items/\($0)" })
                    ]
                } ?? []),
            chip: Words.chip(sheet.overall), state: Self.sentence(sheet, request), sides: sides,
            canEdit: Web.Access.allows(.write, request) && (isEditable || sides.isEmpty),
            mayApprove: mayApprove && !isOwn, waitsForOthers: mayApprove && isOwn,
            mayPublish: mayPublish,
            isScheduled: mayPublish
                && states.contains { [.scheduled, .preparing].contains($0) },
            canReview: needsApproval && states.contains(.draft)
                && Web.Access.allows(.write, request),
            canPublishNow: mayPublish
                && states.contains {
                    needsApproval ? $0 == .approved : [.draft, .approved].contains($0)
                },
            isImported: sheet.post.origin == .imported,
            late: sheet.sides.contains { $0.publication.delivery.state != .published }
                ? try await lateForm(sheet.post.id, request) : nil,
            links: links, hasLinks: !links.isEmpty || canLink, canLink: canLink,
            empty: sides.isEmpty
                ? EmptyState(
                    icon: "tabler-send", title: "No channel chosen yet",
                    text: "Choose where this post goes; each channel can read differently.",
                    action: .init("Choose channels", href: "\(root)/posts/\(sheet.post.id)/edit"))
                : nil)
        return try await frame.page(
            "publishing/post", view, title: sheet.post.name, section: .content, for: request)
    }

    private static func sentence(_ sheet: PostSheet, _ request: WebRequest) -> String {
        let delivery = sheet.overall
        let zone = delivery.due?.zone ?? request.workspace.zone
        switch delivery.state {
        case .published:
            let moment = sheet.sides.compactMap(\.publication.publishedAt).min()
            return moment.map { "Out since \(Words.moment($0, zone))." } ?? "Out."
        case .scheduled, .preparing:
            return delivery.due.map { "Goes out \(Words.moment($0.local)) (\($0.zone))." } ?? ""
        case .needsPerson: return "Waits for you."
        case .inReview: return "Waits for an approval."
        case .approved: return "Approved; give it a time."
        case .draft: return "Not scheduled yet."
        case .sending: return "Being sent right now."
        case .doubtful: return "We are looking whether it arrived."
        case .refused: return "The network did not take it."
        }
    }

    private func sideView(
        _ side: PostSheet.Side, _ sheet: PostSheet, _ request: WebRequest
    ) async throws -> PostPageView.Side {
        let workspace = request.workspace.workspace
        let publication = side.publication
        let delivery = publication.delivery
        let zone = delivery.due?.zone ?? request.workspace.zone
        let link = publication.sentLink ?? side.linkAddress(localBase: posts.localBase)
        let isPublished = delivery.state == .published
        let attempts = try await posts.attempts(of: publication.id, in: workspace)
        let approvals = try await posts.approvals(of: publication.id, in: workspace)
        let talk = try await replies.sheet(publication: publication.id.text, in: workspace)
        let placed = side.variant.pictures ?? sheet.pictures
        let preflight = try await posts.preflights(of: [publication.id], in: workspace)[
            publication.id]
        let isWaiting =
            [.needsPerson, .refused].contains(delivery.state)
            || ([.draft, .approved].contains(delivery.state) && delivery.due == nil)
        let hand = try Self.hand(publication, side.publicAddress, request.origin)
        return PostPageView.Side(
            id: publication.id.text, channel: side.channel.name,
            network: side.channel.network.name, icon: side.channel.network.icon,
            chip: preflight?.findings.isEmpty == false ? Words.atRisk : Words.chip(delivery),
            sentence: Self.sentence(publication, zone),
            alert: isWaiting ? publication.message : nil,
            clockChange: delivery.state == .scheduled ? delivery.due?.clockChange : nil,
            warnings: preflight?.findings.map(\.message) ?? [],
            hasWarnings: preflight?.findings.isEmpty == false,
            ready: preflight.flatMap { look in
                guard look.findings.isEmpty else { return nil }
                return "Looked at \(Words.moment(look.checkedAt, zone)): it would go out."
            },
            texts: isPublished
                ? [publication.sentText ?? side.content.text] : side.content.parts(link: link),
            pictures: placed.enumerated().compactMap { index, item in
                sheet.library[item.picture].map {
                    PictureView(
                        root: root(request), id: $0.id.text, altText: item.altText,
                        name: $0.fileName, index: index)
                }
            },
            url: side.removal?.state == .removed
                ? nil : publication.remote?.url.flatMap(Self.safe), link: link.flatMap(Self.safe),
            linkLoss: side.link == nil
                ? nil
                : isPublished
                    ? publication.linkLoss : side.linkChoice(localBase: posts.localBase).loss,
            proof: publication.proof, lines: attempts.map { Self.line($0, zone) },
            approvals: approvals.map { Self.words($0, current: delivery.contentHash, zone) },
            hash: delivery.contentHash, isInReview: delivery.state == .inReview,
            isDoubtful: delivery.reason == .doubtful, isByHand: delivery.reason == .byHand,
            canSendAgain: [.reconnect, .unreachable, .tooLate].contains(delivery.reason),
            freezeHref: delivery.reason == .frozen
                ? publication.freeze.map { "\(root(request))/delivery/freezes/\($0)" } : nil,
            handURL: hand?.address, handNote: hand?.note, handCode: hand?.code,
            replies: (talk?.messages.suffix(5) ?? []).map {
                PostPageView.Reply(
                    who: $0.authorName, text: $0.text, when: Words.moment($0.at, zone))
            },
            repliesHref: talk.map { "\(root(request))/replies/\($0.conversation.id)" },
            results: isPublished ? try await neighbours.results(publication.id, request) : nil,
            isPublished: isPublished,
            removal: side.removal.map { Self.words($0, side.channel.network.name, zone) },
            isRemovalRefused: side.removal?.state == .refused,
            canRemove: Web.Access.allows(.publish, request) && posts.canRemove(side)
                && sheet.post.origin == .written,
            removeLabel: "Delete on \(side.channel.network.name)")
    }

    /// The link for a phone, why a phone cannot open it, and its picture when one can.
    private static func hand(
        _ publication: Publication, _ publicAddress: PublicAddress, _ origin: String
    ) throws(Problem) -> (address: String, note: String?, code: String?)? {
        guard let token = publication.handToken else { return nil }
        let address = "\(HandAddress.base(publicAddress, origin))/hand/\(token)"
        let note = HandAddress.note(publicAddress, origin)
        guard note == nil else { return (address, note, nil) }
        return (address, nil, try QRCode.svg(address, label: "The link as a QR code"))
    }

    private static func words(_ removal: Removal, _ network: String, _ zone: Zone) -> String {
        switch removal.state {
        case .asked:
            return "Being deleted on \(network). " + (removal.message ?? "")
        case .removed:
            let when = removal.removedAt.map { " " + Words.moment($0, zone) } ?? ""
            return "Deleted on \(network)\(when), at the wish of \(removal.askedBy). "
                + "Known by \(removal.proof ?? "its answer")."
        case .refused:
            return "It could not be deleted on \(network). " + (removal.message ?? "")
        }
    }

    /// Only web addresses become links.
    static func safe(_ url: String) -> String? {
        url.hasPrefix("https://") || url.hasPrefix("http://") ? url : nil
    }

    private static func sentence(_ publication: Publication, _ zone: Zone) -> String {
        let delivery = publication.delivery
        if let at = publication.publishedAt {
            let late = publication.latenessText.map { ", \($0)" } ?? ""
            return "Published \(Words.moment(at, zone))\(late)."
        }
        if let due = delivery.due {
            let utc = Zone.utc.localTime(due.at).clock
            let inUTC = due.zone == .utc ? "" : ", \(utc) UTC"
            return "Due \(Words.moment(due.local)) (\(due.zone)\(inUTC))."
        }
        return "No due time."
    }

    private static func line(_ attempt: Attempt, _ zone: Zone) -> PostPageView.Line {
        let local = zone.localTime(attempt.startedAt)
        let took = attempt.finishedAt.map { ($0 - attempt.startedAt).inSeconds } ?? 0
        return PostPageView.Line(
            when: Words.moment(local), what: attempt.what,
            outcome: (attempt.outcome?.words ?? "under way")
                + (took >= 0.1 ? " after \((took * 10).rounded() / 10) s" : ""),
            detail: attempt.message)
    }

    private static func words(_ approval: Approval, current: String, _ zone: Zone) -> String {
        let note = approval.note.isEmpty ? "" : ": “\(approval.note)”"
        let when = Words.moment(approval.at, zone)
        switch approval.decision {
        case .changesWanted: return "\(approval.personName) wanted changes, \(when)\(note)"
        case .approved where approval.contentHash == current:
            return "\(approval.personName) approved exactly this, \(when)\(note)"
        case .approved:
            return "\(approval.personName) approved an earlier version, \(when); edited since"
        }
    }
}
