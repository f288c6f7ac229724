import Kernel
import Measurement
import Planning
import Publishing
import Web

// What the API answers and takes about results. Money is a decimal text in the named currency;
// a figure that is not known is absent, never zero.

struct ResultsAnswer: APIValue {
    struct Line: APIValue {
        let id: String?
        let title: String
        let detail: String
        let clicks: Int64?
        let clicksWithBots: Int64?
        let visits: Int64?
        let leads: Double
        let orders: Double
        let revenue: String
        let cost: String?
        let costKnownFor: Int
        let costOf: Int
        let roi: Double?
        let revenuePerUnitOfCost: Double?

        static let schema = Schema.object(
            "ResultsLine",
            [
                .optional("id", .string(description: "Absent for links outside posts.")),
                .required("title", .string()), .required("detail", .string()),
                .optional("clicks", .integer(description: "Without robots.")),
                .optional("clicksWithBots", .integer()), .optional("visits", .integer()),
                .required("leads", .number()), .required("orders", .number()),
                .required("revenue", .string(description: "Credited by the model.")),
                .optional("cost", .string()),
                .required("costKnownFor", .integer(description: "Posts whose cost is known.")),
                .required("costOf", .integer(description: "Posts in all.")),
                .optional("roi", .number(description: "Only where a margin is stated.")),
                .optional("revenuePerUnitOfCost", .number()),
            ])
    }

    let by: ResultsGrain
    let model: CreditModel
    let from: CivilDate
    let to: CivilDate
    let currency: String
    let revenue: String
    let credited: String
    let clicks: Int64
    let clicksWithBots: Int64
    let visits: Int64?
    let orders: Int64
    let leads: Int64
    let refunds: Int64
    let lines: [Line]

    static let schema = Schema.object(
        "Results",
        [
            .required("by", .oneOf(ResultsGrain.self)),
            .required("model", .oneOf(CreditModel.self)),
            .required("from", .date()), .required("to", .date()),
            .required("currency", .currency()),
            .required("revenue", .string(description: "All recorded revenue less refunds.")),
            .required("credited", .string(description: "The part that tagged links brought.")),
            .required("clicks", .integer()), .required("clicksWithBots", .integer()),
            .optional("visits", .integer()), .required("orders", .integer()),
            .required("leads", .integer()), .required("refunds", .integer()),
            .required("lines", .array(of: Line.schema)),
        ])

    init(_ results: Results) {
        let total = results.total
        func decimal(_ units: Int64) -> String {
            Money(minorUnits: units, currency: results.currency).decimal
        }
        by = results.grain
        model = results.model
        from = results.period.from
        to = results.period.to
        currency = results.currency.code
        revenue = decimal(total.revenue)
        credited = decimal(total.credited)
        clicks = total.clicks
        clicksWithBots = total.allClicks
        visits = total.visits
        orders = total.orders
        leads = total.leads
        refunds = total.refunds
        lines = results.rows.map { Line($0, results.currency) }
    }
}

extension ResultsAnswer.Line {
    init(_ row: ResultsRow, _ currency: Currency) {
        func decimal(_ units: Int64) -> String {
            Money(minorUnits: units, currency: currency).decimal
        }
        var roi: Double?
        var perUnit: Double?
        switch row.returned {
        case .roi(let value): roi = value
        case .revenuePerUnit(let value): perUnit = value
        case .unknown: break
        }
        self.init(
            id: row.id.isEmpty ? nil : row.id, title: row.title, detail: row.detail,
            clicks: row.clicks, clicksWithBots: row.allClicks, visits: row.visits,
            leads: Double(row.leads) / 1e6, orders: Double(row.orders) / 1e6,
            revenue: decimal(row.revenue),
            cost: row.cost.isKnown ? decimal(row.cost.amount) : nil,
            costKnownFor: row.cost.knownFor, costOf: row.cost.of, roi: roi,
            revenuePerUnitOfCost: perUnit)
    }
}

struct OrderInput: APIValue {
    let order: String
    let at: Instant?
    let date: CivilDate?
    let amount: String?
    let currency: Currency?
    let kind: Conversion.Kind?
    let goal: String?
    let refundOf: String?
    let link: String?
    let click: String?
    let note: String?

    static let schema = Schema.object(
        "OrderInput",
        [
            .required(
                "order", .line("The order's own number; the same one counts once.", max: 100)),
            .optional("at", .instant("When; now when it is left out.")),
            .optional("date", .date("The day, when the time is not known.")),
            .optional("amount", .line("A decimal amount, such as 49.90.", max: 30)),
            .optional("currency", .currency("The workspace's own when left out.")),
            .optional("kind", .oneOf(Conversion.Kind.self, "order when left out.")),
            .optional("goal", .text("What was reached: newsletter, demo.", max: 100)),
            .optional("refundOf", .text("The order that is given back.", max: 100)),
            .optional(
                "link", .text("A tagged link or its slug that the customer named.", max: 300)),
            .optional("click", .text("tlc from the address of the page.", max: 16)),
            .optional("note", .text(max: 500)),
        ])

