import App
import Channels
import Foundation
import Kernel
import Logging
import Networks
import People
import PracticeNetwork
import Publishing

/// The scene of a rehearsal: a network in a process of its own, and a workspace that posts to it.
struct ChaosStage {
    let folder: String
    let database: String?
    let networkPort: Int
    let workspace: WorkspaceID
    let channels: [ChannelID]
    let picture: PictureID
    let network: ChaosProcess

    var ledger: String { folder + "/ledger.txt" }
    static let director = Principal.system("Rehearsal")
    static let zone = Zone.utc

    /// Opens accounts on a new network, and a workspace with a channel for each.
    ///
    /// `act` tells stages apart that stand at the same time.
    init(
        act: Int, folder: String, database: String?, faults: String, log: FileHandle
    ) async throws {
        self.folder = folder
        self.database = database
        let port = try Self.freePort(act)
        networkPort = port
        let networkData = folder + "/network"
        let accounts = try await Self.openAccounts(networkData)
        (workspace, channels, picture) = try await Self.furnish(
            try Self.settings(folder, database, port), accounts, port)
        network = try ChaosProcess(
            ["serve", "--data", networkData, "--port", "\(port)", "--log-level", "error"],
            environment: [
                "THROUGHLINE_PRACTICE":
                    "ignore-keys,ledger=\(folder)/ledger.txt,\(faults)",
                "THROUGHLINE_PRACTICE_NETWORK": "on",
            ], log: log)
        try await Self.awaitListening(port, network)
    }

    /// Opens the workspace's database for the time between two lives.
    func program() async throws -> Program {
        try await Self.open(try Self.settings(folder, database, networkPort))
    }

    /// The words and variables of a worker on this stage.
    func worker(interruption: String, log: FileHandle) throws -> ChaosProcess {
        var words = [
            "work", "--data", folder + "/worker", "--log-level", "error", "--allow-address",
            "127.0.0.1:\(networkPort)",
        ]
        if let database { words += ["--database", database] }
        return try ChaosProcess(words, environment: ["THROUGHLINE_CHAOS": interruption], log: log)
    }

    /// Writes a post and sets its time.
    func schedule(_ post: ChaosPlan.Post, at start: Instant, with program: Program) async throws {
        let texts = (1...post.parts).map { ChaosPlan.text(of: post.number, part: $0) }
        let draft = PostDraft(
            title: "", text: texts[0],
            pictures: post.hasPicture
                ? [PlacedPicture(picture: picture, altText: "A cup of coffee")] : [],
            variants: [
                VariantDraft(
                    channel: channels[post.channel], furtherParts: Array(texts.dropFirst()))
            ])
        let sheet = try await program.posts.create(draft, in: workspace, by: Self.director)
        _ = try await program.posts.schedule(
            sheet.post.id, at: Due(now: start + post.due, in: Self.zone), in: workspace,
            by: Self.director)
    }

    // MARK: - Setting the scene

    private static func settings(
        _ folder: String, _ database: String?, _ port: Int
    ) throws -> ServerSettings {
        try ServerSettings(
            .init(
                dataFolder: folder + "/worker", database: database, port: 1,
                allowedAddresses: ["127.0.0.1:\(port)"], logLevel: "error"), environment: [:])
    }

    private static func open(_ settings: ServerSettings) async throws -> Program {
        try await Program.open(
            settings, logger: Logger(label: "throughline.chaos") { _ in TextLog(level: .error) })
    }

    private static func openAccounts(_ folder: String) async throws -> [(Int64, String)] {
        let program = try await open(
            try ServerSettings(.init(dataFolder: folder, port: 1), environment: [:]))
        var accounts: [(Int64, String)] = []
        for number in 0..<ChaosPlan.channels {
            let account = try await program.practice.openAccount("chaos\(number)")
            accounts.append((account.id, try await program.practice.issueToken(account)))
        }
        await program.close()
        return accounts
    }

    private static func furnish(
        _ settings: ServerSettings, _ accounts: [(Int64, String)], _ port: Int
    ) async throws -> (WorkspaceID, [ChannelID], PictureID) {
        let program = try await open(settings)
        let owner = try await program.people.addPerson(
            name: "Rehearsal", email: "chaos@example.org", password: nil)
        let workspace = try await program.people.createWorkspace(
            WorkspacePlan(name: "Rehearsal", zone: zone, currency: .euro), owner: owner.id,
            by: director)
        var channels: [ChannelID] = []
        for (number, account) in accounts.enumerated() {
            let known = Connecting.Account(
                server: "http://127.0.0.1:\(port)/practice", accountID: "\(account.0)",
                handle: "chaos\(number)@practice", displayName: "Chaos \(number)",
                credentials: Credentials(accessToken: account.1))
            channels.append(
                try await program.connectKnown(
                    known, on: .mastodon, zone: zone, in: workspace.id, by: director
                ).id)
        }
        let picture = try await program.pictures.add(
            Self.pixel, fileName: "cup.png", in: workspace.id)
        await program.close()
        return (workspace.id, channels, picture.id)
    }

    /// A picture of one pixel.
    private static let pixel =
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        ) ?? Data()

    /// A port that no other act takes, below those that outgoing connections get.
    private static func freePort(_ act: Int) throws -> Int {
        let own = Int(ProcessInfo.processInfo.processIdentifier) * 64 + act
        let ports = (0..<100).map { 20_000 + (own + $0 * 7919) % 12_000 }
        guard let port = ports.first(where: canListen) else { throw ChaosError.noPort }
        return port
    }

    private static func canListen(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return at(port) { bind(descriptor, $0, $1) == 0 }
    }

    /// Calls `body` with an address on this machine.
    private static func at<Value>(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func awaitListening(_ port: Int, _ process: ChaosProcess) async throws {
        for _ in 0..<600 {
            guard process.isRunning else { break }
            if isOpen(port) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ChaosError.noNetwork
    }

    private static func isOpen(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return at(port) { connect(descriptor, $0, $1) == 0 }
    }
}

/// Why a rehearsal could not take place.
enum ChaosError: Error, Presentable {
    case noPort
    case noNetwork

    var problem: Problem {
        switch self {
        case .noPort: Problem(.unavailable, code: "chaos.port", "No free port could be found.")
        case .noNetwork:
            Problem(
                .unavailable, code: "chaos.network",
                "The practice network did not start. Look into its log in the folder.")
        }
    }
}
