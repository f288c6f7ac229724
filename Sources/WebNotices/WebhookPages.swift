import Kernel
import Notices
import People
import Web

struct WebhookSecretPart: Sendable {
    let secret: String
    let href: String
}

/// The page with all webhooks.
struct WebhooksPage: Sendable {
    struct Row: Sendable {
        let href: String
        let title: String
        let detail: String
        let chip: Chip
    }

    let root: String
    let tabs: Tabs
    let rows: [Row]
    let form: WebhookForm
}

/// The fields of a webhook, for a new one and for one that is there.
struct WebhookForm: Sendable {
    struct Kind: Sendable {
        let value: String
        let words: String
        let checked: Bool
    }

    let url: String
    let note: String
    let kinds: [Kind]

    init(_ webhook: Webhook? = nil) {
        url = webhook?.url ?? ""
        note = webhook?.note ?? ""
        kinds = WebhookEvent.all.map {
            Kind(
                value: $0.type, words: $0.words,
                checked: webhook?.types.contains($0.type) ?? false)
        }
    }
}

/// The page of one webhook with its log.
struct WebhookPage: Sendable {
    struct Try: Sendable {
        let when: String
        let result: String
        let excerpt: String?
    }

    struct Line: Sendable {
        let id: String
        let type: String
        let when: String
        let message: String
        let body: String
        let chip: Chip
        let next: String?
        let tries: [Try]
        let canSend: Bool
    }

    let root: String
    let path: String
    let tabs: Tabs
    let title: String
    let url: String
    let chip: Chip
    let isOn: Bool
    let alert: String?
    let overlap: String?
    let form: WebhookForm
    let filters: [Choice]
    let lines: [Line]
    let hasGivenUp: Bool
    let next: String?
}

extension NoticesWeb {
    var webhookPages: [Route] {
        [
            .page("\(Self.page)/settings/webhooks", .workspace(.manageChannels), webhooksPage),
            .page(
                "\(Self.page)/settings/webhooks/{webhook}", .workspace(.manageChannels),
                webhookPage),
        ]
    }

    private func webhooksPage(_ request: WebRequest) async throws -> Reply {
        let root = Self.root(request)
        let all = try await webhooks.webhooks(in: request.workspace.workspace)
        let page = WebhooksPage(
            root: root, tabs: tabs(request, "webhooks"),
            rows: all.map { webhook in
                WebhooksPage.Row(
                    href: "\(root)/settings/webhooks/\(webhook.id)", title: webhook.title,
                    detail: webhook.note.isEmpty
                        ? webhook.scope : "\(webhook.host) · \(webhook.scope)",
                    chip: webhook.chip)
            }, form: WebhookForm())
        return try await frame.page(
            "notices/webhooks", page, title: "Webhooks", section: .settings, for: request)
    }

    private func webhookPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let id = try Self.webhook(request)
        let webhook = try await webhooks.webhook(id, in: workspace)
        let state = Self.state(request)
        let log = try await webhooks.deliveries(
            to: id, state: state, in: workspace, try request.pageRequest())
        let tries = Dictionary(
            grouping: try await webhooks.tries(of: log.items.map(\.id)), by: \.delivery)
        let zone = request.workspace.zone
        let path = "\(Self.root(request))/settings/webhooks/\(id)"
        let page = WebhookPage(
            root: Self.root(request), path: path, tabs: tabs(request, "webhooks"),
            title: webhook.title, url: webhook.url, chip: webhook.chip, isOn: webhook.isOn,
            alert: webhook.offReason
                ?? webhook.failingSince.map { "Nothing is accepted since \(zone.words($0))." },
            overlap: webhook.previousUntil.flatMap { until in
                until > request.now ? "The old secret signs too until \(zone.words(until))." : nil
            },
            form: WebhookForm(webhook),
            filters: [Choice("", "All", selected: state == nil)]
                + WebhookDelivery.State.allCases.map {
                    Choice($0.rawValue, $0.words, selected: $0 == state)
                },
            lines: log.items.map {
                Self.line($0, tries[$0.id] ?? [], zone, isOn: webhook.isOn)
            },
            hasGivenUp: webhook.isOn && log.items.contains { $0.state == .gaveUp },
            next: log.next.map { cursor in
                "\(path)?cursor=\(cursor.token)" + (state.map { "&state=\($0.rawValue)" } ?? "")
            })
        return try await frame.page(
            "notices/webhook", page, title: webhook.title, section: .settings, for: request)
    }

    private static func line(
        _ delivery: WebhookDelivery, _ tries: [WebhookTry], _ zone: Zone, isOn: Bool
    ) -> WebhookPage.Line {
        WebhookPage.Line(
            id: delivery.id.text, type: delivery.type, when: zone.words(delivery.createdAt),
            message: delivery.message, body: delivery.body, chip: delivery.chip,
            next: delivery.tries > 0 ? delivery.nextAt.map { "Next try \(zone.words($0))" } : nil,
            tries: tries.map { attempt in
                WebhookPage.Try(
                    when: zone.words(attempt.at),
                    result: (attempt.status.map { "status \($0)" } ?? "no answer")
                        + " after \(attempt.milliseconds) ms",
                    excerpt: attempt.excerpt.isEmpty ? nil : attempt.excerpt)
            }, canSend: isOn && delivery.state != .waiting)
    }
}

extension Webhook {
    var host: String { String(url.split(separator: "/").dropFirst().first ?? "") }

    var title: String { note.isEmpty ? host : note }

    var scope: String {
        switch types.count {
        case 0: "everything that happens"
        case 1: "one kind of event"
        default: "\(types.count) kinds of events"
        }
    }

    var chip: Chip {
        if !isOn {
            return offReason == nil
                ? Chip("Off", .quiet, icon: "tabler-player-pause")
                : Chip("Switched off", .alert, icon: "tabler-plug-connected-x")
        }
        return failingSince == nil
            ? Chip("On", .good, icon: "tabler-circle-check")
            : Chip("Failing", .warn, icon: "tabler-alert-triangle")
    }
}

extension WebhookDelivery {
    var chip: Chip {
        switch state {
        case .waiting where tries > 0: Chip("Tried \(tries)×", .warn, icon: "tabler-clock")
        case .waiting: Chip(state.words, .info, icon: "tabler-clock")
        case .delivered: Chip(state.words, .good, icon: "tabler-circle-check")
        case .gaveUp: Chip(state.words, .alert, icon: "tabler-circle-x")
        }
    }
}

extension WebhookDelivery.State {
    var words: String {
        switch self {
        case .waiting: "On its way"
        case .delivered: "Delivered"
        case .gaveUp: "Given up"
        }
    }
}
