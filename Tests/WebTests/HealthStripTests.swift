import Testing

@testable import Web

struct HealthStripTests {
    func channels(_ states: ChannelHealth.State...) -> [ChannelHealth] {
        states.enumerated().map { index, state in
            ChannelHealth(
                name: "\(index)", icon: "tabler-world", state: state, words: "w", href: "/")
        }
    }

    @Test func `shows the worst first and keeps the order otherwise`() throws {
        let strip = try #require(HealthStrip(channels(.ok, .attention, .ok, .broken), all: "/c"))
        #expect(strip.shown.map(\.name) == ["3", "1", "0", "2"])
        #expect(strip.rest == nil)
    }

    @Test func `names eight and says how the others are`() throws {
        let many = Array(repeating: ChannelHealth.State.ok, count: 10)
        let strip = try #require(
            HealthStrip(
                many.enumerated().map {
                    ChannelHealth(
                        name: "\($0.offset)", icon: "i", state: $0.element, words: "w", href: "/")
                }, all: "/c"))
        #expect(strip.shown.count == 8)
        #expect(strip.rest == "and 2 more, all well")
    }

    @Test func `is absent without channels`() {
        #expect(HealthStrip([], all: "/c") == nil)
    }
}
