import NIOCore

/// The first handler of a connection: sees bytes before they are decoded.
///
/// It gives the connection its place, allows a header only so much time, notices peers that take
/// no answer, and reads a closing connection to its end so that the last answer is not lost.
final class ByteDoor: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let keeper: Doorkeeper
    private var limits: ConnectionLimits { keeper.limits }
    private var key: Int?
    private var context: ChannelHandlerContext?
    /// Whether the next byte belongs to a header.
    private var isBetweenRequests = true
    /// When the header that is on its way began.
    private var headBegan: NIODeadline?
    private var headCheck: Scheduled<Void>?
    private var isClosing = false
    private var discarded = 0
    private var written = 0
    private var taken = 0
    private var stallCheck: Scheduled<Void>?

    init(_ keeper: Doorkeeper) { self.keeper = keeper }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { gone() }

    func channelActive(context: ChannelHandlerContext) {
        switch keeper.enter(context.channel) {
        case .success(let key): self.key = key
        case .failure(let refusal): close(saying: refusal)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    private func gone() {
        headCheck?.cancel()
        stallCheck?.cancel()
        if let key { keeper.leave(key) }
        key = nil
        context = nil
    }

    // MARK: - In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isClosing {
            discarded += unwrapInboundIn(data).readableBytes
            if discarded > limits.lingerBytes { context.close(promise: nil) }
            return
        }
        if isBetweenRequests, headBegan == nil {
            headBegan = context.eventLoop.now
            if headCheck == nil { checkHead(context, in: TimeAmount(limits.headTime)) }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Nobody behind asks for more once the connection is closing.
        if isClosing { context.read() } else { context.fireChannelReadComplete() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard isClosing, let change = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        if change == .inputClosed { context.close(promise: nil) }
    }

    /// Looks when the header may take no longer.
    ///
    /// A timer for each request would cost more than reading its header, so one serves many.
    private func checkHead(_ context: ChannelHandlerContext, in time: TimeAmount) {
        headCheck = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
            headCheck = nil
            guard let began = headBegan, let context = self.context else { return }
            let left = began + TimeAmount(limits.headTime) - context.eventLoop.now
            guard left > .zero else { return close(saying: .slowHead) }
            checkHead(context, in: left)
        }
    }

    /// The header of a request is complete.
    func headArrived() {
        isBetweenRequests = false
        headBegan = nil
        move(to: .receiving)
    }

    /// A request is complete; what comes next is another header.
    func requestArrived() { isBetweenRequests = true }

    func move(to phase: Occupancy.Phase) {
        if let key { keeper.move(key, to: phase) }
    }

    // MARK: - Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // After a refusal nothing else may follow on this connection.
        guard !isClosing else { return context.write(data, promise: promise) }
        let count = unwrapOutboundIn(data).readableBytes
        written += count
        if stallCheck == nil { watch(context) }
        guard count > 4096 else { return context.write(data, promise: promise) }
        keeper.hold(count)
        let promise = promise ?? context.eventLoop.makePromise()
        let keeper = keeper
        promise.futureResult.whenComplete { _ in keeper.release(count) }
        context.write(data, promise: promise)
    }

    /// Looks again and again, as long as bytes wait, whether the peer takes any.
    private func watch(_ context: ChannelHandlerContext) {
        stallCheck = context.eventLoop.assumeIsolated().scheduleTask(
            in: TimeAmount(limits.stallTime)
        ) { [self] in
            stallCheck = nil
            guard let context = self.context else { return }
            let waiting =
                (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
            guard waiting > 0 else { return }
            let now = written - waiting
            guard now > taken else {
                keeper.note(.stalled)
                return context.close(promise: nil)
            }
            taken = now
            watch(context)
        }
    }

    // MARK: - Closing

    /// Says why and closes; only where no other answer is owed.
    func close(saying refusal: Refusal) {
        guard let context, !isClosing else { return }
        // The keeper itself counts those it does not let in.
        if key != nil { keeper.note(refusal.reason) }
        isClosing = true
        let said = refusal.bytes(isSecure: keeper.isSecure)
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(said)), promise: nil)
        linger(context)
    }

    /// Closes after what was written, and reads what the peer still sends for a moment.
    func close() {
        guard let context, !isClosing else { return }
        isClosing = true
        linger(context)
    }

    private func linger(_ context: ChannelHandlerContext) {
        headCheck?.cancel()
        move(to: .flushing)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.lingerTime)) {
                self.context?.close(promise: nil)
            }
            move(to: .waiting)
        }
        context.close(mode: .output, promise: written)
        context.read()
    }
}
