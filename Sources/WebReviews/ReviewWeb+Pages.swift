import Jobs
import Kernel
import People
import Planning
import Reviews
import Strategy
import Web

extension ReviewWeb {
    var pages: [Route] {
        [
            .page("/w/{workspace}/reviews", .workspace(.view)) { request in
                try await listPage(request)
            },
            .page("/w/{workspace}/reviews/table.csv", .workspace(.view)) { request in
                try await listFile(request)
            },
            .page("/w/{workspace}/reviews/{review}", .workspace(.view)) { request in
                let view = try await view(request)
                let page = ReviewPageView(
                    trail: Trail([
                        .init("Reviews", "All", href: Self.path(request, "/reviews")),
                        .init("Review", view.title),
                    ]), bodyPart: try frame.part("reviews/body", view))
                return try await frame.page(
                    "reviews/review", page, title: view.title, section: .reviews, for: request)
            },
            .page("/w/{workspace}/reviews/{review}/body", .workspace(.view)) { request in
                try await body(request)
            },
            .page("/w/{workspace}/reviews/{review}/forms/{form}", .workspace(.review)) {
                request in
                try frame.form(try await form(request))
            },
            .page("/w/{workspace}/library", .workspace(.view)) { request in
                try await libraryPage(request)
            },
            .page("/w/{workspace}/library/forms/lesson", .workspace(.review)) { request in
                try frame.form(try await lessonForm(request))
            },
            .page("/w/{workspace}/library/lessons/{lesson}", .workspace(.view)) { request in
                try await lessonPage(request)
            },
        ]
    }

    private func view(_ request: WebRequest) async throws -> ReviewBodyView {
        let workspace = request.workspace.workspace
        let detail = try await desk.review(
            try request.id("review", ReviewTag.self), in: workspace)
        return ReviewBodyView(
            detail, try await desk.directory(of: workspace), root: Self.path(request, ""),
            zone: request.workspace.zone, today: today(request),
            canReview: Access.allows(.review, request),
            activity: try await desk.activity(of: detail.review.subject, in: workspace).map {
                ActivityEntry(
                    at: $0.at, zone: request.workspace.zone, summary: $0.summary,
                    who: $0.principalName)
            })
    }

    /// The agenda again, after a change.
    func body(_ request: WebRequest) async throws -> Reply {
        try frame.fragment("reviews/body", try await view(request))
    }

