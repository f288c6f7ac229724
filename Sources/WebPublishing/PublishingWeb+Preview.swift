import Channels
import Foundation
import Kernel
import Links
import Networks
import People
import Planning
import Publishing
import Web

/// What is checked before it is saved.
struct ContentCheckInput: APIValue {
    let text: String?
    let destination: String?
    let campaign: String?
    let item: ItemID?
    let pictures: [PlacedPictureValue]?
    let variants: [VariantInput]?

    static let schema = Schema.object(
        "ContentCheckInput",
        [
            .optional("text", .text(max: 20_000)),
            .optional("destination", .text(max: 2000)), .optional("campaign", .text(max: 80)),
            .optional("item", .id("The plan item, whose initiative names the campaign.")),
            .optional("pictures", .array(of: PlacedPictureValue.schema, maxCount: 20)),
            .optional("variants", .array(of: VariantInput.schema, maxCount: 50)),
        ])
}

/// One limit with where it stands and when it was read.
struct RuleValue: APIValue {
    let name: RuleName
    let limit: Int
    let source: String
    let checked: CivilDate?
    let isLive: Bool

    init(_ rule: NetworkRule) {
        name = rule.name
        limit = rule.limit
        source = rule.source
        checked = CivilDate(rule.checked)
        isLive = rule.isLive
    }

    /// The limit as a row of a table.
    var row: LimitRow {
        let rule = NetworkRule(name, limit, source: source, checked: "", isLive: isLive)
        return LimitRow(
            name.words, rule.amount, source: source, day: checked.map { "\($0)" } ?? "",
            isLive: isLive)
    }

    static let schema = Schema.object(
        "NetworkRule",
        [
            .required("name", .oneOf(RuleName.self)), .required("limit", .integer()),
            .required("source", .string(description: "The page or server that says so.")),
            .optional("checked", .date("When it was read.")),
            .required("isLive", .boolean(description: "The account's own server said it.")),
        ])
}

/// What one channel's network takes.
struct ChannelRulesAnswer: APIValue {
    let channel: ChannelID
    let network: Network
    let counting: String
    let unit: String
    let imageTypes: [String]
    let rules: [RuleValue]

    init(_ facts: ChannelFacts) {
        channel = facts.id
        network = facts.network
        counting = facts.rules.definition
        unit = facts.rules.unit
        imageTypes = facts.rules.imageTypes
        rules = facts.rules.rules.map(RuleValue.init)
    }

    static let schema = Schema.object(
        "ChannelRules",
        [
            .required("channel", .id()), .required("network", .oneOf(Network.self)),
            .required("counting", .string(description: "How a text is counted.")),
            .required("unit", .string()), .required("imageTypes", .array(of: .string())),
            .required("rules", .array(of: RuleValue.schema)),
        ])
}

/// What the rules of each channel's network say.
struct ContentCheckAnswer: APIValue {
    struct Part: APIValue {
        let text: String
        let used: Int
        let limit: Int?
        let unit: String

        static let schema = Schema.object(
            "ContentCheckPart",
            [
                .required("text", .string(maxLength: 100_000)), .required("used", .integer()),
                .optional("limit", .integer()),
                .required("unit", .string(description: "What is counted: characters, bytes.")),
            ])
    }

    struct Fix: APIValue {
        let kind: String
        let label: String
        let parts: [String]?
        let keeping: String?
        let picture: Int?
        let count: Int?

        static let schema = Schema.object(
            "ContentFix",
            [
                .required(
                    "kind", .string(description: "split, shorten, keepPictures or describe.")),
                .required("label", .string()),
                .optional(
                    "parts", .array(of: .string(maxLength: 100_000), description: "The thread.")),
                .optional("keeping", .string(maxLength: 100_000, description: "What fits.")),
                .optional("picture", .integer(description: "The picture's place, from 0.")),
                .optional("count", .integer(description: "How many pictures stay.")),
            ])
    }

    struct Finding: APIValue {
        let blocks: Bool
        let message: String
        let rule: RuleName?
        let part: Int?
        let fix: Fix?

        static let schema = Schema.object(
            "ContentFinding",
            [
                .required("blocks", .boolean()), .required("message", .string()),
                .optional("rule", .oneOf(RuleName.self)),
                .optional("part", .integer(description: "The part of the thread, from 0.")),
                .optional("fix", Fix.schema),
            ])
    }

    struct Side: APIValue {
        let channel: ChannelID
        let channelName: String
        let network: Network
        let parts: [Part]
        let findings: [Finding]
        let linkLoss: String?
        let counting: String
        let rules: [RuleValue]
        let card: LinkCardAnswer?

