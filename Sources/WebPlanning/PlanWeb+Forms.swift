import Kernel
import People
import Planning
import Strategy
import Web

extension PlanWeb {
    /// The form behind one *Edit* or *Add* of the plan.
    func form(_ request: WebRequest) async throws -> InlineForm {
        switch request.parameters["form"] {
        case "new-item": return newItemForm(request)
        case "item": return try await itemForm(request)
        case "brief": return try await briefForm(request)
        case "action": return try await actionForm(request)
        case "initiative": return try await initiativeForm(request)
        default: throw Problem.notFound("form")
        }
    }

    private func newItemForm(_ request: WebRequest) -> InlineForm {
        let month =
            request.query["month"].flatMap { CivilMonth($0) } ?? today(request).civilMonth
        let initiative = request.query["initiative"].flatMap { InitiativeID($0) }
        return InlineForm(
            id: "form-new-item", title: "A new piece for \(month.name)", .post,
            Self.path(request, "/items"), submit: "Plan it", cancel: nil,
            target: "#plan-grid",
            fields: [
                .line("title", "What is it?", hint: "A film of the roastery, a customer's story."),
                .short("month", "Month", month.description, type: "month"),
            ], hidden: initiative.map { [.init("initiative", $0.text)] } ?? [])
    }

    private func found(_ request: WebRequest) async throws -> ItemDetail {
        guard let id = request.query["id"].flatMap({ ItemID($0) }) else {
            throw PlanError.noSuchItem
        }
        return try await desk.item(id, in: request.workspace.workspace)
    }

    private func itemForm(_ request: WebRequest) async throws -> InlineForm {
        let workspace = request.workspace.workspace
        let detail = try await found(request)
        let item = detail.item
        let directory = try await desk.directory(of: workspace)
        let objectives = try await desk.objectives(in: workspace)
        let initiatives = try await desk.initiatives(in: workspace)
        let path = Self.path(request, "/items/\(item.id)")
        return InlineForm(
            id: "form-item", title: "The item", .put, path, submit: "Save the item", cancel: nil,
            target: "closest .edit-place",
            fields: [
                .line("title", "What is it?", item.title),
                .short("month", "Month", item.month.description, type: "month"),
                .select(
                    "owner", "Made by",
                    directory.members.map {
                        Choice($0.id.text, $0.name, selected: $0.id == item.owner)
                    }),
                .select(
                    "initiative", "Initiative",
                    [Choice("", "None")]
                        + initiatives.map {
                            Choice($0.id.text, $0.title, selected: $0.id == item.initiative)
                        }),
                .select(
                    "primaryObjective", "Its money goes to",
                    [Choice("", "The initiative's objective")]
                        + objectives.map {
                            Choice($0.id.text, $0.title, selected: $0.id == item.primaryObjective)
                        }, hint: "One objective, so that no euro counts twice."),
                .boxes(
                    "channels", "Channels",
                    directory.channels.map {
                        Choice($0.id.text, $0.title, selected: detail.channels.contains($0.id))
                    }),
                .line(
                    "tags", "Tags", detail.tags.joined(separator: ", "),
                    hint: "Lessons with the same tags appear beside it.", isRequired: false),
                .area("note", "Note", item.note),
            ],
            removal: .init(
                "Remove from the plan", question: "Remove “\(item.title)” from the plan?",
                yes: "Remove it", path: path))
    }

    private func briefForm(_ request: WebRequest) async throws -> InlineForm {
        let detail = try await found(request)
        return InlineForm(
            id: "form-brief", title: "The brief", .put,
            Self.path(request, "/items/\(detail.item.id)/brief"), submit: "Save the brief",
            cancel: nil, target: "closest .edit-place",
            fields: Brief.Part.allCases.map { part in
                let answer = detail.brief[part]
                let hint = answer?.origin.note.map { note in
                    "Prefilled \(note). Leave it as it is and it follows when that changes."
                }
                return .area(part.rawValue, part.question, answer?.text ?? "", hint: hint)
            })
    }

    private func actionForm(_ request: WebRequest) async throws -> InlineForm {
        let detail = try await found(request)
        let directory = try await desk.directory(of: request.workspace.workspace)
        let path = Self.path(request, "/items/\(detail.item.id)/actions")
        return InlineForm(
            id: "form-action", title: "What gets it seen", .post, path, submit: "Add it",
            cancel: path, target: "#actions",
            fields: [
                .line("title", "What is done?", hint: "Ask the baristas to share it."),
                .select(
                    "kind", "Kind",
                    DistributionAction.Kind.allCases.map { Choice($0.rawValue, $0.name) }),
                .select(
                    "owner", "Who",
                    [Choice("", "Nobody yet")]
                        + directory.members.map {
                            Choice($0.id.text, $0.name, selected: $0.id == detail.item.owner)
                        }),
                .short("dueOn", "By", type: "date", isRequired: false),
            ])
    }

    private func initiativeForm(_ request: WebRequest) async throws -> InlineForm {
        let workspace = request.workspace.workspace
        var detail: InitiativeDetail?
        if let id = request.query["id"].flatMap({ InitiativeID($0) }) {
            detail = try await desk.initiative(id, in: workspace)
        }
        let path = Self.path(request, "/initiatives")
        return InlineForm(
            id: "form-initiative",
            title: detail == nil ? "A new initiative" : "The initiative",
            detail == nil ? .post : .put,
            path + (detail.map { "/\($0.initiative.id)" } ?? ""),
            submit: detail == nil ? "Plan the initiative" : "Save the initiative",
            cancel: nil,
            target: detail == nil ? "#plan-grid" : "closest .edit-place",
            fields: initiativeFields(
                detail, try await desk.directory(of: workspace),
                try await desk.objectives(in: workspace), request))
    }

    private func initiativeFields(
        _ detail: InitiativeDetail?, _ directory: Directory, _ objectives: [Objective],
        _ request: WebRequest
    ) -> [InlineForm.Field] {
        let initiative = detail?.initiative
        let owner = initiative?.owner ?? request.workspace.member
        let others = Set(detail?.others.map(\.id) ?? [])
        let currency = request.workspace.currency
        return [
            .line("title", "What is it called?", initiative?.title ?? ""),
            .select(
                "kind", "It is a",
                Initiative.Kind.allCases.map {
                    Choice($0.rawValue, $0.name, selected: $0 == initiative?.kind)
                },
                hint: "A sprint is loud and has an end; a marathon builds trust over months."),
            .short(
                "startsOn", "From", (initiative?.startsOn ?? today(request)).description,
                type: "date"),
            .short(
                "endsOn", "to", initiative?.endsOn?.description ?? "", type: "date",
                hint: "A marathon may go on.", isRequired: false),
            .select(
                "primaryObjective", "Its money goes to",
                [Choice("", "No objective yet")]
                    + objectives.map {
                        Choice($0.id.text, $0.title, selected: $0.id == detail?.primary?.id)
                    }),
            .short(
                "budget", "Budget (\(currency.code))", initiative?.budget?.decimal ?? "",
                isRequired: false),
            .select(
                "owner", "Who answers for it",
                directory.members.map { Choice($0.id.text, $0.name, selected: $0.id == owner) }),
            .area("purpose", "What it shall bring about", initiative?.purpose ?? ""),
        ]
            + (objectives.count < 2
                ? []
                : [
                    .boxes(
                        "otherObjectives", "It also helps",
                        objectives.map {
                            Choice($0.id.text, $0.title, selected: others.contains($0.id))
                        }, hint: nil)
                ])
    }
}
