import HTTPTypes
import Hummingbird
package import HummingbirdCore
import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands right behind the decoder: follows requests and answers for the `ByteDoor`.
final class PartDoor: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let keeper: Doorkeeper
    private var door: ByteDoor?
    /// Answers that somebody behind still has to give.
    private var owed = 0
    private var isReceiving = false
    private var closesAfterAnswer = false
    /// Bytes of a body that came after its answer; nil unless there is such a body.
    private var unwanted: Int?
    private var drainDeadline: Scheduled<Void>?

    init(_ keeper: Doorkeeper) { self.keeper = keeper }

    func handlerAdded(context: ChannelHandlerContext) {
        door = try? context.pipeline.syncOperations.handler(type: ByteDoor.self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        drainDeadline?.cancel()
        door = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReceiving = true
            owed += 1
            door?.headArrived()
        case .body(let bytes):
            if let count = unwanted {
                unwanted = count + bytes.readableBytes
                // Nobody will read it; the answer has been given.
                if count > keeper.limits.drainBytes { return refuseRest() }
            }
        case .end:
            isReceiving = false
            unwanted = nil
            drainDeadline?.cancel()
            door?.requestArrived()
            door?.move(to: owed > 0 ? .working : .waiting)
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection is nobody's fault; broken HTTP deserves an answer.
        guard !(error is IOError), !(error is ChannelError), owed == 0, let door else {
            return context.fireErrorCaught(error)
        }
        let isLarge = (error as? HTTPParserError) == .headerOverflow
        door.close(saying: isLarge ? .largeHead : .malformed)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response):
            closesAfterAnswer = response.headerFields[.connection]?.lowercased() == "close"
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            owed = max(0, owed - 1)
            let done = promise ?? context.eventLoop.makePromise()
            if owed == 0 { door?.move(to: .flushing) }
            done.futureResult.assumeIsolated().whenComplete { [self] _ in
                if owed == 0, !isReceiving { door?.move(to: .waiting) }
            }
            context.write(data, promise: done)
            if closesAfterAnswer {
                context.flush()
                door?.close()
            } else if owed == 0, isReceiving {
                drain(context)
            }
        }
    }

    /// Reads the rest of a body that was answered early, within bounds, to keep the connection.
    private func drain(_ context: ChannelHandlerContext) {
        unwanted = 0
        drainDeadline = context.eventLoop.assumeIsolated().scheduleTask(
            in: TimeAmount(keeper.limits.drainTime)
        ) { [self] in
            if unwanted != nil { refuseRest() }
        }
    }

    private func refuseRest() {
        unwanted = nil
        drainDeadline?.cancel()
        keeper.note(.unwantedBody)
        door?.close()
    }
}

/// HTTP/1.1 behind both doors.
private struct GuardedHTTP: ServerChildChannel {
    let http: HTTP1Channel
    let keeper: Doorkeeper

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        do {
            try channel.pipeline.syncOperations.addHandler(ByteDoor(keeper))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return http.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// A server of HTTP/1.1 whose connections the doorkeeper knows and bounds.
    ///
    /// `handlers` come after decoding and before requests are handled.
    package static func guarded(
        by keeper: Doorkeeper,
        handlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] }
    ) -> HTTPServerBuilder {
        let limits = keeper.limits
        return HTTPServerBuilder { responder in
            let configuration = HTTP1Channel.Configuration(
                additionalChannelHandlers: [PartDoor(keeper)] + handlers(),
                idleTimeout: TimeAmount(limits.idleTime),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headFieldBytes,
                    maxHeaderListSize: limits.headBytes, maxHeaderFieldCount: limits.headFields))
            return GuardedHTTP(
                http: HTTP1Channel(responder: responder, configuration: configuration),
                keeper: keeper)
        }
    }
}
