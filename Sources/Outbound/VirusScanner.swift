package import Foundation
import Kernel
import NIOCore
import NIOPosix
import Synchronization

/// Shows files to the operator's virus scanner before they are kept: clamd, by its INSTREAM command.
///
/// The operator names it, so it is reached as it is written. Its protocol has neither encryption nor
/// sign-in: it belongs on this machine or in a network of one's own.
package struct VirusScanner: Sendable, Hashable, CustomStringConvertible {
    private enum Place: Sendable, Hashable {
        case socket(path: String)
        case host(String, port: Int)
    }

    private let place: Place
    private let deadline: Duration

    /// As much as one chunk of a file holds.
    private static let chunk = 256 * 1024

    /// Reads `unix:/run/clamav/clamd.ctl` or `tcp://scanner.internal:3310`.
    package init(_ address: String, deadline: Duration = .seconds(30)) throws(ScanError) {
        self.deadline = deadline
        if address.hasPrefix("unix:/") {
            let path = String(address.dropFirst("unix:".count))
            // What the address of a Unix socket has room for.
            guard path.utf8.count < 104, !path.utf8.contains(0) else {
                throw .badAddress(address)
            }
            place = .socket(path: path)
            return
        }
        guard let parts = URLComponents(string: address), parts.scheme == "tcp",
            let host = parts.host, !host.isEmpty, parts.path.isEmpty || parts.path == "/",
            parts.user == nil, parts.query == nil, parts.fragment == nil
        else { throw .badAddress(address) }
        let port = parts.port ?? 3310
        guard (1...65_535).contains(port) else { throw .badAddress(address) }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        place = .host(isBracketed ? String(host.dropFirst().dropLast()) : host, port: port)
    }

    package var description: String {
        switch place {
        case .socket(let path): "unix:\(path)"
        case .host(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// The host and port to reach, where it is not a socket of this machine.
    package var host: (name: String, port: Int)? {
        guard case .host(let name, let port) = place else { return nil }
        return (name, port)
    }

    /// Throws when the scanner finds something, or cannot say.
    package func check(_ file: Data, within limit: Duration? = nil) async throws(ScanError) {
        let answer = ScanAnswer(try await ask("zINSTREAM\0", file, within: limit ?? deadline))
        switch answer {
        case .clean: return
        case .found(let name): throw .found(name)
        case .other(let words): throw .notScanned(words)
        }
    }

    /// What the scanner is and how old its knowledge: `ClamAV 1.4.6/27832/Thu Nov 26 …`.
    package func version() async throws(ScanError) -> String {
        let words = try await ask("zVERSION\0", nil, within: .seconds(3))
        guard words.hasPrefix("ClamAV ") else { throw .notScanned(ScanAnswer.plain(words)) }
        return ScanAnswer.plain(words)
    }

    private func ask(
        _ command: String, _ file: Data?, within deadline: Duration
    ) async throws(ScanError) -> String {
        let dialogue = ScanDialogue()
        do {
            let channel = try await connect(
                ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connectTimeout(.seconds(3))
                    .channelInitializer { $0.pipeline.addHandler(dialogue) })
            let alarm = channel.eventLoop.scheduleTask(
                in: .milliseconds(deadline.inMilliseconds)
            ) { channel.close(promise: nil) }
            defer {
                alarm.cancel()
                channel.close(promise: nil)
            }
            // Nobody waits for these: a scanner may answer and hang up before it has read all.
            channel.writeAndFlush(ByteBuffer(string: command), promise: nil)
            if let file { write(file, to: channel) }
            return try await withTaskCancellationHandler {
                try await dialogue.answer()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw Task.isCancelled ? .brokenOff : .noAnswer
        }
    }

    private func connect(_ bootstrap: ClientBootstrap) async throws -> any Channel {
        switch place {
        case .socket(let path):
            try await bootstrap.connect(unixDomainSocketPath: path).get()
        case .host(let host, let port):
            try await bootstrap.connect(host: host, port: port).get()
        }
    }

    /// The file in chunks, each after its length in four bytes; a length of zero ends it.
    private func write(_ file: Data, to channel: any Channel) {
        var rest = ByteBuffer(bytes: file)
        while let part = rest.readSlice(length: min(Self.chunk, rest.readableBytes)),
            part.readableBytes > 0
        {
            channel.write(
                ByteBuffer(integer: UInt32(part.readableBytes), endianness: .big), promise: nil)
            channel.write(part, promise: nil)
        }
        channel.writeAndFlush(ByteBuffer(integer: UInt32(0), endianness: .big), promise: nil)
    }
}

/// What clamd says of a stream: `stream: OK`, `stream: NAME FOUND` or `… ERROR`.
enum ScanAnswer: Sendable, Hashable {
    case clean
    case found(String)
    case other(String)

    init(_ words: String) {
        if words == "stream: OK" {
            self = .clean
        } else if words.hasPrefix("stream: "), words.hasSuffix(" FOUND") {
            self = .found(
                Self.plain(String(words.dropFirst("stream: ".count).dropLast(" FOUND".count))))
        } else {
            self = .other(Self.plain(words))
        }
    }

    /// The scanner's words as they may stand in a sentence.
    static func plain(_ words: String) -> String {
        String(decoding: words.utf8.filter { (32..<127).contains($0) }.prefix(120), as: UTF8.self)
    }
}

/// Reads one answer, up to its zero byte, within bounds.
private final class ScanDialogue: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private struct State {
        var bytes: [UInt8] = []
        var outcome: Result<String, any Error>?
        var waiting: CheckedContinuation<String, any Error>?
    }

    private static let longest = 4096
    private let state = Mutex(State())

    func answer() async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.waiting = continuation }
                return state.outcome
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let more = Self.unwrapInboundIn(data)
        let bytes = state.withLock { state in
            state.bytes += more.readableBytesView
            return state.bytes
        }
        if let end = bytes.firstIndex(of: 0) {
            finish(.success(String(decoding: bytes[..<end], as: UTF8.self)))
        } else if bytes.count > Self.longest {
            finish(.failure(ScanError.noAnswer))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(ScanError.noAnswer))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An answer may still stand unread before a connection that the scanner has ended.
        context.close(promise: nil)
    }

    private func finish(_ outcome: Result<String, any Error>) {
        let waiting = state.withLock { state in
            guard state.outcome == nil else {
                return nil as CheckedContinuation<String, any Error>?
            }
            state.outcome = outcome
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(with: outcome)
    }
}
