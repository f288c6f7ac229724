import Channels
import Kernel
import Links
import Networks
import People
import Publishing
import Web

/// What is checked before it is saved.
struct ContentCheckInput: APIValue {
    let text: String?
    let destination: String?
    let pictures: [PlacedPictureValue]?
    let variants: [VariantInput]?

    static let schema = Schema.object(
        "ContentCheckInput",
        [
            .optional("text", .text(max: 20_000)),
            .optional("destination", .text(max: 2000)),
            .optional("pictures", .array(of: PlacedPictureValue.schema, maxCount: 20)),
            .optional("variants", .array(of: VariantInput.schema, maxCount: 50)),
        ])
}

/// What the rules of each channel's network say.
struct ContentCheckAnswer: APIValue {
    struct Part: APIValue {
        let text: String
        let used: Int
        let limit: Int?

        static let schema = Schema.object(
            "ContentCheckPart",
            [
                .required("text", .string(maxLength: 100_000)), .required("used", .integer()),
                .optional("limit", .integer()),
            ])
    }

    struct Finding: APIValue {
        let blocks: Bool
        let message: String

        static let schema = Schema.object(
            "ContentFinding",
            [.required("blocks", .boolean()), .required("message", .string())])
    }

    struct Side: APIValue {
        let channel: ChannelID
        let channelName: String
        let network: Network
        let parts: [Part]
        let findings: [Finding]
        let linkLoss: String?

        static let schema = Schema.object(
            "ContentCheckSide",
            [
                .required("channel", .id()), .required("channelName", .string()),
                .required("network", .oneOf(Network.self)),
                .required("parts", .array(of: Part.schema)),
                .required("findings", .array(of: Finding.schema)),
                .optional("linkLoss", .string()),
            ])
    }

    let sides: [Side]

    static let schema = Schema.object(
        "ContentCheck", [.required("sides", .array(of: Side.schema))])
}

extension PublishingWeb {
    var previewRoutes: [Route] {
        let check = Endpoint(
            .post, "\(Self.base)/content-checks", id: "checkContent",
            "Counts a text and asks each network's rules, without saving.", tag: Self.tag,
            access: .workspace(.write)
        ) { (call: Call<ContentCheckInput>) in
            try await checked(call.input, call.workspace.workspace)
        }
        return [
            check.route,
            check.action("\(Self.page)/posts/preview") { answer, request in
                try frame.fragment("publishing/preview", preview(answer, request))
            },
        ]
    }

    private func checked(
        _ input: ContentCheckInput, _ workspace: WorkspaceID
    ) async throws -> ContentCheckAnswer {
        let channels = try await posts.channels(in: workspace)
        let address = try await posts.publicAddress()
        let destination = input.destination.flatMap { try? Destination($0) }
        let sides = (input.variants ?? []).compactMap { variant -> ContentCheckAnswer.Side? in
            guard let channel = channels.first(where: { $0.id == variant.channel }) else {
                return nil
            }
            let draft = variant.draft
            let pictures = draft.pictures ?? (input.pictures ?? []).map(\.placed)
            let content = Content(
                text: draft.text ?? input.text ?? "", furtherParts: draft.furtherParts,
                pictures: pictures.map { .init(hash: "", altText: $0.altText) },
                visibility: draft.visibility, contentWarning: draft.contentWarning, language: nil,
                destination: destination?.url)
            let choice = LinkChoice.decide(
                isPractice: channel.network == .practice, localBase: posts.localBase,
                address: address)
            let link = destination.map { Self.sample($0, choice, channel.network) }
            let parts = content.parts(link: link)
            let findings = posts.rules.check(
                ContentRules.Subject(
                    network: channel.network, parts: parts,
                    altTexts: pictures.map(\.altText)))
            return ContentCheckAnswer.Side(
                channel: channel.id, channelName: channel.name, network: channel.network,
                parts: parts.map { part in
                    let count = posts.rules.count(channel.network, part)
                    return .init(text: part, used: count.used, limit: count.limit)
                },
                findings: findings.map { .init(blocks: $0.blocks, message: $0.message) },
                linkLoss: destination == nil ? nil : choice.loss)
        }
        return ContentCheckAnswer(sides: sides)
    }

    /// An address as long as the one that will be sent; the slug is chosen when it is saved.
    private static func sample(
        _ destination: Destination, _ choice: LinkChoice, _ network: Network
    ) -> String {
        switch choice {
        case .tracked(let base):
            return base + TrackedLink.pathPrefix + String(repeating: "x", count: LinkSlug.length)
        case .direct:
            return UTM(
                source: network.rawValue, medium: "social", campaign: "post",
                content: "000000000000"
            ).applied(to: destination)
        }
    }

    private func preview(_ answer: ContentCheckAnswer, _ request: WebRequest) -> PreviewView {
        let form = request.form
        let picture = form["pictures.0.picture"]
        let count = form.all("pictures.0.picture").count
        return PreviewView(
            root: root(request),
            sides: answer.sides.map { side in
                PreviewView.Side(
                    channel: side.channel.text, name: side.channelName,
                    network: side.network.name, icon: side.network.icon,
                    parts: side.parts.enumerated().map { index, part in
                        let left = part.limit.map { $0 - part.used }
                        return PreviewView.Part(
                            text: part.text,
                            count: part.limit.map { "\(part.used) of \($0)" } ?? "\(part.used)",
                            over: (left ?? 0) < 0 ? "\(-(left ?? 0)) too many" : nil,
                            picture: index == 0 && count > 0 ? picture : nil)
                    },
                    problems: side.findings.filter(\.blocks).map(\.message),
                    hints: side.findings.filter { !$0.blocks }.map(\.message)
                        + [side.linkLoss].compactMap { $0 })
            })
    }
}

/// How a post will look on each channel.
struct PreviewView: Sendable {
    struct Part: Sendable {
        let text: String
        let count: String
        let over: String?
        let picture: String?
    }

    struct Side: Sendable {
        let channel: String
        let name: String
        let network: String
        let icon: String
        let parts: [Part]
        let problems: [String]
        let hints: [String]
    }

    let root: String
    let sides: [Side]
}
