import Foundation
package import Kernel
package import Store

/// Marks identifiers of webhooks: addresses that are told what happens.
package enum WebhookTag {}
package typealias WebhookID = ID<WebhookTag>

/// Marks identifiers of deliveries: one event for one webhook.
package enum WebhookDeliveryTag {}
package typealias WebhookDeliveryID = ID<WebhookDeliveryTag>

/// An address that is told what happens in a workspace.
package struct Webhook: Sendable, Hashable, RowReadable {
    package let id: WebhookID
    package let workspace: WorkspaceID
    package let url: String
    /// What it is for, in people's words.
    package let note: String
    /// Types of events; empty means all of them.
    package let types: Set<String>
    package let isOn: Bool
    /// Why it was switched off by the program; nil when a person did.
    package let offReason: String?
    /// Since when every try has failed; nil while it works.
    package let failingSince: Instant?
    /// Until when the secret before the present one signs too.
    package let previousUntil: Instant?
    package let createdAt: Instant
    package let createdBy: String

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        url = try row("url")
        note = try row("note")
        let text: String = try row("types")
        types = Set(try JSON.decode([String].self, from: text))
        isOn = try row("is_on")
        offReason = try row("off_reason")
        failingSince = try row("failing_since")
        previousUntil = try row("previous_until")
        createdAt = try row("created_at")
        createdBy = try row("created_by")
    }

    /// Whether it wants to hear of events of this type.
    package func wants(_ type: String) -> Bool { types.isEmpty || types.contains(type) }

    static func load(
        _ id: WebhookID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Webhook {
        let found = try tx.first(
            Webhook.self,
            "SELECT * FROM webhook WHERE workspace_id = \(workspace) AND id = \(id)")
        guard let found else { throw NoticesError.noSuchWebhook }
        return found
    }
}

/// What a person decides about a webhook.
package struct WebhookPlan: Sendable, Hashable {
    package var url: String
    package var note: String
    /// Types of events; empty means all of them, those of later versions included.
    package var types: Set<String>

    package init(url: String, note: String = "", types: Set<String> = []) {
        self.url = url
        self.note = note
        self.types = types
    }

    func checked() throws(NoticesError) -> WebhookPlan {
        var plan = self
        plan.url = url.trimmingCharacters(in: .whitespacesAndNewlines)
        plan.note = note.trimmingCharacters(in: .whitespacesAndNewlines)
        let isPlain = plan.note.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        guard plan.note.unicodeScalars.count <= 120, isPlain else { throw .note }
        guard types.allSatisfy(WebhookEvent.isKnown) else { throw .unknownType }
        guard plan.url.utf8.count <= 2048 else { throw .address }
        return plan
    }
}

/// One event on its way to one webhook.
package struct WebhookDelivery: Sendable, Hashable, RowReadable {
    /// How far it got.
    package enum State: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case waiting
        case delivered
        /// Tried for days and given up; a person can send it again.
        case gaveUp
    }

    package let id: WebhookDeliveryID
    package let workspace: WorkspaceID
    package let webhook: WebhookID
    /// The same for every try, and when it is sent again: receivers ignore what they know.
    package let message: String
    package let type: String
    package let body: String
    package let state: State
    /// Tries since it was last sent, by the program or by a person.
    package let tries: Int
    package let nextAt: Instant?
    package let createdAt: Instant
    package let finishedAt: Instant?

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        webhook = try row("webhook_id")
        message = try row("message_id")
        type = try row("type")
        body = try row("body")
        state = try row("state")
        tries = try row("tries")
        nextAt = try row("next_at")
        createdAt = try row("created_at")
        finishedAt = try row("finished_at")
    }
}

/// One try of a delivery and what came of it.
package struct WebhookTry: Sendable, Hashable, RowReadable {
    package let delivery: WebhookDeliveryID
    package let at: Instant
    package let milliseconds: Int
    /// The HTTP status, where there was an answer.
    package let status: Int?
    /// The beginning of the answer, or why there was none.
    package let excerpt: String

    package init(row: Row) throws {
        delivery = try row("delivery_id")
        at = try row("at")
        milliseconds = try row("took")
        status = try row("status")
        excerpt = try row("excerpt")
    }
}

/// What a receiver did with a try.
package enum WebhookOutcome: Sendable, Hashable {
    /// It answered, with the beginning of the body and how long it asks to wait.
    case answered(status: Int, excerpt: String, retryAfter: Duration?)
    /// No answer came, for this reason.
    case failed(String)

    var status: Int? { if case .answered(let status, _, _) = self { status } else { nil } }

    var excerpt: String {
        switch self {
        case .answered(_, let excerpt, _): excerpt
        case .failed(let reason): reason
        }
    }
}

/// What follows from the outcome of a try. Pure: no clock, no store.
package struct WebhookRetries: Sendable, Hashable {
    /// What to do next.
    package enum Next: Sendable, Hashable {
        case delivered
        case again(after: Duration)
        case giveUp
        /// Switch the whole webhook off, for this reason.
        case switchOff(String)
    }

    /// Waits between tries: ten tries in three days, as Standard Webhooks advises.
    package var waits: [Duration] = [
        .seconds(5), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(10), .hours(14),
        .hours(20), .hours(24),
    ]
    /// Failing without a break for so long, a webhook is switched off.
    package var patience: Duration = .days(5)

    package init() {}

    /// Decides after try number `tries` (the first is 1); `jitter` in 0..<1 spreads retries.
    package func next(
        after outcome: WebhookOutcome, tries: Int, failingSince: Instant?, now: Instant,
        jitter: Double
    ) -> Next {
        if case .answered(let status, _, _) = outcome {
            if (200..<300).contains(status) { return .delivered }
            if status == 410 {
                return .switchOff("The receiver answered 410: it is gone for good.")
            }
        }
        if let failingSince, now - failingSince >= patience {
            let days = Int((now - failingSince).inSeconds / 86_400)
            return .switchOff("Nothing was accepted for \(days) days.")
        }
        guard tries <= waits.count else { return .giveUp }
        let wait = waits[tries - 1] * (1 + 0.1 * jitter)
        if case .answered(_, _, let asked?) = outcome {
            return .again(after: max(wait, min(asked, .hours(24))))
        }
        return .again(after: wait)
    }
}
