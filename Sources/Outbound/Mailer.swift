import Foundation
import Kernel
import NIOCore
import NIOPosix
import NIOSSL

/// Hands messages to the operator's mail server (RFC 5321), at checked addresses only.
package struct Mailer: Sendable {
    package let relay: MailRelay
    private let guardian: AddressGuard
    /// How we introduce ourselves.
    private let ownName: String
    private let deadline: Duration

    /// `ownName` is the host people know this server by.
    package init(
        _ relay: MailRelay, allow: [String] = [], only: ReachList? = nil,
        ownName: String = "localhost", deadline: Duration = .seconds(30)
    ) {
        self.relay = relay
        guardian = AddressGuard(allow: allow, only: only)
        let isName = ownName.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || byte == 45 || byte == 46
        }
        self.ownName = isName && !ownName.isEmpty ? ownName : "localhost"
        self.deadline = deadline
    }

    /// Sends one message. What is lost after the last byte may have been taken all the same.
    package func send(_ message: MailMessage) async throws(MailError) {
        try await converse { talk throws(MailError) in
            let (sender, reader) = (message.from.address, message.to.address)
            try await talk.expect("MAIL FROM:<\(sender)>")
            try await talk.expect("RCPT TO:<\(reader)>")
            try await talk.expect("DATA", code: 354)
            try await talk.expect(Self.stuffed(message.rendered()))
        }
    }

    /// Connects, encrypts and signs in as for a message, and sends none.
    package func check() async throws(MailError) {
        try await converse { talk throws(MailError) in try await talk.expect("NOOP") }
    }

    /// Lines that begin with a dot get a second one, and a lone dot ends it all.
    static func stuffed(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 16)
        var isLineStart = true
        for byte in bytes {
            if isLineStart, byte == 46 { out.append(46) }
            out.append(byte)
            isLineStart = byte == 10
        }
        if !out.suffix(2).elementsEqual([13, 10]) { out += [13, 10] }
        return out + [46, 13, 10]
    }

    private func converse(
        _ body: (MailTalk) async throws(MailError) -> Void
    ) async throws(MailError) {
        let addresses = try await addresses()
        var failure = MailError.notConnected(relay.host)
        for address in addresses.prefix(2) {
            do {
                let talk = try await connect(to: address)
                return try await talk.run(body)
            } catch {
                failure = error
                // A second address only after a first that certainly saw nothing.
                guard case .notConnected = error else { throw error }
            }
        }
        throw failure
    }

    private func addresses() async throws(MailError) -> [IPAddress] {
        let host = relay.host
        guard guardian.mayReach(host, relay.port) else { throw .notListed(host) }
        let found: [IPAddress]
        do {
            found = try await NIOThreadPool.singleton.runIfActive { IPAddress.resolve(host) }
        } catch {
            throw .unresolved(host)
        }
        guard !found.isEmpty else { throw .unresolved(host) }
        let isAllowed =
            relay.isWrittenAsPrivate || guardian.lists(host, relay.port)
            || found.allSatisfy(\.isPublic)
        guard isAllowed else { throw .refusedServer(host) }
        return found
    }

    private func connect(to address: IPAddress) async throws(MailError) -> MailTalk {
        let relay = relay
        let dialogue = MailDialogue(host: relay.host)
        do {
            let encryption = relay.encryption == .never ? nil : try await Self.context(relay)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(8))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if relay.encryption == .always, let encryption {
                            try channel.pipeline.syncOperations.addHandler(
                                try Self.handler(encryption, relay))
                        }
                        try channel.pipeline.syncOperations.addHandler(dialogue)
                    }
                }
                .connect(to: SocketAddress(ipAddress: address.description, port: relay.port))
                .get()
            return MailTalk(
                relay: relay, channel: channel, dialogue: dialogue, encryption: encryption,
                ownName: ownName, isLoopback: address.isLoopback, deadline: deadline)
        } catch let error as MailError {
            throw error
        } catch {
            throw .notConnected(relay.host)
        }
    }

    /// Reads the trusted certificates away from the event loops.
    private static func context(_ relay: MailRelay) async throws -> NIOSSLContext {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                var configuration = TLSConfiguration.makeClientConfiguration()
                configuration.minimumTLSVersion = .tlsv12
                if let file = relay.certificates { configuration.trustRoots = .file(file) }
                return try NIOSSLContext(configuration: configuration)
            }
        } catch {
            throw MailError.badServer("The certificates for the mail server cannot be read.")
        }
    }

    fileprivate static func handler(
        _ context: NIOSSLContext, _ relay: MailRelay
    ) throws -> NIOSSLClientHandler {
        // A literal address has no name to ask for; its certificate must hold the address.
        try NIOSSLClientHandler(
            context: context, serverHostname: IPAddress(relay.host) == nil ? relay.host : nil)
    }
}

