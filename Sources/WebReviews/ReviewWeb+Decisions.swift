import Kernel
import People
import Planning
import Reviews
import Web

extension ReviewWeb {
    var decisionRoutes: [Route] { decisionReadRoutes + decisionWriteRoutes }

    private var decisionReadRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/decisions", id: "listDecisions",
            "The decision log, the newest first.", tag: Self.tag, access: .workspace(.view),
            query: QueryParameter.paging
        ) { (call: Call<Nothing>) in
            Listing(
                try await desk.decisions(
                    page: try call.request.pageRequest(), in: call.workspace.workspace
                ).map(DecisionAnswer.init))
        }
        return [list.route]
    }

    private var decisionWriteRoutes: [Route] {
        let add = Endpoint(
            .post, "\(Self.base)/decisions", id: "createDecision",
            "Records a decision with its owner and day.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<DecisionInput>) in
            let input = call.input
            return ReviewReference(
                try await desk.addDecision(
                    DecisionDraft(
                        what: input.what, why: input.why ?? "",
                        owner: input.owner ?? call.workspace.member, dueOn: input.dueOn),
                    to: input.review, in: call.workspace.workspace, by: call.principal))
        }
        let settle = Endpoint(
            .put, "\(Self.base)/decisions/{decision}/state", id: "settleDecision",
            "Says what became of a decision.", tag: Self.tag, access: .workspace(.review)
        ) { (call: Call<DecisionStateInput>) in
            try await desk.settle(
                try call.id("decision", DecisionTag.self), as: call.input.state,
                in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        let plan = Endpoint(
            .put, "\(Self.base)/decisions/{decision}/item", id: "planDecision",
            "Lands a decision in the plan as an item.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<DecisionPlanInput>) in
            let item = try await desk.planDecision(
                try call.id("decision", DecisionTag.self), for: call.input.month,
                in: call.workspace.workspace, by: call.principal)
            live?.tell(call.workspace.workspace, "plan")
            return ReviewReference(item)
        }
        let path = "/w/{workspace}/reviews/decisions/{decision}"
        return [
            add.route, settle.route, plan.route,
            add.action("/w/{workspace}/reviews/{review}/decisions") { _, request in
                try await body(request)
            },
            settle.action("\(path)/state", method: .put) { _, request in
                Self.back(request).toast("Noted.")
            },
            plan.action("\(path)/item", method: .put) { output, request in
                Reply.redirect(to: Self.path(request, "/plan/items/\(output.id)"))
                    .toast("It is in the plan.")
            },
        ]
    }

    /// Where a decision was settled: its review when the page says so, else the list.
    private static func back(_ request: WebRequest) -> Reply {
        let review = request.query["review"].flatMap { ReviewID($0) }
        return .redirect(to: path(request, "/reviews" + (review.map { "/\($0)" } ?? "")))
    }

    var lessonRoutes: [Route] { lessonReadRoutes + lessonWriteRoutes + retirementRoutes }

    static func lessonFilter(_ request: WebRequest) -> LessonFilter {
        LessonFilter(
            text: request.query["q"].flatMap { $0.isEmpty ? nil : $0 },
            tag: request.query["tag"].flatMap { $0.isEmpty ? nil : $0 },
            includesRetired: request.query["retired"] == "true")
    }

    private var lessonReadRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/lessons", id: "listLessons", "Lessons, the newest first.",
            tag: Self.tag, access: .workspace(.view),
            query: QueryParameter.paging + [
                QueryParameter("q", .text("Words in it.", max: 200)),
                QueryParameter("tag", .string(maxLength: 40)),
                QueryParameter("retired", .boolean(description: "With those no longer true.")),
            ]
        ) { (call: Call<Nothing>) in
            Listing(
                try await desk.lessons(
                    Self.lessonFilter(call.request), page: try call.request.pageRequest(),
                    in: call.workspace.workspace
                ).map(LessonAnswer.init))
        }
        let read = Endpoint(
            .get, "\(Self.base)/lessons/{lesson}", id: "readLesson",
            "One lesson with its evidence and tags.", tag: Self.tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            LessonAnswer(
                try await desk.lesson(
                    try call.id("lesson", LessonTag.self), in: call.workspace.workspace))
        }
        let matching = Endpoint(
            .get, "\(Self.base)/items/{item}/lessons", id: "listItemLessons",
            "The lessons that apply to a plan item, the closest first.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await desk.lessons(
                    for: try call.id("item", ItemTag.self), in: call.workspace.workspace
                ).map {
                    LessonMatchAnswer(
                        lesson: LessonAnswer($0.lesson), score: $0.score, reasons: $0.reasons)
                })
        }
        return [list.route, read.route, matching.route]
    }

    private func draft(_ call: Call<LessonInput>) async throws -> LessonDraft {
        let input = call.input
        let subjects = input.evidence ?? []
        let labels = try await desk.labels(of: subjects, in: call.workspace.workspace)
        return LessonDraft(
            statement: input.statement, advice: input.advice ?? "",
            tags: Tag.list(input.tags ?? ""), channel: input.channel,
            initiativeKind: input.initiativeKind,
            evidence: subjects.filter { $0.contains(":") }.map { subject in
                let kind = subject.split(separator: ":").first.map(String.init) ?? subject
                return .init(subject: subject, label: labels[subject] ?? "A \(kind)")
            })
    }

    private var lessonWriteRoutes: [Route] {
        let add = Endpoint(
            .post, "\(Self.base)/lessons", id: "createLesson",
            "Keeps a lesson; it appears beside items that match.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<LessonInput>) in
            ReviewReference(
                try await desk.addLesson(
                    try await draft(call), from: call.input.review,
                    in: call.workspace.workspace, by: call.principal))
        }
        let change = Endpoint(
            .put, "\(Self.base)/lessons/{lesson}", id: "changeLesson",
            "Says a lesson in other words, or with other tags and evidence.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<LessonInput>) in
            let id = try call.id("lesson", LessonTag.self)
            try await desk.changeLesson(
                id, to: try await draft(call), in: call.workspace.workspace,
                by: call.principal)
            return ReviewReference(id)
        }
        return [
            add.route, change.route,
            add.action("/w/{workspace}/reviews/{review}/lessons") { _, request in
                try await body(request)
            },
            add.action("/w/{workspace}/library/lessons") { output, request in
                .redirect(to: Self.path(request, "/library/lessons/\(output.id)"))
            },
            change.action("/w/{workspace}/library/lessons/{lesson}", method: .put) {
                output, request in
                .redirect(to: Self.path(request, "/library/lessons/\(output.id)"))
            },
        ]
    }

    private var retirementRoutes: [Route] {
        let retire = retirement(.put, "retireLesson", "Retires what is no longer true.", true)
        let restore = retirement(.delete, "restoreLesson", "Brings a lesson back.", false)
        let path = "/w/{workspace}/library/lessons/{lesson}"
        return [
            retire.route, restore.route,
            retire.action("\(path)/retirement", method: .put) { _, request in
                let id = try request.id("lesson", LessonTag.self)
                return Reply.redirect(to: Self.path(request, "/library")).toast(
                    "Retired. It no longer appears beside items.",
                    undo: Self.path(request, "/library/lessons/\(id)/restoring"))
            },
            restore.action("\(path)/restoring") { _, request in
                let id = try request.id("lesson", LessonTag.self)
                return .redirect(to: Self.path(request, "/library/lessons/\(id)"))
            },
        ]
    }

    private func retirement(
        _ method: Method, _ id: String, _ summary: String, _ isRetired: Bool
    ) -> Endpoint<Nothing, Nothing> {
        Endpoint(
            method, "\(Self.base)/lessons/{lesson}/retirement", id: id, summary, tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<Nothing>) in
            try await desk.archiveLesson(
                try call.id("lesson", LessonTag.self), isRetired,
                in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
    }
}
