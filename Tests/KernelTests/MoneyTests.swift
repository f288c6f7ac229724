import Kernel
import Testing

@Suite struct `An amount of money` {
    private let yen = Currency("JPY")
    private let dinar = Currency("KWD")

    @Test(arguments: [
        ("1234.5", 123_450), ("0.01", 1), ("-3", -300), ("1000000", 100_000_000), ("-0.07", -7),
    ])
    func `reads decimal amounts`(text: String, minor: Int64) {
        #expect(Money(decimal: text, currency: .euro)?.minorUnits == minor)
    }

    @Test(arguments: [
        "1.234", "1,50", "", ".5", "1.", "1e3", "--1", "NaN", "99999999999999999999", "1.2.3", "１",
    ])
    func `refuses amounts that are not exact`(text: String) {
        #expect(Money(decimal: text, currency: .euro) == nil)
    }

    @Test func `knows how many decimals a currency has`() throws {
        let yen = try #require(yen)
        let dinar = try #require(dinar)
        #expect(Money(decimal: "120", currency: yen)?.minorUnits == 120)
        #expect(Money(decimal: "1.5", currency: yen) == nil)
        #expect(Money(decimal: "1.234", currency: dinar)?.minorUnits == 1_234)
        #expect(Money(minorUnits: 5, currency: dinar).decimal == "0.005")
        #expect(Money(minorUnits: 1_200, currency: yen).formatted == "JPY\u{00A0}1,200")
    }

    @Test func `is written for people and for programs`() {
        #expect(Money(minorUnits: 123_456_789, currency: .euro).formatted == "€1,234,567.89")
        #expect(Money(minorUnits: -5, currency: .euro).formatted == "−€0.05")
        #expect(Money(minorUnits: -5, currency: .euro).decimal == "-0.05")
        #expect(Money(minorUnits: .min, currency: .euro).formatted.hasPrefix("−€92,233"))
    }

    @Test(
        arguments: [
            (100, [1, 1, 1], [34, 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]),
            (3, [1, 5], [1, 2]), (1, [0, 1], [0, 1]), (0, [2, 1], [0, 0]),
            // Hamilton's method for the 1790s textbook case of remainders.
            (10, [6, 6, 2], [4, 4, 2]), (7, [0.1, 0.2, 0.7], [1, 1, 5]),
            (5, [1.5, 1.5], [3, 2]),
        ] as [(Int64, [Double], [Int64])])
    func `splits by the largest remainder`(total: Int64, weights: [Double], parts: [Int64]) {
        #expect(LargestRemainder.split(total, by: weights) == parts)
    }

    @Test(arguments: 0..<40) func `loses and invents nothing in a split`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let weights = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            Double.random(in: 0...10, using: &random) * (Bool.random(using: &random) ? 1 : 1e-9)
        }
        let total = Int64.random(in: .min...(.max), using: &random)
        guard weights.contains(where: { $0 > 0 }) else { return }
        for total in [total, total % 1_000, .max] {
            let parts = LargestRemainder.split(total, by: weights)
            #expect(parts.reduce(Int128(0)) { $0 + Int128($1) } == Int128(total))
            #expect(parts.allSatisfy { total < 0 ? $0 <= 0 : $0 >= 0 })
        }
    }

    @Test func `gives each part its share to within one`() {
        let parts = LargestRemainder.split(1_000_003, by: [0.5, 0.25, 0.125, 0.125])
        for (part, share) in zip(parts, [0.5, 0.25, 0.125, 0.125]) {
            #expect(abs(Double(part) - 1_000_003 * share) <= 1)
        }
    }

    @Test(arguments: ["eur", "EU", "EURO", "€", "E1R"])
    func `takes three letters for a currency`(code: String) {
        #expect(Currency(code)?.code == (code == "eur" ? "EUR" : nil))
    }
}
