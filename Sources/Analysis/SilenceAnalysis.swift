import Foundation
package import Statistics

/// Reads blocks of posting and silence.
package struct SilenceAnalysis: Sendable {
    package var columns = SilenceSeries.Columns()
    package var blockDays: Int?
    /// In how many periods half of an effect has come; says how much of each block is dropped.
    package var halfLife: Double?
    package var burnIn: Int?
    /// How blocks were drawn; found out when nil.
    package var design: SwitchbackTest.Design?
    package var draws = 10_000
    package var level = 0.95
    package var seed: UInt64 = 1

    package init() {}

    /// A block with what was measured in it.
    struct Measured {
        var block: SilenceSeries.Block
        var rows: [Int]
        var mean: Double
    }

    /// The answer for the rows of `table`.
    package func answer(_ table: DataTable) throws(AnalysisError) -> SilenceAnswer {
        guard level > 0, level < 1, (100...200_000).contains(draws) else {
            throw .unsuitable(
                "--level lies between 0 and 1, and --draws between 100 and 200,000.")
        }
        guard halfLife == nil || burnIn == nil else {
            throw .unsuitable(
                "--half-life and --burn-in both say how much is not measured; leave one out.")
        }
        let series = try SilenceSeries(table, columns: columns, blockDays: blockDays)
        var notes = series.notes
        let burnIn = try burnIn(series, &notes)
        let blocks = try measured(series, burnIn, &notes)
        let (used, design) = try drawn(blocks, &notes)
        let test = SwitchbackTest(
            values: used.map(\.mean), isOn: used.map(\.block.isOn), design: design, most: draws,
            seed: seed)
        return answer(AnalysisInput(table), series, used, design, test, burnIn, notes)
    }

    private func burnIn(
        _ series: SilenceSeries, _ notes: inout [String]
    ) throws(AnalysisError) -> Int {
        let lengths = series.blocks.map {
            series.times[$0.rows.upperBound - 1] - series.times[$0.rows.lowerBound] + 1
        }
        let typical = lengths.sorted()[lengths.count / 2]
        let chosen: Int
        if let burnIn {
            chosen = burnIn
        } else if let halfLife {
            guard halfLife >= 0, halfLife <= 3660 else {
                throw .unsuitable("--half-life lies between 0 and 3660 periods of the file.")
            }
            chosen = SilenceDesign.burnIn(halfLife: halfLife, left: 0.1)
        } else {
            chosen = typical / 3
            notes.append(
                "Nothing says how long a post counts, so the first third of each block "
                    + "(\(chosen) periods) was dropped; say --half-life or --burn-in.")
        }
        guard chosen >= 0, chosen < typical else {
            throw .unsuitable(
                "\(chosen) periods of each block would be dropped, but blocks are \(typical) long: "
                    + "they are too short for this half-life. Nothing sound can be read from them.")
        }
        return chosen
    }

    /// Blocks without their first part.
    private func measured(
        _ series: SilenceSeries, _ burnIn: Int, _ notes: inout [String]
    ) throws(AnalysisError) -> [Measured?] {
        var empty = 0
        let blocks = series.blocks.map { block -> Measured? in
            let start = series.times[block.rows.lowerBound]
            let rows = block.rows.filter {
                series.times[$0] - start >= burnIn && series.values[$0] != nil
            }
            guard !rows.isEmpty else {
                empty += 1
                return nil
            }
            let sum = rows.reduce(0) { $0 + (series.values[$1] ?? 0) }
            return Measured(block: block, rows: rows, mean: sum / Double(rows.count))
        }
        if empty > 0 { notes.append("\(empty) blocks have nothing to measure and were left out.") }
        let there = blocks.compactMap { $0 }
        guard there.contains(where: { $0.block.isOn }), there.contains(where: { !$0.block.isOn })
        else {
            throw .unsuitable(
                "At least one block of posting and one of silence is needed, with values after the "
                    + "first \(burnIn) periods.")
        }
        return blocks
    }

    /// The blocks that count, and how they were drawn.
    private func drawn(
        _ blocks: [Measured?], _ notes: inout [String]
    ) throws(AnalysisError) -> ([Measured], SwitchbackTest.Design) {
        var pairs: [Measured] = []
        var isPaired = true
        var broken = blocks.count % 2
        for place in stride(from: 0, to: blocks.count - 1, by: 2) {
            guard let first = blocks[place], let second = blocks[place + 1] else {
                broken += 1
                continue
            }
            if first.block.isOn == second.block.isOn { isPaired = false }
            pairs += [first, second]
        }
        if design == .pairs, !isPaired {
            throw .unsuitable(
                "The blocks are no pairs: two neighbours were both posting or both silence.")
        }
        if design ?? (isPaired && !pairs.isEmpty ? .pairs : .complete) == .pairs {
            if broken > 0 {
                notes.append("Blocks without their other half of a pair were left out.")
            }
            guard !pairs.isEmpty else { throw .unsuitable("There is no whole pair of blocks.") }
            return (pairs, .pairs)
        }
        return (blocks.compactMap { $0 }, .complete)
    }
}
