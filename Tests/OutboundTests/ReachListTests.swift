import Kernel
import Testing

@testable import Outbound

@Suite struct ReachListTests {
    @Test(arguments: [
        ("mastodon.example", "mastodon.example", 443, true),
        ("mastodon.example", "Mastodon.Example.", 8443, true),
        ("Mastodon.Example", "mastodon.example", 443, true),
        ("mastodon.example", "a.mastodon.example", 443, false),
        ("mastodon.example", "mastodon.example.evil.test", 443, false),
        ("mastodon.example:8443", "mastodon.example", 8443, true),
        ("mastodon.example:8443", "mastodon.example", 443, false),
        ("*.example.org", "a.example.org", 443, true),
        ("*.example.org", "a.b.example.org", 8443, true),
        ("*.example.org", "example.org", 443, false),
        ("*.example.org", "evilexample.org", 443, false),
        ("*.example.org:443", "a.example.org", 8443, false),
        ("203.0.113.7", "203.0.113.7", 443, true),
        ("[2001:db8::1]", "2001:db8:0:0:0:0:0:1", 443, true),
        ("[2001:db8::1]:8443", "2001:db8::1", 443, false),
        ("[2001:db8::1]", "[2001:DB8:0::1]", 443, true),
        ("[2001:db8::1]", "[2001:db8::2]", 443, false),
        ("*.113.7", "203.0.113.7", 443, false),
    ])
    func `knows what is on it`(_ text: String, host: String, port: Int, isListed: Bool) {
        let list = try? ReachList(["elsewhere.example", text])
        #expect((list?.contains(host, port) ?? false) == isListed)
    }

    @Test(arguments: [
        "", "*", "*.", "a b", "https://a.example", "a.example/path", "a.example:", "a.example:0",
        "a.example:70000", "a.example:x", "*a.example", "a.*.example", "2001:db8::1", "[a.example]",
        "[2001:db8::1", "127.1", "0x7f000001", ".example.org", "*.203.0.113.7", "a,b",
    ])
    func `takes no place that it could not compare`(text: String) {
        #expect(throws: OutboundError.badPlace(text)) { try ReachList([text]) }
    }

    @Test func `is asked before everything else, and its refusal names the option`() throws {
        let list = try ReachList(["good.example", "*.good.example", "10.0.0.7:8080"])
        let guardian = AddressGuard(allow: ["10.0.0.7:8080", "10.0.0.8:8080"], only: list)
        #expect(try guardian.target("https://good.example/a").host == "good.example")
        #expect(try guardian.target("https://a.good.example/").host == "a.good.example")
        #expect(try guardian.target("http://10.0.0.7:8080/").isAllowListed)
        for (address, host) in [
            ("https://other.example/", "other.example"), ("http://10.0.0.8:8080/", "10.0.0.8"),
            ("https://good.example.other.example/", "good.example.other.example"),
            // Private places are not told apart from others that are not on the list.
            ("https://127.0.0.1/", "127.0.0.1"), ("http://localhost/", "localhost"),
        ] {
            #expect(throws: OutboundError.notListed(host)) { try guardian.target(address) }
        }
        // On the list, but still not public: the list opens nothing.
        let inside = AddressGuard(only: try ReachList(["10.0.0.7"]))
        let target = try inside.target("https://10.0.0.7/")
        #expect(throws: OutboundError.refusedAddress("10.0.0.7")) {
            try inside.check(IPAddress.resolve(target.host), of: target)
        }
        #expect(OutboundError.notListed("a.example").problem.message.contains("--only-address"))
        #expect(OutboundError.notListed("a.example").isCertainlyUnsent)
    }

    @Test func `holds for redirects`() async throws {
        try await OutboundServer.with { _, port, origin in
            let client = OutboundClient(
                allow: ["127.0.0.1:\(port)", "localhost:\(port)"],
                only: try ReachList(["127.0.0.1:\(port)"]))
            let here = try await client.send(OutboundRequest("GET", origin + "/once"))
            #expect(here.url == origin + "/small")
            let away = OutboundRequest(
                "GET", origin + "/to-other?to=http://localhost:\(port)/small")
            await #expect(throws: OutboundError.notListed("localhost")) {
                try await client.send(away)
            }
            await client.shutdown()
        }
    }

    @Test func `holds for the mail server`() async throws {
        let relay = try MailRelay("smtp://127.0.0.1:2525")
        let mailer = Mailer(relay, only: try ReachList(["mail.example"]))
        await #expect(throws: MailError.notListed("127.0.0.1")) { try await mailer.check() }
        #expect(MailError.notListed("127.0.0.1").problem.message.contains("--only-address"))
    }
}
