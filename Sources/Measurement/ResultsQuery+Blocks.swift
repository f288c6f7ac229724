import Kernel
import Store

/// Rows that add up to the figures of a period by place: whole blocks of days, and single days
/// before and after them. Each is a `SELECT` with a column `place_key`.
extension ResultsQuery {
    private func parts(_ blocks: Blocks, _ range: Range<Int64>) -> Blocks.Parts {
        isPlain ? Blocks.Parts(edges: [range], whole: 0..<0) : blocks.parts(of: range)
    }

    private static func within(_ column: SQL, _ range: Range<Int64>) -> SQL {
        "\(column) >= \(range.lowerBound) AND \(column) < \(range.upperBound)"
    }

    private static func all(_ rows: [SQL]) -> SQL { .joined(rows, separator: " UNION ALL ") }

    /// Clicks and visits: `people`, `bots`, `visits`.
    var countsByPlace: SQL {
        let parts = parts(.ofDays, from..<to + 1)
        let owner: SQL = "workspace_id"
        func rows(_ table: SQL, _ owner: SQL, _ condition: SQL) -> SQL {
            """
            SELECT place_key, people, bots, visits FROM \(table)
            WHERE \(owner) = \(workspace) AND \(condition)\(isHere("place_key"))
            """
        }
        // The days of few places are found by the place; of blocks there are few anyway.
        var all = parts.edges.map { range in
            rows(
                "place_day", within == nil ? owner : .unindexed(owner), Self.within("day", range))
        }
        if !parts.whole.isEmpty {
            all.append(rows("place_block", owner, Self.within("block", parts.whole)))
        }
        return Self.all(all)
    }

    /// What was published: `posts`, `tracked`, `marked`, `known`.
    func postsByPlace(_ tx: borrowing Transaction) throws -> SQL {
        let bounds = try bounds(tx)
        let parts = parts(.ofMoments, bounds.start.milliseconds..<bounds.end.milliseconds)
        func rows(_ table: SQL, _ columns: SQL, _ condition: SQL) -> SQL {
            """
            SELECT place_key, \(columns) FROM \(table)
            WHERE workspace_id = \(workspace) AND \(condition)\(isHere("place_key"))
            """
        }
        var all = parts.edges.map { range in
            rows(
                "measured_post", "1 AS posts, \(MeasuredPosts.facts)",
                Self.within("published_at", range))
        }
        if !parts.whole.isEmpty {
            all.append(
                rows(
                    "post_block", "posts, tracked, marked, known",
                    Self.within("block", parts.whole)))
        }
        return Self.all(all)
    }

    /// Credit: `amount`, `orders`, `leads`, and `weighted` by the margin of each day.
    ///
    /// A block earns at one margin unless the margin changed within it; then its days are read.
    func creditByPlace(_ margins: MarginHistory) -> SQL {
        let parts = parts(.ofDays, from..<to + 1)
        var all = parts.edges.map { days(of: $0, margins) }
        guard !parts.whole.isEmpty else { return Self.all(all) }
        let mixed = margins.blocksWithChanges
        let start = Blocks.ofDays.start(of: "part.earned_block")
        let isEven: SQL = mixed.isEmpty ? "" : " AND part.earned_block NOT IN \(.list(mixed))"
        all.append(
            """
            SELECT part.place_key, part.amount, part.orders, part.leads,
                part.amount * \(margins.sql(on: start)) AS weighted
            FROM credit_block AS part
            WHERE part.workspace_id = \(workspace) AND \(ofCredit)
                AND \(Self.within("part.block", parts.whole))\(isEven)\(isHere("part.place_key"))
            """)
        if !mixed.isEmpty {
            let range =
                Blocks.ofDays.start(
                    of: parts.whole.lowerBound)..<Blocks.ofDays.start(of: parts.whole.upperBound)
            let block = Blocks.ofDays.block(of: "part.earned_day")
            all.append(days(of: range, margins, " AND \(block) IN \(.list(mixed))"))
        }
        return Self.all(all)
    }

    private func days(
        of range: Range<Int64>, _ margins: MarginHistory, _ condition: SQL = ""
    ) -> SQL {
        """
        SELECT measured_link.place_key, part.amount, part.orders, part.leads,
            part.amount * \(margins.sql(on: "part.earned_day")) AS weighted
        FROM \(creditOfLinks(within: range))\(condition)
        """
    }
}

extension MarginHistory {
    /// The blocks of days that do not earn at one margin.
    fileprivate var blocksWithChanges: [Int64] {
        let changes = steps.dropFirst().map(\.day)
        let blocks = Blocks.ofDays
        // A margin that counts from the first day of a block counts for all of it.
        return Set(
            changes.filter { blocks.start(of: blocks.block(of: $0)) != $0 }
                .map { blocks.block(of: $0) }
        ).sorted()
    }
}
