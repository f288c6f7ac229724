import Glibc
import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Lets calls of the practice network's API fail on the connection itself, as the plan says.
///
/// It stands before the router, where a connection can be cut, reset or closed by halves.
package final class PracticeFaultHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    private let plan: FaultPlan
    private var fault = PracticeFault.none
    private var held: [HTTPResponsePart] = []
    static let pause = TimeAmount.milliseconds(300)

    package init(plan: FaultPlan) { self.plan = plan }

    /// Decides about a call when its head comes, and stops it where the fault says so.
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head(let head) = part {
            fault = .none
            if let path = head.path, path.hasPrefix("/practice/api/") {
                fault = plan.next(
                    isPost: head.method == .post && path == "/practice/api/v1/statuses")
            }
        }
        guard case .end = part else {
            switch fault {
            case .dropBefore: context.close(promise: nil)
            case .dropUnread, .reset, .tooMany, .unavailable, .errorBody, .unauthorized: break
            default: context.fireChannelRead(data)
            }
            return
        }
        switch fault {
        case .dropBefore: break
        case .dropUnread: context.close(promise: nil)
        case .reset: reset(context)
        case .tooMany:
            answer(429, #"{"error":"Too many requests"}"#, context, [("retry-after", "1")])
        case .unavailable: answer(503, #"{"error":"Try again"}"#, context)
        case .errorBody: answer(200, #"{"error":"Something went wrong"}"#, context)
        case .unauthorized: answer(401, #"{"error":"The access token is invalid"}"#, context)
        case .late:
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
                let (handler, context) = bound.value
                handler.fault = .none
                context.fireChannelRead(handler.wrapInboundOut(part))
            }
        default: context.fireChannelRead(data)
        }
    }

    /// Spoils the answer of what was done.
    package func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let part = unwrapOutboundIn(data)
        guard fault != .none, fault != .late else { return context.write(data, promise: promise) }
        held.append(part)
        promise?.succeed()
        guard case .end = part else { return }
        let parts = held
        held = []
        let fault = fault
        self.fault = .none
        switch fault {
        case .dropAfter: context.close(promise: nil)
        case .resetAfter: reset(context)
        case .halfClose: context.close(mode: .output, promise: nil)
        case .truncated: truncate(parts, context)
        case .brokenAfter: answer(500, #"{"error":"Something went wrong"}"#, context)
        case .noID: answer(200, #"{"content":"<p>…</p>"}"#, context)
        case .duplicate: answer(409, #"{"error":"Already posted"}"#, context)
        default:
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
                let (handler, context) = bound.value
                for part in parts { context.write(handler.wrapOutboundOut(part), promise: nil) }
                context.flush()
            }
        }
    }

    private func answer(
        _ status: Int, _ body: String, _ context: ChannelHandlerContext,
        _ more: [(String, String)] = []
    ) {
        fault = .none
        var head = HTTPResponse(
            status: .init(code: status),
            headerFields: [
                .contentType: "application/json", .contentLength: "\(body.utf8.count)",
            ])
        for (name, value) in more {
            if let field = HTTPField.Name(name) { head.headerFields[field] = value }
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func truncate(_ parts: [HTTPResponsePart], _ context: ChannelHandlerContext) {
        for part in parts {
            guard case .body(var bytes) = part else {
                if case .head = part { context.write(wrapOutboundOut(part), promise: nil) }
                continue
            }
            let half = bytes.readSlice(length: bytes.readableBytes / 2) ?? ByteBuffer()
            context.writeAndFlush(wrapOutboundOut(.body(half)), promise: nil)
            break
        }
        context.close(promise: nil)
    }

    /// Ends the connection with a reset instead of a goodbye.
    private func reset(_ context: ChannelHandlerContext) {
        fault = .none
        let channel = context.channel
        guard let options = channel as? any SocketOptionProvider else {
            return channel.close(promise: nil)
        }
        options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            .whenComplete { _ in channel.close(promise: nil) }
    }
}
