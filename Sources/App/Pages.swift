import Channels
import Kernel
import People
import Web
import WebPeople
import WebPlanning
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
        frame = try Frame(
            assets: .embedded,
            facts: { membership in
                let root = "/w/\(membership.slug)/settings/channels"
                let troubles = try await channels.channels(in: membership.workspace)
                    .filter { $0.status == .needsReconnect }
                return FrameFacts(
                    needsYou: troubles.count,
                    troubles: troubles.map {
                        .init(
                            text: "\($0.name) must be connected again: its posts wait.",
                            href: "\(root)/\($0.id)")
                    })
            },
            memberships: { person in
                try await people.places(of: person).map(Membership.init)
            })
    }

    var routes: [Route] {
        PeopleWeb(
            people: desks.people, channels: desks.channels, frame: frame,
            cookie: SessionCookie(isSecure: isSecure), cards: homeCards, first: firstSteps
        ).routes
            + StrategyWeb(desk: desks.strategy, frame: frame, serving: serving).routes
            + PlanWeb(desk: desks.plan, frame: frame, neighbours: neighbours, live: live).routes
            + ReviewWeb(desk: desks.reviews, frame: frame, live: live).routes
            + Search(desks: desks).routes
    }
}
