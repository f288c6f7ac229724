package import Kernel
import Measurement
import People
import Planning
import Publishing
import Web
import WebPeople
import WebPublishing

// What guests see, slice by slice: whatever belongs to the initiatives of their pass.

extension Desks {
    /// Whether something belongs to the initiatives of a guest's pass.
    func belongs(
        _ subject: GuestSubject, _ pass: GuestPass, in workspace: WorkspaceID
    ) async throws -> Bool {
        let initiatives = Set(pass.scope.initiatives)
        switch subject {
        case .initiative(let text): return initiatives.contains(text.lowercased())
        case .item(let text):
            guard let id = ItemID(text) else { return false }
            return try await belongs(id, initiatives, workspace)
        case .post(let text):
            guard let id = PostID(text) else { return false }
            return try await belongs(id, initiatives, workspace)
        case .publication(let text):
            guard let id = PublicationID(text),
                let post = try? await posts.post(of: id, in: workspace)
            else { return false }
            return try await belongs(post, initiatives, workspace)
        case .picture(let text):
            guard let id = PictureID(text) else { return false }
            // A picture that was just added belongs to nothing yet.
            let holders = try await posts.posts(with: id, in: workspace)
            if holders.isEmpty { return true }
            for post in holders where try await belongs(post, initiatives, workspace) {
                return true
            }
            return false
        }
    }

    private func belongs(
        _ post: PostID, _ initiatives: Set<String>, _ workspace: WorkspaceID
    ) async throws -> Bool {
        guard let item = try await posts.item(of: post, in: workspace) else { return false }
        return try await belongs(item, initiatives, workspace)
    }

    private func belongs(
        _ item: ItemID, _ initiatives: Set<String>, _ workspace: WorkspaceID
    ) async throws -> Bool {
        guard let initiative = try await plan.initiative(of: item, in: workspace) else {
            return false
        }
        return initiatives.contains(initiative.text)
    }
}

extension Program {
    /// The identifiers of a workspace's initiatives, for commands that let guests in.
    package func initiatives(in workspace: WorkspaceID) async throws -> [String] {
        try await desks.plan.initiatives(in: workspace).map(\.id.text)
    }
}

extension Pages {
    /// What the pages of people must know of initiatives.
    var guests: GuestNeighbours {
        GuestNeighbours(
            choices: { workspace in
                try await desks.plan.initiatives(in: workspace).map {
                    Choice($0.id.text, $0.title)
                }
            }, sheets: guestSheets)
    }

    @Sendable private func guestSheets(
        _ request: WebRequest
    ) async throws -> [GuestNeighbours.Sheet] {
        let membership = request.workspace
        let pass = membership.guest?.scope.initiatives ?? []
        let figures = try await guestFigures(request)
        var sheets: [GuestNeighbours.Sheet] = []
        for id in pass.compactMap({ InitiativeID($0) }) {
            guard
                let detail = try? await desks.plan.initiative(id, in: membership.workspace)
            else { continue }
            var lines: [GuestNeighbours.Line] = []
            for item in detail.items where item.state != .dropped {
                let posts = try await desks.posts.list(
                    PublicationFilter(item: item.id), in: membership.workspace
                ).items
                lines.append(
                    .init(
                        title: item.title, href: "/w/\(membership.slug)/plan/items/\(item.id)",
                        detail: item.month.name,
                        posts: posts.map { line in
                            .init(
                                title: "\(line.name) on \(line.channelName)",
                                href: "/w/\(membership.slug)/posts/\(line.publication.post)",
                                chip: PublishingWeb.chip(line.publication.delivery))
                        },
                        write: Web.Access.allows(.write, request)
                            ? "/w/\(membership.slug)/posts/new?item=\(item.id)" : nil))
            }
            sheets.append(
                .init(
                    title: detail.initiative.title,
                    href: "/w/\(membership.slug)/plan/initiatives/\(id)",
                    figures: figures[id.text] ?? [], lines: lines))
        }
        return sheets
    }

    /// Clicks, orders and revenue of the last 90 days, by initiative.
    private func guestFigures(_ request: WebRequest) async throws -> [String: [String]] {
        let membership = request.workspace
        let today = CivilDate(request.now, in: membership.zone)
        let found = try await desks.measuring.results.results(
            by: .initiatives, model: .last, period: .last(90, today: today),
            currency: membership.currency, in: membership.workspace)
        return Dictionary(
            found.rows.map { row in
                let money = Money(minorUnits: row.revenue, currency: membership.currency)
                return (
                    row.id,
                    [
                        row.clicks.map { Counted.words($0, "click", "clicks") } ?? "clicks unknown",
                        "revenue \(money.formatted)", "in 90 days",
                    ]
                )
            }, uniquingKeysWith: { first, _ in first })
    }
}
