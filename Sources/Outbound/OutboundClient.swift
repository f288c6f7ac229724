import AsyncHTTPClient
import Foundation
package import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The one way out: HTTP to other servers, at checked addresses only.
///
/// The name is resolved once, every address it has is checked, and the connection goes to a checked
/// address; the name cannot change its meaning in between. Redirects pass the same check. Time and
/// size are bounded, and what comes compressed is not unpacked.
package struct OutboundClient: Sendable {
    private let guardian: AddressGuard
    private let userAgent: String
    private let clients = ClientShelf()
    private let resolver: Resolver
    private let witness: Crossing.Witness?
    private static let mostRedirects = 3
    /// TLS 1.2 at least, with a certificate that the system trusts and that names the host.
    static let encryption: TLSConfiguration = {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }()
    /// What may go along to another server; the rest was meant for the first one only.
    private static let harmlessHeaders: Set = ["accept", "accept-language"]

    /// Prepares a client; `witness` is told before and after each call.
    package init(
        allow: [String] = [], only: ReachList? = nil, userAgent: String = "Throughline",
        witness: Crossing.Witness? = nil
    ) {
        self.init(
            allow: allow, only: only, userAgent: userAgent, witness: witness,
            lookup: IPAddress.resolve)
    }

    init(
        allow: [String], only: ReachList? = nil, userAgent: String = "Throughline",
        witness: Crossing.Witness? = nil, lookup: @escaping Resolver.Lookup
    ) {
        guardian = AddressGuard(allow: allow, only: only)
        self.userAgent = userAgent
        self.witness = witness
        resolver = Resolver(lookup: lookup)
    }

    /// Closes all connections; nothing can be sent afterwards.
    package func shutdown() async { await clients.closeAll() }

    /// Refuses an address whose form alone tells that it may not be reached.
    package func check(_ address: String) throws(OutboundError) {
        let target = try guardian.target(address)
        if let literal = IPAddress(target.host) { try guardian.check([literal], of: target) }
    }

    /// Sends a request and reads the whole answer. Only reads follow redirects.
    package func send(_ request: OutboundRequest) async throws(OutboundError) -> OutboundAnswer {
        let end = ContinuousClock.now + request.deadline
        var request = request
        var target = try guardian.target(request.url)
        let isRead = request.method == "GET" || request.method == "HEAD"
        for _ in 0...Self.mostRedirects {
            let answer = try await sendOnce(request, to: target, until: end)
            guard isRead, [301, 302, 303, 307, 308].contains(answer.status),
                let location = answer.headers["location"],
                let next = URL(string: location, relativeTo: URL(string: target.url))
            else { return answer }
            let nextTarget = try guardian.target(next.absoluteString)
            if nextTarget.origin != target.origin {
                // Secrets are meant for one server only.
                request.headers.removeAll {
                    !Self.harmlessHeaders.contains($0.name.lowercased())
                }
            }
            target = nextTarget
        }
        throw .tooManyRedirects(target.host)
    }

    private func sendOnce(
        _ request: OutboundRequest, to target: AddressGuard.Target,
        until end: ContinuousClock.Instant
    ) async throws(OutboundError) -> OutboundAnswer {
        guard let addresses = await resolver.addresses(of: target.host, until: end) else {
            throw .unresolved(target.host)
        }
        try guardian.check(addresses, of: target)
        var failure = OutboundError.notConnected(target.host)
        // A second address only after a first that certainly saw nothing.
        for address in addresses.prefix(2) {
            do {
                return try await exchange(request, target, address, until: end)
            } catch {
                failure = error
                guard case .notConnected = error else { throw error }
            }
        }
        throw failure
    }

    private func exchange(
        _ request: OutboundRequest, _ target: AddressGuard.Target, _ address: IPAddress,
        until end: ContinuousClock.Instant
    ) async throws(OutboundError) -> OutboundAnswer {
        let left = end - ContinuousClock.now
        guard left > .zero else { throw .notConnected(target.host) }
        let outgoing = outgoing(request, target)
        let deadline = NIODeadline.now() + .nanoseconds(left.inMilliseconds * 1_000_000)
        let key = ClientShelf.Key(host: target.host, address: address)
        let client = await clients.borrow(key)
        witness?(.beforeCall)
        defer { witness?(.afterCall) }
        do {
            let answer = try await within(end) {
                let response = try await client.execute(outgoing, deadline: deadline)
                return try await Self.answer(response, target, request.maxBytes)
            }
            await clients.giveBack(key)
            if let answer { return answer }
        } catch {
            await clients.giveBack(key)
            throw Self.meaning(of: error, target.host)
        }
        throw .noAnswer(target.host)
    }

    /// The result of `body`, or nil when it has none by `end`.
    ///
    /// The client's own deadline ends with the head of the answer, and a body may come in drops.
    private func within(
        _ end: ContinuousClock.Instant,
        _ body: @escaping @Sendable () async throws -> OutboundAnswer
    ) async throws -> OutboundAnswer? {
        try await withThrowingTaskGroup(of: OutboundAnswer?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                // A little later than the client's deadline, which knows more about what happened.
                try await Task.sleep(until: end + .milliseconds(50))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// What is said of ourselves: our name, and to the operator's own places what this follows from.
    ///
    /// Anybody else could tell by it which requests belong together, and where they began.
    func ownHeaders(for target: AddressGuard.Target) -> [(name: String, value: String)] {
        let name = [(name: "user-agent", value: userAgent)]
        guard target.isAllowListed, let trace = TraceContext.current else { return name }
        return name + [(name: "traceparent", value: trace.traceparent)]
    }

    private func outgoing(
        _ request: OutboundRequest, _ target: AddressGuard.Target
    ) -> HTTPClientRequest {
        var outgoing = HTTPClientRequest(url: target.url)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in ownHeaders(for: target) {
            outgoing.headers.add(name: name, value: value)
        }
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        guard let body = request.body else { return outgoing }
        if request.bodyLeavesBefore != nil || request.onDeparture != nil {
            outgoing.body = .stream(
                PunctualBody(
                    bytes: ByteBuffer(bytes: body), latest: request.bodyLeavesBefore,
                    host: target.host, onDeparture: request.onDeparture),
                length: .known(Int64(body.count)))
        } else {
            outgoing.body = .bytes(ByteBuffer(bytes: body))
        }
        return outgoing
    }

    private static func answer(
        _ response: HTTPClientResponse, _ target: AddressGuard.Target, _ maxBytes: Int
    ) async throws -> OutboundAnswer {
        var buffer = ByteBuffer()
        for try await part in response.body {
            guard buffer.readableBytes + part.readableBytes <= maxBytes else {
                throw OutboundError.tooLarge(target.host)
            }
            buffer.writeImmutableBuffer(part)
        }
        var headers: [String: String] = [:]
        for (name, value) in response.headers where headers[name.lowercased()] == nil {
            headers[name.lowercased()] = value
        }
        return OutboundAnswer(
            status: Int(response.status.code), headers: headers,
            body: Data(buffer.readableBytesView), url: target.url)
    }

    /// Tells failures before the first byte from those after it.
    private static func meaning(of error: any Error, _ host: String) -> OutboundError {
        if let known = error as? OutboundError { return known }
        if error is NIOConnectionError { return .notConnected(host) }
        if let system = error as? IOError {
            // A reset may come after the request has arrived; these come before any byte.
            let early = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EHOSTDOWN]
            return early.contains(system.errnoCode) ? .notConnected(host) : .noAnswer(host)
        }
        if let channel = error as? ChannelError, case .connectTimeout = channel {
            return .notConnected(host)
        }
        if let client = error as? HTTPClientError {
            let early: [HTTPClientError] = [
                .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
                .alreadyShutdown, .invalidURL, .emptyHost,
            ]
            return early.contains(client) ? .notConnected(host) : .noAnswer(host)
        }
        // The handshake comes before the request.
        let isHandshake =
            "\(error)".hasPrefix("handshakeFailed") || error is NIOSSLExtraError
        return isHandshake ? .notConnected(host) : .noAnswer(host)
    }
}

/// A body in one piece that refuses to leave late, and says when it leaves.
///
/// A server acts on a request only when it has the whole of it, so holding the body back is as good
/// as not sending at all. It is asked for when the head has been written: that is the first byte.
private struct PunctualBody: AsyncSequence, Sendable {
    let bytes: ByteBuffer
    let latest: ContinuousClock.Instant?
    let host: String
    let onDeparture: (@Sendable () -> Void)?

    struct AsyncIterator: AsyncIteratorProtocol {
        var body: PunctualBody?

        mutating func next() async throws -> ByteBuffer? {
            guard let body else { return nil }
            self.body = nil
            if let latest = body.latest, ContinuousClock.now >= latest {
                throw OutboundError.overdue(body.host)
            }
            body.onDeparture?()
            return body.bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }
}

/// Clients pinned to a host's checked address, kept while they are likely to be used again.
private actor ClientShelf {
    struct Key: Hashable {
        let host: String
        let address: IPAddress
    }

    private struct Entry {
        let client: HTTPClient
        var users = 0
        var lastUse = 0
    }

    private var entries: [Key: Entry] = [:]
    private var count = 0
    /// Each keeps connections open for seconds only, so many servers cost little.
    private static let most = 256

    func borrow(_ key: Key) -> HTTPClient {
        count += 1
        var entry = entries[key] ?? Entry(client: Self.client(key))
        entry.users += 1
        entry.lastUse = count
        entries[key] = entry
        return entry.client
    }

    func giveBack(_ key: Key) async {
        entries[key]?.users -= 1
        guard entries.count > Self.most,
            let oldest = entries.filter({ $0.value.users == 0 })
                .min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        entries[oldest.key] = nil
        try? await oldest.value.client.shutdown()
    }

    /// Forgotten clients still close their connections.
    deinit {
        for entry in entries.values { entry.client.shutdown(queue: .global()) { _ in } }
    }

    func closeAll() async {
        let all = entries.values.map(\.client)
        entries = [:]
        for client in all { try? await client.shutdown() }
    }

    private static func client(_ key: Key) -> HTTPClient {
        let encryption = OutboundClient.encryption
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: encryption, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(8), read: .seconds(30)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // Some servers close an idle connection after five seconds; a request that meets the
        // goodbye would be of unknown fate.
        configuration.connectionPool.idleTimeout = .seconds(4)
        // Of many accounts at one server none waits for a connection that another one's slow
        // answer occupies.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        if IPAddress(key.host) == nil {
            configuration.dnsOverride = [key.host: key.address.description]
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
