import Channels
import Kernel
import People
package import Strategy
package import Web

/// The strategy's pages and API.
package struct StrategyWeb: Sendable {
    let desk: StrategyDesk
    let frame: Frame
    let serving: @Sendable (ObjectiveID, Membership) async throws -> [Serving]

    /// Creates the module; `serving` finds what the plan does for an objective.
    package init(
        desk: StrategyDesk, frame: Frame,
        serving: @escaping @Sendable (ObjectiveID, Membership) async throws -> [Serving] = {
            _, _ in []
        }
    ) {
        self.desk = desk
        self.frame = frame
        self.serving = serving
    }

    /// Every route of strategy.
    package var routes: [Route] {
        pages + goalRoutes + objectiveRoutes + statementRoutes + charterRoutes + moneyRoutes
    }

    /// Today in the workspace of a request.
    func today(_ request: WebRequest) -> CivilDate {
        CivilDate(request.now, in: request.workspace.zone)
    }

    static let base = "/workspaces/{workspace}"
    static let tag = "Strategy"
}

// MARK: - Goals

extension StrategyWeb {
    var goalRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/strategy", id: "readStrategy",
            "The whole strategy with the status of each objective.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            StrategyAnswer(
                try await desk.book(in: call.workspace.workspace, today: today(call.request)))
        }
        let create = Endpoint(
            .post, "\(Self.base)/business-goals", id: "createBusinessGoal",
            "Adds a business goal.", tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<BusinessGoalInput>) in
            StrategyReference(
                try await desk.addGoal(
                    call.input.draft, in: call.workspace.workspace, by: call.principal))
        }
        let change = Endpoint(
            .put, "\(Self.base)/business-goals/{goal}", id: "changeBusinessGoal",
            "Says a business goal in other words.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<BusinessGoalInput>) in
            let id = try call.id("goal", BusinessGoalTag.self)
            try await desk.changeGoal(
                id, to: call.input.draft, in: call.workspace.workspace, by: call.principal)
            return StrategyReference(id)
        }
        return [
            read.route, create.route, change.route,
            create.action("/w/{workspace}/strategy/goals", then: part(.goals)),
            change.action(
                "/w/{workspace}/strategy/goals/{goal}", method: .put, then: part(.goals)),
        ] + goalClosureRoutes
    }

    private var goalClosureRoutes: [Route] {
        let close = Endpoint(
            .put, "\(Self.base)/business-goals/{goal}/closure", id: "closeBusinessGoal",
            "Closes a goal that no open objective hangs from.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await setClosed(call, true)
        }
        let reopen = Endpoint(
            .delete, "\(Self.base)/business-goals/{goal}/closure", id: "reopenBusinessGoal",
            "Brings a closed goal back.", tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await setClosed(call, false)
        }
        return [
            close.route, reopen.route,
            close.action("/w/{workspace}/strategy/goals/{goal}/closure") { _, request in
                let id = try request.id("goal", BusinessGoalTag.self)
                return try await part(.goals, request)
                    .toast("Goal closed.", undo: Self.path(request, "/goals/\(id)/reopening"))
            },
            reopen.action("/w/{workspace}/strategy/goals/{goal}/reopening", then: part(.goals)),
        ]
    }

    private func setClosed(_ call: Call<Nothing>, _ isClosed: Bool) async throws -> Nothing {
        try await desk.archiveGoal(
            try call.id("goal", BusinessGoalTag.self), isClosed, in: call.workspace.workspace,
            by: call.principal)
        return Nothing()
    }

    static func path(_ request: WebRequest, _ rest: String) -> String {
        "/w/\(request.workspace.slug)/strategy\(rest)"
    }
}
