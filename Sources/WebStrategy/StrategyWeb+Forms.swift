import Channels
import Kernel
import People
import Strategy
import Web

extension StrategyWeb {
    /// The form behind one *Edit* or *Add* of the strategy page.
    func form(_ request: WebRequest) async throws -> InlineForm {
        let workspace = request.workspace.workspace
        let book = try await desk.book(in: workspace, today: today(request))
        let directory = try await desk.directory(of: workspace)
        let maker = StrategyForms(
            book: book, directory: directory, root: Self.path(request, ""),
            membership: request.workspace, id: request.query["id"],
            parent: request.query["parent"])
        switch request.parameters["form"] {
        case "goal": return try maker.goal()
        case "objective": return try maker.objective()
        case "period": return try maker.period()
        case "time", "cost": return try maker.line(isTime: request.parameters["form"] == "time")
        case "margin": return maker.margin()
        case "voice": return maker.voice()
        case "message": return try maker.message()
        case "feedback": return maker.feedback()
        case "focus": return maker.focus()
        case "charter": return try maker.charter()
        case "higher-returns": return maker.higherReturns()
        default: throw Problem.notFound("form")
        }
    }
}

/// Makes the strategy page's forms from what the strategy says now.
struct StrategyForms {
    let book: StrategyBook
    let directory: Directory
    let root: String
    let membership: Membership
    /// What is edited; nil for something new.
    let id: String?
    /// What something new belongs to.
    let parent: String?

    private func cancel(_ part: StrategyPart) -> String { "\(root)/parts/\(part.rawValue)" }

    private func form(
        _ name: String, _ part: StrategyPart, _ title: String, method: Method, path: String,
        submit: String, fields: [InlineForm.Field], hidden: [InlineForm.Hidden] = [],
        removal: InlineForm.Removal? = nil
    ) -> InlineForm {
        InlineForm(
            id: "form-\(name)", title: title, method, root + path, submit: submit,
            cancel: cancel(part), target: "closest .say", fields: fields, hidden: hidden,
            removal: removal)
    }

    func goal() throws -> InlineForm {
        let goal = try id.map { id in
            guard let found = book.goals.first(where: { $0.goal.id.text == id })?.goal else {
                throw StrategyError.noSuchGoal
            }
            return found
        }
        return form(
            "goal", .goals, goal == nil ? "A new business goal" : "The business goal",
            method: goal == nil ? .post : .put, path: "/goals" + (goal.map { "/\($0.id)" } ?? ""),
            submit: goal == nil ? "Add the goal" : "Save the goal",
            fields: [
                .line(
                    "title", "We want …", goal?.title ?? "",
                    hint: "As it goes on after “We want”: to sell 1,200 bags a month online."),
                .line("because", "because …", goal?.because ?? "", isRequired: false),
                .select(
                    "kind", "It is about",
                    BusinessGoal.Kind.allCases.map {
                        Choice($0.rawValue, $0.name, selected: $0 == goal?.kind)
                    }),
            ],
            removal: goal.map {
                .init(
                    "Close this goal", question: "Close the goal “\($0.title)”?",
                    yes: "Close it", path: "\(root)/goals/\($0.id)/closure", method: .put)
            })
    }

    func objective() throws -> InlineForm {
        let entry = try id.map { id in
            guard let found = book.objectives.first(where: { $0.objective.id.text == id }) else {
                throw StrategyError.noSuchObjective
            }
            return found.objective
        }
        guard let goal = entry?.businessGoal.text ?? parent else { throw StrategyError.noSuchGoal }
        return form(
            "objective", .goals, entry == nil ? "A new objective" : "The objective",
            method: entry == nil ? .post : .put,
            path: "/objectives" + (entry.map { "/\($0.id)" } ?? ""),
            submit: entry == nil ? "Add the objective" : "Save the objective",
            fields: objectiveFields(entry),
            hidden: [.init("businessGoal", goal)]
                + (entry.map { [.init("title", $0.title)] } ?? []),
            removal: entry.map {
                .init(
                    "Close this objective", question: "Close “\($0.title)”? Its history stays.",
                    yes: "Close it", path: "\(root)/objectives/\($0.id)/closure", method: .put)
            })
    }

