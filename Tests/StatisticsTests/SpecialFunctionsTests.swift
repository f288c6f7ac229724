import Foundation
import Statistics
import Testing

/// Gamma functions against mpmath.
struct SpecialFunctionsTests {
    // mpmath.loggamma and mpmath.digamma, 17 digits.
    @Test(arguments: [
        (0.01, 4.59947987804202172, -100.560885457868674),
        (0.5, 0.572364942924700087, -1.96351002602142348),
        (2.25, 0.124871714892396594, 0.572546466623734592),
        (9.99, 12.7793152143501929, 2.2507003728312011),
        (12.0, 17.5023078458738858, 2.44266167997581202),
        (37.5, 97.5217752228882042, 3.61094834459633841),
        (123456.75, 1323901.56157301423, 11.7236421212790445),
    ])
    func `logarithm and its derivative are exact`(
        x: Double, logarithm: Double, derivative: Double
    ) {
        let error = SpecialFunctions.logGamma(x) - logarithm
        #expect(abs(error) <= 4e-15 * max(1, abs(logarithm)))
        #expect(abs(SpecialFunctions.digamma(x) - derivative) <= 2e-14 * max(1, abs(derivative)))
    }

    // scipy.stats.chi2.sf.
    @Test func `tails are those of the distribution`() {
        for (x, degrees, expected) in [
            (5.991, 2.0, 0.05001161502657909), (12.3, 6, 0.055601201779395225),
        ] {
            let tail = SpecialFunctions.regularizedGamma(degrees / 2, x / 2).upper
            #expect(abs(tail - expected) < 1e-14)
        }
    }

    @Test func `a short product is the difference of logarithms`() {
        for (x, n) in [(0.3, 12.0), (4.5, 7), (1e6, 3), (2, 40), (7, 0)] {
            let ofX = SpecialFunctions.logGamma(x)
            let value = SpecialFunctions.logRising(x, by: n, logGammaOfX: ofX)
            #expect(abs(value - (SpecialFunctions.logGamma(x + n) - ofX)) < 1e-9)
        }
    }
}
