import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore

@testable import Outbound

/// A server on loopback that does what servers should not.
enum OutboundServer {
    /// Serves under the given names, which only the client's own resolver knows.
    ///
    /// `body` gets a client that may reach them, the port, and the address by number.
    static func with(
        hosts: [String] = [],
        _ body:
            @escaping @Sendable (OutboundClient, _ port: Int, _ origin: String) async throws ->
            Void
    ) async throws {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let app = Application(
            router: router(),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await app.run() }
            group.addTask {
                for await port in ports {
                    let client = OutboundClient(
                        allow: (hosts + ["127.0.0.1"]).map { "\($0):\(port)" },
                        lookup: { host in
                            hosts.contains(host) ? [IPAddress("127.0.0.1")].compactMap(\.self) : []
                        })
                    let result: Result<Void, any Error>
                    do {
                        result = .success(try await body(client, port, "http://127.0.0.1:\(port)"))
                    } catch {
                        result = .failure(error)
                    }
                    await client.shutdown()
                    return try result.get()
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private static func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/echo") { request, _ in
            let body = try await request.body.collect(upTo: 1000)
            return (request.headers[.init("x-kind") ?? .accept] ?? "") + " "
                + String(buffer: body)
        }
        router.get("/trace") { request, _ in
            HTTPField.Name("traceparent").flatMap { request.headers[$0] } ?? "none"
        }
        router.get("/small") { _, _ in "ok" }
        router.get("/large") { _, _ in String(repeating: "x", count: 5000) }
        router.get("/never") { _, _ in
            try await Task.sleep(for: .seconds(30))
            return "late"
        }
        router.get("/loop") { _, _ in Response.redirect(to: "/loop", type: .found) }
        router.get("/once") { _, _ in Response.redirect(to: "/small", type: .found) }
        router.post("/once") { _, _ in Response.redirect(to: "/small", type: .found) }
        router.get("/to-metadata") { _, _ in
            Response.redirect(to: "http://169.254.169.254/latest", type: .found)
        }
        router.get("/to-other") { request, _ in
            let other = request.uri.queryParameters["to"].map(String.init) ?? ""
            return Response.redirect(to: other, type: .found)
        }
        router.get("/headers") { request, _ in
            request.headers.map { "\($0.name.canonicalName): \($0.value)" }.sorted()
                .joined(separator: "\n")
        }
        addFloods(to: router)
        return router
    }

    private static func addFloods(to router: Router<BasicRequestContext>) {
        router.get("/drops") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    for _ in 0..<1000 {
                        try await writer.write(ByteBuffer(string: " "))
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    try await writer.finish(nil)
                })
        }
        router.get("/endless") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    let piece = ByteBuffer(repeating: 0x20, count: 1 << 16)
                    for _ in 0..<100_000 { try await writer.write(piece) }
                    try await writer.finish(nil)
                })
        }
        router.get("/bomb") { _, _ in
            Response(
                status: .ok, headers: [.contentEncoding: "gzip"],
                body: .init(byteBuffer: ByteBuffer(bytes: Self.bomb)))
        }
        router.get("/long-header") { _, _ in
            Response(
                status: .ok,
                headers: [.init("x-long") ?? .accept: String(repeating: "x", count: 1 << 20)],
                body: .init(byteBuffer: ByteBuffer(string: "ok")))
        }
    }

    /// A million zeros as gzip in 1,026 bytes, made by `gzip -9`; stored bombs nest these.
    static let bomb: [UInt8] = {
        // Header, one block of fixed codes: a zero, then matches of length 258 at distance 1.
        var bits = BitWriter()
        bits.write(0b1, 1)
        bits.write(0b01, 2)
        bits.writeCode(0b0011_0000, 8)
        for _ in 0..<4000 {
            bits.writeCode(0b1100_0101, 8)
            bits.writeCode(0b00000, 5)
        }
        bits.writeCode(0b000_0000, 7)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3] + bits.finished
            + Array(repeating: 0, count: 8)
    }()

    private struct BitWriter {
        private var bytes: [UInt8] = []
        private var current: UInt8 = 0
        private var used = 0

        mutating func write(_ value: Int, _ count: Int) {
            for bit in 0..<count { push(value >> bit & 1) }
        }

        /// Huffman codes are written from their highest bit.
        mutating func writeCode(_ value: Int, _ count: Int) {
            for bit in (0..<count).reversed() { push(value >> bit & 1) }
        }

        private mutating func push(_ bit: Int) {
            current |= UInt8(bit) << used
            used += 1
            guard used == 8 else { return }
            bytes.append(current)
            (current, used) = (0, 0)
        }

        var finished: [UInt8] { used == 0 ? bytes : bytes + [current] }
    }
}
