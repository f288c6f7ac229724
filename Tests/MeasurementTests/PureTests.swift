import Foundation
import Kernel
import Measurement
import Testing

@Suite struct PureTests {
    @Test func `hashes as the reference implementation does`() {
        let key = (0..<16).map { UInt8($0) }
        // SipHash reference vector, and one computed with another program.
        #expect(
            SipHash.hash24(key: key, message: (0..<15).map { UInt8($0) })
                == 0xa129_ca61_49be_45e5)
        let text =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36203.0.113.7example.com"
            + "example.com"
        #expect(SipHash.hash24(key: key, message: Array(text.utf8)) == 11_253_564_415_982_843_859)
    }

    @Test func `shares every amount exactly, whatever the journey`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let count = Int.random(in: 1...40, using: &generator)
            let amount = Int64.random(in: -1_000_000...1_000_000, using: &generator)
            let clicks = (0..<count).map { index in
                JourneyClick(
                    at: Instant(milliseconds: Int64(index) * 7_200_000),
                    link: Int64.random(in: 1...5, using: &generator), click: Int64(index))
            }
            let end = Instant(milliseconds: Int64(count) * 7_200_000)
            let journey = Journey(clicks, before: end)
            for model in CreditModel.allCases {
                let credits = journey.credits(model, amount: amount)
                #expect(credits.map(\.amount).reduce(0, +) == amount)
                #expect(credits.map(\.share).reduce(0, +) == 1_000_000)
            }
        }
    }

    @Test func `follows the hand-checked journey`() {
        // facebook, email, direct, linkedin, direct for 120.00 with direct as a link of its own.
        let hours: [(Int64, Int64)] = [(336, 1), (168, 2), (48, 3), (24, 4), (0, 3)]
        let end = Instant(milliseconds: 400 * 3_600_000)
        let journey = Journey(
            hours.enumerated().map { index, touch in
                JourneyClick(
                    at: end - .hours(touch.0), link: touch.1, click: Int64(index))
            }, before: end)
        func byLink(_ model: CreditModel) -> [Int64: Int64] {
            var out: [Int64: Int64] = [:]
            for (touch, credit) in zip(
                journey.touches, journey.credits(model, amount: 12_000))
            {
                out[touch.link, default: 0] += credit.amount
            }
            return out
        }
        #expect(byLink(.first) == [1: 12_000, 2: 0, 3: 0, 4: 0])
        #expect(byLink(.last) == [1: 0, 2: 0, 3: 12_000, 4: 0])
        #expect(byLink(.linear) == [1: 2_400, 2: 2_400, 3: 4_800, 4: 2_400])
    }

    @Test func `leaves out clicks that are too old, too late or the same`() {
        let end = Instant(milliseconds: 100 * 86_400_000)
        let journey = Journey(
            [
                JourneyClick(at: end - .days(31), link: 1, click: 1),
                JourneyClick(at: end - .days(2), link: 1, click: 2),
                JourneyClick(at: end - .days(2) + .minutes(10), link: 1, click: 3),
                JourneyClick(at: end + .seconds(1), link: 2, click: 4),
            ], before: end)
        #expect(journey.touches.map(\.click) == [2])
    }

    @Test func `reads whole records and stops at a torn or damaged one`() {
        func hit(_ number: Int64, token: Int64?, bot: BotReason?) -> Hit {
            Hit(
                kind: .click, at: Instant(milliseconds: number), visitor: number, token: token,
                bot: bot, place: "slug\(number)", texts: ["ä", ""])
        }
        let hits: [Hit] = [
            hit(0, token: -5, bot: nil), hit(1, token: nil, bot: nil), hit(2, token: 9, bot: .head),
        ]
        let bytes: [UInt8] = hits.flatMap { SpoolFrame.framed($0.bytes) }
        let whole = SpoolFrame.records(in: bytes)
        #expect(whole.payloads.compactMap(Hit.init(bytes:)) == hits)
        #expect(whole.length == bytes.count)
        for cut in 0..<bytes.count {
            let torn = SpoolFrame.records(in: Array(bytes.prefix(cut)))
            let read = torn.payloads.compactMap(Hit.init(bytes:))
            #expect(read == Array(hits.prefix(read.count)))
            #expect(torn.length <= cut)
        }
        var damaged = bytes
        damaged[bytes.count - 1] ^= 1
        #expect(SpoolFrame.records(in: damaged).payloads.count == 2)
    }

    @Test func `keeps what was answered, and writes it in order`() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("spool-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = ManualClock(Instant(milliseconds: 1000))
        let spool = try Spool(folder: folder, surroundings: clock.surroundings(seed: 1))
        for index in 0..<200 { #expect(await spool.append([UInt8(index)])) }
        let file = folder + "/" + spool.currentFile
        // Read while it is open, as another process would after this one was killed.
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(SpoolFrame.records(in: Array(data)).payloads == (0..<200).map { [UInt8($0)] })
        spool.close()
        #expect(await spool.append([1]) == false)
    }

    @Test(arguments: [
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Bluesky Cardyb/1.1", "http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.example/)",
        "Twitterbot/1.0", "curl/8.1", "", "WhatsApp/2.23", "python-requests/2.31",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            + "HeadlessChrome/120.0 Safari/537.36",
    ])
    func `knows robots by their names`(agent: String) {
        #expect(BotRules.reason(userAgent: agent) != nil)
    }

    @Test(arguments: [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            + "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
            + "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            + "like Gecko) Mobile/21F79 [FBAN/FBIOS;FBAV/465.0.1.41.103;FBBV/602060281]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            + "like Gecko) Mobile/15E148 [Pinterest/iOS]",
        "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
    ])
    func `takes people for people`(agent: String) {
        #expect(BotRules.reason(userAgent: agent) == nil)
    }

    @Test func `states each kind of return`() {
        let cost = CostSum(amount: 10_000, knownFor: 2, of: 2)
        #expect(Return.of(revenue: 50_000, margin: 0.6, cost: cost) == .roi(2))
        #expect(Return.of(revenue: 50_000, margin: 0.6, cost: cost).words(.euro) == "200 %")
        #expect(
            Return.of(revenue: 5_000, margin: nil, cost: cost).words(.euro) == "€0.50 per €1")
        #expect(
            Return.of(revenue: 5_000, margin: nil, cost: cost).label(.euro)
                == "Revenue per €1 of cost")
        #expect(Return.of(revenue: 5_000, margin: 0.5, cost: CostSum(of: 3)) == .unknown(.noCost))
        #expect(
            Return.of(revenue: 5_000, margin: 0.5, cost: CostSum(amount: 0, knownFor: 1, of: 1))
                == .unknown(.nothingSpent))
        #expect(CostSum(amount: 1, knownFor: 3, of: 5).note == "known for 3 of 5 posts")
    }

    @Test func `writes shares of orders as people read them`() {
        #expect(ResultsRow.count(3_000_000) == "3")
        #expect(ResultsRow.count(1_500_000) == "1.5")
        #expect(ResultsRow.count(333_333) == "0.33")
        #expect(ResultsRow.count(0) == "0")
        #expect(ResultsRow.words(1_234_333_333) == "1,234.33")
        #expect(ResultsRow.words(333_333) == "0.33")
    }
}
