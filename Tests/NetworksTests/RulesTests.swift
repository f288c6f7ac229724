import Foundation
import Kernel
import Testing

@testable import Networks

@Suite struct `Counting text` {
    @Test(arguments: [
        // Hand-counted: 4 + 23, and the mention without its server.
        ("See https://roastery.example/very/long/path?with=query", Counting.mastodon, 27),
        ("@ana@mastodon.example hi", .mastodon, 7),
        ("Family 👨‍👩‍👧‍👦!", .graphemes, 9),
        ("Family 👨‍👩‍👧‍👦!", .utf16, 19),
        ("e\u{301}", .codePoints, 2),
        ("a_b #c", .escapedUTF16, 8),
    ])
    func `counts as the network does`(text: String, counting: Counting, expected: Int) {
        #expect(TextCount.of(text, counting) == expected)
    }

    @Test(.enabled(if: ConformanceFile.weighted() != nil, "The acceptance data is absent."))
    func `agrees with X's own test vectors`() throws {
        let vectors = try #require(ConformanceFile.weighted())
        #expect(vectors.count > 10)
        // Host names whose punycode form is too long are no links to X; we do not go that far.
        let far = ["invalid domain labels", "punycode"]
        for vector in vectors where !far.contains(where: vector.name.contains) {
            #expect(TextCount.of(vector.text, .weighted) == vector.length, "\(vector.name)")
        }
    }
}

@Suite struct `Finding links, mentions and tags` {
    @Test func `gives offsets in UTF-8 bytes`() {
        let text = "Grüße @ana.bsky.social: https://kaffee.example/röst (neu) #Kaffee!"
        let bytes = Array(text.utf8)
        let found = TextScanner(text).entities()
        #expect(found.map(\.kind) == [.mention, .link, .tag])
        #expect(
            found.map(\.value) == ["ana.bsky.social", "https://kaffee.example/röst", "Kaffee"])
        // G r ü ß e are 7 bytes, then a space.
        #expect(found.first?.bytes == 8..<24)
        #expect(
            found.map { String(decoding: bytes[$0.bytes], as: UTF8.self) }
                == ["@ana.bsky.social", "https://kaffee.example/röst", "#Kaffee"])
    }

    @Test(arguments: [
        ("(see https://a.example/x_(y)).", "https://a.example/x_(y)"),
        ("https://a.example/?q=1&r=2, then", "https://a.example/?q=1&r=2"),
        ("HTTPS://A.example!", "HTTPS://A.example"),
    ])
    func `leaves the sentence's punctuation out`(text: String, link: String) {
        #expect(TextScanner(text).entities().map(\.value) == [link])
    }

    @Test(arguments: ["mail@host.example", "#1 and # alone", "http:// nothing", "a#b", "@"])
    func `finds nothing where nothing is`(text: String) {
        #expect(TextScanner(text).entities().isEmpty)
    }

    @Test func `never fails on any bytes, and never leaves the text`() {
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "@", "#", "http://", "https://", "é", "👩🏽‍🚀", " ", ".", "(", ")", "\u{0}", "\u{3000}",
            "a.b",
        ]
        for _ in 0..<3000 {
            let length = Int.random(in: 0...40, using: &random)
            var bytes: [UInt8] = []
            for _ in 0..<length {
                if Bool.random(using: &random) {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += (pieces.randomElement(using: &random) ?? "").utf8
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            var end = 0
            for entity in TextScanner(text, marksBareDomains: true).entities() {
                #expect(entity.bytes.lowerBound >= end)
                end = entity.bytes.upperBound
                #expect(end <= text.utf8.count)
            }
            for counting in Counting.allCases { _ = TextCount.of(text, counting) }
            for network in Network.allCases {
                _ = RuleCheck.check(.init(parts: [text]), .of(network))
            }
        }
    }
}

@Suite struct `Checking a draft` {
    @Test(arguments: Network.allCases)
    func `every rule names its source and date`(network: Network) {
        for rule in NetworkRules.of(network).rules {
            #expect(rule.limit > 0)
            #expect(!rule.source.isEmpty && rule.checked.count == 10)
        }
    }

    @Test func `says what is too long and offers a thread`() {
        let text = Array(repeating: "One sentence of words.", count: 20).joined(separator: " ")
        let found = RuleCheck.check(.init(parts: [text]), .of(.bluesky))
        #expect(found.map(\.rule) == [.textLength])
        #expect(found.first?.message == "The text is 459 characters long; Bluesky takes 300.")
        guard case .split(let parts) = found.first?.fix else {
            Issue.record("no thread was offered")
            return
        }
        #expect(parts.count == 2 && parts.joined(separator: " ") == text)
    }

    @Test func `lets the server's own limit win`() {
        let long = String(repeating: "x", count: 900)
        let rules = NetworkRules.of(.mastodon)
            .overridden(
                by: LiveLimits(
                    [.textLength: 5000, .imageCount: 0, .imageBytes: -1],
                    server: "https://big.example",
                    readAt: Instant(milliseconds: 1_795_420_800_000)))
        #expect(RuleCheck.check(.init(parts: [long]), rules).isEmpty)
        #expect(rules.rule(.textLength)?.origin == "said by https://big.example on 2026-11-23")
        // What no server can mean is not believed.
        #expect(rules[.imageCount] == 4 && rules[.imageBytes] == 16_777_216)
    }

