import Kernel
import Notices
import People
import Web

extension NoticesWeb {
    static let tag = "Webhooks"

    var webhookRoutes: [Route] { reading + making + changing }

    private var reading: [Route] {
        let events = Endpoint(
            .get, "\(Self.base)/webhook-events", id: "listWebhookEvents",
            "The types of events that webhooks can ask for.", tag: Self.tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            Listing(
                items: WebhookEvent.all.map { WebhookEventAnswer(type: $0.type, words: $0.words) })
        }
        let list = Endpoint(
            .get, "\(Self.base)/webhooks", id: "listWebhooks", "The webhooks of the workspace.",
            tag: Self.tag, access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await webhooks.webhooks(in: call.workspace.workspace)
                    .map { WebhookAnswer($0) })
        }
        let read = Endpoint(
            .get, "\(Self.base)/webhooks/{webhook}", id: "getWebhook", "One webhook.",
            tag: Self.tag, access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            WebhookAnswer(
                try await webhooks.webhook(
                    try Self.webhook(call.request), in: call.workspace.workspace))
        }
        return [events.route, list.route, read.route]
    }

    private var making: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/webhooks", id: "createWebhook",
            "Adds a webhook and answers its secret, once.", tag: Self.tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<WebhookInput>) in
            let made = try await webhooks.create(
                call.input.plan, in: call.workspace.workspace, by: call.principal)
            return WebhookAnswer(made.webhook, secret: made.secret)
        }
        let rotate = Endpoint(
            .post, "\(Self.base)/webhooks/{webhook}/secret", id: "rotateWebhookSecret",
            "Makes a new secret; the old one signs too for a while.", tag: Self.tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<WebhookRotation>) in
            let made = try await webhooks.rotate(
                try Self.webhook(call.request), overlapHours: call.input.overlapHours ?? 24,
                in: call.workspace.workspace, by: call.principal)
            return WebhookAnswer(made.webhook, secret: made.secret)
        }
        let shown = {
            @Sendable (answer: WebhookAnswer, request: WebRequest) async throws -> Reply in
            try frame.fragment(
                "notices/webhook-secret",
                WebhookSecretPart(
                    secret: answer.secret ?? "",
                    href: "\(Self.root(request))/settings/webhooks/\(answer.id)"))
        }
        return [
            create.route, rotate.route,
            create.action("\(Self.page)/settings/webhooks", then: shown),
            rotate.action("\(Self.page)/settings/webhooks/{webhook}/secret", then: shown),
        ]
    }

    private var changing: [Route] {
        let change = Endpoint(
            .put, "\(Self.base)/webhooks/{webhook}", id: "changeWebhook",
            "Changes address, purpose and events of a webhook.", tag: Self.tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<WebhookInput>) in
            WebhookAnswer(
                try await webhooks.change(
                    try Self.webhook(call.request), to: call.input.plan,
                    in: call.workspace.workspace, by: call.principal))
        }
        let turn = Endpoint(
            .put, "\(Self.base)/webhooks/{webhook}/switch", id: "switchWebhook",
            "Switches a webhook on or off.", tag: Self.tag, access: .workspace(.manageChannels)
        ) { (call: Call<WebhookSwitch>) in
            WebhookAnswer(
                try await webhooks.setOn(
                    call.input.isOn, try Self.webhook(call.request),
                    in: call.workspace.workspace, by: call.principal))
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/webhooks/{webhook}", id: "removeWebhook",
            "Removes a webhook with its log.", tag: Self.tag, access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            try await webhooks.remove(
                try Self.webhook(call.request), in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        let path = "\(Self.page)/settings/webhooks/{webhook}"
        return [
            change.route, turn.route, remove.route,
            change.action(path, method: .put) { answer, request in
                Self.back(to: answer.id, request).toast("Webhook saved.")
            },
            turn.action("\(path)/switch", method: .put) { answer, request in
                Self.back(to: answer.id, request)
                    .toast(answer.isOn ? "Switched on." : "Switched off: nothing is sent.")
            },
            remove.action("\(path)/removal") { _, request in
                Reply.redirect(to: "\(Self.root(request))/settings/webhooks")
                    .toast("Webhook removed.")
            },
        ]
    }

    var webhookLogRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/webhooks/{webhook}/deliveries", id: "listWebhookDeliveries",
            "What was sent to a webhook, newest first; kept for 30 days.", tag: Self.tag,
            access: .workspace(.manageChannels),
            query: [QueryParameter("state", .oneOf(WebhookDelivery.State.self))]
                + QueryParameter.paging
        ) { (call: Call<Nothing>) in
            Listing(
                try await webhooks.deliveries(
                    to: try Self.webhook(call.request), state: Self.state(call.request),
                    in: call.workspace.workspace, try call.request.pageRequest()
                ).map { WebhookDeliveryAnswer($0) })
        }
        let read = Endpoint(
            .get, "\(Self.base)/webhook-deliveries/{delivery}", id: "getWebhookDelivery",
            "One delivery with every try.", tag: Self.tag, access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            let found = try await webhooks.delivery(
                try call.id("delivery", WebhookDeliveryTag.self), in: call.workspace.workspace)
            return WebhookDeliverySheet(
                delivery: WebhookDeliveryAnswer(found.delivery),
                tries: found.tries.map(WebhookTryAnswer.init))
        }
        return [list.route, read.route] + sending
    }

    private var sending: [Route] {
        let test = Endpoint(
            .post, "\(Self.base)/webhooks/{webhook}/test", id: "testWebhook",
            "Sends a message that only says that the webhook works.", tag: Self.tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            WebhookDeliveryAnswer(
                try await webhooks.sendTest(
                    to: try Self.webhook(call.request), in: call.workspace.workspace,
                    by: call.principal))
        }
        let again = Endpoint(
            .post, "\(Self.base)/webhook-deliveries/{delivery}/sending",
            id: "resendWebhookDelivery",
            "Sends a delivery again, with the same identifier and body.", tag: Self.tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            WebhookDeliveryAnswer(
                try await webhooks.resend(
                    try call.id("delivery", WebhookDeliveryTag.self),
                    in: call.workspace.workspace, by: call.principal))
        }
        let all = Endpoint(
            .post, "\(Self.base)/webhooks/{webhook}/sending", id: "resendGivenUp",
            "Sends again what was given up, at most 500 at a time.", tag: Self.tag,
            access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            WebhookResent(
                count: try await webhooks.resendGivenUp(
                    to: try Self.webhook(call.request), in: call.workspace.workspace,
                    by: call.principal))
        }
        let path = "\(Self.page)/settings/webhooks/{webhook}"
        return [
            test.route, again.route, all.route,
            test.action("\(path)/test") { answer, request in
                Self.back(to: answer.webhook, request).toast("A test is on its way.")
            },
            again.action("\(path)/deliveries/{delivery}/sending") { answer, request in
                Self.back(to: answer.webhook, request).toast("It is sent again.")
            },
            all.action("\(path)/sending") { answer, request in
                Self.back(to: try Self.webhook(request), request)
                    .toast("\(answer.count) sent again.")
            },
        ]
    }

    static func webhook(_ request: WebRequest) throws(Problem) -> WebhookID {
        try request.id("webhook", WebhookTag.self)
    }

    static func state(_ request: WebRequest) -> WebhookDelivery.State? {
        request.query["state"].flatMap(WebhookDelivery.State.init)
    }

    private static func back(to id: WebhookID, _ request: WebRequest) -> Reply {
        .redirect(to: "\(root(request))/settings/webhooks/\(id)")
    }
}
