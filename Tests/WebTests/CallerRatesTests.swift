import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Testing

@testable import Web

@Suite struct CallerRatesTests {
    private let start = Instant(milliseconds: 1_800_000_000_000)

    @Test func `lets a minute's worth through at once, then so many a second`() {
        var rates = CallerRates(RequestRate(perSecond: 20))
        for left in (0..<1200).reversed() {
            let verdict = rates.ask("tl_a", at: start)
            #expect(verdict.isAllowed && verdict.remaining == left)
        }
        let refused = rates.ask("tl_a", at: start)
        #expect(
            refused
                == .init(isAllowed: false, remaining: 0, secondsToFull: 60, secondsToNext: 1))
        #expect(!rates.ask("tl_a", at: start + .milliseconds(49)).isAllowed)
        #expect(rates.ask("tl_a", at: start + .milliseconds(50)).isAllowed)
        #expect(!rates.ask("tl_a", at: start + .milliseconds(50)).isAllowed)
        // Asking in vain costs nothing.
        for _ in 0..<20 { #expect(rates.ask("tl_a", at: start + .milliseconds(1050)).isAllowed) }
        #expect(!rates.ask("tl_a", at: start + .milliseconds(1050)).isAllowed)
        #expect(rates.ask("tl_a", at: start + .minutes(3)).remaining == 1199)
    }

    @Test(arguments: [1, 3, 7, 50, 999, 100_000])
    func `keeps to its rate, however it is asked`(perSecond: Int) {
        let rate = RequestRate(perSecond: perSecond)
        var rates = CallerRates(rate)
        var now = start
        var allowed = 0
        var random = SplitMix(state: 7)
        while now - start < .minutes(10) {
            for _ in 0..<Int(random.next() % 200) {
                let verdict = rates.ask("tl_a", at: now)
                allowed += verdict.isAllowed ? 1 : 0
                #expect((0...rate.burst).contains(verdict.remaining))
                #expect((0...60).contains(verdict.secondsToFull))
            }
            now = now + .milliseconds(Int64(random.next() % 2000))
            let most = rate.burst + Int((now - start).inMilliseconds) * perSecond / 1000 + 1
            #expect(allowed <= most)
        }
    }

    @Test func `counts every caller for themselves`() {
        var rates = CallerRates(RequestRate(perSecond: 1))
        for _ in 0..<100 { _ = rates.ask("tl_a", at: start) }
        #expect(!rates.ask("tl_a", at: start).isAllowed)
        #expect(rates.ask("tl_b", at: start).remaining == 59)
    }

    @Test func `keeps a bounded number of callers and forgets the quietest`() {
        var rates = CallerRates(RequestRate(perSecond: 1), most: 100)
        for number in 0..<10_000 {
            _ = rates.ask("busy", at: start)
            _ = rates.ask("once \(number)", at: start)
            #expect(rates.count <= 201)
        }
        #expect(!rates.ask("busy", at: start).isAllowed)
    }

    @Test func `begins anew when the clock is put back`() {
        var rates = CallerRates(RequestRate(perSecond: 10))
        for _ in 0..<700 { _ = rates.ask("tl_a", at: start) }
        #expect(!rates.ask("tl_a", at: start).isAllowed)
        let verdict = rates.ask("tl_a", at: start - .hours(5))
        #expect(verdict.isAllowed && verdict.remaining == 599)
        // By less than a bucket takes to fill, it waits no longer than that.
        for _ in 0..<700 { _ = rates.ask("tl_b", at: start) }
        #expect(rates.ask("tl_b", at: start - .seconds(1) + .minutes(1)).isAllowed)
    }

    @Test func `takes a household of IPv6 for one`() {
        #expect(Doorkeeper.household("2001:db8:1:2::7") == Doorkeeper.household("2001:db8:1:2:9::"))
        #expect(Doorkeeper.household("2001:db8:1:2::7") != Doorkeeper.household("2001:db8:1:3::7"))
        #expect(Doorkeeper.household("203.0.113.7") == "203.0.113.7")
        #expect(Doorkeeper.household("not:an:address") == "not:an:address")
    }

    // MARK: - At the gate

    private let note = #"{"text":"New","isPinned":true}"#

    private func field(_ name: String, _ reply: TestResponse) -> String? {
        HTTPField.Name(name).flatMap { reply.headers[$0] }
    }

