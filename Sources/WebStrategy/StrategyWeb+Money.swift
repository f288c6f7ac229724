import Kernel
import People
import Strategy
import Web

extension StrategyWeb {
    var moneyRoutes: [Route] { periodRoutes + lineRoutes + marginRoutes }

    private var periodRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/budget-periods", id: "createBudgetPeriod",
            "Opens a budget in the workspace's currency; periods do not overlap.",
            tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<BudgetPeriodInput>) in
            StrategyReference(
                try await desk.addPeriod(
                    call.input.draft(call.workspace.currency), in: call.workspace.workspace,
                    by: call.principal))
        }
        let change = Endpoint(
            .put, "\(Self.base)/budget-periods/{period}", id: "changeBudgetPeriod",
            "Changes the days or the required return of a budget.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<BudgetPeriodInput>) in
            let id = try call.id("period", BudgetPeriodTag.self)
            try await desk.changePeriod(
                id, to: call.input.draft(call.workspace.currency),
                in: call.workspace.workspace, by: call.principal)
            return StrategyReference(id)
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/budget-periods/{period}", id: "removeBudgetPeriod",
            "Removes a budget and its lines.", tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await desk.removePeriod(
                try call.id("period", BudgetPeriodTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/strategy/periods"
        return [
            create.route, change.route, remove.route,
            create.action(path, then: part(.money)),
            change.action("\(path)/{period}", method: .put, then: part(.money)),
            remove.action("\(path)/{period}", method: .delete, then: part(.money)),
        ]
    }

    private var lineRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/budget-periods/{period}/lines", id: "createBudgetLine",
            "Adds something the money goes to: hours at a cost, or an amount.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<BudgetLineInput>) in
            StrategyReference(
                try await desk.addLine(
                    try call.input.draft(call.workspace.currency),
                    to: try call.id("period", BudgetPeriodTag.self),
                    in: call.workspace.workspace, by: call.principal))
        }
        let change = Endpoint(
            .put, "\(Self.base)/budget-periods/{period}/lines/{line}", id: "changeBudgetLine",
            "Changes one line of a budget.", tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<BudgetLineInput>) in
            let id = try call.id("line", BudgetLineTag.self)
            try await desk.changeLine(
                id, to: try call.input.draft(call.workspace.currency),
                in: call.workspace.workspace, by: call.principal)
            return StrategyReference(id)
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/budget-periods/{period}/lines/{line}",
            id: "removeBudgetLine", "Removes one line of a budget.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await desk.removeLine(
                try call.id("line", BudgetLineTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/strategy/periods/{period}/lines"
        return [
            create.route, change.route, remove.route,
            create.action(path, then: part(.money)),
            change.action("\(path)/{line}", method: .put, then: part(.money)),
            remove.action("\(path)/{line}", method: .delete, then: part(.money)),
        ]
    }

    private var marginRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/margins", id: "stateMargin",
            "States the margin from a day on; a second one for the day replaces it.",
            tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<MarginInput>) in
            StrategyReference(
                try await desk.setMargin(
                    hundredthsOfPercent: Int((call.input.percent * 100).rounded()),
                    validFrom: call.input.validFrom ?? today(call.request),
                    because: call.input.because ?? "", in: call.workspace.workspace,
                    by: call.principal))
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/margins/{margin}", id: "removeMargin",
            "Removes a margin that was a mistake.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await desk.removeMargin(
                try call.id("margin", MarginTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/strategy/margins"
        return [
            create.route, remove.route,
            create.action(path, then: part(.money)),
            remove.action("\(path)/{margin}", method: .delete, then: part(.money)),
        ]
    }
}
