import Channels
import Foundation
import Kernel
import Networks
import People
import Planning
import Publishing
import Reviews
import Strategy
import Web

/// One thing the search found.
struct SearchHit: APIValue {
    let title: String
    /// What it is: “objective”, “post”.
    let kind: String
    let href: String

    static let schema = Schema.object(
        "SearchHit",
        [
            .required("title", .string()), .required("kind", .string()),
            .required("href", .string(description: "The page that shows it.")),
        ])
}

/// Finds things of a workspace by a few words, over all slices.
struct Search: Sendable {
    let desks: Desks

    private static let most = 6

    var routes: [Route] {
        let search = Endpoint(
            .get, "/workspaces/{workspace}/search", id: "searchWorkspace",
            "Finds goals, objectives, initiatives, items, posts, channels and lessons by words.",
            tag: "Workspace", access: .workspace(.view),
            query: [QueryParameter("q", .string(minLength: 1, maxLength: 200))]
        ) { (call: Call<Nothing>) in
            Listing(items: try await find(call.request))
        }
        return [
            search.route,
            .machine("GET", "/w/{workspace}/search", .workspace(.view)) { request in
                .json(try JSON.encode(Listing(items: try await find(request))))
            },
        ]
    }

    private func find(_ request: WebRequest) async throws -> [SearchHit] {
        let text = String((request.query["q"] ?? "").prefix(200))
        guard text.contains(where: { !$0.isWhitespace }) else { return [] }
        let place = request.workspace
        let root = "/w/\(place.slug)"
        return try await strategy(text, place, root, request.now)
            + plan(text, place, root) + posts(text, place, root)
            + channels(text, place, root) + lessons(text, place, root)
    }

    private func strategy(
        _ text: String, _ place: Membership, _ root: String, _ now: Instant
    ) async throws -> [SearchHit] {
        let book = try await desks.strategy.book(
            in: place.workspace, today: CivilDate(now, in: place.zone))
        let goals = book.goals.map(\.goal)
            .filter { $0.title.localizedStandardContains(text) }.prefix(Self.most)
            .map { SearchHit(title: $0.title, kind: "goal", href: "\(root)/strategy") }
        let objectives = book.objectives.map(\.objective)
            .filter { $0.kpi.localizedStandardContains(text) }.prefix(Self.most)
            .map { objective in
                SearchHit(
                    title: objective.kpi, kind: "objective",
                    href: "\(root)/strategy/objectives/\(objective.id)")
            }
        return goals + objectives
    }

    private func plan(
        _ text: String, _ place: Membership, _ root: String
    ) async throws -> [SearchHit] {
        let initiatives = try await desks.plan.initiatives(in: place.workspace)
            .filter { $0.title.localizedStandardContains(text) }.prefix(Self.most)
            .map { initiative in
                SearchHit(
                    title: initiative.title, kind: "initiative",
                    href: "\(root)/plan/initiatives/\(initiative.id)")
            }
        let items = try await desks.plan.items(
            ItemFilter(text: text), page: PageRequest(limit: Self.most), in: place.workspace
        ).items.map { item in
            SearchHit(
                title: item.title, kind: "item", href: "\(root)/plan/items/\(item.id)")
        }
        return initiatives + items
    }

    /// Posts by their title and words, each once however many channels it is on.
    private func posts(
        _ text: String, _ place: Membership, _ root: String
    ) async throws -> [SearchHit] {
        let lines = try await desks.posts.list(
            PublicationFilter(search: text), in: place.workspace,
            PageRequest(limit: Self.most * 4)
        ).items
        var seen: Set<PostID> = []
        return lines.filter { seen.insert($0.publication.post).inserted }.prefix(Self.most)
            .map { line in
                SearchHit(
                    title: line.name, kind: "post",
                    href: "\(root)/posts/\(line.publication.post)")
            }
    }

    private func channels(
        _ text: String, _ place: Membership, _ root: String
    ) async throws -> [SearchHit] {
        try await desks.channels.channels(in: place.workspace)
            .filter {
                $0.name.localizedStandardContains(text)
                    || $0.network.name.localizedStandardContains(text)
            }
            .prefix(Self.most)
            .map { channel in
                SearchHit(
                    title: "\(channel.name) on \(channel.network.name)", kind: "channel",
                    href: "\(root)/settings/channels/\(channel.id)")
            }
    }

    private func lessons(
        _ text: String, _ place: Membership, _ root: String
    ) async throws -> [SearchHit] {
        try await desks.reviews.lessons(
            LessonFilter(text: text), page: PageRequest(limit: Self.most), in: place.workspace
        ).items.map { lesson in
            SearchHit(
                title: lesson.statement, kind: "lesson",
                href: "\(root)/library/lessons/\(lesson.id)")
        }
    }
}
