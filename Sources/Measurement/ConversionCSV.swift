package import Foundation
import Jobs
package import Kernel
import Store

/// Reads orders, leads and refunds from a table with a header row.
package struct ConversionCSV: Sendable {
    /// Columns that are read; others are ignored.
    package static let columns = [
        "order", "date", "amount", "currency", "kind", "goal", "refund_of", "link", "click", "note",
    ]
    static let mostRows = 50_000

    let zone: Zone
    let currency: Currency
    let now: Instant

    package init(zone: Zone, currency: Currency, now: Instant) {
        self.zone = zone
        self.currency = currency
        self.now = now
    }

    /// The drafts with their rows; throws all that is wrong, so that one look mends the file.
    package func drafts(
        _ data: Data
    ) throws(MeasurementError) -> [(row: Int, draft: ConversionDraft)] {
        guard let text = String(data: data, encoding: .utf8) else {
            throw .csvHeader("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again.")
        }
        let rows = CSVText.rows(text)
        guard rows.count <= Self.mostRows + 1 else { throw .csvSize }
        let header = (rows.first ?? []).map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        try Self.check(header)
        var drafts: [(Int, ConversionDraft)] = []
        var troubles: [CSVTrouble] = []
        for (index, cells) in rows.enumerated().dropFirst() {
            if cells.allSatisfy({ $0.trimmingCharacters(in: .whitespaces).isEmpty }) { continue }
            var reader = RowReader(row: index + 1, header: header, cells: cells)
            if let draft = draft(&reader) { drafts.append((index + 1, draft)) }
            troubles += reader.troubles
        }
        guard troubles.isEmpty else {
            throw .csv(Array(troubles.prefix(50)), total: troubles.count)
        }
        return drafts
    }

    private static func check(_ header: [String]) throws(MeasurementError) {
        for needed in ["order", "date", "amount"] where !header.contains(needed) {
            let optional = columns.dropFirst(3).joined(separator: ", ")
            throw .csvHeader(
                "The first row must name the columns. “\(needed)” is missing; order, date and "
                    + "amount are needed, \(optional) are optional.")
        }
        for name in columns {
            let count = header.count { $0 == name }
            guard count <= 1 else {
                throw .csvHeader("Two columns are called “\(name)”. Keep one of them.")
            }
        }
    }

    private func draft(_ row: inout RowReader) -> ConversionDraft? {
        if row.cells.count > row.header.count {
            row.fail(
                row.header.last ?? "order",
                "the row has more cells than the header; put quotes around text with commas.")
        }
        let reference = row["order"]
        if !(1...100).contains(reference.utf8.count) {
            row.fail("order", "write the order's number, up to 100 characters.")
        }
        let at = moment(row["date"])
        if at == nil {
            row.fail("date", "write the day like 2026-11-23, or the time like 2026-11-23T09:30.")
        } else if let at, at > now + .minutes(5) {
            row.fail("date", "write a moment that has passed.")
        }
        let code = row["currency"]
        let own = code.isEmpty ? currency : Currency(code)
        if own == nil { row.fail("currency", "write three letters, such as EUR.") }
        let refund = row["refund_of"]
        let cell = row["amount"]
        let amount = own.flatMap { money(cell, $0, isRefund: !refund.isEmpty) }
        if own != nil, amount == nil {
            row.fail(
                "amount",
                "write a number like 1234.50 without a currency sign"
                    + (refund.isEmpty ? "; for money given back fill refund_of." : "."))
        }
        let kindText = row["kind"].lowercased()
        let kind = kindText.isEmpty ? .order : Conversion.Kind(rawValue: kindText)
        if kind == nil { row.fail("kind", "write order or lead, or leave it empty.") }
        let clickText = row["click"]
        let token = ClickToken.read(clickText)
        if !clickText.isEmpty, token == nil {
            row.fail("click", "copy the 16 characters of tlc from the page's address.")
        }
        guard row.troubles.isEmpty, let at, let amount, let kind else { return nil }
        return ConversionDraft(
            kind: kind, reference: reference, name: row["goal"], at: at, amount: amount,
            refundOf: refund.isEmpty ? nil : refund, token: token,
            link: row["link"].isEmpty ? nil : row["link"], note: String(row["note"].prefix(500)))
    }

    /// `1234.50`, `1.234,50`, `1 234,50` and `12,5`; a refund is negative either way.
    private func money(_ text: String, _ currency: Currency, isRefund: Bool) -> Money? {
        var plain = text.filter { $0 != " " && $0 != "\u{A0}" && $0 != "'" }
        if let comma = plain.lastIndex(of: ",") {
            if let point = plain.lastIndex(of: "."), point > comma {
                plain = plain.replacing(",", with: "")
            } else {
                // A comma before exactly three digits may mean thousands; only people know.
                let digits = plain.distance(from: comma, to: plain.endIndex) - 1
                guard digits != 3 || plain.contains(".") || currency.decimals == 3 else {
                    return nil
                }
                plain = plain.replacing(".", with: "").replacing(",", with: ".")
            }
        }
        guard var money = Money(decimal: plain, currency: currency) else { return nil }
        if isRefund {
            guard money.minorUnits != 0 else { return nil }
            money.minorUnits = -abs(money.minorUnits)
        }
        return money.minorUnits < 0 && !isRefund ? nil : money
    }

    private func moment(_ text: String) -> Instant? {
        if let instant = Instant(iso8601: text) { return instant }
        let local = text.replacing(" ", with: "T")
        if let time = LocalTime(local) { return zone.instant(time) }
        // Noon, so that a day is the same day wherever it is read.
        if let date = CivilDate(text), let noon = LocalTime(date: date, hour: 12, minute: 0) {
            return min(zone.instant(noon), now)
        }
        return nil
    }

    private struct RowReader {
        let row: Int
        let header: [String]
        let cells: [String]
        var troubles: [CSVTrouble] = []

        subscript(_ column: String) -> String {
            guard let index = header.firstIndex(of: column), index < cells.count else { return "" }
            return cells[index].trimmingCharacters(in: .whitespacesAndNewlines)
        }

        mutating func fail(_ column: String, _ remedy: String) {
            troubles.append(CSVTrouble(row: row, column: column, remedy: remedy))
        }
    }
}