    private func listPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let view = ReviewListView(
            try await desk.reviews(
                try Self.reviewFilter(request), page: try request.pageRequest(), in: workspace),
            bar: Self.bar(request),
            decisions: try await desk.openDecisions(in: workspace),
            cycles: try await desk.cycles(in: workspace),
            try await desk.directory(of: workspace), root: Self.path(request, ""),
            today: today(request), canReview: Access.allows(.review, request))
        return try await frame.page(
            "reviews/list", view, title: "Reviews", section: .reviews, for: request)
    }

    private static func bar(_ request: WebRequest) -> ListBar {
        ListBar(
            request, at: path(request, "/reviews"), label: "Filter reviews",
            search: "Words in summary and findings",
            selects: [
                ListBar.Select(
                    "cadence", "Looks back on", all: "Any time",
                    ReviewCadence.allCases.map { ($0.rawValue, "A " + $0.name.lowercased()) },
                    request),
                ListBar.Select(
                    "state", "State", all: "Any state",
                    Review.State.allCases.map { ($0.rawValue, $0.chip.text) }, request),
                ListBar.Select(
                    "sort", "Order", ReviewOrder.allCases.map { ($0.rawValue, $0.name) }, request),
            ])
    }

    static func reviewFilter(_ request: WebRequest) throws -> ReviewFilter {
        func choice<Value: RawRepresentable<String>>(_ name: String) throws -> Value? {
            guard let text = request.query[name], !text.isEmpty else { return nil }
            guard let value = Value(rawValue: text) else {
                throw Problem.invalid(name, "Choose one of the values that the page offers.")
            }
            return value
        }
        let order: ReviewOrder? = try choice("sort")
        return ReviewFilter(
            text: String((request.query["q"] ?? "").prefix(200)), cadence: try choice("cadence"),
            state: try choice("state"), isOldestFirst: order == .oldest)
    }

    private func listFile(_ request: WebRequest) async throws -> Reply {
        let filter = try Self.reviewFilter(request)
        let workspace = request.workspace.workspace
        return try await CSVFile.reply(
            "reviews", ["review", "from", "to", "state", "summary", "finished by"],
            pages: { try await desk.reviews(filter, page: $0, in: workspace) },
            row: { review in
                [
                    review.title, review.period.startsOn.description,
                    review.period.endsOn.description, review.state.chip.text, review.summary,
                    review.finishedBy ?? "",
                ]
            })
    }

    private func libraryPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let filter = Self.lessonFilter(request)
        let view = LibraryView(
            try await desk.lessons(filter, page: try request.pageRequest(), in: workspace),
            filter, tags: try await desk.lessonTags(in: workspace),
            try await desk.directory(of: workspace), root: Self.path(request, ""),
            canReview: Access.allows(.review, request))
        return try await frame.page(
            "reviews/library", view, title: "Library", section: .library, for: request)
    }

    private func lessonPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace.workspace
        let lesson = try await desk.lesson(
            try request.id("lesson", LessonTag.self), in: workspace)
        let view = LessonPageView(
            lesson, try await desk.directory(of: workspace), root: Self.path(request, ""),
            zone: request.workspace.zone, canReview: Access.allows(.review, request),
            activity: try await desk.activity(of: lesson.subject, in: workspace).map {
                ActivityEntry(
                    at: $0.at, zone: request.workspace.zone, summary: $0.summary,
                    who: $0.principalName)
            })
        return try await frame.page(
            "reviews/lesson", view, title: "Lesson", section: .library, for: request)
    }
}

/// By what reviews are ordered.
enum ReviewOrder: String, CaseIterable {
    case newest
    case oldest

    var name: String { self == .newest ? "Latest first" : "Oldest first" }
}

// MARK: - Forms

extension ReviewWeb {
    private func form(_ request: WebRequest) async throws -> InlineForm {
        let workspace = request.workspace.workspace
        let detail = try await desk.review(
            try request.id("review", ReviewTag.self), in: workspace)
        let path = Self.path(request, "/reviews/\(detail.review.id)")
        switch request.parameters["form"] {
        case "worked", "did-not", "surprise": return findingForm(request, path)
        case "decision":
            let directory = try await desk.directory(of: workspace)
            return InlineForm(
                id: "form-decision", title: "A decision", .post, "\(path)/decisions",
                submit: "Record the decision", cancel: "\(path)/body", target: "#review-body",
                fields: [
                    .line("what", "What shall be done?"),
                    .select(
                        "owner", "By whom?",
                        directory.members.map {
                            Choice(
                                $0.id.text, $0.name, selected: $0.id == request.workspace.member)
                        }),
                    .short(
                        "dueOn", "By when?", today(request).adding(days: 14).description,
                        type: "date"),
                    .area("why", "Why?"),
                ], hidden: [.init("review", detail.review.id.text)])
        case "lesson": return try await lessonForm(request, detail)
        case "finish":
            return InlineForm(
                id: "form-finish", title: "Finish this review", .put, "\(path)/minute",
                submit: "Finish: the minute stands", cancel: "\(path)/body",
                target: "#review-body",
                fields: [
                    .area(
                        "summary", "The one sentence somebody busy should read",
                        detail.review.summary,
                        hint: "The film brought orders; the giveaway brought followers only.")
                ])
        default: throw Problem.notFound("form")
        }
    }