    private func objectiveFields(_ objective: Objective?) -> [InlineForm.Field] {
        let owner = objective?.owner ?? membership.member
        let euro = ["EUR": "€", "USD": "$", "GBP": "£"][membership.currency.code]
        return [
            .line(
                "kpi", "We bring …", objective?.kpi ?? "",
                hint: "What is counted: orders from social, qualified leads, e-mail sign-ups."),
            .short(
                "baseline", "from", objective.map { Self.plain($0.baseline) } ?? "",
                type: "number"),
            .short("target", "to", objective.map { Self.plain($0.target) } ?? "", type: "number"),
            .short(
                "unit", "Unit", objective?.unit ?? "",
                hint: "orders, %, \(euro ?? membership.currency.code)", isRequired: false),
            .short(
                "startsOn", "since", (objective?.startsOn ?? book.today).description,
                type: "date"),
            .short("dueOn", "by", objective?.dueOn.description ?? "", type: "date"),
            .select(
                "owner", "Who answers for it",
                directory.members.map { Choice($0.id.text, $0.name, selected: $0.id == owner) }),
            .select(
                "source", "Its figures are",
                Objective.Source.allCases.map {
                    Choice($0.rawValue, $0.name, selected: $0 == objective?.source)
                }, hint: "Measured figures check in by themselves."),
        ]
    }

    func voice() -> InlineForm {
        form(
            "voice", .representation, "How we sound", method: .put, path: "/voice",
            submit: "Save how we sound",
            fields: [
                .area(
                    "sound", "We sound …", book.voice.sound,
                    hint: "Like a person you know: warm, plain and curious.", isRequired: true),
                .area("avoid", "We never …", book.voice.avoid),
            ])
    }

    func message() throws -> InlineForm {
        let message = try id.map { id in
            guard let found = book.messages.first(where: { $0.id.text == id }) else {
                throw StrategyError.noSuchMessage
            }
            return found
        }
        return form(
            "message", .representation, "A key message", method: message == nil ? .post : .put,
            path: "/messages" + (message.map { "/\($0.id)" } ?? ""),
            submit: message == nil ? "Add the message" : "Save the message",
            fields: [
                .line("message", "People should remember …", message?.message ?? ""),
                .line("proof", "What shows it", message?.proof ?? "", isRequired: false),
            ],
            removal: message.map {
                .init(
                    "Remove", question: "Remove “\($0.message)”?", yes: "Remove it",
                    path: "\(root)/messages/\($0.id)")
            })
    }

    func feedback() -> InlineForm {
        form(
            "feedback", .feedback, "How we handle feedback", method: .put, path: "/feedback",
            submit: "Save how we answer",
            fields: [
                .short(
                    "answerWithinHours", "We answer within (hours)",
                    book.voice.answerWithinHours.map(String.init) ?? "", type: "number",
                    isRequired: false),
                .area(
                    "how", "and then …", book.voice.feedback,
                    hint: "Who answers; what becomes of complaints, praise and ideas."),
            ])
    }

    func focus() -> InlineForm {
        form(
            "focus", .focus, "Which channels deserve focus", method: .put, path: "/focus",
            submit: "Save the focus",
            fields: [
                .area(
                    "text", "We focus there because …", book.voice.focus,
                    hint: "Few channels done well beat many. Say why these.", isRequired: true)
            ])
    }

    func higherReturns() -> InlineForm {
        form(
            "higher-returns", .higherReturns, "What would raise returns", method: .put,
            path: "/higher-returns", submit: "Save the answer",
            fields: [
                .area(
                    "text", "Returns would rise if …", book.voice.higherReturns,
                    hint: "One change worth trying, and what it would need.", isRequired: true)
            ])
    }

    func charter() throws -> InlineForm {
        guard let place = directory.channels.first(where: { $0.id.text == id }) else {
            throw StrategyError.noSuchChannel
        }
        let charter = book.charter(of: place.id)
        return form(
            "charter", .focus, "The charter of \(place.title)", method: .put,
            path: "/charters/\(place.id)", submit: "Save the charter",
            fields: [
                .select(
                    "role", "Here people …",
                    Charter.Role.allCases.map {
                        Choice($0.rawValue, $0.meaning, selected: $0 == charter?.role)
                    }),
                .short(
                    "postsPerWeek", "Posts a week",
                    charter.map { "\($0.postsPerWeek)" } ?? "3", type: "number"),
                .short(
                    "answerWithinHours", "Answer within (hours)",
                    (charter?.answerWithinHours ?? book.voice.answerWithinHours)
                        .map(String.init) ?? "", type: "number", isRequired: false),
                .short(
                    "requiredReturn", "Must return (% of cost)",
                    charter?.requiredReturn.map(String.init) ?? "", type: "number",
                    isRequired: false),
                .area("audience", "We talk to …", charter?.audience ?? ""),
                .area("voice", "We sound …", charter?.voice ?? book.voice.sound),
                .area("responsePolicy", "Replies are …", charter?.responsePolicy ?? ""),
                .area(
                    "difference", "What we do differently here", charter?.difference ?? ""),
            ],
            removal: charter.map { _ in
                .init(
                    "Remove the charter",
                    question: "Remove the charter of \(place.title)? The channel stays.",
                    yes: "Remove it", path: "\(root)/charters/\(place.id)")
            })
    }

    /// A number as an input shows it: `20`, `3.5`.
    static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15
            ? String(Int64(value)) : String(value)
    }
}

