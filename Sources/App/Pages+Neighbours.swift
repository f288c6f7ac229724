import Kernel
import Planning
import Publishing
import Reviews
import Strategy
import Web
import WebPlanning
import WebPublishing
import WebStrategy

// What one slice's pages show of another's, without either knowing the other.

extension Pages {
    /// The initiatives that serve an objective.
    var serving: @Sendable (ObjectiveID, Membership) async throws -> [StrategyWeb.Serving] {
        { objective, membership in
            try await desks.plan.initiatives(serving: objective, in: membership.workspace).map {
                StrategyWeb.Serving(
                    title: $0.initiative.title,
                    note: $0.initiative.kind.name.lowercased() + ($0.isPrimary ? "" : ", helps"),
                    href: "/w/\(membership.slug)/plan/initiatives/\($0.initiative.id)")
            }
        }
    }

    /// What stands beside a plan item: the lessons that apply and the posts written for it.
    var neighbours: PlanWeb.Neighbours {
        PlanWeb.Neighbours(
            lessons: { item, membership in
                try await desks.reviews.lessons(for: item, in: membership.workspace).map {
                    PlanWeb.Line(
                        title: $0.lesson.statement,
                        note: [$0.lesson.advice, $0.reasons.joined(separator: ", ")]
                            .filter { !$0.isEmpty }.joined(separator: " — "),
                        href: "/w/\(membership.slug)/library/lessons/\($0.lesson.id)")
                }
            },
            posts: { item, membership in
                try await desks.posts.list(
                    PublicationFilter(item: item), in: membership.workspace
                ).items.map { line in
                    PlanWeb.Line(
                        title: line.name, note: line.channelName,
                        href: "/w/\(membership.slug)/posts/\(line.publication.post)",
                        mark: PublishingWeb.chip(line.publication.delivery))
                }
            })
    }
}
