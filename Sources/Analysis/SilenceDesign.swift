import Foundation
import Statistics

/// Draws a calendar of posting and silence for a channel.
package struct SilenceDesign: Sendable {
    package var weeks: Int
    /// In how many days half of what a post brings has come.
    package var halfLife: Double
    /// The share of an effect that may be left when measuring begins.
    package var left = 0.1
    package var blockDays: Int?
    package var burnIn: Int?
    package var start: String?
    package var level = 0.95
    package var seed: UInt64 = 1
    /// The columns of a file of the past.
    package var columns = SilenceSeries.Columns()
    /// How likely an effect must be found.
    package var power = 0.8

    package init(weeks: Int, halfLife: Double) {
        self.weeks = weeks
        self.halfLife = halfLife
    }

    /// The days after a change in which what was posted before still counts: after h half-lives
    /// 2⁻ʰ is left.
    package static func burnIn(halfLife: Double, left: Double) -> Int {
        Int(min(3660, halfLife * log2(1 / left)).rounded(.up))
    }

    /// The calendar and, with a file of the channel's past, how large an effect it would show.
    package func answer(_ past: DataTable? = nil) throws(AnalysisError) -> SilenceDesignAnswer {
        guard (1...5200).contains(weeks), halfLife >= 0, halfLife <= 3660, left > 0, left < 1 else {
            throw .unsuitable(
                "--weeks lies between 1 and 5200, and --half-life between 0 and 3660 days.")
        }
        guard level > 0, level < 1, power > 0, power < 1 else {
            throw .unsuitable("--level and --power lie between 0 and 1.")
        }
        guard (blockDays.map { (1...3660).contains($0) } ?? true),
            burnIn.map({ (0...3660).contains($0) }) ?? true
        else {
            throw .unsuitable(
                "--block-days lies between 1 and 3660, and --burn-in between 0 and 3660.")
        }
        let burnIn = burnIn ?? Self.burnIn(halfLife: halfLife, left: left)
        // Whole weeks, so that every block has every day of the week.
        let block = blockDays ?? ((burnIn + max(3, (burnIn + 1) / 2)) + 6) / 7 * 7
        guard block > burnIn, Double(block) > halfLife else {
            throw .unsuitable(
                "Blocks of \(block) days are too short: what was posted before counts for "
                    + "\(burnIn) days. Say --block-days \(2 * burnIn) or more.")
        }
        let pairs = weeks * 7 / (2 * block)
        guard pairs >= 1 else {
            throw .unsuitable(
                "\(weeks) weeks have no room for two blocks of \(block) days; plan at least "
                    + "\((2 * block + 6) / 7) weeks, and better \((12 * block + 6) / 7).")
        }
        let first = try start.map { text throws(AnalysisError) in
            guard let day = DayNumber.read(text) else {
                throw .unsuitable("--start \(text) is not a day such as 2024-03-31.")
            }
            return day
        }
        var answer = calendar(pairs: pairs, block: block, burnIn: burnIn, first: first)
        guard let past else { return answer }
        answer.inputs = [AnalysisInput(past)]
        let found = try SilenceHistory(past, columns: columns).answer(
            pairs: pairs, block: block, burnIn: burnIn, level: level, power: power, seed: seed)
        answer.past = found
        answer.notes.insert(words(found), at: 0)
        return answer
    }

    private func words(_ past: SilenceDesignAnswer.Past) -> String {
        guard let smallest = past.smallestEffect else {
            return "So few pairs can prove nothing, however large the effect."
        }
        let share = past.smallestRelativeEffect.map { " (\(Wording.percent($0)) of the mean)" }
        return "By the \(past.days) days of the past, an effect of about "
            + "\(Wording.number(smallest)) a day\(share ?? "") would be found in "
            + "\(Wording.percent(past.power)) of cases; smaller ones mostly stay not proven. The "
            + "past shows what posting was like then: if silence is calmer, it is a little less."
    }

    private func calendar(
        pairs: Int, block: Int, burnIn: Int, first: Int?
    ) -> SilenceDesignAnswer {
        var random = Philox(seed: seed)
        var rows: [SilenceDesignAnswer.Row] = []
        func name(_ day: Int) -> String { first.map { DayNumber.text($0 + day) } ?? "\(day + 1)" }
        for pair in 0..<pairs {
            let postsFirst = random.below(2) == 1
            for half in 0..<2 {
                let day = (2 * pair + half) * block
                rows.append(
                    SilenceDesignAnswer.Row(
                        block: 2 * pair + half + 1, pair: pair + 1,
                        condition: postsFirst == (half == 0) ? "post" : "silence",
                        start: name(day), end: name(day + block - 1),
                        measuredFrom: name(day + burnIn), measuredDays: block - burnIn))
            }
        }
        // Two of the 2ᵏ draws are as extreme as the most extreme one.
        let least = exp2(1 - Double(pairs))
        return SilenceDesignAnswer(
            weeks: weeks, halfLife: halfLife, blockDays: block, burnInDays: burnIn, seed: seed,
            level: level, rows: rows,
            diagnostics: SilenceDesignAnswer.Diagnostics(
                pairs: pairs, leastPValue: min(1, least), daysUsed: 2 * pairs * block,
                daysLeftOver: weeks * 7 - 2 * pairs * block),
            notes: notes(pairs, block, burnIn, min(1, least)), firstDay: first)
    }

    private func notes(
        _ pairs: Int, _ block: Int, _ burnIn: Int, _ least: Double
    ) -> [String] {
        var notes = [
            "Keep to the calendar also where it hurts: a day that is swapped breaks the draw. The "
                + "first \(burnIn) days of each block are not measured; "
                + (halfLife > 0
                    ? "\(Wording.percent(exp2(-Double(burnIn) / halfLife))) of an effect may be "
                        + "left after them."
                    : "an effect is taken to end with its day.")
        ]
        if least >= 1 - level {
            var needed = 1
            var smallest = 1.0
            while smallest >= 1 - level, needed < 60 {
                needed += 1
                smallest /= 2
            }
            notes.append(
                "\(pairs) pairs of blocks cannot prove anything at \(Wording.percent(level)): the "
                    + "smallest possible p is \(Wording.probability(least)). Plan "
                    + "\((2 * needed * block + 6) / 7) weeks for \(needed) pairs.")
        }
        if block % 7 != 0 {
            notes.append(
                "Blocks are not whole weeks, so days of the week do not balance by themselves.")
        }
        return notes
    }
}
