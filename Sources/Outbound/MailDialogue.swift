import NIOCore
import NIOSSL
import Synchronization

/// Reads a mail server's replies from the connection, within bounds.
final class MailDialogue: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    /// A reply: its code and the texts of its lines.
    struct Reply: Sendable, Hashable {
        let code: Int
        let lines: [String]

        var isGood: Bool { (200..<400).contains(code) }
        /// The server's own words, short and safe to show.
        var words: String {
            let text = lines.joined(separator: " ").unicodeScalars.map { scalar in
                scalar.value < 32 || (127..<160).contains(scalar.value)
                    ? " " : Character(scalar)
            }
            return String(String(text).prefix(300))
        }
    }

    private struct State {
        var bytes: [UInt8] = []
        var lines: [String] = []
        var replies: [Reply] = []
        var waiting: CheckedContinuation<Reply, any Error>?
        var failure: MailError?
    }

    /// The longest reply that is read, in bytes and lines.
    private static let mostBytes = 16_384
    private static let mostLines = 100

    private let state = Mutex(State())
    private let host: String

    init(host: String) { self.host = host }

    /// The next reply.
    func next() async throws -> Reply {
        try await withCheckedThrowingContinuation { continuation in
            let answer: Result<Reply, any Error>? = state.withLock { state in
                if !state.replies.isEmpty { return .success(state.replies.removeFirst()) }
                if let failure = state.failure { return .failure(failure) }
                state.waiting = continuation
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    /// Whether the server said something nobody asked for.
    ///
    /// Before the connection is encrypted that may be somebody else's words (CVE-2011-0411).
    var hasUnread: Bool {
        state.withLock { !$0.bytes.isEmpty || !$0.lines.isEmpty || !$0.replies.isEmpty }
    }

    /// Why nothing more will come, when that is known.
    var failure: MailError? { state.withLock { $0.failure } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = Self.unwrapInboundIn(data)
        let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
        let (continuation, answer) = state.withLock { state in
            take(bytes, &state)
            return Self.answer(&state)
        }
        if let answer { continuation?.resume(with: answer) }
        if state.withLock({ $0.failure != nil }) { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.noAnswer(host))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isEncryption =
            error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
        fail(isEncryption ? .notEncrypted(host) : .noAnswer(host))
        context.close(promise: nil)
    }

    private func fail(_ failure: MailError) {
        let (continuation, answer) = state.withLock { state in
            if state.failure == nil { state.failure = failure }
            return Self.answer(&state)
        }
        if let answer { continuation?.resume(with: answer) }
    }

    private static func answer(
        _ state: inout State
    ) -> (CheckedContinuation<Reply, any Error>?, Result<Reply, any Error>?) {
        guard let waiting = state.waiting else { return (nil, nil) }
        if !state.replies.isEmpty {
            state.waiting = nil
            return (waiting, .success(state.replies.removeFirst()))
        }
        guard let failure = state.failure else { return (nil, nil) }
        state.waiting = nil
        return (waiting, .failure(failure))
    }

    private func take(_ bytes: [UInt8], _ state: inout State) {
        state.bytes += bytes
        while let end = state.bytes.firstIndex(of: 10) {
            var line = state.bytes[..<end]
            if line.last == 13 { line = line.dropLast() }
            let text = String(decoding: line, as: UTF8.self)
            state.bytes.removeFirst(end + 1)
            guard let code = Int(text.prefix(3)), (200..<600).contains(code),
                text.utf8.prefix(3).allSatisfy({ (48...57).contains($0) })
            else {
                state.failure = .notUnderstood(host)
                return
            }
            state.lines.append(String(text.dropFirst(4)))
            if text.dropFirst(3).first != "-" {
                state.replies.append(Reply(code: code, lines: state.lines))
                state.lines = []
            }
        }
        let isTooMuch =
            state.bytes.count > Self.mostBytes || state.lines.count > Self.mostLines
            || state.replies.count > 8
        if isTooMuch { state.failure = .notUnderstood(host) }
    }
}