        static let schema = Schema.object(
            "ContentCheckSide",
            [
                .required("channel", .id()), .required("channelName", .string()),
                .required("network", .oneOf(Network.self)),
                .required("parts", .array(of: Part.schema)),
                .required("findings", .array(of: Finding.schema)),
                .optional("linkLoss", .string()),
                .required("counting", .string(description: "How the text is counted.")),
                .required("rules", .array(of: RuleValue.schema)),
                .optional("card", LinkCardAnswer.schema),
            ])
    }

    let sides: [Side]

    static let schema = Schema.object(
        "ContentCheck", [.required("sides", .array(of: Side.schema))])
}

extension ContentCheckAnswer.Fix {
    private init(
        _ kind: String, _ label: String, parts: [String]? = nil, keeping: String? = nil,
        picture: Int? = nil, count: Int? = nil
    ) {
        self.kind = kind
        self.label = label
        self.parts = parts
        self.keeping = keeping
        self.picture = picture
        self.count = count
    }

    /// What a writer can do at once; nil for what the program does by itself or cannot do.
    ///
    /// What is written back has the link's mark where the address stood.
    init?(_ finding: RuleFinding, _ content: Content, link: String?, _ rules: NetworkRules) {
        guard let fix = finding.fix else { return nil }
        switch fix {
        case .split(let parts):
            let marked = parts.map { part in
                link.map { part.replacing($0, with: Content.linkMark) } ?? part
            }
            self.init("split", fix.label, parts: marked)
        case .shorten:
            self.init(
                "shorten", fix.label,
                keeping: content.longestBeginning(
                    ofPart: finding.part ?? 0, link: link, rules))
        case .keepImages(let count): self.init("keepPictures", fix.label, count: count)
        case .describe(let picture): self.init("describe", fix.label, picture: picture)
        case .shrink, .convert: return nil
        }
    }
}

