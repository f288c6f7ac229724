import Foundation
import Kernel
import Links
import Networks
import Publishing
import Web

/// The page on one's phone for a post that is published by hand.
struct HandView: Sendable {
    struct Part: Sendable {
        let number: Int
        let text: String
    }

    let title: String
    let channel: String
    let network: String
    let icon: String
    let path: String
    let parts: [Part]
    let isThread: Bool
    let link: String?
    let pictures: [PictureView]
    let linkLoss: String?
}

/// Where a post published by hand can be seen.
struct HandInput: APIValue {
    let address: String?

    static let schema = Schema.object(
        "HandPublication", [.optional("address", .text("Where the post is.", max: 2000))])
}

extension PublishingWeb {
    /// Pages without a sign-in: the unguessable token is the whole permission, for one post.
    var handRoutes: [Route] {
        let report = Endpoint(
            .put, "/hand/{token}", id: "reportHandPublication",
            "Takes the address of a post published by hand.", tag: Self.tag, access: .anyone
        ) { (call: Call<HandInput>) in
            let sheet = try await posts.published(
                byHand: call.request.parameters["token"] ?? "", address: call.input.address ?? "",
                from: call.request.from)
            live?.tell(sheet.post.workspace, "posts")
            return Nothing()
        }
        return [
            report.route,
            report.action("/hand/{token}") { _, request in
                .redirect(to: "/hand/\(request.parameters["token"] ?? "")/thanks")
            },
            .page("/hand/{token}", .anyone) { request in
                let hand = try await posts.hand(request.parameters["token"] ?? "")
                return try await frame.page(
                    "publishing/hand", view(hand, request), title: "Publish by hand",
                    for: request)
            },
            .page("/hand/{token}/thanks", .anyone) { request in
                try await frame.page(
                    "publishing/hand-thanks", ThanksView(), title: "Thank you", for: request)
            },
            .page("/hand/{token}/pictures/{picture}", .anyone) { request in
                let hand = try await posts.hand(request.parameters["token"] ?? "")
                let id: PictureID = try request.id("picture")
                let placed = hand.side.variant.pictures ?? hand.sheet.pictures
                guard placed.contains(where: { $0.picture == id }) else {
                    throw PublishingError.noSuchPicture
                }
                let copy = try await pictures.copy(
                    of: id, in: hand.workspace, for: hand.side.channel)
                return .file(copy.data, type: copy.contentType, cache: "private, max-age=3600")
            },
        ]
    }

    struct ThanksView: Sendable { let text = "We start counting now." }

    private func view(_ hand: PostDesk.HandSheet, _ request: WebRequest) -> HandView {
        let token = request.parameters["token"] ?? ""
        let placed = hand.side.variant.pictures ?? hand.sheet.pictures
        return HandView(
            title: hand.sheet.post.name, channel: hand.side.channel.name,
            network: hand.side.channel.network.name, icon: hand.side.channel.network.icon,
            path: "/hand/\(token)",
            parts: hand.parts.enumerated().map { HandView.Part(number: $0 + 1, text: $1) },
            isThread: hand.parts.count > 1,
            link: hand.side.linkAddress(localBase: posts.localBase),
            pictures: placed.enumerated().compactMap { index, item in
                hand.sheet.library[item.picture].map {
                    PictureView(
                        root: "/hand/\(token)", id: $0.id.text, altText: item.altText,
                        name: $0.fileName, index: index)
                }
            },
            linkLoss: hand.side.link == nil
                ? nil : hand.side.linkChoice(localBase: posts.localBase).loss)
    }
}

/// Where a phone finds this server.
enum HandAddress {
    /// The public address when it has proved that it is this server; else what the browser used.
    static func base(_ address: PublicAddress, _ origin: String) -> String {
        guard address.isProven, let url = address.url else { return origin }
        return url
    }

    /// Says when a phone cannot open the address; nil when it can.
    static func note(_ address: PublicAddress, _ origin: String) -> String? {
        guard WebOrigin(base(address, origin))?.isLoopback == true else { return nil }
        return "A phone cannot open this address: it is this computer's own name for itself. Open "
            + "it here and copy from there, or ask who runs this server for an address that "
            + "phones reach (--public-url)."
    }
}