/// What an import did.
package struct ImportOutcome: Sendable, Hashable {
    package let added: Int
    /// Rows that were here already with the same facts.
    package let known: Int

    package init(added: Int, known: Int) {
        self.added = added
        self.known = known
    }
}

extension ConversionDesk {
    /// Imports a whole file or nothing of it.
    package func importCSV(
        _ data: Data, zone: Zone, currency: Currency, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> ImportOutcome {
        let reader = ConversionCSV(zone: zone, currency: currency, now: surroundings.now())
        // Orders first, so that a refund may stand above its order.
        let drafts = try reader.drafts(data).map { (row: $0.row, draft: $0.draft) }
        let ordered =
            drafts.filter { $0.draft.refundOf == nil } + drafts.filter { $0.draft.refundOf != nil }
        return try await database.write { tx in
            var added = 0
            var troubles: [CSVTrouble] = []
            for (row, draft) in ordered {
                do {
                    let (_, outcome) = try add(
                        draft, from: .csv, zone: zone, in: workspace, by: principal.name, tx)
                    if outcome == .new { added += 1 }
                } catch let error as MeasurementError {
                    troubles.append(Self.trouble(error, row: row))
                }
            }
            guard troubles.isEmpty else {
                throw MeasurementError.csv(
                    Array(troubles.sorted { $0.row < $1.row }.prefix(50)), total: troubles.count)
            }
            if added > 0 {
                try events.record(
                    try Event(
                        "measurement.conversions-imported", workspace: workspace,
                        subject: "workspace:\(workspace)",
                        summary: "Imported \(added) orders and leads from a CSV file",
                        by: principal), in: tx)
            }
            return ImportOutcome(added: added, known: ordered.count - added)
        }
    }

    private static func trouble(_ error: MeasurementError, row: Int) -> CSVTrouble {
        let column =
            switch error {
            case .noSuchLink: "link"
            case .noSuchOrder: "refund_of"
            case .refundTooLarge, .amount: "amount"
            default: "order"
            }
        return CSVTrouble(row: row, column: column, remedy: error.problem.message)
    }
}
