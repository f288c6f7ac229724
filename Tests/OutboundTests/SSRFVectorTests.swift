import Foundation
import Kernel
import Synchronization
import Testing

@testable import Outbound

/// Every vector of the acceptance data, through the whole client.
@Suite(.enabled(if: Vectors.all != nil, "The acceptance data is absent."))
struct SSRFVectorTests {
    @Test(arguments: Vectors.all?.blockedIPs ?? [])
    func `refuses an address that is not public, written out or behind a name`(
        text: String
    ) async throws {
        let address = try #require(IPAddress(text))
        #expect(!address.isPublic)
        let shown = text.contains(":") ? "[\(text)]" : text
        for host in [shown, "innocent.test"] {
            let client = OutboundClient(allow: [], lookup: { _ in [address] })
            let error = await #expect(throws: OutboundError.self) {
                try await client.send(OutboundRequest("GET", "https://\(host)/"))
            }
            #expect(error?.isCertainlyUnsent == true)
            if case .notConnected = error { Issue.record("\(host) was contacted") }
            await client.shutdown()
        }
    }

    @Test(arguments: Vectors.all?.allowedIPs ?? [])
    func `lets a public address pass`(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isPublic)
        let target = try AddressGuard().target("https://innocent.test/")
        try AddressGuard().check([address], of: target)
    }

    @Test(arguments: Vectors.all?.forms ?? [])
    func `refuses an address by its form, with either scheme`(url: String) async throws {
        // A resolver that would lead anywhere: only the form can stop these.
        let client = OutboundClient(
            allow: [], lookup: { _ in [IPAddress("8.8.8.8")].compactMap(\.self) })
        for address in [url, url.replacing("http://", with: "https://")] {
            let error = await #expect(throws: OutboundError.self) {
                try await client.send(OutboundRequest("GET", address, deadline: .milliseconds(200)))
            }
            switch error {
            case .badAddress, .refusedAddress: break
            default: Issue.record("\(address): \(String(describing: error))")
            }
        }
        await client.shutdown()
    }

    @Test func `a redirect to a private address is refused`() async throws {
        try await OutboundServer.with(hosts: ["redirects-to-private.test"]) { client, port, _ in
            let url = "http://redirects-to-private.test:\(port)/to-metadata"
            await #expect(throws: OutboundError.refusedAddress("169.254.169.254")) {
                try await client.send(OutboundRequest("GET", url))
            }
        }
    }

    @Test func `a name that changes its meaning is asked once and never followed inside`()
        async throws
    {
        let lookups = Mutex(0)
        let client = OutboundClient(
            allow: [],
            lookup: { _ in
                let count = lookups.withLock { count in
                    count += 1
                    return count
                }
                return [IPAddress(count == 1 ? "93.184.216.34" : "127.0.0.1")].compactMap(\.self)
            })
        let first = await #expect(throws: OutboundError.self) {
            try await client.send(
                OutboundRequest("GET", "https://rebind.test/", deadline: .milliseconds(100)))
        }
        // Public when it was checked: it may be tried there, and only there.
        #expect(first != .refusedAddress("rebind.test"))
        #expect(lookups.withLock { $0 } == 1)
        await #expect(throws: OutboundError.refusedAddress("rebind.test")) {
            try await client.send(OutboundRequest("GET", "https://rebind.test/"))
        }
        await client.shutdown()
    }

    @Test func `one private address of several spoils a name`() async throws {
        let client = OutboundClient(
            allow: [], lookup: { _ in ["8.8.8.8", "10.0.0.1"].compactMap(IPAddress.init) })
        await #expect(throws: OutboundError.refusedAddress("multi.test")) {
            try await client.send(OutboundRequest("GET", "https://multi.test/"))
        }
        await client.shutdown()
    }
}

/// The vectors, where the acceptance data is at hand.
struct Vectors: Decodable {
    let blockedIPs: [String]
    let allowedIPs: [String]
    let blockedURLs: [String]

    enum CodingKeys: String, CodingKey {
        case blockedIPs = "blocked_ips"
        case allowedIPs = "allowed_ips"
        case blockedURLs = "blocked_urls"
    }

    /// Those whose form alone says no; the others are told with what they do.
    var forms: [String] { blockedURLs.filter { !$0.contains(" (") && !isLiteral($0) } }

    /// A well-formed address of a private host is refused when it is resolved.
    private func isLiteral(_ url: String) -> Bool {
        ["http://[::]/", "http://[::ffff:7f00:1]/", "http://127.0.0.1#@example.com/"].contains(url)
    }

    static let all: Vectors? = {
        let root =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        let path = root + "/security/ssrf/ssrf_vectors.json"
        return FileManager.default.contents(atPath: path)
            .flatMap { try? JSONDecoder().decode(Vectors.self, from: $0) }
    }()
}
