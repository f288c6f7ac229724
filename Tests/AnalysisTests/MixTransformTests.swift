import Foundation
import Statistics
import Testing

/// Carry-over and saturation give the published values.
struct MixTransformTests {
    static func vectors(_ group: String) throws -> (x: [Double], values: [String: [Double]])? {
        let path = AcceptanceFile.path("mmm/transform_vectors.json")
        guard let data = FileManager.default.contents(atPath: path),
            let all = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let x = all["x"] as? [Double], let group = all[group] as? [String: Any]
        else { return nil }
        return (x, group.compactMapValues { $0 as? [Double] })
    }

    private func expect(_ made: [Double], _ name: String, _ values: [String: [Double]]) throws {
        let expected = try #require(values[name])
        for (a, b) in zip(made, expected) { #expect(abs(a - b) < 1e-6, "\(name)") }
        #expect(made.count == expected.count)
    }

    @Test func `carry-over agrees with PyMC-Marketing`() throws {
        guard let (x, values) = try Self.vectors("pymc_marketing_0.19.2") else {
            try Test.cancel("The acceptance data is not at hand.")
        }
        for alpha in ["0.0", "0.3", "0.7"] {
            for (flag, isNormalised) in [("True", true), ("False", false)] {
                let form = CarryOver(.geometric, isNormalised: isNormalised)
                try expect(
                    form.carried(x, [Double(alpha) ?? 0]),
                    "geometric_adstock alpha=\(alpha) l_max=8 normalize=\(flag)", values)
            }
        }
        try expect(
            CarryOver(.delayed).carried(x, [0.5, 2]),
            "delayed_adstock alpha=.5 theta=2 l_max=8 normalize=True", values)
        try expect(
            CarryOver(.weibullPDF, isNormalised: false).carried(x, [1.5, 2]),
            "weibull_adstock PDF lam=2 k=1.5 l_max=8", values)
        try expect(
            CarryOver(.weibullCDF, isNormalised: false).carried(x, [1.5, 2]),
            "weibull_adstock CDF lam=2 k=1.5 l_max=8", values)
        try expect(
            x.map { Saturation.logistic.value($0, [0.2]) }, "logistic_saturation lam=0.2", values)
        try expect(
            x.map { Saturation.hill.value($0, [1.5, 5]) }, "hill_function slope=1.5 kappa=5",
            values)
        try expect(
            x.map { 10 * Saturation.michaelisMenten.value($0, [5]) },
            "michaelis_menten alpha=10 lam=5", values)
    }

    @Test func `carry-over agrees with Robyn`() throws {
        guard let (x, values) = try Self.vectors("robyn_from_source") else {
            try Test.cancel("The acceptance data is not at hand.")
        }
        let scale = CarryOver.windowScale(0.2, periods: 12)
        #expect(scale == 3)
        try expect(
            CarryOver(.geometric, length: 12, isNormalised: false).carried(x, [0.3]),
            "adstock_geometric theta=.3", values)
        try expect(
            CarryOver(.weibullPDF, length: 12, isNormalised: false).carried(x, [2, scale]),
            "adstock_weibull pdf shape=2 scale=.2 (scaleTrans=3)", values)
        try expect(
            CarryOver(.weibullCDF, length: 12, isNormalised: false).carried(x, [2, scale]),
            "adstock_weibull cdf shape=2 scale=.2 (scaleTrans=3)", values)
        try expect(
            x.map { Saturation.hill.value($0, [2, 8]) }, "saturation_hill alpha=2 gamma=.4", values)
    }
}
