import Kernel
import Links
import Measurement
import People
import Web

private struct SiteView: Sendable {
    let root: String
    let tag: String
    let goal: String
    let seen: Chip
    let seenText: String
    let isWaiting: Bool
    let address: String?
    let addressChip: Chip
    let addressText: String
    let canManage: Bool
    let refused: [RefusedLine]
    let hasRefused: Bool
}

extension ResultsWeb {
    var siteRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/site", id: "readSite",
            "The snippet for the website and when it was last seen.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            let site = try await site(call.workspace)
            return SiteAnswer(
                tag: SiteSnippet.tag(origin: call.request.origin, code: site.code),
                firstSeenAt: site.firstSeenAt, lastSeenAt: site.lastSeenAt,
                refusedGoals: try await results.refusedGoals(
                    in: call.workspace.workspace, .last(30, today: today(call.request))
                ).map { entry in
                    SiteAnswer.Refused(
                        day: entry.day, reason: entry.reason, goals: entry.goals,
                        last: entry.lastReference, remedy: entry.reason.remedy)
                })
        }
        let readAddress = Endpoint(
            .get, "\(Self.base)/public-address", id: "readPublicAddress",
            "The address of tracked links and whether it has answered.", tag: Self.tag,
            access: .workspace(.view)
        ) { (_: Call<Nothing>) in AddressAnswer(try await address.current()) }
        let setAddress = Endpoint(
            .put, "\(Self.base)/public-address", id: "setPublicAddress",
            "Sets the address of everybody's tracked links and asks it at once; for the "
                + "installation's owner.", tag: Self.tag, access: .workspace(.manageWorkspace)
        ) { (call: Call<AddressInput>) in
            try await door.require(call.request)
            return AddressAnswer(
                try await address.configure(call.input.publicAddress, by: call.principal))
        }
        return [
            read.route, readAddress.route, setAddress.route,
            .page("/w/{workspace}/results/site", .workspace(.view)) { request in
                try await sitePage(request)
            },
            setAddress.action("/w/{workspace}/results/public-address", method: .put) {
                _, request in
                .redirect(to: "/w/\(request.workspace.slug)/results/site")
                    .toast("Asking the address now.")
            },
        ]
    }

    private func site(_ membership: Membership) async throws -> MeasuredSite {
        try await MeasuredSite.find(
            in: membership.workspace, database: database, surroundings: surroundings)
    }

    private func sitePage(_ request: WebRequest) async throws -> Reply {
        let site = try await site(request.workspace)
        let known = try await address.current()
        let zone = request.workspace.zone
        let refused = try await refusedLines(request)
        let seenText =
            site.lastSeenAt.map { "Last seen \(zone.words($0))." }
            ?? "Open a page of your site; this changes by itself when the visit arrives."
        let view = SiteView(
            root: "/w/\(request.workspace.slug)",
            tag: SiteSnippet.tag(origin: request.origin, code: site.code),
            goal: "throughline('goal', 'order', {value: 49.90, currency: "
                + "'\(request.workspace.currency)', order: 'A-1001'})",
            seen: site.firstSeenAt == nil
                ? Chip("Waiting for the first visit", .warn, icon: "tabler-clock")
                : Chip("Visits arrive", .good, icon: "tabler-check"), seenText: seenText,
            isWaiting: site.firstSeenAt == nil, address: known.url,
            addressChip: known.isProven
                ? Chip("Proven", .good, icon: "tabler-check")
                : Chip(
                    known.url == nil ? "Not set" : "Not proven", .warn,
                    icon: "tabler-alert-triangle"),
            addressText: Self.words(known, zone),
            canManage: try await door.isOpen(to: request), refused: refused,
            hasRefused: !refused.isEmpty)
        return try await frame.page(
            "measurement/site", view, title: "Site snippet", section: .results, for: request)
    }

    private static func words(_ address: PublicAddress, _ zone: Zone) -> String {
        guard let url = address.url else {
            return "Posts carry their destination with campaign parameters instead of a tagged "
                + "link: clicks on them are not counted, visits and orders of the same day still are."
        }
        if address.isProven, let at = address.answeredAt {
            return "\(url) answered on \(zone.words(at)). Posts carry tagged links."
        }
        return "\(url) has not answered yet. \(address.whyNot ?? "It is being asked.") Until it "
            + "does, posts carry their destination with campaign parameters: clicks on them are "
            + "not counted, visits and orders of the same day still are."
    }
}

extension AddressAnswer {
    init(_ address: PublicAddress) {
        self.init(
            publicAddress: address.url, isProven: address.isProven,
            answeredAt: address.answeredAt, whyNot: address.whyNot)
    }
}
