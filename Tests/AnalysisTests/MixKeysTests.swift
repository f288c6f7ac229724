import Analysis
import Foundation
import Statistics
import Testing

/// Keys that would do nothing are refused with their line, and names are told apart as people mean.
struct MixKeysTests {
    private static let head = "date: d\ntarget: y\nchannels: [a, b]\n"

    private static func reading(_ more: String) -> String {
        do {
            _ = try MixAnalysisTests.model(head + more)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `what would do nothing is refused`() {
        let cases = [
            ("priors: {channels: {a: {roi: {log-normal: [0, 1]}, beta: {half-normal: 1}}}}", "roi"),
            ("priors: {roi: {log-normal: [0, 1]}, beta: {half-normal: 1}}", "one of them"),
            ("priors: {theta: {half-normal: 1}}", "no channel has theta"),
            ("priors: {channels: {b: {kappa: {half-normal: 1}}}}", "b has no kappa"),
            ("priors: {spread: {half-normal: 1}}", "only with geo:"),
            ("priors: {holiday: 2}", "there are no holidays"),
            ("priors: {control: 2}", "there are no controls"),
            ("priors: {trend: 2}\ntrend: false", "trend: is false"),
            ("adstock: {kind: weibull-pdf, length: 2}", "length of 3 or more"),
            ("adstock: {kind: geometric, length: 1}", "Write adstock: none"),
            ("adstock: {a: delayed}", "channels: [{name: a, adstock: delayed}]"),
            ("saturation: {b: {kind: hill}}", "channels: [{name: b, saturation: hill}]"),
        ]
        for (text, words) in cases {
            let message = Self.reading(text)
            #expect(message.contains(words) && message.contains("line 4"), "\(message)")
        }
        #expect(Self.reading("adstock: {kind: weibull-pdf, length: 3}") == "")
        #expect(Self.reading("adstock: {kind: none, length: 1}") == "")
        #expect(
            Self.reading("priors: {season: 1, trend: 2, intercept: 3, beta: {gamma: [2, 1]}}") == ""
        )
    }

    @Test func `a channel's own prior goes before the general one`() throws {
        let model = try MixAnalysisTests.model(
            Self.head
                + "priors: {roi: {log-normal: [0, 1]}, channels: {a: {beta: {half-normal: 2}}}}")
        #expect(model.channels[0].returnPrior == nil)
        #expect(model.channels[0].priors["beta"] == .halfNormal(2))
        #expect(model.channels[1].returnPrior == .logNormal(mean: 0, deviation: 1))
    }

    /// What happens with sixty weeks in two places, whose names are as `spelt`.
    private static func words(
        _ more: String, _ spelt: (Int) -> String = { _ in "north" }
    ) async -> String {
        var random = Philox(seed: 3)
        var text = "d,p,y,a,b\n"
        for week in 0..<60 {
            for name in [spelt(week), "south"] {
                text += "\(DayNumber.text(19_002 + 7 * week)),\(name),\(50 + random.normal()),"
                text += "\(random.uniform()),\(random.uniform())\n"
            }
        }
        return await SeriesHostilityTests.words { [text] in
            var analysis = MixAnalysis(
                try MixAnalysisTests.model(head + "geo: p\nholdout: 31\n" + more))
            analysis.draws = 20
            return try await analysis.answer(try DataTable(Data(text.utf8), name: "made.csv"))
        }
    }

    @Test func `what the data cannot hold is refused`() async {
        let weekly = await Self.words("weekly: true")
        #expect(weekly.contains("line 6") && weekly.contains("of this file is a week"))
        let far = await Self.words("holidays: [{name: x, dates: [2031-01-01]}]")
        #expect(far.contains("line 6") && far.contains("no day of “x” lies within"))
        let country = await Self.words("holidays: DE")
        #expect(country.contains("key holidays: “DE” is neither a day nor a column"))
    }

    @Test func `places are told apart without letter case, and each has a name`() async throws {
        // The test's place is found in other letters; the next thing wrong is its unit.
        let test =
            "calibration: [{channel: a, x: 99, delta_x: 1, delta_y: 1, sigma: 1, place: NORTH}]"
        let mixed = await Self.words(test) { $0 % 2 == 0 ? "north" : "North" }
        #expect(mixed.contains("ten times the largest of a"))
        let other = test.replacing("NORTH", with: "east")
        let named = await Self.words(other) { $0 % 2 == 0 ? "north" : "North" }
        #expect(named.contains("places are north, south."))
        let empty = await Self.words("") { $0 == 4 ? "" : "north" }
        #expect(empty.contains("Row 10") && empty.contains("needs the name of a place"))
    }
}
