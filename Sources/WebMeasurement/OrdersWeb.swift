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
    let orders: [OrderLine]
    let isEmpty: Bool
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
            "Orders, leads and refunds, the newest first.", tag: Self.tag,
            access: .workspace(.view), query: QueryParameter.paging
        ) { (call: Call<Nothing>) in
            Listing<OrderAnswer>(
                try await results.conversions(
                    in: call.workspace.workspace, try call.request.pageRequest()
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

    private func line(_ conversion: Conversion, _ request: WebRequest) -> OrderLine {
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
                ? "" : conversion.amount.formatted, chip: chip)
    }

    private func ordersPage(_ request: WebRequest) async throws -> Reply {
        let page = try await results.conversions(
            in: request.workspace.workspace, try request.pageRequest())
        let root = "/w/\(request.workspace.slug)"
        let refused = try await refusedLines(request)
        let view = OrdersView(
            root: root, currency: request.workspace.currency.code,
            today: today(request).description,
            orders: page.items.map { line($0, request) }, isEmpty: page.items.isEmpty,
            next: page.next.map { "\(root)/results/orders?cursor=\($0.token)" },
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
