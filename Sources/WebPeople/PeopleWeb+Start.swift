import Channels
import Kernel
import Networks
import People
import Web

extension PeopleWeb {
    struct StartPage: Sendable {
        struct Done: Sendable {
            let title: String
        }

        let root: String
        let name: String
        let step: Int
        let steps: Int
        let isDone: Bool
        let connected: [Done]
        let canPractice: Bool
        let canBluesky: Bool
        let canMastodon: Bool
        let at: String
        let zone: String
    }

    var startRoutes: [Route] {
        let goal = Endpoint(
            .post, "\(Self.base)/start/goal", id: "startWithGoal",
            "Keeps one sentence as the first business goal.", tag: "People",
            access: .workspace(.editStrategy)
        ) { (call: Call<GoalInput>) in
            try await first.goal(call.input.sentence, call.workspace, call.principal)
            return Nothing()
        }
        let post = Endpoint(
            .post, "\(Self.base)/start/post", id: "startWithPost",
            "Writes the first post and schedules it on all connected channels.", tag: "People",
            access: .workspace(.publish)
        ) { (call: Call<FirstPostInput>) in
            let input = FirstSteps.Post(text: call.input.text, at: call.input.at)
            let kept = try await first.post(input, call.workspace, call.principal)
            return FirstPostView(page: kept.page, problem: kept.problem)
        }
        return [
            goal.route, post.route,
            goal.action("/w/{workspace}/start/goal") { _, request in
                .redirect(to: "\(Self.root(request))/start/post")
            },
            post.action("/w/{workspace}/start/post") { made, _ in
                .redirect(to: made.page).toast(
                    made.problem.map { "Kept as a draft. \($0)" }
                        ?? "Your first post is scheduled.")
            },
            startPage("channel", .manageChannels, 2, "people/start-channel"),
            startPage("goal", .editStrategy, 3, "people/start-goal"),
            startPage("post", .publish, 4, "people/start-post"),
        ]
    }

    private func startPage(
        _ name: String, _ permission: Permission, _ step: Int, _ template: String
    ) -> Route {
        .page("/w/{workspace}/start/\(name)", .workspace(permission)) { request in
            let known = try await channels.channels(in: request.workspace.workspace)
            let connected = known.filter { $0.connection == .connected }
            let can = { (network: Network) in channels.connectors[network]?.connecting != nil }
            // The next full hour that leaves time to read what one wrote.
            let soon = request.workspace.zone.localTime(request.now + .minutes(75))
            let hour = LocalTime(date: soon.date, hour: soon.hour, minute: 0) ?? soon
            let page = StartPage(
                root: Self.root(request), name: request.workspace.workspaceName, step: step,
                steps: 4, isDone: !connected.isEmpty,
                connected: connected.map { .init(title: "\($0.name) on \($0.network.name)") },
                canPractice: can(.practice) && !connected.contains { $0.network == .practice },
                canBluesky: can(.bluesky), canMastodon: can(.mastodon), at: hour.description,
                zone: request.workspace.zone.name)
            return try await frame.page(
                template, page, title: "First steps", section: .home, for: request)
        }
    }
}