    func draft(_ call: Call<OrderInput>) throws -> ConversionDraft {
        let currency = currency ?? call.workspace.currency
        let text = (amount ?? "0").trimmingSpaces.replacing(",", with: ".")
        guard var money = Money(decimal: text, currency: currency) else {
            throw Problem.invalid("amount", "Write the amount like 49.90.")
        }
        if refundOf != nil { money.minorUnits = -abs(money.minorUnits) }
        var moment = at ?? call.now
        if at == nil, let date {
            guard let noon = LocalTime(date: date, hour: 12, minute: 0) else {
                throw Problem.invalid("date", "Choose a day.")
            }
            moment = min(call.workspace.zone.instant(noon), call.now)
            if date > CivilDate(call.now, in: call.workspace.zone) {
                throw Problem.invalid("date", "Choose a day that has passed.")
            }
        }
        let token = click.flatMap { ClickToken.read($0) }
        if let click, !click.isEmpty, token == nil {
            throw Problem.invalid("click", "Send the 16 characters of tlc from the address.")
        }
        return ConversionDraft(
            kind: kind ?? .order, reference: order, name: goal ?? "", at: moment, amount: money,
            refundOf: refundOf, token: token, link: link, note: note ?? "")
    }
}

struct OrderAnswer: APIValue {
    let id: ConversionID
    let order: String
    let source: Conversion.Source
    let kind: Conversion.Kind
    let goal: String
    let at: Instant
    let amount: String
    let currency: String
    let isRefund: Bool
    let isBot: Bool
    let note: String
    let credit: String?

    static let schema = Schema.object(
        "Order",
        [
            .required("id", .id()), .required("order", .string()),
            .required("source", .oneOf(Conversion.Source.self)),
            .required("kind", .oneOf(Conversion.Kind.self)), .required("goal", .string()),
            .required("at", .instant()), .required("amount", .string()),
            .required("currency", .currency()), .required("isRefund", .boolean()),
            .required("isBot", .boolean()), .required("note", .string()),
            .optional(
                "credit",
                .string(description: "What the post or place that was asked for has of it.")),
        ])

    init(_ line: ConversionLine) {
        self.init(line.conversion, credit: line.credit)
    }

    init(_ conversion: Conversion, credit: Int64? = nil) {
        self.credit = credit.map {
            Money(minorUnits: $0, currency: conversion.amount.currency).decimal
        }
        id = conversion.id
        order = conversion.reference
        source = conversion.source
        kind = conversion.kind
        goal = conversion.name
        at = conversion.at
        amount = conversion.amount.decimal
        currency = conversion.amount.currency.code
        isRefund = conversion.refundOf != nil
        isBot = conversion.isBot
        note = conversion.note
    }
}

struct JourneyAnswer: APIValue {
    struct Touch: APIValue {
        let at: Instant
        let post: String?
        let title: String
        let first: String
        let last: String
        let linear: String

        static let schema = Schema.object(
            "OrderTouch",
            [
                .required("at", .instant()), .optional("post", .id()),
                .required("title", .string()), .required("first", .string()),
                .required("last", .string()), .required("linear", .string()),
            ])
    }

    let order: OrderAnswer
    /// Which calculation of the credit this is.
    let version: Int64
    let touches: [Touch]

    static let schema = Schema.object(
        "OrderJourney",
        [
            .required("order", OrderAnswer.schema),
            .required("version", .integer(description: "Which calculation of the credit this is.")),
            .required("touches", .array(of: Touch.schema)),
        ])

    init(_ evidence: ConversionEvidence) {
        order = OrderAnswer(evidence.conversion)
        version = evidence.conversion.version
        let currency = evidence.conversion.amount.currency
        touches = evidence.touches.map { touch in
            func credit(_ model: CreditModel) -> String {
                Money(minorUnits: touch.credits[model] ?? 0, currency: currency).decimal
            }
            return Touch(
                at: touch.at, post: touch.publication?.text, title: touch.title,
                first: credit(.first), last: credit(.last), linear: credit(.linear))
        }
    }
}

struct ImportAnswer: APIValue {
    let added: Int
    let known: Int

    static let schema = Schema.object(
        "OrderImport",
        [
            .required("added", .integer()),
            .required("known", .integer(description: "Rows that were here already.")),
        ])
}

struct RecomputeAnswer: APIValue {
    let conversions: Int

