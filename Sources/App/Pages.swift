import Kernel
import People
import Web
import WebPlanning
import WebReviews
import WebStrategy

/// Every page and every use of the API, slice by slice.
struct Pages: Sendable {
    let desks: Desks
    let frame: Frame
    let live: LiveHub

    init(_ desks: Desks, live: LiveHub) throws {
        self.desks = desks
        self.live = live
        let people = desks.people
        frame = try Frame(
            assets: .embedded,
            facts: { _ in FrameFacts() },
            memberships: { person in
                try await people.places(of: person).map(Membership.init)
            })
    }

    var routes: [Route] {
        StrategyWeb(desk: desks.strategy, frame: frame, serving: serving).routes
            + PlanWeb(desk: desks.plan, frame: frame, neighbours: neighbours, live: live).routes
            + ReviewWeb(desk: desks.reviews, frame: frame, live: live).routes
            + Search(desks: desks).routes
    }
}
