import Kernel
import Links
import Measurement
import Store
import TestSupport
import Testing

@Suite struct CollectorRedirectTests {
    private func facts(_ world: MeasurementWorld) -> VisitFacts {
        VisitFacts(
            at: world.clock.now, address: "203.0.113.9", userAgent: MeasurementWorld.browser,
            isHead: false, purpose: nil, optedOut: true)
    }

    @Test(arguments: TestDatabase.engines)
    func `leads to the stored address, whatever is asked`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            let slug = world.tourLink.slug
            #expect(try await world.collector.resolve(slug: slug))
            let answer = try #require(world.collector.redirect(slug: slug, facts(world)))
            #expect(answer.location == world.tourLink.target)
            #expect(answer.location.hasPrefix("https://acme.example/shop?"))
            let hostile = [
                "", "/", "//evil.example", "https://evil.example", "\\\\evil.example",
                slug + "/", slug + "/https://evil.example", slug + "@evil.example",
                slug + "#evil", slug + "%00", slug + "\u{0}", slug + "\r\nLocation: x",
                " " + slug, slug + " ", slug.uppercased() + slug, "%2e%2e/" + slug,
                "' OR 1=1 --", String(repeating: "a", count: 5000),
            ]
            for text in hostile where text != slug {
                #expect(world.collector.redirect(slug: text, facts(world)) == nil, "\(text)")
                let isKnown = (try? await world.collector.resolve(slug: text)) ?? false
                #expect(!isKnown, "\(text)")
            }
        }
    }
}
