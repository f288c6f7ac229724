package import Foundation
import Kernel
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Performs a command for somebody on the control socket and returns its exit code.
package typealias ControlAnswer = @Sendable (ControlRequest, ControlReply) async -> Int32

/// Where the running server puts what a command says.
package struct ControlReply: Sendable {
    let send: @Sendable (ControlFrame) async throws -> Void

    /// Writes to the asker's standard output.
    package func output(_ data: Data) async throws { try await cut(data) { .output($0) } }

    /// Writes to the asker's standard error.
    package func complaint(_ data: Data) async throws { try await cut(data) { .complaint($0) } }

    private func cut(_ data: Data, _ frame: (Data) -> ControlFrame) async throws {
        var rest = data[...]
        while !rest.isEmpty {
            try await send(frame(Data(rest.prefix(ControlFrame.largest))))
            rest = rest.dropFirst(ControlFrame.largest)
        }
    }
}

/// Answers commands beside the running server, which alone may open a SQLite folder.
///
/// Only the user who runs the server, and root, are heard. Few at a time, and none for ever.
struct ControlSocket: Service {
    let place: ControlPlace
    let answer: ControlAnswer
    let logger: Logger

    private static let atOnce = 8
    private static let requestLimit = 64 << 10
    private static let requestTime = Duration.seconds(5)
    /// A command may take long, but not be silent for so long.
    private static let silence = Duration.seconds(15 * 60)
    private static let drainTime = Duration.seconds(5)

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    func run() async throws {
        // Whoever holds the lock of the folder is the only server; an older socket is a leftover.
        unlink(place.path)
        let server: NIOAsyncChannel<Connection, Never>
        do {
            server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(unixDomainSocketPath: place.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Connection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            logger.warning("Commands cannot reach this server: \(place.path) cannot be made.")
            try? await gracefulShutdown()
            return
        }
        chmod(place.path, 0o600)
        defer { unlink(place.path) }
        let busy = Seats(Self.atOnce)
        try await server.executeThenClose { connections in
            await withDiscardingTaskGroup { group in
                do {
                    for try await connection in connections.cancelOnGracefulShutdown() {
                        guard busy.enter() else {
                            try? await connection.channel.close()
                            continue
                        }
                        group.addTask {
                            await serve(connection)
                            busy.leave()
                        }
                    }
                } catch {
                    logger.warning("The control socket ended; commands need a restart.")
                }
            }
        }
        // A service that ends before the server does would take it along.
        try? await gracefulShutdown()
    }

    private func serve(_ connection: Connection) async {
        do {
            guard try await isOurs(connection.channel) else {
                return try await connection.channel.close()
            }
            try await connection.executeThenClose { inbound, outbound in
                let sign = SignOfLife()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await converse(inbound, outbound, connection.channel, sign)
                    }
                    group.addTask { await Self.patience(sign) }
                    try await group.next()
                    group.cancelAll()
                }
            }
        } catch {
            logger.debug("A command went away before its answer.")
        }
    }

    /// Returns when a command was silent for too long, or when the server stops without it.
    private static func patience(_ sign: SignOfLife) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let end = sign.last + silence
                guard ContinuousClock.now < end else { return }
                try? await Task.sleep(until: end, clock: .continuous)
            }
        }
        if Task.isShuttingDownGracefully { try? await Task.sleep(for: drainTime) }
    }

    private func converse(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ channel: any Channel,
        _ sign: SignOfLife
    ) async throws {
        guard let request = try await Self.request(inbound) else { return }
        let reply = ControlReply { frame in
            var buffer = ByteBuffer()
            frame.write(to: &buffer)
            try await outbound.write(buffer)
            sign.note()
        }
        let code = await answer(request, reply)
        // What follows is the close, which drops what the kernel has not taken yet; a write of
        // the stream returns before that, this one after it.
        var last = ByteBuffer()
        ControlFrame.exit(code).write(to: &last)
        try await channel.writeAndFlush(last)
    }

    /// The request: one line of JSON.
    private static func request(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>
    ) async throws -> ControlRequest? {
        try await withThrowingTaskGroup(of: ControlRequest?.self) { group in
            group.addTask {
                var line = Data()
                for try await part in inbound {
                    line.append(contentsOf: part.readableBytesView)
                    guard line.count <= requestLimit else { return nil }
                    if line.last == UInt8(ascii: "\n") {
                        return try JSONDecoder().decode(ControlRequest.self, from: line)
                    }
                }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: requestTime)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// What the kernel knows of the process at the other end, as `struct ucred` lays it out.
    private struct Peer {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    private func isOurs(_ channel: any Channel) async throws -> Bool {
        guard let options = channel as? any SocketOptionProvider else { return false }
        let peer: Peer = try await options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        ).get()
        return peer.user == geteuid() || peer.user == 0
    }
}

/// When a command last said something.
private final class SignOfLife: Sendable {
    private let moment = Mutex(ContinuousClock.now)

    var last: ContinuousClock.Instant { moment.withLock { $0 } }

    func note() { moment.withLock { $0 = .now } }
}

/// Lets only so many in at once.
private final class Seats: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    func enter() -> Bool {
        free.withLock { count in
            guard count > 0 else { return false }
            count -= 1
            return true
        }
    }

    func leave() { free.withLock { $0 += 1 } }
}
