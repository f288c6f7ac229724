import Kernel
import Measurement
import People
import Strategy
import Web

/// One line of the list of orders.
private struct OrderLine: Sendable {
    let title: String
    let href: String
    let when: String
    let source: String
    let amount: String
    /// The part that the place asked for has of it.
    let credit: String?
    let chip: Chip?
}

/// Goals of the site that could not be recorded.
struct RefusedLine: Sendable {
    let title: String
    let detail: String
    let remedy: String
}

private struct OrdersView: Sendable {
    let root: String
    let currency: String
    let today: String
    let bar: ListBar
    let sentence: String?
    let orders: [OrderLine]
    let isEmpty: Bool
    let nothing: String
    let next: String?
    let canRecord: Bool
    let canRecompute: Bool
    let refused: [RefusedLine]
    let hasRefused: Bool
    let columns: String
}

private struct OrderView: Sendable {
    struct Touch: Sendable {
        let when: String
        let title: String
        let href: String?
        let channel: String
        let first: String
        let last: String
        let linear: String
    }

    let root: String
    let title: String
    let sentence: String
    let facts: [Fact]
    let touches: [Touch]
    let isEmpty: Bool
    let refunds: [OrderLine]
    let hasRefunds: Bool
}

/// A name and what it stands for.
struct Fact: Sendable {
    let name: String
    let value: String
}

private struct ImportView: Sendable {
    let message: String
    let root: String
}

