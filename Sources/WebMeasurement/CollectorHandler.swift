import HTTPTypes
import Kernel
package import Measurement
package import NIOCore
package import NIOHTTPTypes
import Web

/// Answers clicks and site events on the connection itself, before the router.
///
/// The router costs more than the answer does. This handler answers only what the collector has
/// in memory and passes everything else on untouched; the routes of `CollectorWeb` then do the
/// same and fill that memory. Answers keep the order of pipelined requests: while the router owes
/// one, every request goes to the router, and while this handler owes one, requests wait.
package final class CollectorHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    private enum Errand {
        case click(slug: String)
        case event
    }

    private struct Mine {
        let task: Errand
        let head: HTTPRequest
        var body: [ByteBuffer] = []
        var length = 0
    }

    private let collector: Collector
    private let trustsProxy: Bool
    private let isSecure: Bool
    private let answered: @Sendable (_ isClick: Bool, _ status: Int) -> Void
    private var context: ChannelHandlerContext?
    private var mine: Mine?
    private var isAnswering = false
    private var isPassing = false
    /// Requests whose answers the router owes.
    private var routed = 0
    private var waiting: CircularBuffer<HTTPRequestPart> = []
    /// Whether somebody behind asked for more while enough was waiting.
    private var isReadHeld = false
    /// Parts that may wait before no more are read.
    private static let mostWaiting = 64

    /// Prepares one connection; `answered` hears of each answer.
    package init(
        collector: Collector, trustsProxy: Bool, isSecure: Bool = false,
        answered: @escaping @Sendable (_ isClick: Bool, _ status: Int) -> Void = { _, _ in }
    ) {
        self.answered = answered
        self.collector = collector
        self.trustsProxy = trustsProxy
        self.isSecure = isSecure
    }

    /// Keeps the connection to answer on.
    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    /// Lets go of the connection.
    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Takes a part of a request, or lets it wait for its turn.
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isAnswering { waiting.append(part) } else { take(part, context) }
    }

    /// Reads no more while a pipelining client is far ahead of its answers.
    package func read(context: ChannelHandlerContext) {
        if waiting.count < Self.mostWaiting { context.read() } else { isReadHeld = true }
    }

    /// Counts the answers of the router on their way out.
    package func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        if case .end = unwrapOutboundIn(data), routed > 0 { routed -= 1 }
        context.write(data, promise: promise)
    }

    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        if isPassing {
            if case .end = part { isPassing = false }
            context.fireChannelRead(wrapInboundOut(part))
            return
        }
        switch part {
        case .head(let head):
            if routed == 0, let task = Self.task(head) {
                mine = Mine(task: task, head: head)
            } else {
                pass(Mine(task: .event, head: head), context)
            }
        case .body(let buffer):
            guard mine != nil else { return }
            mine?.body.append(buffer)
            mine?.length += buffer.readableBytes
            if let long = mine, long.length > SnippetEvent.longest {
                mine = nil
                pass(long, context)
            }
        case .end(let trailers):
            guard let done = mine else { return }
            mine = nil
            if !answer(done, context) {
                pass(done, context)
                take(.end(trailers), context)
            }
        }
    }

    /// Gives a request to the router, with what was held back of it.
    private func pass(_ request: Mine, _ context: ChannelHandlerContext) {
        routed += 1
        isPassing = true
        context.fireChannelRead(wrapInboundOut(.head(request.head)))
        for buffer in request.body { context.fireChannelRead(wrapInboundOut(.body(buffer))) }
    }

    private static func task(_ head: HTTPRequest) -> Errand? {
        guard let path = head.path else { return nil }
        if head.method == .get || head.method == .head {
            guard path.hasPrefix("/l/") else { return nil }
            return .click(slug: String(path.dropFirst(3).prefix { $0 != "?" }))
        }
        return head.method == .post && path == "/t/e" ? .event : nil
    }

    // MARK: - Answers

    private func answer(_ request: Mine, _ context: ChannelHandlerContext) -> Bool {
        let facts = facts(request.head, context)
        switch request.task {
        case .click(let slug):
            guard let redirect = collector.redirect(slug: slug, facts) else { return false }
            keep(
                redirect.record, CollectorAnswer.redirect(redirect.location),
                else: CollectorAnswer.redirect(redirect.plainLocation), request.head)
        case .event:
            let bytes = request.body.flatMap { Array($0.readableBytesView) }
            guard let event = SnippetEvent(bytes), let record = collector.record(event, facts)
            else { return false }
            keep(
                record, CollectorAnswer.thanks, else: CollectorAnswer.unavailable, request.head)
        }
        return true
    }

    private func facts(
        _ head: HTTPRequest, _ context: ChannelHandlerContext
    ) -> VisitFacts {
        let fields = head.headerFields
        let forwarded =
            trustsProxy ? HTTPField.Name("x-forwarded-for").flatMap { fields[$0] } : nil
        let address = CallerAddress.of(
            peer: context.channel.remoteAddress?.ipAddress ?? "local", forwarded: forwarded)
        return CollectorAnswer.facts(
            at: collector.now(), address: address, isHead: head.method == .head
        ) { name in HTTPField.Name(name).flatMap { fields[$0] } }
    }

    /// Answers once the record is in the spool, or is known not to be.
    private func keep(
        _ record: [UInt8], _ response: HTTPResponse, else other: HTTPResponse,
        _ head: HTTPRequest
    ) {
        guard let loop = context?.eventLoop else { return }
        isAnswering = true
        let isClick = head.method != .post
        let isLast = head.headerFields[.connection]?.lowercased() == "close"
        let bound = NIOLoopBound(self, eventLoop: loop)
        collector.spool.append(record) { kept in
            loop.execute {
                let response = kept ? response : other
                bound.value.answered(isClick, response.status.code)
                bound.value.finish(response, isLast: isLast)
            }
        }
    }

    private func finish(_ response: HTTPResponse, isLast: Bool) {
        isAnswering = false
        guard let context else { return }
        var response = response
        if isSecure { response.headerFields[.strictTransportSecurity] = SecurityHeaders.httpsOnly }
        if isLast { response.headerFields[.connection] = "close" }
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        let done = context.eventLoop.makePromise(of: Void.self)
        if isLast {
            let channel = context.channel
            done.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: done)
        var hasPassed = false
        while !isAnswering, !waiting.isEmpty {
            take(waiting.removeFirst(), context)
            hasPassed = true
        }
        if hasPassed { context.fireChannelReadComplete() }
        if isReadHeld, waiting.count < Self.mostWaiting {
            isReadHeld = false
            context.read()
        }
    }
}