/// One conversation with a mail server.
struct MailTalk: Sendable {
    let relay: MailRelay
    let channel: any Channel
    let dialogue: MailDialogue
    let encryption: NIOSSLContext?
    let ownName: String
    let isLoopback: Bool
    let deadline: Duration

    /// Introduces us, does `body` and says goodbye; the connection ends in any case.
    func run(_ body: (MailTalk) async throws(MailError) -> Void) async throws(MailError) {
        let channel = channel
        let alarm = channel.eventLoop.scheduleTask(
            in: .milliseconds(deadline.inMilliseconds)
        ) { channel.close(promise: nil) }
        defer {
            alarm.cancel()
            channel.close(promise: nil)
        }
        try await reply(code: 220)
        try await introduce()
        try await body(self)
        _ = try? await expect("QUIT")
    }

    private func introduce() async throws(MailError) {
        var offers = try await expect("EHLO \(ownName)").lines.map { $0.uppercased() }
        var isEncrypted = relay.encryption == .always
        if relay.encryption == .upgraded {
            if offers.contains("STARTTLS") {
                try await upgrade()
                isEncrypted = true
                offers = try await expect("EHLO \(ownName)").lines.map { $0.uppercased() }
            } else if !isLoopback {
                throw .noEncryption(relay.host)
            }
        }
        guard let name = relay.name, let password = relay.password else { return }
        guard isEncrypted || isLoopback else { throw .noEncryption(relay.host) }
        try await signIn(name, password, offers)
    }

    private func upgrade() async throws(MailError) {
        try await expect("STARTTLS", code: 220)
        guard let encryption, !dialogue.hasUnread else { throw .notUnderstood(relay.host) }
        let (channel, relay) = (channel, relay)
        do {
            try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.addHandler(
                    try Mailer.handler(encryption, relay), position: .first)
            }.get()
        } catch {
            throw .notEncrypted(relay.host)
        }
    }

    private func signIn(
        _ name: String, _ password: String, _ offers: [String]
    ) async throws(MailError) {
        let ways =
            offers.first { $0.hasPrefix("AUTH ") || $0.hasPrefix("AUTH=") }?
            .dropFirst(5).split(separator: " ").map(String.init) ?? []
        let base64 = { (text: String) in Data(text.utf8).base64EncodedString() }
        let last: MailReply
        if ways.contains("PLAIN") {
            last = try await say("AUTH PLAIN " + base64("\0\(name)\0\(password)"))
        } else if ways.contains("LOGIN") {
            try await expect("AUTH LOGIN", code: 334)
            try await expect(base64(name), code: 334)
            last = try await say(base64(password))
        } else {
            throw .signInRefused("it offers neither PLAIN nor LOGIN.")
        }
        guard last.code == 235 else {
            if (400..<500).contains(last.code) { throw .notNow(code: last.code, last.words) }
            throw .signInRefused(last.words)
        }
    }

    // MARK: - Lines

    /// Sends a command and reads the reply, which must be a good one.
    @discardableResult
    func expect(_ command: String, code: Int? = nil) async throws(MailError) -> MailReply {
        let reply = try await say(command)
        try check(reply, code)
        return reply
    }

    func expect(_ bytes: [UInt8]) async throws(MailError) {
        try await write(bytes)
        try await reply()
    }

    private func say(_ command: String) async throws(MailError) -> MailReply {
        // Whatever is in a command, it stays one line.
        precondition(!command.utf8.contains { $0 == 10 || $0 == 13 }, "a command is one line")
        try await write(Array((command + "\r\n").utf8))
        return try await read()
    }

    private func reply(code: Int? = nil) async throws(MailError) {
        try check(try await read(), code)
    }

    private func check(_ reply: MailReply, _ code: Int?) throws(MailError) {
        if (400..<500).contains(reply.code) { throw .notNow(code: reply.code, reply.words) }
        if reply.code >= 500 { throw .refused(code: reply.code, reply.words) }
        guard reply.isGood, code == nil || reply.code == code else {
            throw .notUnderstood(relay.host)
        }
    }

    private func read() async throws(MailError) -> MailReply {
        do {
            let channel = channel
            return try await withTaskCancellationHandler {
                try await dialogue.next()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch let error as MailError {
            throw error
        } catch {
            throw .noAnswer(relay.host)
        }
    }

    private func write(_ bytes: [UInt8]) async throws(MailError) {
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        } catch {
            // The reason, when there is one, has been read.
            throw dialogue.failure ?? .noAnswer(relay.host)
        }
    }
}
