import Analysis
import Foundation
import Kernel
import Statistics
import Testing

/// Whole files are answered for, against values from elsewhere.
struct AttributionAnalysisTests {
    func answer(
        _ table: DataTable, _ models: [AttributionModel],
        _ change: (inout AttributionRequest) -> Void = { _ in }
    ) async throws -> AttributionAnswer {
        var request = AttributionRequest(models)
        change(&request)
        let reading = JourneyReading()
        return try await AttributionAnalysis(try reading.read(table), reading, request)
            .answer([AnalysisInput(table)])
    }

    func answer(
        _ text: String, _ models: [AttributionModel],
        _ change: (inout AttributionRequest) -> Void = { _ in }
    ) async throws -> AttributionAnswer {
        try await answer(try DataTable(Data(text.utf8), name: "a.csv"), models, change)
    }

    static let three = """
        path,total_conversions,total_conversion_value,total_null
        C1 > C2 > C3,1,100,0
        C1,0,0,1
        C2 > C3,0,0,1
        """

    @Test func `conversions without a recent touch name the lookback`() async throws {
        let text =
            "id,time,channel,conversion\n1,2024-01-01,a,0\n1,2024-03-01,,1\n"
        do {
            _ = try await answer(text, [.linear])
            Issue.record("shared out what nobody touched")
        } catch AnalysisError.unsuitable(let words) {
            #expect(words.contains("--lookback"))
        }
    }

    @Test func `credit in minor units adds up to the total`() async throws {
        let text = "path,conversions,value\na > b > c,1,100\na > b > c > d > e > f > g,1,0.1\n"
        let answer = try await answer(text, [.linear])
        #expect(answer.rows.compactMap(\.valueMinorUnits).reduce(0, +) == 10_010)
        #expect(answer.totals.valueMinorUnits == 10_010)
    }

    @Test func `the same seed gives the same bytes`() async throws {
        func text(_ seed: UInt64) async throws -> String {
            try JSON.text(
                try await answer(Self.three, [.markov]) {
                    $0.samples = 50
                    $0.seed = seed
                })
        }
        #expect(try await text(1) == text(1))
        #expect(try await text(1) != text(2))
    }

    @Test func `models side by side show where they disagree`() async throws {
        let answer = try await answer(Self.three, AttributionModel.allCases)
        #expect(answer.rows.count == 8 * 3)
        #expect(answer.rows.filter { $0.channel == "C1" }.map(\.model).first == "first")
        let most = try #require(answer.disagreement?.first { $0.channel == "C1" })
        #expect(most.highestModel == "first" && most.highest == 1)
        #expect(most.lowestModel == "last" && most.lowest == 0)
        #expect(answer.notes.contains { $0.hasPrefix("Time decay is left out") })
        #expect(answer.picture != nil)
    }

