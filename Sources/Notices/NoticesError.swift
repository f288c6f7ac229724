package import Kernel

/// What can be wrong with what people ask of webhooks and notices.
package enum NoticesError: Error, Sendable, Hashable {
    case noSuchWebhook
    case noSuchDelivery
    case noSuchNotice
    case quietHours
    case address
    case note
    case unknownType
    case tooManyWebhooks
    case webhookIsOff
    case overlap
}

extension NoticesError: Presentable {
    package var problem: Problem {
        switch self {
        case .noSuchWebhook: .notFound("webhook")
        case .noSuchDelivery: .notFound("delivery")
        case .noSuchNotice: .notFound("notice")
        case .quietHours:
            .invalid("quietFrom", "Give two different times of day, or leave both empty.")
        case .address:
            .invalid("url", "Give a public https address of at most 2048 characters.")
        case .note: .invalid("note", "Say in at most 120 characters what it is for.")
        case .unknownType: .invalid("types", "Choose from the events of the list.")
        case .tooManyWebhooks:
            Problem(
                .conflict, code: "webhooks.too-many",
                "A workspace has at most \(WebhookDesk.most) webhooks. Remove one first.")
        case .webhookIsOff:
            Problem(
                .conflict, code: "webhooks.off",
                "This webhook is switched off. Switch it on first, then send.")
        case .overlap:
            .invalid("overlapHours", "The old secret may go on for 0 to 168 hours.")
        }
    }
}
