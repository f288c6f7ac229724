import Channels
import Kernel
import People
import Publishing
import Web

extension PublishingWeb {
    /// The import of a channel's past posts: how far it is, and asking for it.
    var historyRoutes: [Route] {
        let path = "/channels/{channel}/history-import"
        let read = Endpoint(
            .get, Self.base + path, id: "readHistoryImport",
            "How far the past posts of a channel are brought in.", tag: "Channels",
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            let channel = try call.id("channel", ChannelTag.self)
            let workspace = call.workspace.workspace
            return HistoryAnswer(
                try await history.progress(of: channel, in: workspace),
                isPossible: try await history.isPossible(channel, in: workspace), at: call.now)
        }
        let start = Endpoint(
            .post, Self.base + path, id: "importHistory",
            "Brings in a channel's past posts that are not here yet, with their figures.",
            tag: "Channels", access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            HistoryAnswer(
                try await history.start(
                    try call.id("channel", ChannelTag.self), in: call.workspace.workspace,
                    by: call.principal), isPossible: true, at: call.now)
        }
        return [
            read.route, start.route,
            .page(Self.page + path, .workspace(.view)) { request in
                let channel = try request.id("channel", ChannelTag.self)
                let workspace = request.workspace.workspace
                return try part(
                    HistoryAnswer(
                        try await history.progress(of: channel, in: workspace),
                        isPossible: try await history.isPossible(channel, in: workspace),
                        at: request.now), request)
            },
            start.action(Self.page + path) { answer, request in try part(answer, request) },
        ]
    }

    private func part(_ answer: HistoryAnswer, _ request: WebRequest) throws -> Reply {
        let channel = try request.id("channel", ChannelTag.self)
        return try frame.fragment(
            "publishing/history",
            HistoryPart(
                answer, path: "\(root(request))/channels/\(channel)/history-import",
                zone: request.workspace.zone,
                canStart: Web.Access.allows(.manageChannels, request)))
    }
}

/// How far an import is.
struct HistoryAnswer: APIValue {
    enum State: String, Codable, CaseIterable, Sendable {
        case never
        case running
        case finished
        case stopped
    }

    let state: State
    let isPossible: Bool
    let seen: Int
    let added: Int
    let oldestAt: Instant?
    let startedAt: Instant?
    let finishedAt: Instant?

    init(_ progress: HistoryProgress?, isPossible: Bool, at now: Instant) {
        state =
            progress.map {
                $0.finishedAt != nil ? .finished : $0.isRunning(at: now) ? .running : .stopped
            } ?? .never
        self.isPossible = isPossible
        seen = progress?.seen ?? 0
        added = progress?.added ?? 0
        oldestAt = progress?.oldestAt
        startedAt = progress?.startedAt
        finishedAt = progress?.finishedAt
    }

    static let schema = Schema.object(
        "HistoryImport",
        [
            .required("state", .oneOf(State.self)),
            .required(
                "isPossible", .boolean(description: "Whether past posts can be read there now.")),
            .required("seen", .integer(description: "Posts that the network showed.")),
            .required("added", .integer(description: "Posts that were not here before.")),
            .optional("oldestAt", .instant()), .optional("startedAt", .instant()),
            .optional("finishedAt", .instant()),
        ])
}

/// The same on the channel's page.
struct HistoryPart: Sendable {
    let path: String
    let isShown: Bool
    let isRunning: Bool
    let says: String
    let canStart: Bool
    let button: String

    init(_ answer: HistoryAnswer, path: String, zone: Zone, canStart: Bool) {
        self.path = path
        isRunning = answer.state == .running
        isShown = answer.isPossible || answer.state != .never
        self.canStart = canStart && answer.isPossible && !isRunning
        button = answer.state == .never ? "Bring in past posts" : "Look for more"
        let posts = answer.added == 1 ? "1 post" : "\(answer.added) posts"
        let since = answer.oldestAt.map { ", back to \(CivilDate($0, in: zone).words)" } ?? ""
        says =
            switch answer.state {
            case .never: "What this account posted before is not here yet."
            case .running: "Bringing in past posts: \(posts) so far\(since)."
            case .stopped: "Stopped after \(posts)\(since). Look again to go on."
            case .finished where answer.added == 0: "Looked: no past posts that are not here."
            case .finished: "Brought in \(posts)\(since), with their figures."
            }
    }
}