    @Test func `answers what is too much with 429 and when to come back`() async throws {
        let app = Application(
            router: try SmallSite(rate: RequestRate(perSecond: 1)).site.router())
        let path = "/api/v1/workspaces/owner/notes"
        let token: HTTPFields = [.authorization: "Bearer tl_good"]
        let browser: HTTPFields = [
            .cookie: "throughline=session-1", fieldName("sec-fetch-site"): "same-origin",
            .contentType: "application/x-www-form-urlencoded",
        ]
        try await app.test(.router) { client in
            var refused: TestResponse?
            for _ in 0..<90 where refused == nil {
                let reply = try await client.execute(
                    uri: path, method: .post, headers: token, body: ByteBuffer(string: note))
                #expect(field("ratelimit-policy", reply) == #""caller";q=60;w=60"#)
                if reply.status == .tooManyRequests { refused = reply }
            }
            let last = try #require(refused)
            #expect(last.headers[.contentType] == "application/problem+json")
            #expect(field("retry-after", last) == "1")
            #expect(field("ratelimit", last) == #""caller";r=0;t=60"#)
            #expect(String(buffer: last.body).contains("access.rate"))
            // Another caller is served, and reading pages is not counted.
            let form = ByteBuffer(string: "text=New&isPinned=true")
            for _ in 0..<100 {
                let page = try await client.execute(
                    uri: "/w/owner/notes", method: .get, headers: browser)
                #expect(page.status == .ok && field("ratelimit", page) == nil)
            }
            let change = try await client.execute(
                uri: "/w/owner/notes", method: .post, headers: browser, body: form)
            #expect(change.status == .seeOther)
            #expect(field("ratelimit", change) == #""caller";r=59;t=1"#)
        }
    }

    /// Asks until it is too much, and says how often that went well.
    private func refusals(
        _ client: any TestClientProtocol, _ path: String, _ headers: HTTPFields
    ) async throws -> [HTTPResponse.Status: Int] {
        var counts: [HTTPResponse.Status: Int] = [:]
        for _ in 0..<90 where counts[.tooManyRequests] == nil {
            let reply = try await client.execute(uri: path, method: .post, headers: headers)
            counts[reply.status, default: 0] += 1
        }
        return counts
    }

    @Test func `counts a change that another site asked for by network`() async throws {
        let app = Application(
            router: try SmallSite(rate: RequestRate(perSecond: 1)).site.router())
        let session: HTTPFields = [
            .cookie: "throughline=session-1",
            .contentType: "application/x-www-form-urlencoded",
        ]
        var (foreign, own) = (session, session)
        foreign[fieldName("sec-fetch-site")] = "cross-site"
        own[fieldName("sec-fetch-site")] = "same-origin"
        try await app.test(.router) { [foreign, own] client in
            let counts = try await refusals(client, "/w/owner/notes", foreign)
            #expect(counts[.forbidden, default: 0] >= 60 && counts[.tooManyRequests] == 1)
            // None of it is held against the person whose browser was made to ask.
            let change = try await client.execute(
                uri: "/w/owner/notes", method: .post, headers: own,
                body: ByteBuffer(string: "text=New&isPinned=true"))
            #expect(change.status == .seeOther)
            #expect(field("ratelimit", change) == #""caller";r=59;t=1"#)
        }
    }

    @Test func `counts tokens that nobody knows by network, however many they are`() async throws {
        let app = Application(
            router: try SmallSite(rate: RequestRate(perSecond: 1)).site.router())
        let path = "/api/v1/workspaces/owner/notes"
        try await app.test(.router) { client in
            var last: TestResponse?
            for number in 0..<90 where last?.status != .tooManyRequests {
                let reply = try await client.execute(
                    uri: path, method: .post,
                    headers: [.authorization: "Bearer tl_guess_\(number)"])
                if number == 0 {
                    #expect(reply.status == .unauthorized)
                    #expect(field("ratelimit", reply) == #""caller";r=59;t=1"#)
                }
                last = reply
            }
            #expect(last?.status == .tooManyRequests)
            let known = try await client.execute(
                uri: path, method: .post, headers: [.authorization: "Bearer tl_good"],
                body: ByteBuffer(string: note))
            #expect(known.status == .ok || known.status == .created)
        }
    }

    @Test func `counts no strangers from this machine while no proxy is trusted`() async throws {
        let stranger: HTTPFields = [fieldName("sec-fetch-site"): "same-origin"]
        let site = try SmallSite(rate: RequestRate(perSecond: 1)).site
        try await Application(router: site.router()).test(.live) { client in
            let counts = try await refusals(client, "/w/owner/notes", stranger)
            #expect(counts == [.unauthorized: 90])
            // Whoever is known is counted from here as well.
            let known = try await client.execute(
                uri: "/api/v1/workspaces/owner/notes", method: .post,
                headers: [.authorization: "Bearer tl_good"], body: ByteBuffer(string: note))
            #expect(field("ratelimit", known) != nil)
        }
        let behind = try SmallSite(rate: RequestRate(perSecond: 1), trustsProxy: true).site
        try await Application(router: behind.router()).test(.live) { client in
            let counts = try await refusals(client, "/w/owner/notes", stranger)
            #expect(counts[.tooManyRequests] == 1)
        }
    }

    @Test func `takes an address for one caller, whatever its port and form`() async throws {
        let site = try SmallSite(rate: RequestRate(perSecond: 1), trustsProxy: true).site
        try await Application(router: site.router()).test(.router) { client in
            var last: TestResponse?
            for number in 0..<90 where last?.status != .tooManyRequests {
                let form = ["203.0.113.7:\(number + 1)", "::ffff:203.0.113.7", "203.0.113.7"]
                last = try await client.execute(
                    uri: "/w/owner/notes", method: .post,
                    headers: [
                        fieldName("sec-fetch-site"): "same-origin",
                        fieldName("x-forwarded-for"): form[number % 3],
                    ])
            }
            #expect(last?.status == .tooManyRequests)
        }
    }
}

/// Numbers that are the same in each run.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