    @Test func `time decay without times is refused with a remedy`() async throws {
        await #expect(throws: AnalysisError.self) {
            try await answer(Self.three, [.timeDecay])
        }
        await #expect(throws: AnalysisError.self) {
            try await answer("path,conversions\na,0\n", [.first])
        }
        await #expect(throws: AnalysisError.self) {
            try await answer("path,conversions\na,1\n", [.markov]) { $0.order = .automatic }
        }
    }

    @Test func `what would take hours is refused before it begins`() async throws {
        let text = "path,conversions,nulls\n" + (0..<60).map { "a\($0) > b\($0),1,1\n" }.joined()
        await #expect(throws: AnalysisError.self) {
            try await answer(text, [.shapley]) {
                $0.worth = .rate
                $0.permutations = 10_000_000
                $0.samples = 1000
            }
        }
        await #expect(throws: AnalysisError.self) {
            try await answer(text, [.first]) { $0.samples = 1_000_000 }
        }
    }

    @Test func `values that cannot be added are refused`() async throws {
        let text = "path,conversions,value\na,1,1e308\nb,1,1e308\n"
        await #expect(throws: AnalysisError.self) { try await answer(text, [.linear]) }
    }

    @Test(arguments: [
        ("first_touch", AttributionModel.first), ("Last-Non-Direct", .lastNonDirect),
        ("time_decay", .timeDecay), ("u-shaped", .position), ("linear unique", .linearUnique),
    ])
    func `models are known by their usual names`(name: String, model: AttributionModel) {
        #expect(AttributionModel(name) == model)
    }

    /// The acceptance data, or nil where it is not at hand.
    static let folder: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        let folder = URL(filePath: data + "/measure/attribution", relativeTo: root)
        let file = folder.appending(path: "PathData.csv").path
        return FileManager.default.isReadableFile(atPath: file) ? folder : nil
    }()

    static let absence: Comment = "the acceptance data is not at hand"

    struct Expected: Decodable {
        struct Chain: Decodable {
            struct Channel: Decodable {
                var removalEffect: Double
                var removalEffectValue: Double
                var conversions: Double
                var value: Double

                enum CodingKeys: String, CodingKey {
                    case removalEffect = "removal_conv"
                    case removalEffectValue = "removal_value"
                    case conversions, value
                }
            }
            var probability: Double
            var states: Int
            var channels: [String: Channel]

            enum CodingKeys: String, CodingKey {
                case probability = "p_conversion"
                case states = "n_states"
                case channels
            }
        }
        var rules: [String: [String: Double]]
        var chains: [String: Chain]

        enum CodingKeys: String, CodingKey {
            case rules = "heuristic_models"
            case chains = "markov_exact_absorbing_chain"
        }
    }

    func pathData() throws -> (DataTable, Expected)? {
        guard let folder = Self.folder else { return nil }
        return (
            try DataTable(path: folder.appending(path: "PathData.csv").path),
            try JSON.decode(
                from: Data(contentsOf: folder.appending(path: "expected_PathData.json")))
        )
    }

    @Test(
        .enabled(if: folder != nil, absence),
        arguments: [
            (AttributionModel.first, "first"), (.last, "last"), (.linear, "linear"),
        ])
    func `rules give ChannelAttribution's figures`(model: AttributionModel, key: String)
        async throws
    {
        let (table, expected) = try #require(try pathData())
        let answer = try await answer(table, [model])
        #expect(answer.rows.count == expected.rules.count)
        for row in answer.rows {
            let figures = try #require(expected.rules[row.channel])
            #expect(abs(row.conversions - (figures["\(key)_touch_conversions"] ?? .nan)) < 1e-9)
            #expect(abs(row.value - (figures["\(key)_touch_value"] ?? .nan)) < 1e-9)
        }
    }

    @Test(.enabled(if: folder != nil, absence))
    func `order 1 is the exact chain of the acceptance data`() async throws {
        let (table, expected) = try #require(try pathData())
        let chain = try #require(expected.chains["order1_with_null"])
        let answer = try await answer(table, [.markov]) { $0.showsTransitions = true }
        #expect(answer.diagnostics.states == chain.states)
        let probability = try #require(answer.diagnostics.conversionProbability)
        #expect(abs(probability - chain.probability) < 1e-14)
        for row in answer.rows {
            let figures = try #require(chain.channels[row.channel])
            #expect(abs(row.conversions - figures.conversions) < 1e-9)
            #expect(abs(row.value - figures.value) < 1e-9)
            #expect(abs((row.removalEffect ?? .nan) - figures.removalEffect) < 1e-13)
            #expect(abs((row.removalEffectValue ?? .nan) - figures.removalEffectValue) < 1e-13)
        }
        try expectTransitions(answer)
    }

    /// The peer numbers channels in order of their first appearance.
    private func expectTransitions(_ answer: AttributionAnswer) throws {
        let folder = try #require(Self.folder)
        let name = "channelattribution_transition_matrix_order1_with_null.csv"
        let matrix = try DataTable(path: folder.appending(path: name).path)
        let channels = [
            "eta", "iota", "alpha", "beta", "theta", "lambda", "kappa", "zeta", "epsilon", "gamma",
            "delta", "mi",
        ]
        func named(_ text: String) -> String { Int(text).map { channels[$0 - 1] } ?? text }
        var own: [[String]: Double] = [:]
        for step in answer.transitions ?? [] { own[[step.from, step.to]] = step.probability }
        let (from, to) = (matrix.texts(0), matrix.texts(1))
        for (row, probability) in try matrix.numbers(2).enumerated() {
            let step = own[[named(from[row]), named(to[row])]]
            #expect(abs((step ?? .nan) - probability) < 1e-12)
        }
        #expect(own.count == matrix.rowCount)
    }

    /// Alpha's conversions and value and zeta's conversions: NumPy's dense solution of the chain.
    @Test(
        .enabled(if: folder != nil, absence),
        arguments: [
            (2, false, 120, [5617.453853893056, 19194.515704109413, 374.0313251048351]),
            (2, true, 120, [5563.519264985974, 19031.328020211724, 384.65612357604255]),
            (3, false, 933, [5748.0986495090665, 19409.809823807467, 370.3629967013824]),
            (3, true, 933, [5716.474441905201, 19311.71716627707, 377.6705663101795]),
            (4, false, 3975, [5814.108549093066, 19510.56457335186, 369.8379434467642]),
            (4, true, 3975, [5787.36899210254, 19430.831847011417, 375.65228050062495]),
        ] as [(Int, Bool, Int, [Double])])
    func `higher orders are those of a dense solution`(
        order: Int, ignoresNulls: Bool, states: Int, expected: [Double]
    ) async throws {
        let (table, _) = try #require(try pathData())
        let answer = try await answer(table, [.markov]) {
            $0.order = .fixed(order)
            $0.ignoresNulls = ignoresNulls
        }
        #expect(answer.diagnostics.states == states)
        let alpha = try #require(answer.rows.first { $0.channel == "alpha" })
        let zeta = try #require(answer.rows.first { $0.channel == "zeta" })
        for (own, value) in zip([alpha.conversions, alpha.value, zeta.conversions], expected) {
            #expect(abs(own - value) < 1e-8)
        }
        #expect(abs(answer.rows.map(\.conversions).reduce(0, +) - 19_785) < 1e-8)
    }

    /// A few lines of NumPy over the definition give these areas; ChannelAttribution, whose curve
    /// has 100 points, gives 0.5087, 0.5174, 0.5278 and 0.5428, and chooses 4 as well.
    @Test(.enabled(if: folder != nil, absence))
    func `the order is chosen as the peer chooses it`() async throws {
        let (table, _) = try #require(try pathData())
        let answer = try await answer(table, [.markov]) { $0.order = .automatic }
        #expect(answer.order == 4)
        let areas = [0.5086696645951059, 0.5174154296968261, 0.527929476810555, 0.5428993509473804]
        let penalised = [
            0.5086029485471182, 0.5169891761695846, 0.525977309506461, 0.5357293300793505,
        ]
        for (index, fit) in try #require(answer.diagnostics.orders).enumerated() {
            #expect(abs(fit.auc - areas[index]) < 1e-12)
            #expect(abs(fit.penalisedAuc - penalised[index]) < 1e-12)
        }
    }
}
