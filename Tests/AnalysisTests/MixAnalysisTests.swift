import Analysis
import Foundation
import Statistics
import Testing

/// A mix model finds known truth, and bad input is named with its remedy.
struct MixAnalysisTests {
    static func model(_ text: String) throws -> MixConfiguration {
        try MixConfiguration(Data(text.utf8), name: "MODEL.yaml")
    }

    private static let plain = """
        date: date_week
        target: y
        channels: [x1, x2]
        controls: [event_1, event_2, t]
        """

    /// PyMC-Marketing's example, whose true contributions are known.
    @Test func `the truth of the public example is found`() async throws {
        let path = AcceptanceFile.path("mmm/mmm_example.csv")
        guard FileManager.default.fileExists(atPath: path) else {
            try Test.cancel("The acceptance data is not at hand.")
        }
        let analysis = MixAnalysis(try Self.model(Self.plain))
        let answer = try await analysis.answer(try DataTable(path: path))
        let names = answer.parameters.compactMap(\.channel)
        #expect(Set(names) == ["x1", "x2"])
        #expect(answer.reported)
        #expect((answer.diagnostics.rHatMax ?? 2) < 1.01)
        let rows = try #require(answer.rows)
        for (row, truth, limit) in zip3(rows, [274_848.3, 65_905.98], [0.05, 0.15]) {
            #expect(abs(row.contribution / truth - 1) < limit)
            #expect((row.contributionLow...row.contributionHigh).contains(truth))
        }
        #expect(answer.curves?.first?.parameters == ["alpha", "lambda", "beta"])
        #expect((answer.curves?.first?.draws.count ?? 0) <= 200)
        #expect(answer.curves?.first?.recent.count == 7)
    }

    @Test func `usual spellings of other programs are understood`() throws {
        let model = try Self.model(
            """
            date: d
            target: y
            channels:
              film: {adstock: {type: weibull_pdf, l_max: 6, normalize: false}}
              search:
            saturation: Michaelis_Menten
            seasonality: {yearly: 3, weekly: false}
            controls: price
            holidays: {eve: [2024-12-24, 2025-12-24]}
            """)
        #expect(model.channels.map(\.name) == ["film", "search"])
        #expect(
            model.channels[0].carryOver == CarryOver(.weibullPDF, length: 6, isNormalised: false))
        #expect(model.channels[1].carryOver == CarryOver(.geometric))
        #expect(model.channels.allSatisfy { $0.saturation == .michaelisMenten })
        #expect(model.seasonality == 3 && model.weekly == false)
        #expect(model.controls == ["price"])
        #expect(model.holidays.map(\.name) == ["eve"] && model.holidays[0].days.count == 2)
        let columns = try Self.model(
            "date: d\ntarget: y\nchannels: [a]\nholidays: [2024-12-24, easter]\nseasonality: false")
        #expect(columns.controls == ["easter"] && columns.holidays.count == 1)
        #expect(columns.seasonality == 0)
        #expect(throws: AnalysisError.self) {
            try Self.model(
                "date: d\ntarget: y\nchannels: [a]\nadstock: {type: delayed, kind: geometric}")
        }
    }

    private func zip3(
        _ rows: [MixAnswer.Row], _ truth: [Double], _ limit: [Double]
    ) -> [(MixAnswer.Row, Double, Double)] {
        zip(rows, zip(truth, limit)).map { ($0, $1.0, $1.1) }
    }

    @Test func `unknown keys and missing ones are named with the nearest`() throws {
        func message(_ text: String) -> String {
            do {
                _ = try Self.model(text)
                return ""
            } catch {
                return "\(error)"
            }
        }
        let unknown = message("date: d\ntarget: y\nchanels: [a]\nchannels: [a]")
        #expect(unknown.contains("line 3"))
        #expect(unknown.contains("chanels"))
        #expect(unknown.contains("nearest is “channels”") || unknown.contains("channels"))
        #expect(message("date: d\ntarget: y").contains("channels is missing"))
        #expect(
            message("date: d\ntarget: y\nchannels: [a]\nadstock: geometrik").contains("geometric"))
        #expect(message("date: d\ntarget: y\nchannels: [a]\nseasonality: -1").contains("0 to 12"))
        #expect(
            message("date: d\ntarget: y\nchannels: [a]\npriors: {alpha: {gamma: [1, 2]}}")
                .contains("beta: [1, 3]"))
        #expect(message("a: [").contains("not YAML"))
    }

    /// What a small table does, as text.
    private func failure(_ csv: String, _ model: String) async -> String {
        do {
            let table = try DataTable(Data(csv.utf8), name: "made.csv")
            _ = try await MixAnalysis(try Self.model(model)).answer(table)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `hostile tables are refused with the row, the column and a remedy`() async {
        let model = "date: d\ntarget: y\nchannels: [a]"
        func csv(_ rows: [(String, String)]) -> String {
            let lines = rows.enumerated().map { index, row in
                "2024-01-\(index < 9 ? "0" : "")\(index + 1),\(row.0),\(row.1)"
            }
            return "d,y,a\n" + lines.joined(separator: "\n") + "\n"
        }
        let good = (0..<28).map { ("\(10 + $0 % 5)", "\($0 % 3)") }
        var rows = good
        rows[2].1 = "-4"
        #expect(await failure(csv(rows), model).contains("below 0"))
        rows = good
        rows[2].1 = ""
        #expect(await failure(csv(rows), model).contains("missing"))
        rows = good
        rows[2].1 = "inf"
        #expect(await failure(csv(rows), model).contains("not a number"))
        #expect(
            await failure(csv(good.map { ("7", $0.1) }), model).contains("the same in every row"))
        #expect(await failure(csv(good.map { ($0.0, "0") }), model).contains("nothing to estimate"))
        #expect(await failure(csv(Array(good.prefix(6))), model).contains("unknown numbers"))
        let twice = csv(good) + "2024-01-03,5,1\n"
        #expect(await failure(twice, model).contains("also the date of row"))
        #expect(await failure(csv(good), model + "\ncontrols: [b]").contains("controls"))
    }
}
