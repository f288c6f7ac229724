import Kernel
import Measurement
import Publishing
import Store

extension FiguresSource {
    /// What was published and what came of it: clicks, visits, orders, money in and money out.
    package static let measured = FiguresSource { workspace, period, zone, tx in
        let sent = try publications.measured(workspace, period, zone, tx)
        let currency = try tx.scalar(
            Currency.self, "SELECT currency FROM workspace WHERE id = \(workspace)")
        guard let currency else { return sent }
        let span = try ResultsPeriod(from: period.startsOn, to: period.endsOn)
        let results = try ResultsDesk.results(
            by: .posts, model: .last, period: span, currency: currency, in: workspace, tx)
        let before = try ResultsDesk.total(
            period: span.previous, currency: currency, in: workspace, tx)
        return (
            sent.happened + lines(results, before: before),
            sent.surprises + (try surprises(results, workspace, tx))
        )
    }

    private static func lines(_ results: Results, before: ResultsTotal) -> [ReviewFigures.Line] {
        let total = results.total
        let currency = results.currency
        func money(_ amount: Int64) -> String {
            Money(minorUnits: amount, currency: currency).formatted
        }
        return [
            .init(
                label: "Clicks", value: "\(total.clicks)",
                note: "\(total.allClicks) with robots; \(before.clicks) in the time before"),
            .init(
                label: "Visits", value: total.visits.map(String.init) ?? "—",
                note: total.visits == nil ? "the site snippet has sent none yet" : "without robots"),
            .init(
                label: "Leads and orders", value: "\(total.leads) and \(total.orders)",
                note: "\(before.leads) and \(before.orders) in the time before"),
            .init(
                label: "Revenue credited", value: money(total.credited),
                note: "last click; \(money(total.revenue)) recorded in all, "
                    + "\(money(before.credited)) credited in the time before"),
            .init(
                label: "Cost", value: total.cost.isKnown ? money(total.cost.amount) : "—",
                note: total.cost.note ?? "people's time, money and tools"),
            .init(
                label: total.returned.label(currency), value: total.returned.words(currency),
                note: note(total.returned)),
        ]
    }

    private static func note(_ returned: Return) -> String {
        switch returned {
        case .roi: "(credited revenue × margin − cost) / cost"
        case .revenuePerUnit: "nobody has stated the margin, so this is not ROI"
        case .unknown(let why): why.text
        }
    }

    /// Posts far above the others, when there are enough to call anything usual.
    private static func surprises(
        _ results: Results, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ReviewFigures.Line] {
        let known = results.rows.filter { $0.clicks != nil && !$0.id.isEmpty }
        let clicks = known.compactMap(\.clicks).sorted()
        guard clicks.count >= 4 else { return [] }
        let usual = clicks[(clicks.count - 1) / 2]
        let outstanding = known.filter { ($0.clicks ?? 0) >= max(5, 3 * usual) }
        return try outstanding.prefix(3).map { row in
            // Figures belong to publications; people look at the post they are of.
            let post = try tx.scalar(
                String.self,
                """
                SELECT post_id FROM publication WHERE id = \(row.id)
                    AND workspace_id = \(workspace)
                """)
            return ReviewFigures.Line(
                label: row.title, value: row.clicks == 1 ? "1 click" : "\(row.clicks ?? 0) clicks",
                note: "the usual post of this time had \(usual)",
                subject: post.map { "post:\($0)" })
        }
    }
}
