import Kernel
import People
import Planning
import Strategy
import Web

extension PlanWeb {
    var planRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/plan", id: "readPlan",
            "The next twelve months: initiatives, items, gaps and peaks.", tag: Self.tag,
            access: .workspace(.view),
            query: [
                QueryParameter(
                    "from",
                    .integer(minimum: -120, maximum: 120, description: "Months from this one."))
            ]
        ) { (call: Call<Nothing>) in
            PlanAnswer(
                try await desk.plan(
                    in: call.workspace.workspace, today: today(call.request),
                    offset: Self.offset(call.request)))
        }
        return [read.route]
    }

    static func offset(_ request: WebRequest) -> Int {
        min(120, max(-120, request.query["from"].flatMap { Int($0) } ?? 0))
    }

    static func filter(_ request: WebRequest) -> ItemFilter {
        ItemFilter(
            initiative: request.query["initiative"].flatMap { InitiativeID($0) },
            month: request.query["month"].flatMap { CivilMonth($0) },
            state: request.query["state"].flatMap { PlanItem.State(rawValue: $0) },
            text: request.query["q"].flatMap { $0.isEmpty ? nil : $0 })
    }

    var itemRoutes: [Route] { itemReadRoutes + itemWriteRoutes + itemMoveRoutes }

    private var itemReadRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/items", id: "listItems", "The plan's items, by month.",
            tag: Self.tag, access: .workspace(.view),
            query: QueryParameter.paging + [
                QueryParameter("initiative", .id()), QueryParameter("month", .month()),
                QueryParameter("state", .oneOf(PlanItem.State.self)),
                QueryParameter("q", .text("Words in the title.", max: 200)),
            ]
        ) { (call: Call<Nothing>) in
            Listing(
                try await desk.items(
                    Self.filter(call.request), page: try call.request.pageRequest(),
                    in: call.workspace.workspace
                ).map(ItemAnswer.init))
        }.guests(.query)
        let read = Endpoint(
            .get, "\(Self.base)/items/{item}", id: "readItem",
            "One item with its brief and its distribution actions.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            try await answer(call.request)
        }.guests(.subject)
        return [list.route, read.route]
    }

    func answer(_ request: WebRequest) async throws -> ItemDetailAnswer {
        ItemDetailAnswer(
            try await desk.item(
                try request.id("item", ItemTag.self), in: request.workspace.workspace))
    }

    private var itemWriteRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/items", id: "createItem",
            "Plans a piece of content: a title and a month are enough.", tag: Self.tag,
            access: .workspace(.editPlan)
        ) { (call: Call<ItemInput>) in
            let id = try await desk.addItem(
                call.input.draft(call), in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return PlanReference(id)
        }
        let change = Endpoint(
            .put, "\(Self.base)/items/{item}", id: "changeItem",
            "Changes what an item says; its brief, actions and posts stay.", tag: Self.tag,
            access: .workspace(.editPlan)
        ) { (call: Call<ItemInput>) in
            try await desk.changeItem(
                try call.id("item", ItemTag.self), to: call.input.draft(call),
                in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return try await answer(call.request)
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/items/{item}", id: "removeItem",
            "Removes an item that nothing was written for.", tag: Self.tag,
            access: .workspace(.editPlan)
        ) { (call: Call<Nothing>) in
            try await desk.removeItem(
                try call.id("item", ItemTag.self), in: call.workspace.workspace,
                by: call.principal)
            tell(call.request)
            return Nothing()
        }
        return [
            create.route, change.route, remove.route,
            create.action("/w/{workspace}/plan/items") { output, request in
                Reply.redirect(to: Self.path(request, "/items/\(output.id)")).toast(
                    "Planned. Its brief says what is still open.",
                    undo: Self.path(request, "/items/\(output.id)/removal"))
            },
            change.action("/w/{workspace}/plan/items/{item}", method: .put) { output, request in
                .redirect(to: Self.path(request, "/items/\(output.item.id)"))
            },
            remove.action("/w/{workspace}/plan/items/{item}", method: .delete) { _, request in
                Reply.redirect(to: Self.path(request)).toast("Removed from the plan.")
            },
            remove.action("/w/{workspace}/plan/items/{item}/removal") { _, request in
                .redirect(to: Self.path(request))
            },
        ]
    }

    private var itemMoveRoutes: [Route] {
        let moving = Endpoint(
            .put, "\(Self.base)/items/{item}/months/{month}", id: "moveItem",
            "Moves an item to a month: to its end, or before another item.", tag: Self.tag,
            access: .workspace(.editPlan),
            query: [
                QueryParameter(
                    "initiative",
                    .string(
                        maxLength: 36,
                        description: "The row; *none* for no initiative, left out to stay.")),
                QueryParameter("before", .id("The item to stand before.")),
            ]
        ) { (call: Call<Nothing>) in try await move(call) }
        let state = Endpoint(
            .put, "\(Self.base)/items/{item}/state", id: "setItemState",
            "Says how far an item is.", tag: Self.tag, access: .workspace(.editPlan)
        ) { (call: Call<ItemStateInput>) in
            try await desk.setState(
                call.input.state, of: try call.id("item", ItemTag.self),
                in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return try await answer(call.request)
        }
        let path = "/w/{workspace}/plan/items/{item}"
        return [
            moving.route, state.route,
            moving.action("\(path)/months/{month}", method: .put) { output, request in
                let undo = output.undo(Self.path(request, "/items/\(output.item)"))
                return try await grid(request).toast("Moved to \(output.month.name).", undo: undo)
            },
            moving.action("\(path)/months/{month}") { _, request in
                .redirect(to: Self.path(request))
            },
            state.action("\(path)/state", method: .put) { output, request in
                Reply.redirect(to: Self.path(request, "/items/\(output.item.id)"))
                    .toast("Now: \(output.item.state.name.lowercased()).")
            },
        ]
    }

    private func move(_ call: Call<Nothing>) async throws -> MoveAnswer {
        let workspace = call.workspace.workspace
        let id = try call.id("item", ItemTag.self)
        guard let month = call.request.parameters["month"].flatMap({ CivilMonth($0) }) else {
            throw Problem.notFound("month")
        }
        let current = try await desk.item(id, in: workspace).item
        let row = call.request.query["initiative"]
        let initiative = row == nil ? current.initiative : row.flatMap { InitiativeID($0) }
        let was = try await desk.moveItem(
            id,
            to: ItemPlace(
                month: month, initiative: initiative,
                before: call.request.query["before"].flatMap { ItemID($0) }),
            in: workspace, by: call.principal)
        tell(call.request)
        return MoveAnswer(
            item: id, month: month, previousMonth: was.month,
            previousInitiative: was.initiative, previousBefore: was.before)
    }
}

/// Where an item went and where it was, so that the move can be taken back.
struct MoveAnswer: APIValue {
    let item: ItemID
    let month: CivilMonth
    let previousMonth: CivilMonth
    let previousInitiative: InitiativeID?
    let previousBefore: ItemID?

    static let schema = Schema.object(
        "ItemMove",
        [
            .required("item", .id()), .required("month", .month()),
            .required("previousMonth", .month()), .optional("previousInitiative", .id()),
            .optional("previousBefore", .id()),
        ])

    func undo(_ path: String) -> String {
        "\(path)/months/\(previousMonth)?initiative=\(previousInitiative?.text ?? "none")"
            + (previousBefore.map { "&before=\($0)" } ?? "")
    }
}
