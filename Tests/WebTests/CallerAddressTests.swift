import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import Web

@Suite struct CallerAddressTests {
    @Test(arguments: [
        ("203.0.113.7", "203.0.113.7"), (" 203.0.113.7 ", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"), ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"), ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:9", "203.0.113.7"), ("::FFFF:cb00:7107", "203.0.113.7"),
        ("127.0.0.1", "127.0.0.1"), ("0:0:0:0:0:0:0:1", "::1"),
    ])
    func `takes the last address that was forwarded, in one form`(
        _ forwarded: String, address: String
    ) {
        #expect(CallerAddress.of(peer: "10.0.0.1", forwarded: forwarded) == address)
    }

    @Test(
        arguments: [
            nil, "", " ", "unknown", "_hidden", "203.0.113.7,", "203.0.113.7, unknown", "203.0.113",
            "203.0.113.7:", "203.0.113.7:99999", "203.0.113.7:4x", "203.0.113.7 x", "[2001:db8::1",
            "[2001:db8::1]x", "[203.0.113.7]:1", "fe80::1%eth0", "2001:db8::1:443:x",
            String(repeating: "1", count: 500),
        ] as [String?])
    func `takes the peer's where none was forwarded`(_ forwarded: String?) {
        #expect(CallerAddress.of(peer: "::ffff:10.0.0.1", forwarded: forwarded) == "10.0.0.1")
        #expect(CallerAddress.of(peer: "local", forwarded: forwarded) == "local")
    }

    @Test func `knows this machine`() {
        for address in ["127.0.0.1", "127.9.9.9", "::1"] {
            #expect(CallerAddress.isLoopback(address))
        }
        for address in ["local", "10.0.0.1", "::2", "2001:db8::1", "128.0.0.1"] {
            #expect(!CallerAddress.isLoopback(address))
        }
    }

    // MARK: - At the gate

    /// What the log got, in order.
    private struct Notebook: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.warning
        var metadata: Logger.Metadata = [:]

        final class Lines: Sendable {
            let all = Mutex<[String]>([])
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.all.withLock { $0.append("\(event.level) \(event.message)") }
        }
    }

    @Test(arguments: [false, true])
    func `says once that a proxy stands in front and nobody said so`(
        trustsProxy: Bool
    ) async throws {
        let lines = Notebook.Lines()
        let logger = Logger(label: "test") { _ in Notebook(lines: lines) }
        let app = Application(
            router: try SmallSite(trustsProxy: trustsProxy, logger: logger).site.router())
        try await app.test(.router) { client in
            _ = try await client.execute(uri: "/livez", method: .get)
            #expect(lines.all.withLock { $0 }.isEmpty)
            for number in 0..<3 {
                _ = try await client.execute(
                    uri: "/livez", method: .get,
                    headers: [fieldName("x-forwarded-for"): "203.0.113.\(number)"])
            }
        }
        let said = lines.all.withLock { $0 }
        #expect(said.count == (trustsProxy ? 0 : 1))
        #expect(said.allSatisfy { $0.hasPrefix("warning") && $0.contains("--trust-proxy") })
    }
}
