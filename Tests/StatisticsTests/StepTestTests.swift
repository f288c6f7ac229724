import Statistics
import Testing

/// A step is found in series with memory, and not where there is none.
struct StepTestTests {
    /// An autoregression of standard deviation 1 with a step, and noise of its own.
    static func series(
        _ stream: UInt64, memory: Double, step: Double = 0, before: Int = 90, after: Int = 30,
        noise: Double = 0
    ) -> [Double] {
        var random = Philox(seed: 606, stream: stream)
        var state = random.normal()
        return (0..<(before + after)).map { row in
            state = memory * state + (1 - memory * memory).squareRoot() * random.normal()
            return 50 + state * (1 - noise).squareRoot() + noise.squareRoot() * random.normal()
                + (row >= before ? step : 0)
        }
    }

    private static func found(_ count: Int, _ make: (UInt64) -> [Double], first: Int = 90) -> Int {
        (0..<count).count { round in
            guard let test = StepTest(make(UInt64(round)), first: first) else { return false }
            return test.tail < 0.005
        }
    }

    @Test func `at most one in twenty null series is named`() {
        #expect(Self.found(300) { Self.series($0, memory: 0.8) } <= 15)
        #expect(Self.found(150) { Self.series($0 + 1000, memory: 0) } <= 7)
        #expect(Self.found(150) { Self.series($0 + 2000, memory: 0.9, noise: 0.2) } <= 7)
        let short = Self.found(
            150, { Self.series($0 + 3000, memory: 0.8, before: 40, after: 10) }, first: 40)
        #expect(short <= 7)
        let trending = Self.found(150) { stream in
            Self.series(stream + 4000, memory: 0.5).enumerated().map { $1 + Double($0) / 40 }
        }
        #expect(trending <= 7)
    }

    @Test func `a step of three standard deviations is found`() throws {
        #expect(Self.found(100) { Self.series($0 + 5000, memory: 0.8, step: 3) } >= 95)
        #expect(Self.found(100) { Self.series($0 + 6000, memory: 0.8, step: -3) } >= 95)
        var sum = 0.0
        for round in 0..<100 {
            let values = Self.series(UInt64(7000 + round), memory: 0.5, step: 3)
            sum += try #require(StepTest(values, first: 90)).step
        }
        #expect(abs(sum / 100 - 3) < 0.15)
    }

    @Test func `gaps and seasons do not stand in the way`() throws {
        let values = Self.series(8000, memory: 0.6, step: 4)
        let week = [4.0, 2, 0, -1, -3, -6, 4]
        let shaped = values.enumerated().map { row, value -> Double? in
            [20, 21, 70, 91].contains(row) ? nil : value + week[row % 7]
        }
        let test = try #require(StepTest(shaped, first: 90, seasons: shaped.indices.map { $0 % 7 }))
        #expect(test.tail < 0.005)
        #expect(abs(test.step - 4) < 1)
        #expect(StepTest([1, 2, 3, 4, 5], first: 3) == nil)
        #expect(StepTest(Array(repeating: 7, count: 40), first: 30) == nil)
        let line = (0..<60).map { Double?(Double($0) * 0.37) }
        #expect((StepTest(line, first: 40)?.tail ?? 1) > 0.005)
    }
}
