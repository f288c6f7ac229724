import Foundation
import Jobs
import Kernel
import People
import Store
import TestSupport
import Testing

@testable import Notices

struct WebhookTests {
    @Test(arguments: TestDatabase.engines)
    func `tells a webhook what happens, signed and under the event's identifier`(
        engine: Engine
    ) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            try await world.happen()
            await world.worker.runDue()
            let message = try #require(world.receiver.messages.first)
            #expect(world.receiver.messages.count == 1)
            #expect(message.isSigned(with: made.secret, now: world.clock.now))
            #expect(message.header("content-type") == "application/json")
            let body = try #require(
                try JSONSerialization.jsonObject(with: Data(message.body.utf8))
                    as? [String: Any])
            #expect(body["type"] as? String == "publishing.published")
            let data = try #require(body["data"] as? [String: Any])
            #expect(data["summary"] as? String == "Published, on time")
            #expect(data["by"] as? String == "Ana Sol")
            #expect((data["facts"] as? [String: String]) == ["channel": "c"])
            let log = try await world.log(made.webhook.id)
            #expect(log.map(\.state) == [.delivered])
            #expect(log.first?.message == message.header("webhook-id"))
            #expect(try await world.desk.tries(of: log.map(\.id)).map(\.status) == [204])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `tells only what was asked for, and only its own workspace`(engine: Engine) async throws {
        try await WebhookWorld.with(engine) { world in
            _ = try await world.webhook(["publishing.needs_person"])
            try await world.happen()
            try await world.happen("publishing.needs-person", in: world.other)
            await world.worker.runDue()
            #expect(world.receiver.messages.isEmpty)
            try await world.happen("publishing.needs-person")
            await world.worker.runDue()
            #expect(world.receiver.messages.count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an event that is handed over twice is kept once`(engine: Engine) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            try await world.happen()
            await world.worker.runDue()
            // As after a crash between the hand-over and the end of its job.
            try await world.database.write { tx in
                _ = try tx.execute(
                    """
                    UPDATE job SET state = 'waiting', due_at = 0, finished_at = NULL
                    WHERE kind = 'publishing.published>webhooks'
                    """)
            }
            await world.worker.runDue()
            #expect(world.receiver.messages.count == 1)
            #expect(try await world.log(made.webhook.id).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `tries again with the same bytes, and keeps every try`(engine: Engine) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            world.receiver.answerOnce(
                .answered(status: 503, excerpt: "Busy", retryAfter: nil), .failed("No answer."))
            try await world.happen()
            await world.pass(.hours(1))
            let messages = world.receiver.messages
            #expect(messages.count == 3)
            #expect(Set(messages.map(\.body)).count == 1)
            #expect(Set(messages.map { $0.header("webhook-id") }).count == 1)
            #expect(Set(messages.map { $0.header("webhook-timestamp") }).count == 3)
            let log = try await world.log(made.webhook.id)
            #expect(log.map(\.state) == [.delivered])
            #expect(log.map(\.tries) == [3])
            let tries = try await world.desk.tries(of: log.map(\.id))
            #expect(tries.map(\.status) == [503, nil, 204])
            #expect(tries.map(\.excerpt) == ["Busy", "No answer.", ""])
            #expect(
                try await world.desk.webhook(made.webhook.id, in: world.acme).failingSince == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `gives up after ten tries, and sends again when a person says so`(
        engine: Engine
    ) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            world.receiver.answer(.failed("No answer."))
            try await world.happen()
            await world.pass(.days(4))
            let given = try #require(try await world.log(made.webhook.id).first)
            #expect(given.state == .gaveUp)
            #expect(given.tries == 10)
            #expect(world.receiver.messages.count == 10)
            world.receiver.answer(.answered(status: 200, excerpt: "ok", retryAfter: nil))
            #expect(
                try await world.desk.resendGivenUp(
                    to: made.webhook.id, in: world.acme, by: .system("Test")) == 1)
            let entry = try #require(
                try await world.database.read { tx in
                    try tx.first(
                        "SELECT summary, changes FROM event WHERE name = 'webhooks.sent-again'")
                })
            #expect(try entry("summary", as: String.self).hasPrefix("Sent 1 messages again"))
            #expect(try entry("changes", as: String.self).contains("given_up"))
            await world.worker.runDue()
            let sent = try await world.desk.delivery(given.id, in: world.acme)
            #expect(sent.delivery.state == .delivered)
            #expect(sent.tries.count == 11)
            #expect(Set(world.receiver.messages.map(\.body)).count == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `is switched off after days of failure, with an event`(engine: Engine) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            world.receiver.answer(.failed("No answer."))
            for _ in 0..<6 {
                try await world.happen()
                await world.pass(.days(1), step: .hours(2))
            }
            let webhook = try await world.desk.webhook(made.webhook.id, in: world.acme)
            #expect(!webhook.isOn)
            #expect(webhook.offReason == "Nothing was accepted for 5 days.")
            #expect(try await world.log(made.webhook.id).allSatisfy { $0.state == .gaveUp })
            let count = world.receiver.messages.count
            try await world.happen()
            await world.pass(.days(1), step: .hours(6))
            #expect(world.receiver.messages.count == count)
            let told = try await world.database.read { [events = world.events] tx in
                try events.activity(
                    of: "webhook:\(made.webhook.id)", workspace: world.acme, in: tx)
            }
            #expect(told.map(\.name).contains("webhooks.switched-off"))
            let on = try await world.desk.setOn(
                true, made.webhook.id, in: world.acme, by: world.principal)
            #expect(on.isOn && on.offReason == nil && on.failingSince == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a new secret and the old one sign side by side, until the old one's time is over`(
        engine: Engine
    ) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            let rotated = try await world.desk.rotate(
                made.webhook.id, overlapHours: 24, in: world.acme, by: world.principal)
            #expect(rotated.secret != made.secret)
            try await world.happen()
            await world.worker.runDue()
            let first = try #require(world.receiver.messages.last)
            #expect(first.isSigned(with: made.secret, now: world.clock.now))
            #expect(first.isSigned(with: rotated.secret, now: world.clock.now))
            world.clock.advance(by: .hours(25))
            try await world.happen()
            await world.worker.runDue()
            let second = try #require(world.receiver.messages.last)
            #expect(!second.isSigned(with: made.secret, now: world.clock.now))
            #expect(second.isSigned(with: rotated.secret, now: world.clock.now))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a secret is sealed to its row and appears nowhere else`(engine: Engine) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            let twin = try await world.webhook()
            let text = made.secret.text.dropFirst(6)
            let kept = try await world.database.read { tx in
                try tx.scalar(
                    Data.self, "SELECT sealed FROM webhook WHERE id = \(made.webhook.id)")
            }
            #expect(kept.map { !String(decoding: $0, as: UTF8.self).contains(text) } == true)
            let events = try await world.database.read { tx in
                try tx.rows("SELECT summary, payload FROM event").map { row in
                    "\(try row("summary") as String) \(try row("payload") as String)"
                }
            }
            #expect(!events.joined().contains(text))
            // Moved to another row, it does not open.
            try await world.database.write { tx in
                _ = try tx.execute(
                    "UPDATE webhook SET sealed = \(kept) WHERE id = \(twin.webhook.id)")
            }
            await #expect(throws: SecretBox.Failure.self) {
                try await world.database.read { tx in
                    try world.desk.secrets(of: twin.webhook.id, in: world.acme, tx)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `refuses what makes no sense, and keeps workspaces apart`(engine: Engine) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook()
            let desk = world.desk
            let refuse = { (plan: WebhookPlan, error: NoticesError) async -> Void in
                _ = await #expect(throws: error) {
                    try await desk.create(plan, in: world.acme, by: world.principal)
                }
            }
            await refuse(WebhookPlan(url: "http://hooks.example"), .address)
            await refuse(WebhookPlan(url: "https://a.example", types: ["x"]), .unknownType)
            await refuse(
                WebhookPlan(url: "https://a.example", note: "a\u{0}b"), .note)
            await #expect(throws: NoticesError.overlap) {
                try await desk.rotate(
                    made.webhook.id, overlapHours: 169, in: world.acme, by: world.principal)
            }
            await #expect(throws: NoticesError.noSuchWebhook) {
                try await desk.webhook(made.webhook.id, in: world.other)
            }
            _ = try await desk.setOn(
                false, made.webhook.id, in: world.acme, by: world.principal)
            await #expect(throws: NoticesError.webhookIsOff) {
                try await desk.sendTest(
                    to: made.webhook.id, in: world.acme, by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a test, a removal and the log's memory`(engine: Engine) async throws {
        try await WebhookWorld.with(engine) { world in
            let made = try await world.webhook(["publishing.published"])
            let test = try await world.desk.sendTest(
                to: made.webhook.id, in: world.acme, by: world.principal)
            #expect(test.type == "webhooks.test")
            await world.worker.runDue()
            #expect(world.receiver.messages.count == 1)
            try await WebhookWork(desk: world.desk) { await world.receiver.take($0) }
                .start(queue: world.queue)
            await world.pass(.days(31), step: .hours(8))
            #expect(try await world.log(made.webhook.id).isEmpty)
            try await world.desk.remove(
                made.webhook.id, in: world.acme, by: world.principal)
            #expect(try await world.desk.webhooks(in: world.acme).isEmpty)
        }
    }
}
