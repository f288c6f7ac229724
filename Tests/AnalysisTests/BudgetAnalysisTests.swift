import Analysis
import Foundation
import Kernel
import Testing

/// Budgets from files, against the known optimum and worked out by hand.
struct BudgetAnalysisTests {
    static let file = "mmm/expected_budget.json"

    private func fit(_ text: String) throws -> BudgetFit {
        try BudgetFit(Data(text.utf8), name: "fit.json")
    }

    private static let two = """
        {"curves": {"a": {"vmax": 100, "k": 10}, "b": {"vmax": 100, "k": 10}},
         "current": {"a": 30, "b": 10}}
        """

    /// Two channels with three draws, alike but for the second one's unsure size.
    private static let mix = """
        {"method": "mix", "period": "week", "worth": 2, "curves": [
          {"channel": "x1", "adstock": {"kind": "geometric", "alpha": 0.5, "length": 4,
            "normalised": true}, "saturation": {"kind": "logistic", "lambda": 2}, "unit": 50,
           "beta": 10, "spend": 20, "recent": [40, 30, 20], "parameters": ["alpha", "lambda", "beta"],
           "draws": [[0.4, 2, 9], [0.5, 2, 10], [0.6, 2, 11]]},
          {"channel": "x2", "adstock": {"kind": "none"},
           "saturation": {"kind": "hill", "slope": 2, "kappa": 0.5}, "unit": 40, "beta": 10,
           "spend": 20, "recent": [], "parameters": ["slope", "kappa", "beta"],
           "draws": [[2, 0.5, 4], [2, 0.5, 10], [2, 0.5, 16]]}]}
        """

    private func refusal(_ text: String, _ change: (inout BudgetAnalysis) throws -> Void = { _ in })
        async -> String
    {
        do {
            var analysis = BudgetAnalysis()
            analysis.total = 40
            try change(&analysis)
            _ = try await analysis.answer(fit(text))
            return ""
        } catch {
            return (error as? AnalysisError)?.problem.message ?? "\(error)"
        }
    }

    // The optimum by an independent solver of the conditions of Karush, Kuhn and Tucker.
    @Test(.enabled(if: AcceptanceFile.exists(file), "The acceptance data is absent."))
    func `the known optimum is found to the last digits`() async throws {
        var analysis = BudgetAnalysis()
        analysis.total = 50000
        let answer = try await analysis.answer(BudgetFit(path: AcceptanceFile.path(Self.file)))
        let rows = Dictionary(uniqueKeysWithValues: answer.rows.map { ($0.channel, $0) })
        for (channel, spend) in [
            ("facebook", 25535.84011195419), ("tiktok", 12278.821586211692),
            ("linkedin", 8017.235355539189), ("email", 4168.102946294933),
        ] {
            let row = try #require(rows[channel])
            #expect(abs(row.spend / spend - 1) < 1e-9)
            #expect(abs((row.marginal ?? 0) / 1.1672283002552035 - 1) < 1e-9)
        }
        #expect(abs(answer.totals.response / 120499.36911184707 - 1) < 1e-9)
        #expect(abs((answer.totals.currentResponse ?? 0) / 118564.10256410258 - 1) < 1e-9)
        #expect(answer.diagnostics.kktResidual < 1e-9)
        #expect(answer.picture?.svg.contains("facebook") == true)
    }

    @Test func `alike channels get alike, within bounds and changes`() async throws {
        var analysis = BudgetAnalysis()
        let plain = try await analysis.answer(fit(Self.two))
        #expect(plain.rows.map { ($0.spend * 1e9).rounded() / 1e9 } == [20, 20])
        #expect(plain.totals.spend == 40)
        analysis.change = 0.2
        let close = try await analysis.answer(fit(Self.two))
        #expect(abs(close.rows[0].spend - 28) < 1e-9)
        #expect(close.rows[1].atBound)
        analysis.bounds = try BudgetBound.all(["b=..5"])
        analysis.total = 35
        let bounded = try await analysis.answer(fit(Self.two))
        #expect(abs(bounded.rows[1].spend - 5) < 1e-9)
        #expect(bounded.rows[0].high == 36)
    }

