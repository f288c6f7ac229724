import Analysis
import Foundation
import Testing

/// Winners stand on their own: posts, formats and channels alike.
struct RankProofTests {
    private func answer(_ text: String, lowest: Bool = false) async throws -> RankAnswer {
        var analysis = RankAnalysis()
        analysis.lowestIsBest = lowest
        return try await analysis.answer(DataTable(Data(text.utf8), name: "r.csv"))
    }

    // Twelve of 200 against 1 % on 24,000 in all: surely better, and too little to crown a format.
    @Test func `a format of twelve clicks is not the best, and the note says why`() async throws {
        var file = "format,post,impressions,clicks\nreel,r1,200,12\n"
        for (format, counts) in [
            ("image", [18, 23, 18, 17]), ("video", [16, 21, 20, 13]), ("text", [17, 14, 15, 17]),
        ] {
            for (index, clicks) in counts.enumerated() {
                file += "\(format),\(format)\(index),2000,\(clicks)\n"
            }
        }
        let answer = try await answer(file)
        let reel = try #require(answer.groups.first { $0.path == ["reel"] })
        #expect(reel.probabilityBest > 0.95)
        #expect(reel.successes == 12)
        #expect(reel.verdict == "not proven")
        let image = try #require(answer.groups.first { $0.path == ["image"] })
        #expect(image.successes == 76)
        #expect(answer.rows.allSatisfy { $0.verdict != "best" })
        let note = try #require(answer.notes.first)
        #expect(note.hasPrefix("No winner is proven: reel / r1 is the best with a probability of"))
        #expect(note.hasSuffix("but rests on 12 successes, and a winner needs 25."))
        #expect(answer.notes.allSatisfy { !$0.contains("reel / r1 is the safest") })
    }

    // Ten times the impressions and clicks of each post stand on their own.
    @Test func `channels and formats that stand on their own are the best`() async throws {
        var file = "channel,format,post,impressions,clicks\n"
        for (channel, format, clicks) in [
            ("x", "reel", 1200), ("x", "image", 400), ("y", "video", 200), ("y", "text", 190),
        ] {
            for post in 0..<3 { file += "\(channel),\(format),\(post),20000,\(clicks + post)\n" }
        }
        let answer = try await answer(file)
        let reel = try #require(answer.groups.first { $0.path == ["x", "reel"] })
        #expect(reel.probabilityBest > 0.95)
        #expect(reel.ownWeight > 0.9)
        #expect(reel.verdict == "best")
        let channel = try #require(answer.groups.first { $0.path == ["x"] })
        #expect(channel.successes == 4806)
        #expect(channel.ownWeight < reel.ownWeight)
    }

    // 21 of 240 in two formats against 1 % elsewhere.
    @Test func `a channel of few clicks is not the best either`() async throws {
        var file = "channel,format,post,impressions,clicks\nz,reel,a,120,10\nz,story,b,120,11\n"
        for channel in ["u", "v", "w", "x", "y"] {
            for format in ["image", "video"] {
                for post in 0..<3 { file += "\(channel),\(format),\(post),20000,\(200 + post)\n" }
            }
        }
        let answer = try await answer(file)
        let channel = try #require(answer.groups.first { $0.path == ["z"] })
        #expect(channel.successes == 21)
        #expect(channel.probabilityBest > 0.9)
        #expect(channel.verdict == "not proven")
    }

    @Test func `what was never shown is neither best nor safest`() async throws {
        let answer = try await answer(
            "post,impressions,clicks\na,0,0\nb,1000,10\nc,500,9\n")
        #expect(answer.rows.last?.path == ["a"])
        #expect(answer.rows.last?.verdict == "not proven")
        #expect(answer.notes.allSatisfy { !$0.contains("a is the safest") })
        let costs = try await self.answer(
            "post,impressions,clicks\na,0,0\nb,1000,100\nc,500,90\n", lowest: true)
        #expect(costs.rows.last?.path == ["a"])
    }

    @Test(arguments: [
        ("a,5\na,6\nb,6\nb,8\n", "Only 2 values are measured beyond the first"),
        ("a,5\na,5\na,5\nb,5\nb,5\nb,5\n", "The values of each thing are all the same"),
        ("a,5\nb,6\nc,7\nd,8\n", "Nothing is measured more than once"),
    ])
    func `what single values lack is said as it is`(rows: String, words: String) async {
        await #expect {
            try await answer("post,value\n" + rows)
        } throws: { "\($0)".contains(words) }
    }
}