    @Test(arguments: [
        (Network.practice, 490, "food and drink", 504), (.mastodon, 490, "food and drink", 504),
        (.bluesky, 290, "food", 300), (.bluesky, 291, "food", 301), (.practice, 500, "", 500),
    ])
    func `counts a warning as the network does`(
        network: Network, length: Int, warning: String, used: Int
    ) {
        let text = String(repeating: "x", count: length)
        let rules = NetworkRules.of(network)
        #expect(rules.use(of: text, warning: warning).used == used)
        let found = RuleCheck.check(.init(parts: [text], contentWarning: warning), rules)
        let limit = rules[.textLength] ?? 0
        #expect(found.contains { $0.rule == .textLength } == (used > limit))
    }

    @Test(arguments: Network.allCases)
    func `says too long exactly where the counter is over its limit`(network: Network) {
        let rules = NetworkRules.of(network)
        var random = SeededGenerator(seed: 23)
        let pieces = [
            "word ", "é", "👩🏽‍🚀", "https://shop.example/a/long/address ", "@ana@m.example ", "#",
        ]
        for _ in 0..<12 {
            let count = Int.random(in: 0...(network == .facebook ? 50 : 900), using: &random)
            let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let warning = Bool.random(using: &random) ? "spoilers" : nil
            let use = rules.use(of: text, warning: warning)
            let found = RuleCheck.check(.init(parts: [text], contentWarning: warning), rules)
            let isTooLong = found.contains { [.textLength, .textBytes].contains($0.rule) }
            #expect(isTooLong == (use.excess > 0))
            for case .split(let parts)? in found.map(\.fix) {
                #expect(parts.allSatisfy { rules.use(of: $0, warning: warning).excess == 0 })
            }
        }
    }

    @Test func `shows the limit that is counted in bytes`() {
        let use = NetworkRules.of(.youtube).use(of: "Grüße")
        let rule = NetworkRules.of(.youtube).rule(.textBytes)
        #expect(use == TextUse(rule: rule, used: 7, unit: "bytes"))
        #expect(use.limit == 5000)
        // Of two limits the nearer one.
        let family = String(repeating: "👨‍👩‍👧‍👦", count: 121)
        #expect(NetworkRules.of(.bluesky).use(of: family).unit == "bytes")
        #expect(NetworkRules.of(.bluesky).use(of: "hello").unit == "characters")
    }

    @Test func `splits a text under a warning into parts that fit with it`() {
        let text = Array(repeating: "One sentence of words.", count: 20).joined(separator: " ")
        let found = RuleCheck.check(
            .init(parts: [text], contentWarning: "long reads"), .of(.bluesky))
        guard case .split(let parts)? = found.first?.fix else {
            Issue.record("no thread was offered")
            return
        }
        #expect(parts.allSatisfy { NetworkRules.of(.bluesky).fits($0, warning: "long reads") })
        #expect(parts.joined(separator: " ") == text)
        #expect(
            found.first?.message
                == "The text is 475 characters long with its warning; Bluesky takes 300.")
    }

    @Test func `checks pictures and their descriptions`() {
        let image = RuleCheck.Image(
            contentType: "image/tiff", bytes: 3_000_000, width: 10, height: 10, altText: "")
        let found = RuleCheck.check(
            .init(parts: ["hi"], images: Array(repeating: image, count: 5)), .of(.bluesky))
        #expect(found.contains { $0.rule == .imageCount && $0.fix == .keepImages(4) })
        #expect(found.contains { $0.fix == .convert(image: 0, to: "image/jpeg") })
        #expect(found.contains { $0.message == "Picture 1 is 3.0 MB large; Bluesky takes 976 kB." })
        #expect(found.last?.severity == .advice)
    }

    @Test func `counts a warning with the text on Mastodon`() {
        let draft = RuleCheck.Draft(
            parts: [String(repeating: "x", count: 490)], contentWarning: "food and drink")
        #expect(RuleCheck.check(draft, .of(.mastodon)).map(\.rule) == [.textLength])
    }

    @Test func `splits one endless word and keeps every character`() {
        let word = String(repeating: "é", count: 1000)
        let parts = ThreadSplitter(.of(.bluesky)).split(word)
        #expect(parts.map(\.count) == [300, 300, 300, 100])
    }

    @Test func `keeps an accent that stands on a space`() {
        let text = String(repeating: "A sentence. \u{301}", count: 40)
        let parts = ThreadSplitter(.of(.bluesky)).split(text)
        let accents = parts.joined().unicodeScalars.filter { $0 == "\u{301}" }
        #expect(parts.count == 2 && accents.count == 40)
    }
}

@Suite struct `Record keys` {
    @Test func `are the same for the same post and have the official form`() {
        let instant = Instant(milliseconds: 1_700_000_000_000)
        let key = TID.text(at: instant, key: "publication-0")
        #expect(key == TID.text(at: instant, key: "publication-0"))
        #expect(key != TID.text(at: instant, key: "publication-1"))
        #expect(TID.isValid(key) && TID.instant(key) == instant)
        // The specification's own example of the smallest key.
        #expect(TID.text(UInt64(0)) == "2222222222222")
        #expect(TID.isValid("3jzfcijpj2z2a") && !TID.isValid("zzzzzzzzzzzzz"))
        #expect(!TID.isValid("3JZFCIJPJ2Z2A") && !TID.isValid("3jzfcijpj2z2"))
    }
}