    @Test func `draws give intervals, a chance and a warning beyond what was seen`() async throws {
        var analysis = BudgetAnalysis()
        analysis.total = 120
        let answer = try await analysis.answer(fit(Self.mix))
        #expect(answer.diagnostics.draws == 3)
        #expect(answer.totals.probabilityOfImprovement != nil)
        #expect(answer.rows[1].responseLow.map { $0 < answer.rows[1].response } == true)
        #expect(answer.notes.contains { $0.contains("nobody has seen") && $0.contains("x1") })
        #expect(answer.diagnostics.gap < 1e-9)
        // A steady spend works at its full weight, normalised: 10·tanh(2·20/50/2) in the middle.
        let current = try #require(answer.rows[0].currentResponse)
        #expect(abs(current - 10 * tanh(0.4)) < 1e-12)
        analysis.periods = 4
        analysis.risk = 1
        let ahead = try await analysis.answer(fit(Self.mix))
        #expect((ahead.totals.carryOver ?? 0) > 0)
        #expect(ahead.totals.currentSpend == 160)
        #expect(ahead.diagnostics.objectiveValue < ahead.totals.response)
    }

    @Test func `what cannot be is refused with its remedy`() async throws {
        #expect(await refusal(Self.two) { $0.total = -1 }.contains("--total"))
        #expect(await refusal(Self.two) { $0.total = .nan }.contains("--total"))
        #expect(await refusal(Self.two) { $0.total = .infinity }.contains("--total"))
        #expect(
            await refusal(Self.two) { $0.bounds = try BudgetBound.all(["c=1..2"]) }
                .contains("the file has a, b"))
        #expect(
            await refusal(Self.two) { $0.bounds = try BudgetBound.all(["a=50..", "b=1..2"]) }
                .contains("Raise the total"))
        #expect(
            await refusal(Self.two) { $0.bounds = try BudgetBound.all(["a=..5,b=..6"]) }
                .contains("Lower the total"))
        for bad in ["a", "a=5..1", "a=-1..2", "a=nan..2", "a=inf..", "=1..2", "a=x..2"] {
            #expect(await refusal(Self.two) { $0.bounds = try BudgetBound.all([bad]) } != "")
        }
        #expect(await refusal(Self.two) { $0.risk = 1 }.contains("draws"))
        #expect(
            await refusal(#"{"curves": {"a": {"vmax": 1, "k": 0}}}"#).contains("curves.a.k"))
        #expect(
            await refusal(#"{"curves": {"a": {"vmx": 1, "k": 1}}}"#).contains("curves.a.vmx"))
        #expect(await refusal(#"{"curves": {}}"#).contains("no channel"))
        #expect(await refusal("[1, 2").contains("line 1"))
        #expect(await refusal(#"{"curves": {"a": {"vmax": 1, "k": 1e999}}}"#).contains("1e999"))
        #expect(
            await refusal(#"{"reported": false, "notes": ["Chains disagree."], "curves": []}"#)
                .contains("Chains disagree."))
        let broken = Self.mix.replacing("[0.5, 2, 10]", with: "[0.5, 10]")
        #expect(await refusal(broken).contains("curves[0].draws[1]"))
    }

    @Test func `an end left open has no most, and nothing can be shared out`() async throws {
        var analysis = BudgetAnalysis()
        analysis.bounds = try BudgetBound.all(["a=0..inf", "b=.."])
        analysis.total = 0
        let answer = try await analysis.answer(fit(Self.two))
        #expect(answer.rows.map(\.spend) == [0, 0])
        #expect(answer.rows[0].high == nil)
        #expect(answer.totals.response == 0)
    }
}
