import Foundation
import Testing

@testable import Web

struct WhereFromTests {
    @Test(arguments: [
        ("127.0.0.1", NetworkClass.thisMachine), ("::1", .thisMachine),
        ("::ffff:127.0.0.1", .thisMachine), ("10.0.0.7", .localNetwork),
        ("192.168.1.4", .localNetwork), ("172.16.0.1", .localNetwork),
        ("172.31.255.1", .localNetwork), ("172.32.0.1", .internet), ("169.254.1.1", .localNetwork),
        ("100.64.0.1", .localNetwork), ("fd12::7", .localNetwork), ("fe80::1", .localNetwork),
        ("203.0.113.9", .internet), ("2001:db8::1", .internet), ("::ffff:203.0.113.9", .internet),
        ("", .internet), ("nonsense", .internet),
    ])
    func `says no more of an address than how near it is`(address: String, near: NetworkClass) {
        #expect(NetworkClass(address) == near)
    }

    @Test func `addresses that are secrets go to no other page and into no cache`() {
        for path in [
            "/approve/x", "/hand/x", "/invitations/x", "/welcome/x", "/password/x",
            "/channels/callback/x", "/sign-in/openid/callback",
        ] {
            var reply = Reply.file(.init(), type: "image/png", cache: "private, max-age=3600")
            SecurityHeaders.add(to: &reply, path: path, isSecure: true)
            #expect(reply.headers["referrer-policy"] == "no-referrer")
            #expect(reply.headers["cache-control"] == "no-store")
            #expect(reply.headers["x-robots-tag"] == "noindex")
        }
        var reply = Reply.html("")
        SecurityHeaders.add(to: &reply, path: "/w/x", isSecure: true)
        #expect(reply.headers["referrer-policy"] == "same-origin")
    }
}