extension PublishingWeb {
    var previewRoutes: [Route] {
        let check = Endpoint(
            .post, "\(Self.base)/content-checks", id: "checkContent",
            "Counts a text and asks each network's rules, without saving.", tag: Self.tag,
            access: .workspace(.write)
        ) { (call: Call<ContentCheckInput>) in
            try await checked(call.input, call.workspace.workspace)
        }.guests(.own)
        let rules = Endpoint(
            .get, "\(Self.base)/channels/{channel}/rules", id: "getChannelRules",
            "What a channel's network takes, with where each limit stands and when it was read.",
            tag: "Channels", access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            let id = try call.id("channel", ChannelTag.self)
            let channel = try await posts.channels(in: call.workspace.workspace)
                .first { $0.id == id }
            guard let channel else { throw PublishingError.noSuchChannel }
            return ChannelRulesAnswer(channel)
        }
        return [
            check.route, rules.route,
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
        let initiative = try await input.item.asyncMap {
            try await planning.item($0, in: workspace).initiative?.title
        }
        let campaign = PostDraft.campaign(
            input.campaign.flatMap { $0.isEmpty ? nil : $0 }, initiative: initiative ?? nil)
        let kept = try await destination.asyncMap { try await cards.known(of: $0, in: workspace) }
        let card = destination.flatMap { LinkCardAnswer($0, kept ?? nil) }
        let drafts = (input.variants ?? []).map(\.draft)
        let shared = (input.pictures ?? []).map(\.placed)
        let library = try await posts.pictures(
            (shared + drafts.flatMap { $0.pictures ?? [] }).map(\.picture), in: workspace)
        let sides = drafts.compactMap { draft -> ContentCheckAnswer.Side? in
            guard let channel = channels.first(where: { $0.id == draft.channel }) else {
                return nil
            }
            let choice = LinkChoice.decide(
                isPractice: channel.network == .practice, localBase: posts.localBase,
                address: address, destination: destination)
            let link = destination.map { Self.sample($0, choice, channel, campaign) }
            let hasPictures = !(draft.pictures ?? shared).isEmpty
            return side(draft, input.text ?? "", shared, library, channel, link)
                .with(
                    linkLoss: destination == nil ? nil : choice.loss,
                    card: channel.rules.showsCard && !hasPictures ? card : nil)
        }
        return ContentCheckAnswer(sides: sides)
    }

    private func side(
        _ draft: VariantDraft, _ text: String, _ shared: [PlacedPicture],
        _ library: [PictureID: StoredPicture], _ channel: ChannelFacts, _ link: String?
    ) -> ContentCheckAnswer.Side {
        let placed = draft.pictures ?? shared
        let content = Content(
            text: draft.text ?? text, furtherParts: draft.furtherParts, pictures: [],
            visibility: draft.visibility, contentWarning: draft.contentWarning, language: nil,
            destination: nil)
        let parts = content.parts(link: link)
        let verdict = posts.rules.verdict(
            on: ContentRules.Subject(
                rules: channel.rules, parts: parts,
                pictures: placed.map { item in
                    library[item.picture].map { .init($0, altText: item.altText) }
                        ?? .init(altText: item.altText)
                }, contentWarning: draft.contentWarning))
        return ContentCheckAnswer.Side(
            channel: channel.id, channelName: channel.name, network: channel.network,
            parts: zip(parts, verdict.uses).map { part, use in
                .init(text: part, used: use.used, limit: use.limit, unit: use.unit)
            },
            findings: verdict.findings.map { finding in
                .init(
                    blocks: finding.severity == .refused, message: finding.message,
                    rule: finding.rule, part: finding.part,
                    fix: .init(finding, content, link: link, channel.rules))
            },
            linkLoss: nil, counting: channel.rules.definition,
            rules: channel.rules.rules.map(RuleValue.init), card: nil)
    }

    /// An address as long as the one that will be sent; the slug is chosen when it is saved.
    private static func sample(
        _ destination: Destination, _ choice: LinkChoice, _ channel: ChannelFacts,
        _ campaign: String
    ) -> String {
        switch choice {
        case .tracked(let base):
            return base + TrackedLink.pathPrefix + String(repeating: "x", count: LinkSlug.length)
        case .direct:
            return PostDesk.utm(
                on: channel, campaign: campaign, content: "000000000000"
            ).applied(to: destination)
        }
    }

    private func preview(_ answer: ContentCheckAnswer, _ request: WebRequest) -> PreviewView {
        let pictures = Self.pictures(request.form)
        return PreviewView(
            root: root(request),
            sides: answer.sides.enumerated().map { index, side in
                PreviewView.Side(
                    index: index, channel: side.channel.text, name: side.channelName,
                    network: side.network.name, icon: side.network.icon,
                    parts: side.parts.enumerated().map { index, part in
                        let excess = part.limit.map { max(0, part.used - $0) } ?? 0
                        return PreviewView.Part(
                            text: part.text,
                            count: (part.limit.map { "\(part.used) of \($0)" } ?? "\(part.used)")
                                + " \(part.unit)",
                            over: excess > 0 ? "\(excess) too many" : nil,
                            hasPictures: index == 0 && !pictures.isEmpty, pictures: pictures)
                    },
                    problems: side.findings.filter(\.blocks).map { .init($0, side.channel) },
                    hints: side.findings.filter { !$0.blocks }.map { .init($0, side.channel) }
                        + [side.linkLoss].compactMap { $0 }.map { .init(message: $0) },
                    counting: side.counting, rules: side.rules.map(\.row),
                    card: side.card.map { CardView($0, root: root(request)) })
            })
    }

    /// The pictures of the form in their order, with the words for people who do not see them.
    private static func pictures(_ form: Form) -> [PreviewView.Picture] {
        (0..<PostDraft.mostPictures).compactMap { index in
            guard let id = form["pictures.\(index).picture"], PictureID(id) != nil else {
                return nil
            }
            let words =
                form["pictures.\(index).altText"]?
                .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
            return PreviewView.Picture(
                id: id, number: index + 1, altText: words, hasAlt: !words.isEmpty)
        }
    }
}

/// How a post will look on each channel.
struct PreviewView: Sendable {
    struct Picture: Sendable {
        let id: String
        let number: Int
        let altText: String
        let hasAlt: Bool
    }

    struct Part: Sendable {
        let text: String
        let count: String
        let over: String?
        let hasPictures: Bool
        let pictures: [Picture]
    }

    /// What a button puts right, as its script reads it.
    struct Fix: Sendable {
        let label: String
        let kind: String
        let channel: String
        let part: Int
        let value: String
    }

    struct Line: Sendable {
        let message: String
        let fix: Fix?

        init(message: String) {
            self.message = message
            fix = nil
        }

        init(_ finding: ContentCheckAnswer.Finding, _ channel: ChannelID) {
            message = finding.message
            fix = finding.fix.map { fix in
                let value =
                    fix.parts.map { (try? JSON.text($0)) ?? "[]" } ?? fix.keeping
                    ?? "\(fix.picture ?? fix.count ?? 0)"
                return Fix(
                    label: fix.label, kind: fix.kind, channel: channel.text,
                    part: finding.part ?? 0, value: value)
            }
        }
    }

    struct Side: Sendable {
        let index: Int
        let channel: String
        let name: String
        let network: String
        let icon: String
        let parts: [Part]
        let problems: [Line]
        let hints: [Line]
        let counting: String
        let rules: [LimitRow]
        let card: CardView?
    }

    let root: String
    let sides: [Side]
}

extension ContentCheckAnswer.Side {
    func with(linkLoss: String?, card: LinkCardAnswer?) -> Self {
        Self(
            channel: channel, channelName: channelName, network: network, parts: parts,
            findings: findings, linkLoss: linkLoss, counting: counting, rules: rules, card: card)
    }
}