    static let schema = Schema.object(
        "CreditRecomputation", [.required("conversions", .integer())])
}

struct CostInput: APIValue {
    let post: String?
    let initiative: String?
    let kind: CostEntry.Kind
    let minutes: Int64?
    let hourlyRate: String?
    let amount: String?
    let spentOn: CivilDate?
    let note: String?

    static let schema = Schema.object(
        "CostInput",
        [
            .optional("post", .id("A published post; or name an initiative.")),
            .optional("initiative", .id()), .required("kind", .oneOf(CostEntry.Kind.self)),
            .optional("minutes", .integer(minimum: 1, maximum: 100_000)),
            .optional("hourlyRate", .text("What an hour costs, such as 42.", max: 30)),
            .optional("amount", .text("A decimal amount.", max: 30)),
            .optional("spentOn", .date("Today when left out.")),
            .optional("note", .text(max: 500)),
        ])

    func draft(_ call: Call<CostInput>) throws -> CostDraft {
        let currency = call.workspace.currency
        func units(_ text: String?, _ field: String) throws -> Int64? {
            guard let text = text?.trimmingSpaces.replacing(",", with: "."), !text.isEmpty else {
                return nil
            }
            guard let money = Money(decimal: text, currency: currency), money.minorUnits >= 0 else {
                throw Problem.invalid(field, "Write an amount like 42 or 42.50.")
            }
            return money.minorUnits
        }
        let subject: CostDraft.Subject
        if let id = post.flatMap({ PublicationID($0) }), initiative == nil {
            subject = .post(id)
        } else if let id = initiative.flatMap({ InitiativeID($0) }), post == nil {
            subject = .initiative(id)
        } else {
            throw Problem.invalid("post", "Choose one post or one initiative.")
        }
        return CostDraft(
            subject: subject, kind: kind, minutes: minutes,
            hourlyRate: try units(hourlyRate, "hourlyRate"), amount: try units(amount, "amount"),
            currency: currency,
            spentOn: spentOn ?? CivilDate(call.now, in: call.workspace.zone), note: note ?? "")
    }
}

struct CostAnswer: APIValue {
    let id: CostID
    let title: String
    let kind: CostEntry.Kind
    let minutes: Int64?
    let amount: String
    let currency: String
    let spentOn: CivilDate
    let note: String

    static let schema = Schema.object(
        "Cost",
        [
            .required("id", .id()), .required("title", .string()),
            .required("kind", .oneOf(CostEntry.Kind.self)), .optional("minutes", .integer()),
            .required("amount", .string()), .required("currency", .currency()),
            .required("spentOn", .date()), .required("note", .string()),
        ])

    init(_ entry: CostEntry) {
        id = entry.id
        title = entry.title
        kind = entry.kind
        minutes = entry.minutes
        amount = entry.amount.decimal
        currency = entry.amount.currency.code
        spentOn = entry.spentOn
        note = entry.note
    }
}

struct SiteAnswer: APIValue {
    struct Refused: APIValue {
        let day: CivilDate
        let reason: RefusedGoals.Reason
        let goals: Int64
        let last: String
        let remedy: String

        static let schema = Schema.object(
            "RefusedGoals",
            [
                .required("day", .date()), .required("reason", .oneOf(RefusedGoals.Reason.self)),
                .required("goals", .integer()),
                .required("last", .string(description: "The latest one's order number or name.")),
                .required("remedy", .string()),
            ])
    }

    let tag: String
    let firstSeenAt: Instant?
    let lastSeenAt: Instant?
    /// Goals of the last thirty days that could not be recorded.
    let refusedGoals: [Refused]

    static let schema = Schema.object(
        "MeasuredSite",
        [
            .required("tag", .string(description: "Copy this into every page of the site.")),
            .optional("firstSeenAt", .instant()), .optional("lastSeenAt", .instant()),
            .required("refusedGoals", .array(of: Refused.schema)),
        ])
}

struct AddressInput: APIValue {
    let publicAddress: String?

    static let schema = Schema.object(
        "PublicAddressInput",
        [.optional("publicAddress", .text("https:// and a host name; absent for none.", max: 300))])
}

struct AddressAnswer: APIValue {
    let publicAddress: String?
    let isProven: Bool
    let answeredAt: Instant?
    let whyNot: String?

    static let schema = Schema.object(
        "PublicAddress",
        [
            .optional("publicAddress", .string()), .required("isProven", .boolean()),
            .optional("answeredAt", .instant()), .optional("whyNot", .string()),
        ])
}

extension String {
    /// Without spaces at either end and between digits.
    var trimmingSpaces: String { filter { $0 != " " && $0 != "\u{A0}" } }
}