    private func findingForm(_ request: WebRequest, _ path: String) -> InlineForm {
        let (kind, title): (Finding.Kind, String) =
            switch request.parameters["form"] {
            case "worked": (.worked, "What worked?")
            case "did-not": (.didNot, "What did not work?")
            default: (.surprise, "What surprised us?")
            }
        return InlineForm(
            id: "form-finding", title: nil, .post, "\(path)/findings", submit: "Write it down",
            cancel: "\(path)/body", target: "#review-body",
            fields: [.line("what", title), .area("why", "Why was it so?")],
            hidden: [.init("kind", kind.rawValue)])
    }

    private func lessonForm(
        _ request: WebRequest, _ detail: ReviewDetail
    ) async throws -> InlineForm {
        let path = Self.path(request, "/reviews/\(detail.review.id)")
        let figures = detail.review.figures
        var seen: Set<String> = []
        let lines = (figures.said + figures.happened + figures.surprises).compactMap { line in
            line.subject.flatMap { seen.insert($0).inserted ? Choice($0, line.label) : nil }
        }
        return InlineForm(
            id: "form-lesson", title: "A lesson", .post, "\(path)/lessons",
            submit: "Keep the lesson", cancel: "\(path)/body", target: "#review-body",
            fields: lessonFields(nil, try await desk.directory(of: request.workspace.workspace))
                + (lines.isEmpty
                    ? [] : [.boxes("evidence", "What shows it?", Array(lines.prefix(12)))]),
            hidden: [.init("review", detail.review.id.text)])
    }

    private func lessonForm(_ request: WebRequest) async throws -> InlineForm {
        let workspace = request.workspace.workspace
        var lesson: Lesson?
        if let id = request.query["id"].flatMap({ LessonID($0) }) {
            lesson = try await desk.lesson(id, in: workspace)
        }
        let path = Self.path(request, "/library/lessons")
        let own = lesson?.evidence ?? []
        let offers = try await desk.evidenceOffers(in: workspace).filter { offer in
            !own.contains { $0.subject == offer.subject }
        }
        let evidence =
            own.map { Choice($0.subject, $0.label, selected: true) }
            + offers.map { Choice($0.subject, $0.label) }
        return InlineForm(
            id: "form-lesson", title: "A lesson", lesson == nil ? .post : .put,
            path + (lesson.map { "/\($0.id)" } ?? ""),
            submit: lesson == nil ? "Keep the lesson" : "Save the lesson", cancel: nil,
            target: "#lesson-place",
            fields: lessonFields(lesson, try await desk.directory(of: workspace))
                + (evidence.isEmpty ? [] : [.boxes("evidence", "What shows it?", evidence)]),
            removal: lesson.map {
                .init(
                    "Retire it", question: "Retire “\($0.statement)”? It can come back.",
                    yes: "Retire it", path: "\(path)/\($0.id)/retirement", method: .put)
            })
    }

    private func lessonFields(
        _ lesson: Lesson?, _ directory: Directory
    ) -> [InlineForm.Field] {
        [
            .line(
                "statement", "What is so?", lesson?.statement ?? "",
                hint: "Giveaways bring followers who do not buy."),
            .area("advice", "What to do about it?", lesson?.advice ?? ""),
            .line(
                "tags", "Tags", lesson?.tags.joined(separator: ", ") ?? "",
                hint: "It appears beside items with one of these words: giveaway, film.",
                isRequired: false),
            .select(
                "channel", "It holds on",
                [Choice("", "Every channel")]
                    + directory.channels.map {
                        Choice($0.id.text, $0.title, selected: $0.id == lesson?.channel)
                    }),
            .select(
                "initiativeKind", "and for",
                [Choice("", "Sprints and marathons")]
                    + Initiative.Kind.allCases.map {
                        Choice(
                            $0.rawValue, $0.name + "s", selected: $0 == lesson?.initiativeKind)
                    }),
        ]
    }
}