extension ResultsWeb {
    var orderRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/orders", id: "listOrders",
            "Orders, leads and refunds; those that a post or a place in the line of sight has "
                + "credit of come with it.", tag: Self.tag, access: .workspace(.view),
            query: EvidenceQuestion.parameters + [
                EvidenceQuestion.whoParameter, QueryParameter("kind", .oneOf(OrderKind.self)),
                QueryParameter("source", .oneOf(Conversion.Source.self)),
                QueryParameter(
                    "credited", .oneOf(Answer.self, "Whether a tagged click stands before it.")),
            ]
        ) { (call: Call<Nothing>) in
            Listing<OrderAnswer>(
                try await results.orders(
                    try orderFilter(call.request), in: call.workspace.workspace,
                    try call.request.pageRequest()
                ).map(OrderAnswer.init))
        }
        let read = Endpoint(
            .get, "\(Self.base)/orders/{order}", id: "readOrder",
            "An order with the clicks before it and their credit.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            JourneyAnswer(
                try await results.conversion(
                    try call.id("order", ConversionTag.self), in: call.workspace.workspace))
        }
        return [
            list.route, read.route,
            .page("/w/{workspace}/results/orders", .workspace(.view)) { request in
                try await ordersPage(request)
            },
            .page("/w/{workspace}/results/orders/table.csv", .workspace(.view)) { request in
                try await ordersFile(request)
            },
            .page("/w/{workspace}/results/orders/{order}", .workspace(.view)) { request in
                try await orderPage(request)
            },
        ] + orderChanges
    }

    private var orderChanges: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/orders", id: "recordOrder",
            "Records an order, a lead or a refund; the same number counts once, whoever tells of it.",
            tag: Self.tag,
            access: .workspace(.recordResults)
        ) { (call: Call<OrderInput>) in
            let membership = call.workspace
            let recorded = try await conversions.record(
                try call.input.draft(call),
                from: call.principal.kind == .token ? .api : .entered, zone: membership.zone,
                in: membership.workspace, by: call.principal)
            live.tell(membership.workspace, "results")
            return OrderAnswer(recorded)
        }
        let imports = Endpoint(
            .post, "\(Self.base)/orders/import", id: "importOrders",
            "Imports a CSV file with the columns order, date and amount; all of it or nothing.",
            tag: Self.tag, access: .workspace(.recordResults), bodyLimit: 10 << 20
        ) { (call: Call<Upload>) in
            let membership = call.workspace
            let outcome = try await conversions.importCSV(
                call.input.data, zone: membership.zone, currency: membership.currency,
                in: membership.workspace, by: call.principal)
            live.tell(membership.workspace, "results")
            return ImportAnswer(added: outcome.added, known: outcome.known)
        }
        let recompute = Endpoint(
            .post, "\(Self.base)/credit-recomputations", id: "recomputeCredit",
            "Computes the credit of every order again, as a new version; the old ones stay.",
            tag: Self.tag, access: .workspace(.manageWorkspace)
        ) { (call: Call<Nothing>) in
            RecomputeAnswer(
                conversions: try await conversions.recompute(
                    in: call.workspace.workspace, by: call.principal))
        }
        let page = "/w/{workspace}/results/orders"
        return [
            create.route, imports.route, recompute.route,
            create.action(page) { _, request in
                .redirect(to: "/w/\(request.workspace.slug)/results/orders")
                    .toast("Recorded.")
            },
            recompute.action("/w/{workspace}/results/credit-recomputations") { answer, request in
                live.tell(request.workspace.workspace, "results")
                let count = Counted.words(Int64(answer.conversions), "order", "orders")
                return .redirect(to: "/w/\(request.workspace.slug)/results/orders")
                    .toast("Credit of \(count) and leads computed again. The old one is kept.")
            },
            imports.action(page + "/import") { answer, request in
                let known =
                    answer.known > 0
                    ? " "
                        + Counted.words(
                            Int64(answer.known), "was here already and counts",
                            "were here already and count") + " once." : ""
                return try frame.fragment(
                    "measurement/import",
                    ImportView(
                        message: "Imported "
                            + Counted.words(Int64(answer.added), "row", "rows") + ".\(known)",
                        root: "/w/\(request.workspace.slug)"))
            },
        ]
    }

    private enum Answer: String, CaseIterable {
        case yes
        case no
    }

    private func orderFilter(_ request: WebRequest) throws -> OrderFilter {
        let question = try EvidenceQuestion(request, today: today(request))
        let credited: Answer? = try ResultsQuestion.maybe("credited", request)
        return OrderFilter(
            period: question.period, place: question.place, model: question.model,
            kind: try ResultsQuestion.maybe("kind", request),
            source: try ResultsQuestion.maybe("source", request),
            isCredited: credited.map { $0 == .yes }, robots: question.robots ?? .all,
            search: question.search, order: question.order)
    }

    private func line(
        _ conversion: Conversion, credit: Int64? = nil, _ request: WebRequest
    ) -> OrderLine {
        let name = conversion.name.isEmpty ? "" : " · \(conversion.name)"
        let chip: Chip? =
            conversion.isBot
            ? Chip("Robot, not counted", .quiet)
            : conversion.refundOf != nil
                ? Chip("Refund", .warn) : conversion.kind == .lead ? Chip("Lead", .info) : nil
        return OrderLine(
            title: conversion.reference + name,
            href: "/w/\(request.workspace.slug)/results/orders/\(conversion.id)",
            when: request.workspace.zone.words(conversion.at), source: conversion.source.name,
            amount: conversion.kind == .lead && conversion.amount.minorUnits == 0
                ? "" : conversion.amount.formatted,
            credit: credit.map {
                "credit "
                    + Money(minorUnits: $0, currency: conversion.amount.currency).formatted
            }, chip: chip)
    }

    private func ordersBar(_ request: WebRequest) -> ListBar {
        ListBar(
            request, at: "/w/\(request.workspace.slug)/results/orders", label: "Filter orders",
            search: "Number, goal or note", hasDays: true,
            selects: [
                ListBar.Select(
                    "kind", "What", all: "All", OrderKind.allCases.map { ($0.rawValue, $0.name) },
                    request),
                ListBar.Select(
                    "source", "From", all: "Everywhere",
                    Conversion.Source.allCases.map { ($0.rawValue, $0.name) }, request),
                ListBar.Select(
                    "credited", "Tagged click before it", all: "With or without",
                    [("yes", "With"), ("no", "Without")], request),
                Self.sorts(EvidenceOrder.allCases, request),
            ], kept: EvidenceQuestion.kept + [EvidenceQuestion.whoParameter.name])
    }

    private func ordersFile(_ request: WebRequest) async throws -> Reply {
        let filter = try orderFilter(request)
        let workspace = request.workspace.workspace
        return try await CSVFile.reply(
            "orders",
            [
                "order", "when", "kind", "goal", "amount", "currency", "credit", "source", "robot",
                "note",
            ], pages: { try await results.orders(filter, in: workspace, $0) },
            row: { entry in
                let conversion = entry.conversion
                let currency = conversion.amount.currency
                return [
                    conversion.reference, conversion.at.iso8601,
                    conversion.refundOf == nil ? conversion.kind.rawValue : "refund",
                    conversion.name, conversion.amount.decimal, currency.code,
                    entry.credit.map { Money(minorUnits: $0, currency: currency).decimal } ?? "",
                    conversion.source.name, conversion.isBot ? "yes" : "no", conversion.note,
                ]
            })
    }

    /// What the list is narrowed to and comes to, so that it can be held against the figure.
    private func orderSentence(
        _ filter: OrderFilter, _ request: WebRequest
    ) async throws -> String? {
        let question = try EvidenceQuestion(request, today: today(request))
        guard let narrowed = try await narrowing(question, request) else { return nil }
        let currency = request.workspace.currency
        let sum = try await results.sum(of: filter, currency, in: request.workspace.workspace)
        let amount = Money(minorUnits: sum.amount, currency: currency).formatted
        let rows = Counted.words(sum.entries, "row", "rows")
        return filter.place == nil
            ? "\(narrowed) \(rows), \(amount) in all."
            : "\(narrowed) \(rows), \(amount) credited to it: "
                + filter.model.meaning.prefix(1).lowercased() + filter.model.meaning.dropFirst()
    }

    private func ordersPage(_ request: WebRequest) async throws -> Reply {
        let filter = try orderFilter(request)
        let page = try await results.orders(
            filter, in: request.workspace.workspace, try request.pageRequest())
        let root = "/w/\(request.workspace.slug)"
        let bar = ordersBar(request)
        let refused = try await refusedLines(request)
        let view = OrdersView(
            root: root, currency: request.workspace.currency.code,
            today: today(request).description,
            bar: bar, sentence: try await orderSentence(filter, request),
            orders: page.items.map { line($0.conversion, credit: $0.credit, request) },
            isEmpty: page.items.isEmpty,
            nothing: bar.isNarrowed
                ? "Nothing matches."
                : "None yet. They arrive from the site snippet, the API, a CSV file, or the form "
                    + "above.", next: bar.next(page.next),
            canRecord: Web.Access.allows(.recordResults, request),
            canRecompute: Web.Access.allows(.manageWorkspace, request) && !page.items.isEmpty,
            refused: refused, hasRefused: !refused.isEmpty,
            columns: ConversionCSV.columns.joined(separator: ", "))
        return try await frame.page(
            "measurement/orders", view, title: "Orders", section: .results, for: request)
    }

    /// What the site told in the last thirty days and what could not be recorded of it.
    func refusedLines(_ request: WebRequest) async throws -> [RefusedLine] {
        let zone = request.workspace.zone
        return try await results.refusedGoals(
            in: request.workspace.workspace, .last(30, today: today(request))
        ).map { entry in
            RefusedLine(
                title: Counted.words(entry.goals, "goal", "goals") + " on \(entry.day.words)",
                detail: "the latest “\(entry.lastReference)”, \(zone.words(entry.lastAt))",
                remedy: entry.reason.remedy)
        }
    }

    private func orderPage(_ request: WebRequest) async throws -> Reply {
        let evidence = try await results.conversion(
            try request.id("order", ConversionTag.self), in: request.workspace.workspace)
        let conversion = evidence.conversion
        let zone = request.workspace.zone
        let root = "/w/\(request.workspace.slug)"
        let currency = conversion.amount.currency
        func credit(_ touch: TouchEvidence, _ model: CreditModel) -> String {
            Money(minorUnits: touch.credits[model] ?? 0, currency: currency).formatted
        }
        let count = evidence.touches.count
        let view = OrderView(
            root: root, title: conversion.reference,
            sentence: count == 0
                ? "No tagged click stands before it, so it is credited to no post."
                : "\(count) tagged \(count == 1 ? "click" : "clicks") within 30 days before it.",
            facts: facts(evidence, zone),
            touches: evidence.touches.map { touch in
                OrderView.Touch(
                    when: zone.words(touch.at), title: touch.title,
                    href: touch.publication.map { "\(root)/results/posts/\($0)" },
                    channel: touch.channel, first: credit(touch, .first),
                    last: credit(touch, .last), linear: credit(touch, .linear))
            }, isEmpty: count == 0, refunds: evidence.refunds.map { line($0, request) },
            hasRefunds: !evidence.refunds.isEmpty)
        return try await frame.page(
            "measurement/order", view, title: "Order \(conversion.reference)",
            section: .results, for: request)
    }

    private func facts(_ evidence: ConversionEvidence, _ zone: Zone) -> [Fact] {
        let conversion = evidence.conversion
        var facts = [
            Fact(name: "Amount", value: conversion.amount.formatted),
            Fact(name: "When", value: zone.words(conversion.at)),
            Fact(name: "From", value: conversion.source.name),
            Fact(name: "Recorded by", value: conversion.recordedBy),
            Fact(name: "Calculation", value: "version \(conversion.version)"),
        ]
        if !conversion.name.isEmpty { facts.append(Fact(name: "Goal", value: conversion.name)) }
        if let original = evidence.original {
            facts.append(Fact(name: "Gives back", value: original.reference))
        }
        if !conversion.note.isEmpty { facts.append(Fact(name: "Note", value: conversion.note)) }
        return facts
    }
}
