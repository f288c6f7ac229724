import Engagement
import Foundation
import Kernel
import Links
import People
import Planning
import Publishing
import Reviews
import Web
import WebMeasurement
import WebPeople
import WebPublishing

extension Desks {
    /// Takes the public address from the settings and asks it whether it is this server.
    func askPublicAddress(_ settings: ServerSettings) async throws {
        let isSecure = settings.publicURL?.hasPrefix("https://") ?? false
        try await publicAddress.configure(isSecure ? settings.publicURL : nil)
    }
}

extension Pages {
    /// The question by which the public https address proves that it is this server.
    var publicAddressRoutes: [Route] {
        [
            .machine("GET", PublicAddress.pathPrefix + "{challenge}") { request in
                let challenge = request.parameters["challenge"] ?? ""
                let answer = try await desks.publicAddress.answer(to: challenge)
                guard let answer else { throw Problem.notFound("question") }
                return .file(
                    Data(answer.utf8), type: "text/plain; charset=utf-8", cache: "no-store")
            }
        ]
    }

    /// What stands beside the composer: lessons that apply to the item.
    var publishingNeighbours: PublishingWeb.Neighbours {
        PublishingWeb.Neighbours(
            results: { publication, request in
                try await resultsWeb.section(for: publication, request)
            },
            lessons: { item, request in
                guard let item else { return [] }
                let workspace = request.workspace
                return try await desks.reviews.lessons(for: item, in: workspace.workspace).map {
                    PublishingWeb.Lesson(
                        text: $0.lesson.statement, advice: $0.lesson.advice,
                        href: "/w/\(workspace.slug)/library/lessons/\($0.lesson.id)")
                }
            })
    }
}

extension Pages {
    /// Posts that a person must decide about, approve or publish by hand.
    var waitingPosts: HomeCards.Lines {
        { request in
            let root = "/w/\(request.workspace.slug)"
            let atRisk = try await desks.posts.atRisk(in: request.workspace.workspace)
            let troubles = PreflightTrouble.all(atRisk).map { Self.line($0, root) }
            return try await troubles
                + desks.posts.needsYou(in: request.workspace.workspace).map { line in
                    HomeLine(
                        line.name, href: "\(root)/posts/\(line.publication.post)",
                        detail: line.publication.message ?? line.channelName,
                        chip: PublishingWeb.chip(line.publication.delivery),
                        at: line.publication.delivery.due?.at)
                }
        }
    }

    /// A trouble found ahead of time: one line, however many posts wait for its end.
    private static func line(_ trouble: PreflightTrouble, _ root: String) -> HomeLine {
        let first = trouble.lines.first
        let others = trouble.lines.count - 1
        let name = first.map { "“\($0.name)” would not go out" } ?? "A post would not go out"
        return HomeLine(
            others > 0 ? "\(name), and \(others) more" : name,
            href: first.map { "\(root)/posts/\($0.publication.post)" } ?? "\(root)/calendar",
            detail: trouble.finding.message,
            chip: Chip("At risk", .alert, icon: "tabler-alert-triangle"),
            at: first?.publication.delivery.due?.at)
    }

    /// What went out today, and what goes out within a week.
    var comingPosts: HomeCards.Lines {
        { request in
            let zone = request.workspace.zone
            let today = CivilDate(request.now, in: zone)
            let root = "/w/\(request.workspace.slug)"
            let lines = try await desks.posts.calendar(
                from: zone.startOfDay(today), to: zone.startOfDay(today.adding(days: 8)),
                in: request.workspace.workspace)
            return lines.map { line in
                HomeLine(
                    line.name, href: "\(root)/posts/\(line.publication.post)",
                    detail: [line.channelName, line.publication.latenessText]
                        .compactMap { $0 }.joined(separator: ", "),
                    chip: PublishingWeb.chip(line),
                    at: line.publication.publishedAt ?? line.publication.delivery.due?.at)
            }
        }
    }

    /// The step that makes a workspace publish.
    var postSteps: HomeCards.Steps {
        { request in
            let page = try await desks.posts.list(
                PublicationFilter(origin: .written), in: request.workspace.workspace,
                PageRequest(limit: 1))
            return [
                SetupStep(
                    "Schedule a first post", why: "From then on every click finds its post.",
                    href: "/w/\(request.workspace.slug)/posts/new",
                    isDone: page.items.contains { $0.publication.delivery.due != nil })
            ]
        }
    }

    /// The first post of the first steps: on every channel there is.
    var firstPost:
        @Sendable (FirstSteps.Post, Membership, Principal) async throws -> FirstSteps.Kept
    {
        { post, membership, principal in
            let workspace = membership.workspace
            let channels = try await desks.posts.channels(in: workspace)
            let sheet = try await desks.posts.create(
                PostDraft(
                    text: post.text,
                    variants: channels.map {
                        VariantDraft(channel: $0.id, visibility: $0.visibility)
                    }), in: workspace, by: principal)
            let page = "/w/\(membership.slug)/posts/\(sheet.post.id)"
            guard !channels.isEmpty else {
                return .init(page: page, problem: "Connect a channel, then schedule it.")
            }
            do {
                _ = try await desks.posts.schedule(
                    sheet.post.id, at: Due(post.at, in: membership.zone), in: workspace,
                    by: principal)
                return .init(page: page)
            } catch let error as any Presentable {
                // What was written stays; the post's page is the place to mend it.
                return .init(page: page, problem: error.problem.message)
            }
        }
    }
}
