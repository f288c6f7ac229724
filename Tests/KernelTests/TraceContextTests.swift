import Testing

@testable import Kernel

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"
    private let surroundings = ManualClock(Instant(milliseconds: 0)).surroundings(seed: 3)

    @Test func `reads the recommendation's example and hands it on`() throws {
        let text = "00-\(Self.trace)-\(Self.span)-01"
        let context = try #require(TraceContext(traceparent: text))
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == Self.span)
        #expect(context.isSampled)
        #expect(context.traceparent == text)
    }

    private static let invalid = [
        "", "00", "00-\(TraceContextTests.trace)-\(TraceContextTests.span)",
        "00-\(TraceContextTests.trace)-\(TraceContextTests.span)-1",
        "ff-\(TraceContextTests.trace)-\(TraceContextTests.span)-01",
        "00-\(String(repeating: "0", count: 32))-\(TraceContextTests.span)-01",
        "00-\(TraceContextTests.trace)-0000000000000000-01",
        "00-\(TraceContextTests.trace.uppercased())-\(TraceContextTests.span)-01",
        "00-\(TraceContextTests.trace)-\(TraceContextTests.span)-01-more",
        "00_\(TraceContextTests.trace)-\(TraceContextTests.span)-01",
        "0g-\(TraceContextTests.trace)-\(TraceContextTests.span)-01",
        "00-\(TraceContextTests.trace)-\(TraceContextTests.span)-01 ",
        "cc-\(TraceContextTests.trace)-\(TraceContextTests.span)-01more",
    ]

    @Test(arguments: TraceContextTests.invalid)
    func `takes nothing that the recommendation calls invalid`(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func `takes what later versions may add behind a dash`() throws {
        let context = try #require(
            TraceContext(traceparent: "cc-\(Self.trace)-\(Self.span)-03-new-things"))
        #expect(context.isSampled)
        #expect(context.traceparent.hasPrefix("00-"))
    }

    @Test func `begins a span of the sender's trace, or a trace of its own`() {
        let text = "00-\(Self.trace)-\(Self.span)-00"
        let following = TraceContext.following(text, surroundings)
        #expect(following.traceID == Self.trace)
        #expect(following.spanID != Self.span)
        #expect(!following.isSampled)
        let own = TraceContext.following("nonsense", surroundings)
        #expect(own.traceID != Self.trace)
        #expect(TraceContext(traceparent: own.traceparent) == own)
    }
}
