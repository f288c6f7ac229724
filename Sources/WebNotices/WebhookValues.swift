import Kernel
import Notices
import Web

struct WebhookInput: APIValue {
    let url: String
    let note: String?
    let types: [String]?

    static let schema = Schema.object(
        "WebhookInput",
        [
            .required("url", .url("A https address.")),
            .optional("note", .text("What it is for.", max: 120)),
            .optional(
                "types",
                .array(
                    of: .string(maxLength: 80), maxCount: 100,
                    description: "Types of events; empty or absent: all of them.")),
        ])

    var plan: WebhookPlan { WebhookPlan(url: url, note: note ?? "", types: Set(types ?? [])) }
}

struct WebhookSwitch: APIValue {
    let isOn: Bool

    static let schema = Schema.object("WebhookSwitch", [.required("isOn", .boolean())])
}

struct WebhookRotation: APIValue {
    let overlapHours: Int?

    static let schema = Schema.object(
        "WebhookRotation",
        [
            .optional(
                "overlapHours",
                .integer(
                    minimum: 0, maximum: 168,
                    description: "How long the old secret signs too. Default 24."))
        ])
}

struct WebhookAnswer: APIValue {
    let id: WebhookID
    let url: String
    let note: String
    let types: [String]
    let isOn: Bool
    let offReason: String?
    let failingSince: Instant?
    let previousSecretUntil: Instant?
    let createdAt: Instant
    let createdBy: String
    let secret: String?

    init(_ webhook: Webhook, secret: WebhookSecret? = nil) {
        id = webhook.id
        url = webhook.url
        note = webhook.note
        types = webhook.types.sorted()
        isOn = webhook.isOn
        offReason = webhook.offReason
        failingSince = webhook.failingSince
        previousSecretUntil = webhook.previousUntil
        createdAt = webhook.createdAt
        createdBy = webhook.createdBy
        self.secret = secret?.text
    }

    static let schema = Schema.object(
        "Webhook",
        [
            .required("id", .id()), .required("url", .string()), .required("note", .string()),
            .required("types", .array(of: .string())), .required("isOn", .boolean()),
            .optional("offReason", .string(description: "Why the program switched it off.")),
            .optional("failingSince", .instant("Since when nothing is accepted.")),
            .optional("previousSecretUntil", .instant("Until when the old secret signs too.")),
            .required("createdAt", .instant()), .required("createdBy", .string()),
            .optional("secret", .string(description: "Answered once, when it is made.")),
        ])
}

struct WebhookEventAnswer: APIValue {
    let type: String
    let words: String

    static let schema = Schema.object(
        "WebhookEvent", [.required("type", .string()), .required("words", .string())])
}

struct WebhookTryAnswer: APIValue {
    let at: Instant
    let milliseconds: Int
    let status: Int?
    let excerpt: String

    init(_ attempt: WebhookTry) {
        at = attempt.at
        milliseconds = attempt.milliseconds
        status = attempt.status
        excerpt = attempt.excerpt
    }

    static let schema = Schema.object(
        "WebhookTry",
        [
            .required("at", .instant()), .required("milliseconds", .integer()),
            .optional("status", .integer(description: "The HTTP status of the answer.")),
            .required("excerpt", .string(description: "Its beginning, or why there was none.")),
        ])
}

struct WebhookDeliveryAnswer: APIValue {
    let id: WebhookDeliveryID
    let webhook: WebhookID
    let message: String
    let type: String
    let state: WebhookDelivery.State
    let tries: Int
    let nextAt: Instant?
    let createdAt: Instant
    let finishedAt: Instant?
    let body: String

    init(_ delivery: WebhookDelivery) {
        id = delivery.id
        webhook = delivery.webhook
        message = delivery.message
        type = delivery.type
        state = delivery.state
        tries = delivery.tries
        nextAt = delivery.nextAt
        createdAt = delivery.createdAt
        finishedAt = delivery.finishedAt
        body = delivery.body
    }

    static let schema = Schema.object(
        "WebhookDelivery",
        [
            .required("id", .id()), .required("webhook", .id()),
            .required("message", .string(description: "The header webhook-id; stays the same.")),
            .required("type", .string()), .required("state", .oneOf(WebhookDelivery.State.self)),
            .required("tries", .integer()), .optional("nextAt", .instant()),
            .required("createdAt", .instant()), .optional("finishedAt", .instant()),
            .required("body", .string(description: "What is sent, byte for byte.")),
        ])
}

struct WebhookDeliverySheet: APIValue {
    let delivery: WebhookDeliveryAnswer
    let tries: [WebhookTryAnswer]

    static let schema = Schema.object(
        "WebhookDeliverySheet",
        [
            .required("delivery", WebhookDeliveryAnswer.schema),
            .required("tries", .array(of: WebhookTryAnswer.schema)),
        ])
}

struct WebhookResent: APIValue {
    let count: Int

    static let schema = Schema.object("WebhookResent", [.required("count", .integer())])
}
