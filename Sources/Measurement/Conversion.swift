package import Kernel
package import Store

/// Marks identifiers of conversions.
package enum ConversionTag {}
package typealias ConversionID = ID<ConversionTag>

/// A lead, an order, or money given back.
package struct Conversion: Sendable, Hashable, RowReadable {
    /// Where the conversion was reported.
    package enum Source: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case site
        case api
        case csv
        case entered

        /// The words people read.
        package var name: String {
            switch self {
            case .site: "Site snippet"
            case .api: "API"
            case .csv: "CSV file"
            case .entered: "Entered by hand"
            }
        }
    }

    /// Whether it brought money or the hope of some.
    package enum Kind: String, Sendable, Codable, CaseIterable, SQLConvertible {
        case lead
        case order
    }

    package let key: Int64
    package let id: ConversionID
    package let source: Source
    /// The order's own number: whatever source says it, it is the same order.
    package let reference: String
    package let kind: Kind
    /// The goal's name on the site: “order”, “newsletter”.
    package let name: String
    package let at: Instant
    /// Negative for a refund.
    package let amount: Money
    /// The key of the order that this gives back.
    package let refundOf: Int64?
    package let note: String
    package let isBot: Bool
    /// Which calculation of its credit is the current one.
    package let version: Int64
    package let recordedBy: String

    package var subject: String { "conversion:\(id)" }

    package init(row: Row) throws {
        key = try row("key")
        id = try row("id")
        source = try row("source")
        reference = try row("reference")
        kind = try row("kind")
        name = try row("name")
        at = try row("at")
        amount = Money(minorUnits: try row("amount"), currency: try row("currency"))
        refundOf = try row("refund_of")
        note = try row("note")
        isBot = try row("bot", as: Int64.self) != 0
        version = try row("version")
        recordedBy = try row("recorded_by")
    }
}

/// What is known about a conversion when it is reported.
package struct ConversionDraft: Sendable, Hashable {
    package var kind: Conversion.Kind
    package var reference: String
    package var name: String
    package var at: Instant
    /// Negative only with `refundOf`.
    package var amount: Money
    /// The number of the order that is given back, in whole or in part.
    package var refundOf: String?
    /// The number of the click, from `tlc` in the page's address.
    package var token: Int64?
    package var visitor: Int64?
    /// The slug or the whole address of the tagged link that the customer named.
    package var link: String?
    package var note: String
    package var bot: BotReason?

    package init(
        kind: Conversion.Kind = .order, reference: String, name: String = "", at: Instant,
        amount: Money, refundOf: String? = nil, token: Int64? = nil, visitor: Int64? = nil,
        link: String? = nil, note: String = "", bot: BotReason? = nil
    ) {
        self.kind = kind
        self.reference = reference
        self.name = name
        self.at = at
        self.amount = amount
        self.refundOf = refundOf
        self.token = token
        self.visitor = visitor
        self.link = link
        self.note = note
        self.bot = bot
    }

    /// The slug in `link`, whether it is a slug or an address that ends with one.
    var slug: String? {
        guard let link, !link.isEmpty else { return nil }
        let path = link.split(separator: "?")[0].split(separator: "#")[0]
        return path.split(separator: "/").last.map(String.init)
    }
}
