import Foundation
import Kernel
import Links
import People
import Publishing
import Web

/// Whose card is asked for.
struct LinkCardInput: APIValue {
    let destination: String

    static let schema = Schema.object(
        "LinkCardInput", [.required("destination", .text("Where the link leads.", max: 2000))])
}

/// What the page behind a link says about itself.
struct LinkCardAnswer: APIValue {
    let destination: String
    let host: String
    let title: String
    let summary: String
    let image: String?
    let isFound: Bool

    init(_ destination: Destination, _ kept: LinkCards.Kept?) {
        self.destination = destination.url
        host = destination.host
        title = kept?.card.title ?? destination.host
        summary = kept?.card.summary ?? ""
        image = kept?.card.image
        isFound = kept?.isFound ?? false
    }

    static let schema = Schema.object(
        "LinkCard",
        [
            .required("destination", .string()), .required("host", .string()),
            .required("title", .string()), .required("summary", .string()),
            .optional("image", .string(description: "The address of the page's picture.")),
            .required(
                "isFound", .boolean(description: "False: nothing but the host's name is known.")),
        ])
}

/// A card as the preview shows it.
struct CardView: Sendable {
    let host: String
    let title: String
    let summary: String?
    let picture: String?
    let isPlain: Bool

    init(_ card: LinkCardAnswer, root: String) {
        host = card.host
        title = card.title
        summary = card.summary.isEmpty ? nil : card.summary
        let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\0"..."~"))
        let address = card.destination.addingPercentEncoding(withAllowedCharacters: plain)
        picture =
            card.image == nil
            ? nil : address.map { "\(root)/link-cards/picture?destination=\($0)" }
        isPlain = !card.isFound
    }
}

extension PublishingWeb {
    var cardRoutes: [Route] {
        let read = Endpoint(
            .post, "\(Self.base)/link-cards", id: "readLinkCard",
            "Reads what the page behind a link says about itself.", tag: Self.tag,
            access: .workspace(.write)
        ) { (call: Call<LinkCardInput>) in
            let destination = try Destination(call.input.destination)
            return LinkCardAnswer(
                destination,
                try await cards.card(of: destination, in: call.workspace.workspace))
        }
        return [
            read.route,
            read.action("\(Self.page)/link-cards") { answer, _ in
                .json(try JSON.encode(answer))
            },
            .page("\(Self.page)/link-cards/picture", .workspace(.write)) { request in
                let destination = try Destination(request.query["destination"] ?? "")
                let found = try await cards.picture(
                    of: destination, in: request.workspace.workspace)
                guard let found else { throw PublishingError.noSuchPicture }
                return .file(found.data, type: found.contentType, cache: "private, max-age=3600")
            },
        ]
    }
}
