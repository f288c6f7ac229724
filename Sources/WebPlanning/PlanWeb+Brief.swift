import Kernel
import People
import Planning
import Web

extension PlanWeb {
    var briefRoutes: [Route] {
        let keep = Endpoint(
            .put, "\(Self.base)/items/{item}/brief", id: "keepBrief",
            "Answers what, when, how, to whom and why; what is left out is prefilled.",
            tag: Self.tag, access: .workspace(.editPlan)
        ) { (call: Call<BriefInput>) in
            let input = call.input
            try await desk.keepBrief(
                BriefDraft(
                    what: input.what, when: input.when, how: input.how, toWhom: input.toWhom,
                    why: input.why),
                of: try call.id("item", ItemTag.self), in: call.workspace.workspace,
                by: call.principal)
            tell(call.request)
            return try await answer(call.request)
        }
        return [
            keep.route,
            keep.action("/w/{workspace}/plan/items/{item}/brief", method: .put) {
                output, request in
                let open = output.missing.map(\.word).joined(separator: ", ")
                return Reply.redirect(to: Self.path(request, "/items/\(output.item.id)")).toast(
                    open.isEmpty
                        ? "The brief is complete. Posts can be scheduled."
                        : "Saved. Still open: \(open).")
            },
        ]
    }

    var actionRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/items/{item}/actions", id: "createDistributionAction",
            "Adds something that gets the item seen.", tag: Self.tag,
            access: .workspace(.editPlan)
        ) { (call: Call<DistributionInput>) in
            let input = call.input
            return PlanReference(
                try await desk.addAction(
                    DistributionDraft(
                        kind: input.kind, title: input.title, owner: input.owner,
                        dueOn: input.dueOn),
                    to: try call.id("item", ItemTag.self), in: call.workspace.workspace,
                    by: call.principal))
        }
        let finish = completion(.put, "finishDistributionAction", "Ticks an action off.", true)
        let reopen = completion(.delete, "reopenDistributionAction", "Opens it again.", false)
        let remove = Endpoint(
            .delete, "\(Self.base)/items/{item}/actions/{action}",
            id: "removeDistributionAction", "Removes a distribution action.", tag: Self.tag,
            access: .workspace(.editPlan)
        ) { (call: Call<Nothing>) in
            try await desk.removeAction(
                try call.id("action", DistributionActionTag.self),
                in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/plan/items/{item}/actions"
        return [
            create.route, finish.route, reopen.route, remove.route,
            create.action(path) { _, request in try await actions(request) },
            finish.action("\(path)/{action}/completion", method: .put) { _, request in
                try await actions(request)
            },
            reopen.action("\(path)/{action}/completion", method: .delete) { _, request in
                try await actions(request)
            },
            remove.action("\(path)/{action}", method: .delete) { _, request in
                try await actions(request)
            },
        ]
    }

    private func completion(
        _ method: Method, _ id: String, _ summary: String, _ isDone: Bool
    ) -> Endpoint<Nothing, Nothing> {
        Endpoint(
            method, "\(Self.base)/items/{item}/actions/{action}/completion", id: id, summary,
            tag: Self.tag, access: .workspace(.editPlan)
        ) { (call: Call<Nothing>) in
            try await desk.finishAction(
                try call.id("action", DistributionActionTag.self), isDone,
                in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
    }

    var initiativeRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/initiatives", id: "listInitiatives",
            "Every sprint and marathon, the latest start first.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await desk.initiatives(in: call.workspace.workspace)
                    .map(InitiativeAnswer.init))
        }
        let read = Endpoint(
            .get, "\(Self.base)/initiatives/{initiative}", id: "readInitiative",
            "One initiative with its objectives and items.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            InitiativeDetailAnswer(
                try await desk.initiative(
                    try call.id("initiative", InitiativeTag.self),
                    in: call.workspace.workspace))
        }.guests(.subject)
        return [list.route, read.route] + initiativeWriteRoutes
    }

    private var initiativeWriteRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/initiatives", id: "createInitiative",
            "Plans a sprint or a marathon.", tag: Self.tag, access: .workspace(.editPlan)
        ) { (call: Call<InitiativeInput>) in
            let id = try await desk.addInitiative(
                try call.input.draft(call), currency: call.workspace.currency,
                in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return PlanReference(id)
        }
        let change = Endpoint(
            .put, "\(Self.base)/initiatives/{initiative}", id: "changeInitiative",
            "Changes what an initiative says; its items stay.", tag: Self.tag,
            access: .workspace(.editPlan)
        ) { (call: Call<InitiativeInput>) in
            let id = try call.id("initiative", InitiativeTag.self)
            try await desk.changeInitiative(
                id, to: try call.input.draft(call), in: call.workspace.workspace,
                by: call.principal)
            tell(call.request)
            return PlanReference(id)
        }
        let state = Endpoint(
            .put, "\(Self.base)/initiatives/{initiative}/state", id: "setInitiativeState",
            "Says how far an initiative is.", tag: Self.tag, access: .workspace(.editPlan)
        ) { (call: Call<InitiativeStateInput>) in
            let id = try call.id("initiative", InitiativeTag.self)
            try await desk.setState(
                call.input.state, of: id, in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return PlanReference(id)
        }
        let path = "/w/{workspace}/plan/initiatives"
        let open: @Sendable (PlanReference, WebRequest) -> Reply = { output, request in
            .redirect(to: Self.path(request, "/initiatives/\(output.id)"))
        }
        return [
            create.route, change.route, state.route,
            create.action(path) { output, request in open(output, request) },
            change.action("\(path)/{initiative}", method: .put) { output, request in
                open(output, request)
            },
            state.action("\(path)/{initiative}/state", method: .put) { output, request in
                open(output, request)
            },
        ]
    }
}
