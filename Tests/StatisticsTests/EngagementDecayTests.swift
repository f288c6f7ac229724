import Foundation
import Statistics
import Testing

/// Half-lives come out of posts that were made with a known one.
struct EngagementDecayTests {
    /// A post whose `burst` events decay with `halfLife`, over a trickle a `baseline` each hour.
    static func post(
        halfLife: Double, burst: Int, baseline: Double = 0, window: Double, width: Double,
        _ random: inout Philox
    ) -> EngagementCurve {
        let buckets = Int(window / width)
        var counts = Array(repeating: 0.0, count: buckets)
        for _ in 0..<burst {
            let time = random.exponential() * halfLife / log(2)
            if time < window { counts[Int(time / width)] += 1 }
        }
        if baseline > 0 {
            var time = random.exponential() / baseline
            while time < window {
                counts[Int(time / width)] += 1
                time += random.exponential() / baseline
            }
        }
        return EngagementCurve(ends: (1...buckets).map { Double($0) * width }, counts: counts)
    }

    @Test func `intervals hold the truth nineteen times in twenty`() throws {
        var random = Philox(seed: 5)
        var held = 0
        let posts = 100
        for _ in 0..<posts {
            let curve = Self.post(
                halfLife: 20, burst: 150, baseline: 0.2, window: 200, width: 4, &random)
            let decay = try #require(EngagementDecay([curve]))
            if decay.low <= 20, (decay.high ?? .infinity) >= 20 { held += 1 }
        }
        // 95 % less 3 standard errors.
        #expect(held >= 89)
    }

    @Test func `a young post is censored and not cut`() throws {
        var random = Philox(seed: 6)
        let curve = Self.post(halfLife: 100, burst: 4000, window: 60, width: 1, &random)
        let decay = try #require(EngagementDecay([curve]))
        #expect(decay.low < 100)
        #expect((decay.high ?? .infinity) > 100)
        let burst = try #require(decay.burst)
        #expect(abs(burst / 4000 - 1) < 0.35)
    }

    @Test func `a post that does not fade says only at least so long`() throws {
        let ends = (1...48).map(Double.init)
        let curve = EngagementCurve(ends: ends, counts: ends.map { _ in 5 })
        let decay = try #require(EngagementDecay([curve]))
        #expect(decay.halfLife == nil)
        #expect(decay.high == nil)
        #expect(decay.low > 24)
    }

    // Half-lives drawn around 10 hours with a factor of e^0.5; a third of posts are seen for 6 hours.
    @Test func `the median of a group holds although many posts are young`() throws {
        var random = Philox(seed: 7)
        var held = 0
        for _ in 0..<12 {
            let posts = try (0..<12).map { index in
                let life = 10 * exp(0.5 * random.normal())
                let curve = Self.post(
                    halfLife: life, burst: 200, window: index % 3 == 0 ? 6 : 120, width: 1, &random)
                return TypicalHalfLife.Post(try #require(EngagementDecay([curve])))
            }
            let typical = try #require(TypicalHalfLife(posts))
            if typical.low <= 10, typical.high >= 10 { held += 1 }
        }
        #expect(held >= 10)
    }
}