// MARK: - Money

extension StrategyForms {
    private func found(_ id: String?) throws -> StrategyBook.PeriodEntry? {
        try id.map { id in
            guard let entry = book.periods.first(where: { $0.period.id.text == id }) else {
                throw StrategyError.noSuchPeriod
            }
            return entry
        }
    }

    func period() throws -> InlineForm {
        let period = try found(id)?.period
        let quarter = book.today.civilMonth.adding(months: -((book.today.month - 1) % 3))
        return form(
            "period", .money, period == nil ? "A new budget" : "The budget",
            method: period == nil ? .post : .put,
            path: "/periods" + (period.map { "/\($0.id)" } ?? ""),
            submit: period == nil ? "Open the budget" : "Save the budget",
            fields: [
                .short(
                    "startsOn", "From", (period?.startsOn ?? quarter.firstDay).description,
                    type: "date"),
                .short(
                    "endsOn", "to",
                    (period?.endsOn ?? quarter.adding(months: 2).lastDay).description,
                    type: "date"),
                .short(
                    "requiredReturn", "It must return (% of cost)",
                    period?.requiredReturn.map(String.init) ?? "", type: "number",
                    hint: "150 brings back 1.50 for every 1 spent.", isRequired: false),
                .line("because", "because …", period?.because ?? "", isRequired: false),
            ],
            removal: period.map {
                .init(
                    "Remove this budget", question: "Remove this budget and its lines?",
                    yes: "Remove it", path: "\(root)/periods/\($0.id)")
            })
    }

    func line(isTime: Bool) throws -> InlineForm {
        guard let entry = try found(parent) else { throw StrategyError.noSuchPeriod }
        let line = try id.map { id in
            guard let found = entry.lines.first(where: { $0.id.text == id }) else {
                throw StrategyError.noSuchLine
            }
            return found
        }
        let currency = entry.period.currency
        let path = "/periods/\(entry.period.id)/lines" + (line.map { "/\($0.id)" } ?? "")
        return form(
            "line", .money, isTime ? "People's time" : "Something to pay for",
            method: line == nil ? .post : .put, path: path,
            submit: line == nil ? "Add to the budget" : "Save the line",
            fields: isTime ? timeFields(line, currency) : costFields(line, currency),
            hidden: isTime ? [.init("kind", BudgetLine.Kind.people.rawValue)] : [],
            removal: line.map {
                .init(
                    "Remove", question: "Take “\($0.title)” out of the budget?",
                    yes: "Take it out", path: "\(root)\(path)")
            })
    }

    private func timeFields(_ line: BudgetLine?, _ currency: Currency) -> [InlineForm.Field] {
        [
            .line("title", "Role or person", line?.title ?? "", hint: "Editor, designer, owner."),
            .short(
                "hours", "Hours in all",
                line?.minutes.map { Self.plain(Double($0) / 60) } ?? "", type: "number"),
            .short(
                "hourlyCost", "Cost of an hour (\(currency.code))",
                decimal(line?.hourlyRate, currency)),
            .select(
                "member", "Whose time",
                [Choice("", "Nobody in particular")]
                    + directory.members.map {
                        Choice($0.id.text, $0.name, selected: $0.id == line?.member)
                    }),
            channelField(line),
        ]
    }

    private func costFields(_ line: BudgetLine?, _ currency: Currency) -> [InlineForm.Field] {
        [
            .line("title", "What for", line?.title ?? ""),
            .select(
                "kind", "Kind",
                BudgetLine.Kind.allCases.filter { $0 != .people }.map {
                    Choice($0.rawValue, $0.name, selected: $0 == line?.kind)
                }),
            .short("amount", "Amount (\(currency.code))", decimal(line?.amount, currency)),
            channelField(line),
        ]
    }

    private func channelField(_ line: BudgetLine?) -> InlineForm.Field {
        .select(
            "channel", "For",
            [Choice("", "All channels")]
                + directory.channels.map {
                    Choice($0.id.text, $0.title, selected: $0.id == line?.channel)
                })
    }

    private func decimal(_ minorUnits: Int64?, _ currency: Currency) -> String {
        minorUnits.map { Money(minorUnits: $0, currency: currency).decimal } ?? ""
    }

    func margin() -> InlineForm {
        form(
            "margin", .money, "The margin", method: .post, path: "/margins",
            submit: "State the margin",
            fields: [
                .short(
                    "percent", "Left of revenue (%)",
                    book.currentMargin.map {
                        Self.plain(Double($0.hundredthsOfPercent) / 100)
                    } ?? "", type: "number", hint: "After the cost of goods, before marketing."),
                .short("validFrom", "From", book.today.description, type: "date"),
                .line("because", "Where the figure comes from", isRequired: false),
            ])
    }
}
