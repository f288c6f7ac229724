import Channels
import Foundation
import Kernel
import Networks
import Planning
import Publishing
import Web

/// A picture where it stands, as the API takes and gives it.
struct PlacedPictureValue: APIValue {
    let picture: PictureID
    let altText: String?

    static let schema = Schema.object(
        "PlacedPicture",
        [
            .required("picture", .id()),
            .optional("altText", .text("The words for people who do not see it.", max: 5000)),
        ])

    var placed: PlacedPicture { PlacedPicture(picture: picture, altText: altText ?? "") }

    init(_ placed: PlacedPicture) {
        picture = placed.picture
        altText = placed.altText
    }
}

/// How a post is to read on one channel.
struct VariantInput: APIValue {
    let channel: ChannelID
    let text: String?
    let furtherParts: [String]?
    let visibility: Visibility?
    let contentWarning: String?
    let ownPictures: Bool?
    let pictures: [PlacedPictureValue]?

    static let schema = Schema.object(
        "VariantInput",
        [
            .required("channel", .id()),
            .optional("text", .text("Absent: inherits the post's text.", max: 20_000)),
            .optional(
                "furtherParts",
                .array(of: .text(max: 20_000), maxCount: 49, description: "The rest of a thread.")),
            .optional("visibility", .oneOf(Visibility.self)),
            .optional("contentWarning", .text(max: 500)),
            .optional("ownPictures", .boolean(description: "False: inherits the post's pictures.")),
            .optional("pictures", .array(of: PlacedPictureValue.schema, maxCount: 20)),
        ])

    var draft: VariantDraft {
        VariantDraft(
            channel: channel, text: text, furtherParts: furtherParts ?? [],
            visibility: visibility ?? .everyone, contentWarning: contentWarning,
            pictures: ownPictures == true ? (pictures ?? []).map(\.placed) : nil)
    }
}

/// A whole post as it should be from now on.
struct PostInput: APIValue {
    let title: String?
    let text: String?
    let item: ItemID?
    let objective: PostObjectiveID?
    let destination: String?
    let campaign: String?
    let language: String?
    let pictures: [PlacedPictureValue]?
    let variants: [VariantInput]?
    let revision: Int?

    static let schema = Schema.object(
        "PostInput",
        [
            .optional("title", .text("For our own lists; never published.")),
            .optional("text", .text("What every variant inherits.", max: 20_000)),
            .optional("item", .id("The plan item it belongs to.")),
            .optional("objective", .id("What it serves, when it belongs to no item.")),
            .optional("destination", .text("Where its link leads.", max: 2000)),
            .optional(
                "campaign",
                .text("What web analytics read; absent: the initiative's title.", max: 80)),
            .optional("language", .text("BCP 47, such as en or de-AT.", max: 35)),
            .optional("pictures", .array(of: PlacedPictureValue.schema, maxCount: 20)),
            .optional("variants", .array(of: VariantInput.schema, maxCount: 50)),
            .optional(
                "revision",
                .integer(minimum: 1, description: "What you saw last; refused when it is older.")),
        ])

    var draft: PostDraft {
        PostDraft(
            title: title ?? "", text: text ?? "", item: item, objective: objective,
            destination: destination, campaign: campaign, language: language,
            pictures: (pictures ?? []).map(\.placed), variants: (variants ?? []).map(\.draft))
    }
}

/// How far a published post is taken back from its network.
struct RemovalAnswer: APIValue {
    let state: Removal.State
    let askedAt: Instant
    let askedBy: String
    let removedAt: Instant?
    let proof: String?
    let message: String?

    init(_ removal: Removal) {
        state = removal.state
        askedAt = removal.askedAt
        askedBy = removal.askedBy
        removedAt = removal.removedAt
        proof = removal.proof
        message = removal.message
    }

    static let schema = Schema.object(
        "Removal",
        [
            .required("state", .oneOf(Removal.State.self)), .required("askedAt", .instant()),
            .required("askedBy", .string()), .optional("removedAt", .instant()),
            .optional("proof", .string(description: "By which means we know it is gone.")),
            .optional("message", .string()),
        ])
}

/// A publication as the API answers it.
struct PublicationAnswer: APIValue {
    let id: PublicationID
    let post: PostID
    let channel: ChannelID
    let state: Delivery.State
    let needsPersonFor: Delivery.Reason?
    let dueLocal: LocalTime?
    let zone: Zone?
    let dueAt: Instant?
    let publishedAt: Instant?
    let latenessSeconds: Double?
    let url: String?
    let link: String?
    let linkLoss: String?
    let message: String?
    let proof: String?
    let contentHash: String
    let isApproved: Bool

    init(_ publication: Publication) {
        id = publication.id
        post = publication.post
        channel = publication.channel
        let delivery = publication.delivery
        state = delivery.state
        needsPersonFor = delivery.reason
        dueLocal = delivery.due?.local
        zone = delivery.due?.zone
        dueAt = delivery.due?.at
        publishedAt = publication.publishedAt
        latenessSeconds = publication.lateness?.inSeconds
        url = publication.remote?.url
        link = publication.sentLink
        linkLoss = publication.linkLoss
        message = publication.message
        proof = publication.proof
        contentHash = delivery.contentHash
        isApproved = delivery.isApproved
    }

