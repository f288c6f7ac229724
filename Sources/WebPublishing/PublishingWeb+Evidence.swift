import Kernel
import Networks
import People
import Publishing
import Web

/// The page with everything that is known about how a post went out.
private struct EvidenceView: Sendable {
    struct Fact: Sendable {
        let label: String
        let value: String
        let isCode: Bool
    }

    struct Step: Sendable {
        let id: String
        let when: String
        let what: String
        let chip: Chip
        let message: String?
        let facts: [Fact]
        let answer: String?
    }

    struct Side: Sendable {
        let id: String
        let channel: String
        let icon: String
        let chip: Chip
        let url: String?
        let network: String
        let facts: [Fact]
        let steps: [Step]
    }

    let path: String
    let trail: Trail?
    let title: String
    let sides: [Side]
    let empty: EmptyState?
}

extension PublishingWeb {
    func evidencePage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let sheet = try await posts.sheet(request.id("post", PostTag.self), in: workspace)
        let path = "\(root(request))/posts/\(sheet.post.id)"
        var sides: [EvidenceView.Side] = []
        for side in sheet.sides {
            let attempts = try await posts.attempts(of: side.publication.id, in: workspace)
            sides.append(Self.evidence(side, attempts, request.workspace.zone))
        }
        let view = EvidenceView(
            path: path,
            trail: Trail([.init("Post", sheet.post.name, href: path)]),
            title: "Evidence", sides: sides,
            empty: sides.isEmpty
                ? EmptyState(
                    icon: "tabler-send", title: "Nothing to prove yet",
                    text: "This post goes to no channel. What happens to it will be listed here.",
                    action: .init("Back to the post", href: path))
                : nil)
        return try await frame.page(
            "publishing/evidence", view, title: "Evidence: \(sheet.post.name)",
            section: .content, for: request)
    }

    private static func evidence(
        _ side: PostSheet.Side, _ attempts: [Attempt], _ workspaceZone: Zone
    ) -> EvidenceView.Side {
        let publication = side.publication
        let delivery = publication.delivery
        let zone = delivery.due?.zone ?? workspaceZone
        let facts: [EvidenceView.Fact?] = [
            delivery.due.map {
                .init(label: "Due", value: exact($0.at, zone), isCode: false)
            },
            publication.lateness.map {
                .init(label: "First byte left", value: behind($0), isCode: false)
            },
            publication.publishedAt.map {
                .init(label: "Known to be out", value: exact($0, zone), isCode: false)
            },
            publication.proof.map { .init(label: "Proof", value: $0, isCode: false) },
            publication.remote.map {
                .init(label: "Its name over there", value: $0.id, isCode: true)
            },
            .init(label: "Content", value: delivery.contentHash, isCode: true),
        ]
        return EvidenceView.Side(
            id: publication.id.text, channel: side.channel.name,
            icon: side.channel.network.icon, chip: Words.chip(delivery),
            url: publication.remote?.url.flatMap(safe), network: side.channel.network.name,
            facts: facts.compactMap(\.self), steps: attempts.map { step($0, zone) })
    }

    private static func step(_ attempt: Attempt, _ zone: Zone) -> EvidenceView.Step {
        let took = attempt.finishedAt.map { $0 - attempt.startedAt }
        let facts: [EvidenceView.Fact?] = [
            attempt.leftAt.map {
                .init(label: "First byte left", value: exact($0, zone), isCode: false)
            },
            attempt.lateness.map {
                .init(label: "That was", value: behind($0), isCode: false)
            },
            took.flatMap { took in
                took < .milliseconds(1)
                    ? nil : .init(label: "Took", value: seconds(took), isCode: false)
            },
            attempt.status.map { .init(label: "Status", value: "\($0)", isCode: false) },
            attempt.code.map { .init(label: "Code", value: $0, isCode: true) },
            attempt.kind == .send
                ? .init(label: "Fingerprint", value: attempt.fingerprint, isCode: true) : nil,
        ]
        return EvidenceView.Step(
            id: attempt.id.text, when: exact(attempt.startedAt, zone),
            what: attempt.what, chip: attempt.outcome?.chip ?? Chip("under way", .info),
            message: attempt.message, facts: facts.compactMap(\.self), answer: attempt.answer)
    }

    /// `0.3 s after its due time`, or `on time to the millisecond`.
    private static func behind(_ lateness: Duration) -> String {
        lateness < .milliseconds(1)
            ? "at its due time, to the millisecond" : "\(seconds(lateness)) after its due time"
    }

    private static func seconds(_ duration: Duration) -> String {
        let seconds = duration.inSeconds
        if seconds < 10 { return "\((seconds * 1000).rounded() / 1000) s" }
        return seconds < 90 ? "\(Int(seconds.rounded())) s" : LatePolicy.words(duration)
    }

    /// `Tue 24 Nov, 09:00:02.375 (Europe/Berlin)`.
    private static func exact(_ instant: Instant, _ zone: Zone) -> String {
        let past = instant.milliseconds % 60_000
        let tail = "\(past)"
        let padded = String(repeating: "0", count: max(0, 5 - tail.count)) + tail
        return "\(Words.moment(instant, zone)):\(padded.prefix(2)).\(padded.suffix(3)) (\(zone))"
    }
}

extension Attempt {
    /// What was tried, in words.
    var what: String {
        switch kind {
        case .upload: "Picture uploaded"
        case .send where outcome == .notAccepted && leftAt == nil: "Nothing left" + ofPart
        case .send: "Sent" + ofPart
        case .look: "Looked for it"
        case .person: "A person said"
        case .removal: "Deleted" + ofPart
        }
    }

    private var ofPart: String { part > 0 ? ", part \(part + 1)" : "" }
}

extension Attempt.Outcome {
    var chip: Chip {
        switch self {
        case .accepted, .found: Chip(words, .good, icon: "tabler-check")
        case .refused: Chip(words, .alert, icon: "tabler-alert-triangle")
        case .notAccepted, .absent: Chip(words, .info, icon: "tabler-clock")
        case .unknown, .interrupted: Chip(words, .warn, icon: "tabler-search")
        }
    }
}
