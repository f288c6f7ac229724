import Foundation
import Kernel
import Notices
import Testing

/// The vectors of Standard Webhooks, where the acceptance data is at hand.
struct WebhookVectorTests {
    struct File: Decodable {
        struct Case: Decodable {
            let name: String
            let secret: String
            let id: String
            let timestamp: Int64
            let body: String
            let signature: String
            let valid: Bool
            let now: Int64
        }

        let cases: [Case]
    }

    static func cases() throws -> [File.Case]? {
        let root =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        let path = root + "/security/webhooks/vectors.json"
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try JSONDecoder().decode(File.self, from: data).cases
    }

    @Test func `agrees with all vectors of Standard Webhooks`() throws {
        guard let cases = try Self.cases() else {
            try Test.cancel("The acceptance data is not at hand.")
        }
        #expect(cases.count == 11)
        for entry in cases {
            let moment = Instant(milliseconds: entry.timestamp * 1000)
            let isGood =
                WebhookSecret(entry.secret).map {
                    WebhookSignature.verify(
                        entry.body, id: entry.id, at: moment, header: entry.signature, with: $0,
                        now: Instant(milliseconds: entry.now * 1000))
                } ?? false
            #expect(isGood == entry.valid, "\(entry.name)")
        }
    }

    @Test func `signs as the reference does`() throws {
        // The example of the specification itself.
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = WebhookSignature.sign(
            "{\"test\": 2432232314}", id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: Instant(milliseconds: 1_614_265_330_000), with: secret)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(secret.text == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        #expect("\(secret)" == "WebhookSecret(secret)")
    }

    @Test(arguments: ["", "whsec_", "whsec_not base64!", "whsec_="])
    func `refuses what is no secret`(text: String) {
        #expect(WebhookSecret(text) == nil)
    }
}

struct WebhookRetriesTests {
    let retries = WebhookRetries()
    let now = Instant(milliseconds: 1_795_420_800_000)

    func next(
        _ outcome: WebhookOutcome, tries: Int, since: Instant? = nil, jitter: Double = 0
    ) -> WebhookRetries.Next {
        retries.next(after: outcome, tries: tries, failingSince: since, now: now, jitter: jitter)
    }

    @Test(arguments: [200, 202, 204, 299])
    func `any status from 200 to 299 is a delivery`(status: Int) {
        #expect(
            next(.answered(status: status, excerpt: "", retryAfter: nil), tries: 1) == .delivered)
    }

    @Test(arguments: [301, 307, 400, 404, 500, 503])
    func `anything else is tried again`(status: Int) {
        #expect(
            next(.answered(status: status, excerpt: "", retryAfter: nil), tries: 1)
                == .again(after: .seconds(5)))
    }

    @Test func `waits longer each time and gives up after ten tries`() {
        var waits: [Duration] = []
        for tries in 1...9 {
            guard case .again(let wait) = next(.failed("no"), tries: tries) else {
                Issue.record("try \(tries) was the last")
                return
            }
            waits.append(wait)
        }
        #expect(waits == waits.sorted())
        #expect(waits.reduce(.zero, +) > .days(3))
        #expect(next(.failed("no"), tries: 10) == .giveUp)
    }

    @Test func `comes back when the receiver asks, within a day`() {
        let asked = { (wait: Duration) in
            next(.answered(status: 429, excerpt: "", retryAfter: wait), tries: 1)
        }
        #expect(asked(.minutes(10)) == .again(after: .minutes(10)))
        #expect(asked(.seconds(1)) == .again(after: .seconds(5)))
        #expect(asked(.days(9)) == .again(after: .days(1)))
    }

    @Test func `is switched off after five days without success, or when the receiver is gone`() {
        let reason = WebhookRetries.Next.switchOff("Nothing was accepted for 5 days.")
        #expect(next(.failed("no"), tries: 1, since: now - .days(5)) == reason)
        #expect(next(.failed("no"), tries: 1, since: now - .days(4)) == .again(after: .seconds(5)))
        #expect(
            next(.answered(status: 410, excerpt: "", retryAfter: nil), tries: 1)
                == .switchOff("The receiver answered 410: it is gone for good."))
    }

    @Test func `jitter adds at most a tenth`() {
        guard case .again(let wait) = next(.failed("no"), tries: 2, jitter: 0.999) else {
            Issue.record("not tried again")
            return
        }
        #expect(wait > .minutes(5) && wait <= .seconds(330))
    }
}