    static let schema = Schema.object(
        "Publication",
        [
            .required("id", .id()), .required("post", .id()), .required("channel", .id()),
            .required("state", .oneOf(Delivery.State.self)),
            .optional("needsPersonFor", .oneOf(Delivery.Reason.self)),
            .optional("dueLocal", .localTime()), .optional("zone", .zone()),
            .optional("dueAt", .instant()), .optional("publishedAt", .instant()),
            .optional("latenessSeconds", .number()), .optional("url", .string()),
            .optional("link", .string()),
            .optional("linkLoss", .string(description: "What is lost without a tracked link.")),
            .optional("message", .string()),
            .optional("proof", .string(description: "By which means we know it is out.")),
            .required("contentHash", .string()), .required("isApproved", .boolean()),
        ])
}

/// A post as the API answers it.
struct PostAnswer: APIValue {
    struct Side: APIValue {
        let channel: ChannelID
        let channelName: String
        let network: Network
        let text: String?
        let furtherParts: [String]
        let visibility: Visibility
        let contentWarning: String?
        let pictures: [PlacedPictureValue]?
        let publication: PublicationAnswer
        let removal: RemovalAnswer?

        static let schema = Schema.object(
            "PostVariant",
            [
                .required("channel", .id()), .required("channelName", .string()),
                .required("network", .oneOf(Network.self)), .optional("text", .string()),
                .required("furtherParts", .array(of: .string())),
                .required("visibility", .oneOf(Visibility.self)),
                .optional("contentWarning", .string()),
                .optional("pictures", .array(of: PlacedPictureValue.schema)),
                .required("publication", PublicationAnswer.schema),
                .optional("removal", RemovalAnswer.schema),
            ])
    }

    let id: PostID
    let title: String
    let text: String
    let item: ItemID?
    let objective: PostObjectiveID?
    let destination: String?
    let campaign: String?
    let language: String?
    let origin: Post.Origin
    let revision: Int
    let state: Delivery.State
    let pictures: [PlacedPictureValue]
    let variants: [Side]
    let updatedAt: Instant

    init(_ sheet: PostSheet) {
        let post = sheet.post
        id = post.id
        title = post.title
        text = post.text
        item = post.item
        objective = post.objective
        destination = post.destination
        campaign = post.campaign
        language = post.language
        origin = post.origin
        revision = post.revision
        state = sheet.state
        pictures = sheet.pictures.map(PlacedPictureValue.init)
        variants = sheet.sides.map { side in
            Side(
                channel: side.channel.id, channelName: side.channel.name,
                network: side.channel.network, text: side.variant.text,
                furtherParts: side.variant.furtherParts, visibility: side.variant.visibility,
                contentWarning: side.variant.contentWarning,
                pictures: side.variant.pictures?.map(PlacedPictureValue.init),
                publication: PublicationAnswer(side.publication),
                removal: side.removal.map(RemovalAnswer.init))
        }
        updatedAt = post.updatedAt
    }

    static let schema = Schema.object(
        "Post",
        [
            .required("id", .id()), .required("title", .string()),
            .required("text", .string(maxLength: 100_000)), .optional("item", .id()),
            .optional("objective", .id()), .optional("destination", .string()),
            .optional("campaign", .string()), .optional("language", .string()),
            .required("origin", .oneOf(Post.Origin.self)),
            .required("revision", .integer()), .required("state", .oneOf(Delivery.State.self)),
            .required("pictures", .array(of: PlacedPictureValue.schema)),
            .required("variants", .array(of: Side.schema)), .required("updatedAt", .instant()),
        ])
}

/// One line of a list of publications.
struct PublicationLineAnswer: APIValue {
    let name: String
    let text: String
    let channelName: String
    let network: Network
    let origin: Post.Origin
    let item: ItemID?
    let publication: PublicationAnswer
    let warnings: [PreflightFindingAnswer]

    init(_ line: PublicationLine) {
        name = line.name
        text = line.text
        channelName = line.channelName
        network = line.network
        origin = line.origin
        item = line.item
        publication = PublicationAnswer(line.publication)
        warnings = line.warnings.map(PreflightFindingAnswer.init)
    }

    static let schema = Schema.object(
        "PublicationLine",
        [
            .required("name", .string()), .required("text", .string(maxLength: 100_000)),
            .required("channelName", .string()), .required("network", .oneOf(Network.self)),
            .required("origin", .oneOf(Post.Origin.self)), .optional("item", .id()),
            .required("publication", PublicationAnswer.schema),
            .required(
                "warnings",
                .array(
                    of: PreflightFindingAnswer.schema,
                    description: "What would keep it from going out, as last looked.")),
        ])
}

