import NIOCore
import NIOSSL
import Synchronization

/// Reads a mail server's replies from the connection, within bounds.
final class MailDialogue: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private struct State {
        var replies = MailReplies()
        var waiting: CheckedContinuation<MailReply, any Error>?
        var failure: MailError?
    }

    private let state = Mutex(State())
    private let host: String

    init(host: String) { self.host = host }

    /// The next reply.
    func next() async throws -> MailReply {
        try await withCheckedThrowingContinuation { continuation in
            let answer: Result<MailReply, any Error>? = state.withLock { state in
                if let reply = state.replies.next() { return .success(reply) }
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
        state.withLock { !$0.replies.isEmpty }
    }

    /// Why nothing more will come, when that is known.
    var failure: MailError? { state.withLock { $0.failure } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = Self.unwrapInboundIn(data)
        let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
        let (continuation, answer) = state.withLock { state in
            state.replies.take(bytes)
            if state.replies.isBroken, state.failure == nil {
                state.failure = .notUnderstood(host)
            }
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
    ) -> (CheckedContinuation<MailReply, any Error>?, Result<MailReply, any Error>?) {
        guard let waiting = state.waiting else { return (nil, nil) }
        if let reply = state.replies.next() {
            state.waiting = nil
            return (waiting, .success(reply))
        }
        guard let failure = state.failure else { return (nil, nil) }
        state.waiting = nil
        return (waiting, .failure(failure))
    }
}
