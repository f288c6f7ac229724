import Foundation
import Statistics
import Testing

/// Quantiles of samples and the agreement of chains, against NumPy and SciPy.
struct SortedSampleTests {
    // numpy.quantile, whose default is the seventh definition.
    @Test func `quantiles lie between neighbours`() {
        let sample = SortedSample([3.5, -1, 2, 8, 0.25, 7])
        for (share, expected) in [(0, -1), (0.1, -0.375), (0.5, 2.75), (0.975, 7.875), (1, 8)] {
            #expect(abs(sample.quantile(share) - expected) < 1e-14)
        }
        #expect(SortedSample([]).quantile(0.5).isNaN)
        #expect(SortedSample([4]).interval(0.9).lower == 4)
        #expect(SortedSample([1, .infinity, .infinity]).quantile(0.9) == .infinity)
    }

    // The formulas of Vehtari et al. (2021) with scipy.stats.rankdata and norm.ppf.
    @Test func `chains are compared by ranks`() {
        let chains = (0..<4).map { chain in
            (0..<400).map { index in
                let i = Double(index)
                let shift = chain == 1 ? 0.3 : chain == 2 ? 0.5 * cos(i * 1.7) : 0
                return sin(i * (Double(chain) + 1.3)) + shift
            }
        }
        let found = ChainAgreement.of(chains).rHat
        #expect(abs(found - 1.0248325581152327) < 1e-9)
        // Another spread is told although the place is the same.
        let wide = [chains[0], chains[0].map { $0 * 5 }]
        #expect(ChainAgreement.of(wide).rHat > 1.2)
    }
}
