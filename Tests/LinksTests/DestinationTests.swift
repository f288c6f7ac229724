import Kernel
import Links
import Testing

struct DestinationTests {
    @Test(arguments: [
        "https://shop.example/tea", "http://localhost:8080/x", "HTTPS://Shop.Example/Tea?x=1#top",
        "  https://shop.example  ",
    ])
    func `accepts web addresses`(text: String) throws {
        #expect(try !Destination(text).host.isEmpty)
    }

    @Test(arguments: [
        ("javascript:alert(1)", "links.address"), ("ftp://files.example/a", "links.scheme"),
        ("https://bank.example@evil.example/", "links.hidden-host"),
        ("https://sp ace.example", "links.address"), ("shop.example", "links.address"),
        ("https://", "links.address"), ("https://intranet/", "links.address"),
        ("https://a.example/\n\nx", "links.address"), ("https:\\\\a.example", "links.address"),
    ])
    func `refuses everything else and says why`(text: String, code: String) {
        #expect {
            try Destination(text)
        } throws: { error in
            Problem.presenting(error).code == code
        }
    }

    @Test func `refuses addresses that browsers cut`() {
        #expect(throws: LinkError.tooLong) {
            try Destination("https://a.example/" + String(repeating: "x", count: 2000))
        }
    }

    @Test(arguments: [
        ("https://a.example/", "https://a.example/?utm_source=bluesky&utm_medium=social"),
        ("https://a.example/?p=1", "https://a.example/?p=1&utm_source=bluesky&utm_medium=social"),
        ("https://a.example/?", "https://a.example/?utm_source=bluesky&utm_medium=social"),
        (
            "https://a.example/x#top",
            "https://a.example/x?utm_source=bluesky&utm_medium=social#top"
        ),
        (
            "https://a.example/?utm_source=mine",
            "https://a.example/?utm_source=mine&utm_medium=social"
        ),
    ])
    func `adds parameters without touching the rest`(text: String, expected: String) throws {
        let utm = UTM(source: "bluesky", medium: "social")
        #expect(try utm.applied(to: Destination(text)) == expected)
    }

    @Test func `encodes values`() throws {
        let utm = UTM(campaign: "a b&c=ü")
        #expect(
            try utm.applied(to: Destination("https://a.example"))
                == "https://a.example?utm_campaign=a%20b%26c%3D%C3%BC")
    }

    @Test(arguments: [
        ("Spring Sale 2027!", "spring-sale-2027"), ("Crème brûlée", "creme-brulee"), ("  ", ""),
    ])
    func `writes campaign names one way`(text: String, expected: String) {
        #expect(UTM.tidy(text) == expected)
    }

    @Test func `makes slugs that nobody misreads`() {
        var generator = SeededGenerator(seed: 1)
        var seen: Set<String> = []
        for _ in 0..<500 {
            let slug = LinkSlug.make { count in
                (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            }
            #expect(LinkSlug.isPlausible(slug))
            #expect(!slug.contains { "01loIO".contains($0) })
            seen.insert(slug)
        }
        #expect(seen.count == 500)
        #expect(!LinkSlug.isPlausible("../../.."))
    }
}