/// The answers of the collector, the same from the handler and from the routes.
enum CollectorAnswer {
    static func redirect(_ location: String) -> HTTPResponse {
        var fields = strict
        fields[.location] = location
        fields[.contentLength] = "0"
        return HTTPResponse(status: .found, headerFields: fields)
    }

    static let thanks: HTTPResponse = {
        var fields = strict
        fields[.accessControlAllowOrigin] = "*"
        return HTTPResponse(status: .noContent, headerFields: fields)
    }()

    static let unavailable: HTTPResponse = {
        var fields = strict
        fields[.retryAfter] = "1"
        fields[.contentLength] = "0"
        return HTTPResponse(status: .serviceUnavailable, headerFields: fields)
    }()

    /// What each of them says to browsers. Whoever follows a link may tell where they come from, as
    /// browsers do without being asked: the site's own count of its visitors needs it.
    private static let strict: HTTPFields = {
        var fields: HTTPFields = [
            .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: SecurityHeaders.barePolicy,
        ]
        if let name = HTTPField.Name("referrer-policy") {
            fields[name] = "strict-origin-when-cross-origin"
        }
        return fields
    }()

    static func facts(
        at now: Instant, address: String, isHead: Bool, _ header: (String) -> String?
    ) -> VisitFacts {
        VisitFacts(
            at: now, address: address, userAgent: header("user-agent") ?? "", isHead: isHead,
            purpose: header("sec-purpose") ?? header("purpose") ?? header("x-moz"),
            optedOut: header("sec-gpc") == "1" || header("dnt") == "1")
    }
}