/// A due time as people give it.
struct ScheduleInput: APIValue {
    let dueLocal: LocalTime?
    let zone: Zone?
    let publications: [PublicationID]?

    static let schema = Schema.object(
        "ScheduleInput",
        [
            .optional("dueLocal", .localTime("Absent: at once.")),
            .optional("zone", .zone("Absent: the workspace's.")),
            .optional(
                "publications", .array(of: .id(), maxCount: 50, description: "Absent: all.")),
        ])

    var only: Set<PublicationID>? { publications.flatMap { $0.isEmpty ? nil : Set($0) } }
}

/// Where on the calendar a publication goes; what is absent stays.
struct MoveInput: APIValue {
    let date: CivilDate?
    let time: String?
    let zone: Zone?

    static let schema = Schema.object(
        "MoveInput",
        [
            .optional("date", .date()),
            .optional("time", .string(maxLength: 8, description: "hh:mm")),
            .optional("zone", .zone()),
        ])

    func clock() throws -> (hour: Int, minute: Int)? {
        guard let time else { return nil }
        guard let read = LocalTime("2000-01-01T" + time) else {
            throw Problem.invalid("time", "Write the time as 09:30.")
        }
        return (read.hour, read.minute)
    }
}

/// An approver's word about what they saw.
struct ApprovalInput: APIValue {
    let seen: [String: String]
    let note: String?

    static let schema = Schema.object(
        "ApprovalInput",
        [
            .required(
                "seen",
                .dictionary(
                    of: .string(maxLength: 64),
                    description: "Each publication with the contentHash you have read.")),
            .optional("note", .text(max: 2000)),
        ])

    var hashes: [PublicationID: String] {
        Dictionary(
            seen.compactMap { key, value in PublicationID(key).map { ($0, value) } },
            uniquingKeysWith: { first, _ in first })
    }
}

/// A note for the writer.
struct ObjectionInput: APIValue {
    let note: String?

    static let schema = Schema.object(
        "ObjectionInput", [.optional("note", .text("What should change.", max: 2000))])
}

/// What a person says of a publication nobody else can judge.
struct SettlementInput: APIValue {
    let isThere: Bool
    let address: String?

    static let schema = Schema.object(
        "SettlementInput",
        [
            .required("isThere", .boolean()),
            .optional("address", .text("The published post's address.", max: 2000)),
        ])
}

/// A stored picture as the API answers it.
struct PictureAnswer: APIValue {
    let id: PictureID
    let contentType: String
    let fileName: String
    let byteCount: Int
    let width: Int
    let height: Int

    init(_ picture: StoredPicture) {
        id = picture.id
        contentType = picture.contentType
        fileName = picture.fileName
        byteCount = picture.byteCount
        width = picture.width
        height = picture.height
    }

    static let schema = Schema.object(
        "Picture",
        [
            .required("id", .id()), .required("contentType", .string()),
            .required("fileName", .string()), .required("byteCount", .integer()),
            .required("width", .integer()), .required("height", .integer()),
        ])
}

/// One line of evidence as the API answers it.
struct AttemptAnswer: APIValue {
    let kind: Attempt.Kind
    let part: Int
    let epoch: Int
    let startedAt: Instant
    let finishedAt: Instant?
    let outcome: Attempt.Outcome?
    let fingerprint: String
    let status: Int?
    let code: String?
    let message: String?
    let dueAt: Instant?
    let leftAt: Instant?
    let latenessMilliseconds: Int?
    let answer: String?

    init(_ attempt: Attempt) {
        kind = attempt.kind
        part = attempt.part
        epoch = attempt.epoch
        startedAt = attempt.startedAt
        finishedAt = attempt.finishedAt
        outcome = attempt.outcome
        fingerprint = attempt.fingerprint
        status = attempt.status
        code = attempt.code
        message = attempt.message
        dueAt = attempt.dueAt
        leftAt = attempt.leftAt
        latenessMilliseconds = attempt.lateness.map { Int($0.inMilliseconds) }
        answer = attempt.answer
    }

    static let schema = Schema.object(
        "PublishingAttempt",
        [
            .required("kind", .oneOf(Attempt.Kind.self)), .required("part", .integer()),
            .required("epoch", .integer()), .required("startedAt", .instant()),
            .optional("finishedAt", .instant()),
            .optional("outcome", .oneOf(Attempt.Outcome.self)),
            .required("fingerprint", .string()), .optional("status", .integer()),
            .optional("code", .string()), .optional("message", .string()),
            .optional("dueAt", .instant()), .optional("leftAt", .instant()),
            .optional("latenessMilliseconds", .integer()), .optional("answer", .string()),
        ])
}

/// Whether posts need an approval.
struct ApprovalSettingValue: APIValue {
    let approval: ApprovalSetting

    static let schema = Schema.object(
        "ApprovalSetting",
        [
            .required(
                "approval",
                .oneOf(ApprovalSetting.self, "automatic: from two members on."))
        ])
}
