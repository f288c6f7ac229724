import Foundation
import Kernel
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Outbound

struct VirusScannerTests {
    @Test(arguments: [
        ("unix:/run/clamav/clamd.ctl", "unix:/run/clamav/clamd.ctl"),
        ("tcp://scanner.internal", "tcp://scanner.internal:3310"),
        ("tcp://10.0.0.7:3311/", "tcp://10.0.0.7:3311"), ("tcp://[::1]", "tcp://[::1]:3310"),
    ])
    func `reads where the scanner is`(written: String, read: String) throws {
        #expect(try VirusScanner(written).description == read)
    }

    @Test(arguments: [
        "", "clamd", "/run/clamav/clamd.ctl", "unix:clamd.ctl",
        "unix:/" + String(repeating: "x", count: 104),
        "http://scanner", "tcp://", "tcp://scanner:0", "tcp://scanner:99999", "tcp://a:b@scanner",
        "tcp://scanner/path", "tcp://scanner?x=1",
    ])
    func `refuses what is no scanner, and says what to write`(written: String) {
        #expect(throws: ScanError.badAddress(written)) { try VirusScanner(written) }
    }

    @Test(arguments: [
        ("stream: OK", ScanAnswer.clean),
        ("stream: Win.Test.EICAR_HDB-1 FOUND", .found("Win.Test.EICAR_HDB-1")),
        ("INSTREAM size limit exceeded. ERROR", .other("INSTREAM size limit exceeded. ERROR")),
        ("stream: OK\n", .other("stream: OK")), ("", .other("")),
        ("stream: a\u{1B}[31mb\u{E9} FOUND", .found("a[31mb")),
    ])
    func `understands its answers and takes nothing else for clean`(
        words: String, answer: ScanAnswer
    ) {
        #expect(ScanAnswer(words) == answer)
    }

    /// Two full chunks and a bit.
    static let file = Data((0..<600_001).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    @Test func `sends the whole file in chunks and believes a clean answer`() async throws {
        try await FakeScanner.with("stream: OK\0") { scanner, seen in
            try await scanner.check(Self.file)
            #expect(seen.data == Self.file)
            try await scanner.check(Data())
        }
    }

    @Test func `names what was found`() async throws {
        try await FakeScanner.with("stream: Eicar-Signature FOUND\0") { scanner, _ in
            await #expect(throws: ScanError.found("Eicar-Signature")) {
                try await scanner.check(Self.file)
            }
        }
    }

    @Test func `takes nothing for clean that was not looked at`() async throws {
        try await FakeScanner.with("INSTREAM size limit exceeded. ERROR\0") { scanner, _ in
            await #expect(throws: ScanError.notScanned("INSTREAM size limit exceeded. ERROR")) {
                try await scanner.check(Self.file)
            }
        }
    }

    @Test(arguments: [
        "", "stream: OK", String(repeating: "x", count: 100_000), "\u{0}",
    ])
    func `takes no answer for a clean one`(says: String) async throws {
        try await FakeScanner.with(says) { scanner, _ in
            await #expect(throws: ScanError.self) { try await scanner.check(Self.file) }
        }
    }

    @Test func `waits no longer than its deadline`() async throws {
        try await FakeScanner.with(nil, deadline: .milliseconds(200)) { scanner, _ in
            await #expect(throws: ScanError.noAnswer) { try await scanner.check(Self.file) }
        }
    }

    @Test func `an upload that is broken off is no fault of the scanner`() async throws {
        try await FakeScanner.with(nil) { scanner, _ in
            let upload = Task { try await scanner.check(Self.file) }
            upload.cancel()
            await #expect(throws: ScanError.brokenOff) { try await upload.value }
        }
    }

    @Test func `says so when nobody is there`() async throws {
        let scanner = try VirusScanner("unix:/nowhere/clamd.ctl")
        await #expect(throws: ScanError.noAnswer) { try await scanner.check(Self.file) }
    }

    @Test func `asks who it is`() async throws {
        try await FakeScanner.with("ClamAV 1.4.6/27832/Thu Nov 26 09:00:00 2026\0") { scanner, _ in
            let version = try await scanner.version()
            #expect(version.hasPrefix("ClamAV 1.4.6"))
        }
        try await FakeScanner.with("HTTP/1.1 400 Bad Request\0") { scanner, _ in
            await #expect(throws: ScanError.self) { try await scanner.version() }
        }
    }
}

/// Reads as clamd does, answers as told and hangs up; without words it says nothing.
private final class FakeScanner: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The last file that was shown.
    final class Seen: Sendable {
        private let file = Mutex(Data())
        var data: Data {
            get { file.withLock { $0 } }
            set { file.withLock { $0 = newValue } }
        }
    }

    private var read = ByteBuffer()
    private var file = Data()
    private var isStream: Bool?
    private let words: String?
    private let seen: Seen

    private init(_ words: String?, _ seen: Seen) {
        self.words = words
        self.seen = seen
    }

    static func with(
        _ words: String?, deadline: Duration = .seconds(30),
        _ body: (VirusScanner, Seen) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "scan-\(UUID().uuidString.prefix(8))"
        let seen = Seen()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeScanner(words, seen))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            try await body(try VirusScanner("unix:\(path)", deadline: deadline), seen)
        } catch {
            try? await server.close()
            throw error
        }
        try await server.close()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = Self.unwrapInboundIn(data)
        read.writeBuffer(&more)
        if isStream == nil {
            guard let end = read.readableBytesView.firstIndex(of: 0) else { return }
            let command = read.readString(length: end - read.readerIndex)
            read.moveReaderIndex(forwardBy: 1)
            isStream = command == "zINSTREAM"
            if isStream == false { answer(context) }
        }
        while isStream == true,
            let length: UInt32 = read.getInteger(at: read.readerIndex),
            read.readableBytes >= length + 4
        {
            read.moveReaderIndex(forwardBy: 4)
            file += read.readBytes(length: Int(length)) ?? []
            if length == 0 {
                seen.data = file
                answer(context)
            }
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let words else { return }
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer(string: words)).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
