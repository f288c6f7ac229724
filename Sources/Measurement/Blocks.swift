import Store

/// Runs of days, or of moments, whose sums stand beside those of the single ones.
///
/// A block begins where the last bits of a number are zero. So it is found by shifting, and what
/// was before 1970 has its blocks as well.
struct Blocks: Sendable, Hashable {
    private let bits: Int64

    /// 32 days of a workspace.
    static let ofDays = Blocks(bits: 5)
    /// 2³¹ milliseconds, near 25 days; they begin at the same moments in every zone.
    static let ofMoments = Blocks(bits: 31)

    /// The block that holds a day or moment.
    func block(of value: Int64) -> Int64 { value >> bits }

    /// The first day or moment of a block.
    func start(of block: Int64) -> Int64 { block << bits }

    /// The block that holds a day or moment; the text is that of an index, so nothing is bound.
    func block(of value: SQL) -> SQL { "(\(value) >> \(SQL(raw: String(bits))))" }

    /// The first day or moment of a block.
    func start(of block: SQL) -> SQL { "(\(block) << \(SQL(raw: String(bits))))" }

    /// A range as whole blocks and what of it lies before and after them.
    struct Parts: Sendable, Hashable {
        let edges: [Range<Int64>]
        let whole: Range<Int64>
    }

    func parts(of range: Range<Int64>) -> Parts {
        // The first block that begins within, and the one that ends after the range does.
        let first = block(of: range.lowerBound - 1) + 1
        let end = block(of: range.upperBound)
        guard first < end else { return Parts(edges: [range], whole: 0..<0) }
        let edges = [range.lowerBound..<start(of: first), start(of: end)..<range.upperBound]
        return Parts(edges: edges.filter { !$0.isEmpty }, whole: first..<end)
    }
}

/// A table with one row of sums for each place and block.
///
/// Whoever changes the rows that are summed changes the sums in the same transaction: takes out
/// what the rows said, and adds what they say now.
struct BlockSums: Sendable {
    private let table: SQL
    private let key: [SQL]
    private let figures: [SQL]

    /// Clicks and visits; sums of `place_day`.
    static let places = BlockSums(
        table: "place_block", key: ["workspace_id", "block", "place_key"],
        figures: ["people", "bots", "visits"])
    /// Published posts; sums of `measured_post`.
    static let posts = BlockSums(
        table: "post_block", key: ["workspace_id", "block", "place_key"],
        figures: ["posts", "tracked", "marked", "known"])
    /// Credit; sums of `credit_day`.
    static let credit = BlockSums(
        table: "credit_block",
        key: ["workspace_id", "model", "currency", "block", "place_key", "earned_block"],
        figures: ["amount", "orders", "leads"])

    /// Adds the rows of a query that has a column for each of the table's; or takes them out.
    func adding(_ rows: SQL, sign: Int64 = 1) -> SQL {
        let times: SQL = sign < 0 ? "-1 *" : ""
        let key = SQL.joined(key, separator: ", ")
        let columns = SQL.joined(figures, separator: ", ")
        let sums = SQL.joined(
            figures.map { "\(times) CAST(SUM(part.\($0)) AS BIGINT)" }, separator: ", ")
        let added = SQL.joined(
            figures.map { "\($0) = \(table).\($0) + excluded.\($0)" }, separator: ", ")
        return """
            INSERT INTO \(table) (\(key), \(columns)) SELECT \(key), \(sums) FROM (\(rows)) AS part
            GROUP BY \(key) ON CONFLICT (\(key)) DO UPDATE SET \(added)
            """
    }

    /// Takes out the sums of a workspace in which nothing is left.
    func clearing(_ workspace: SQL) -> SQL {
        let nothing = SQL.joined(figures.map { "\($0) = 0" }, separator: " AND ")
        return "DELETE FROM \(table) WHERE workspace_id = \(workspace) AND \(nothing)"
    }

    /// Takes out all sums of a workspace.
    func clearingAll(_ workspace: SQL) -> SQL {
        "DELETE FROM \(table) WHERE workspace_id = \(workspace)"
    }

    /// A row for each difference between the sums of a workspace and the rows they are to sum.
    func difference(from rows: SQL, _ workspace: SQL) -> SQL {
        let key = SQL.joined(key, separator: ", ")
        let columns = SQL.joined(figures, separator: ", ")
        let sums = SQL.joined(
            figures.map { "CAST(SUM(part.\($0)) AS BIGINT) AS \($0)" }, separator: ", ")
        let nothing = SQL.joined(figures.map { "\($0) = 0" }, separator: " AND ")
        let kept: SQL = """
            SELECT \(key), \(columns) FROM \(table)
            WHERE workspace_id = \(workspace) AND NOT (\(nothing))
            """
        let wanted: SQL = """
            SELECT \(key), \(columns) FROM (SELECT \(key), \(sums) FROM (\(rows)) AS part
                GROUP BY \(key)) AS whole WHERE NOT (\(nothing))
            """
        return """
            SELECT 1 AS differs FROM (\(kept) EXCEPT \(wanted)) AS more
            UNION ALL SELECT 1 FROM (\(wanted) EXCEPT \(kept)) AS less
            """
    }

    // MARK: - What is summed

    /// The days of places.
    static func rowsOfPlaces(_ condition: SQL) -> SQL {
        """
        SELECT workspace_id, \(Blocks.ofDays.block(of: "day")) AS block, place_key, people, bots,
            visits FROM place_day WHERE \(condition)
        """
    }

    /// The days of a link, for the place it has or is to have.
    static func rows(of link: Int64, at place: Int64) -> SQL {
        """
        SELECT workspace_id, \(Blocks.ofDays.block(of: "day")) AS block,
            CAST(\(place) AS BIGINT) AS place_key, people, bots, visits
        FROM link_day WHERE link_key = \(link)
        """
    }

    /// Posts that have been published.
    static func rowsOfPosts(_ condition: SQL) -> SQL {
        """
        SELECT workspace_id, \(Blocks.ofMoments.block(of: "published_at")) AS block, place_key,
            1 AS posts, \(MeasuredPosts.facts)
        FROM measured_post WHERE published_at IS NOT NULL AND \(condition)
        """
    }

    /// Days of credit with the places of their links.
    static func rowsOfCredit(in days: SQL = "credit_day", _ condition: SQL) -> SQL {
        """
        SELECT earned.workspace_id, earned.model, earned.currency,
            \(Blocks.ofDays.block(of: "earned.day")) AS block, measured_link.place_key,
            \(Blocks.ofDays.block(of: "earned.earned_day")) AS earned_block, earned.amount,
            earned.orders, earned.leads
        FROM \(days) AS earned JOIN measured_link ON measured_link.key = earned.link_key
        WHERE measured_link.place_key IS NOT NULL AND \(condition)
        """
    }
}
