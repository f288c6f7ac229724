import Channels
import Demo
import Jobs
package import Kernel
import Measurement
import Networks
import PracticeNetwork
import Reviews

extension Program {
    /// The demo workspace of this installation, made when there is none.
    package func prepareDemo() async throws -> WorkspaceID {
        if let workspace = try await demo.existing() { return workspace }
        let workspace = try await demo.create(owner: nil)
        // The past figures of measured objectives come from the same tables as today's.
        let today = CivilDate(floor.surroundings.now(), in: DemoWorkspace.zone)
        let months = (1...11).reversed().map { today.civilMonth.adding(months: -$0).lastDay }
        try await desks.measuring.objectives.measure(in: workspace, on: months)
        // The clockwork looks once an hour; last month's review should be there at once.
        try await desks.reviews.openDue()
        // The clockwork may have opened them while the year was still being written.
        for review in try await desks.reviews.openReviews(in: workspace) {
            try await desks.reviews.refreshFigures(
                of: review.id, zone: DemoWorkspace.zone, in: workspace,
                by: .system("Review cycle"))
        }
        return workspace
    }

    private var demo: DemoWorkspace {
        DemoWorkspace(
            database: database, surroundings: floor.surroundings, localBase: floor.localBase,
            connect: { timeline, zone, workspace, principal in
                try await open(timeline, zone, workspace, principal)
            })
    }

    private func open(
        _ timeline: DemoTimeline, _ zone: Zone, _ workspace: WorkspaceID, _ principal: Principal
    ) async throws -> DemoTimeline.Place {
        let practice = desks.practice
        let base = floor.localBase + "/practice"
        let past = try await practice.insert(
            PracticePast(
                accounts: timeline.accounts.map {
                    .init(handle: $0.handle, name: $0.name, followers: $0.followers)
                },
                posts: timeline.posts.map {
                    .init(
                        author: $0.author, text: $0.text, at: $0.at, likes: $0.likes,
                        boosts: $0.boosts)
                }), in: workspace)
        var channels: [ChannelID] = []
        for account in past.accounts {
            let token = try await practice.issueToken(account)
            // The account is ours and known: no sign-in over the network is needed.
            let known = Connecting.Account(
                server: "practice", accountID: "\(account.id)",
                handle: "\(account.handle)@practice", displayName: account.name,
                credentials: Credentials(accessToken: token))
            let connecting = Connecting(method: .appPassword, signIn: { _, _, _ in known })
            let desk = ChannelDesk(
                database: database, events: EventLog(queue: floor.queue),
                surroundings: floor.surroundings,
                connectors: Connectors([Connector(network: .practice, connecting: connecting)]),
                box: floor.box)
            channels.append(
                try await desk.connectPractice(
                    named: account.handle, zone: zone, in: workspace, by: principal
                ).id)
        }
        let posts = past.posts.map { id in
            (id: id, url: "\(base)/posts/\(id)")
        }
        return DemoTimeline.Place(channels: channels, posts: posts)
    }
}
