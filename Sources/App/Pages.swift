import Channels
import Engagement
import Kernel
import People
import PracticeNetwork
import Publishing
import Reviews
import Web
import WebMeasurement
import WebPeople
import WebPlanning
import WebPublishing
import WebReviews
import WebStrategy

/// Every page and every use of the API, slice by slice.
struct Pages: Sendable {
    let desks: Desks
    let frame: Frame
    let live: LiveHub

    /// Whether browsers reach this server by https only.
    let isSecure: Bool

    init(_ desks: Desks, live: LiveHub, isSecure: Bool) throws {
        self.desks = desks
        self.isSecure = isSecure
        self.live = live
        let (people, channels) = (desks.people, desks.channels)
        let (posts, replies) = (desks.posts, desks.replies)
        let surroundings = desks.floor.surroundings
        frame = try Frame(
            assets: .embedded,
            facts: { membership in
                let root = "/w/\(membership.slug)/settings/channels"
                let troubles = try await channels.channels(in: membership.workspace)
                    .filter { $0.status == .needsReconnect }
                let needs = [
                    troubles.count,
                    try await posts.needsYou(in: membership.workspace).count,
                    try await desks.reviews.openReviews(in: membership.workspace).count,
                    try await Self.dueDecisions(desks, membership, surroundings.now()).count,
                ]
                return FrameFacts(
                    needsYou: needs.reduce(0, +),
                    unreadReplies: try await replies.unreadCount(in: membership.workspace),
                    troubles: troubles.map {
                        .init(
                            text: "\($0.name) must be connected again: its posts wait.",
                            href: "\(root)/\($0.id)")
                    },
                    freezes: try await desks.freezes.open(in: membership.workspace).map {
                        .init(
                            text: "\($0.what == "Everything" ? "Publishing" : $0.what) is frozen"
                                + ($0.reason.isEmpty ? "." : ": “\($0.reason)”"),
                            href: "/w/\(membership.slug)/delivery/freezes/\($0.id)")
                    })
            },
            memberships: { person in
                try await people.places(of: person).map(Membership.init)
            })
    }

    var routes: [Route] {
        PeopleWeb(
            people: desks.people, channels: desks.channels, frame: frame,
            cookie: SessionCookie(isSecure: isSecure), cards: homeCards, first: firstSteps,
            approvals: approvals
        ).routes
            + StrategyWeb(desk: desks.strategy, frame: frame, serving: serving).routes
            + PlanWeb(desk: desks.plan, frame: frame, neighbours: neighbours, live: live).routes
            + ReviewWeb(desk: desks.reviews, frame: frame, live: live).routes
            + PublishingWeb(
                posts: desks.posts, freezes: desks.freezes, pictures: desks.pictures,
                history: desks.history, planning: desks.plan, replies: desks.replies, frame: frame,
                live: live,
                neighbours: publishingNeighbours
            ).routes
            + PracticeWeb(desk: desks.practice, frame: frame).routes
            + resultsWeb.routes
            + CollectorWeb(collector: desks.measuring.collector).routes
            + publicAddressRoutes + exportRoutes + Search(desks: desks).routes
    }
}
