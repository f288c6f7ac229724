import Analysis
import Foundation
import Testing

/// Half-lives from files, against truth and independent fits.
struct HalfLifeAnalysisTests {
    static let file = "decay/post_engagement_known_halflife.csv"

    // Truth and empirical times are the simulation's; fits are scipy's of the same likelihood.
    @Test(.enabled(if: AcceptanceFile.exists(file), "The acceptance data is absent."))
    func `posts with known half-lives give them back`() throws {
        let answer = try HalfLifeAnalysis().answer(DataTable(path: AcceptanceFile.path(Self.file)))
        let rows = Dictionary(uniqueKeysWithValues: answer.rows.map { ($0.post, $0) })
        for (post, fitted, half) in [
            ("0", 0.70626158, 0.7092332930925385), ("2", 19.559824671, 19.245726904934433),
            ("6", 1.938947830, 2.348109837660558),
        ] {
            let row = try #require(rows[post])
            #expect(abs((row.halfLifeHours ?? 0) / fitted - 1) < 0.003)
            #expect(abs((row.timeToHalfHours ?? 0) / half - 1) < 0.01)
            #expect(!row.isGrowing)
        }
        for (post, truth) in [("0", 0.71667), ("2", 19.75), ("4", 216), ("5", 2555)] {
            let row = try #require(rows[post])
            #expect(row.low < truth && truth < (row.high ?? 0))
        }
        let flat = try #require(rows["6"])
        #expect(abs(flat.baselineEvents - 600) < 15)
        let pin = try #require(rows["5"])
        #expect(pin.isGrowing)
        #expect((pin.projectedEvents ?? 0) > pin.events)
    }

    @Test func `buckets and running totals mean the same`() throws {
        let counts = [50, 26, 12, 7, 2, 2, 0, 1]
        var (buckets, totals) = ("post;hours;events\n", "post;hours;cumulative\n")
        var sum = 0
        for (index, count) in counts.enumerated() {
            sum += count
            buckets += "a;\(index + 1);\(count)\n"
            totals += "a;\(index + 1);\(sum)\n"
        }
        let first = try HalfLifeAnalysis().answer(DataTable(Data(buckets.utf8), name: "b.csv"))
        let second = try HalfLifeAnalysis().answer(DataTable(Data(totals.utf8), name: "t.csv"))
        #expect(first.rows == second.rows)
        // Halving each hour.
        #expect(abs((first.rows[0].halfLifeHours ?? 0) - 1) < 0.2)
        #expect(first.rows[0].remaining.map(\.days) == [30, 60, 90])
    }

    @Test func `a running total that falls is named with its row`() throws {
        let table = try DataTable(
            Data("post,hours,cumulative\na,1,5\na,2,4\n".utf8), name: "t.csv")
        #expect {
            try HalfLifeAnalysis().answer(table)
        } throws: { error in
            guard case .badCell(row: 3, column: "cumulative", _, _)? = error as? AnalysisError
            else { return false }
            return true
        }
    }
}

/// Steadiness, worked out by hand.
struct ConsistencyAnalysisTests {
    // Weeks of 10, 0 and 20: mean 10, standard deviation 10; the best of four posts has 15 of 30.
    @Test func `weeks and top posts are those of the hand`() throws {
        let file = """
            date,channel,value
            2024-01-01,a,4
            2024-01-07,a,6
            2024-01-15,b,15
            2024-01-21,a,5

            """
        let answer = try ConsistencyAnalysis().answer(DataTable(Data(file.utf8), name: "p.csv"))
        let all = answer.rows[0]
        #expect(all.weeks == 3)
        #expect(all.silentWeeks == 1)
        #expect(all.weeklyVariation == 1)
        #expect(all.topPercentShare == 0.5)
        #expect(all.topPercentPosts == 1)
        // Σ i·x = 4 + 10 + 18 + 60 = 92, so 2·92 / (4·30) − 5/4.
        #expect(abs((all.gini ?? 0) - (184.0 / 120 - 1.25)) < 1e-12)
        #expect(answer.rows.map(\.group) == ["all", "a", "b"])
    }
}

/// Twelve clicks never look like a winner.
struct RankAnalysisTests {
    @Test func `twelve clicks of two hundred do not beat a proven post`() async throws {
        let file = """
            channel,format,post,impressions,clicks
            x,image,lucky,200,12
            x,image,steady,40000,1200
            x,image,plain,30000,620
            x,video,first,20000,420
            x,video,second,25000,480
            y,video,third,18000,400
            y,image,fourth,22000,450

            """
        let answer = try await RankAnalysis().answer(
            DataTable(Data(file.utf8), name: "r.csv"))
        let lucky = try #require(answer.rows.first { $0.path[2] == "lucky" })
        let steady = try #require(answer.rows.first { $0.path[2] == "steady" })
        #expect(lucky.raw == 0.06)
        #expect(answer.rows[0].path[2] == "steady")
        #expect(answer.notes.contains { $0.hasPrefix("x / image / lucky has the highest figure") })
        #expect(!["best", "top 3"].contains(lucky.verdict))
        #expect(lucky.estimate < 0.05)
        #expect(lucky.low < steady.estimate)
        #expect(lucky.probabilityBest < 0.95)
        #expect(answer.diagnostics.isReliable)
        #expect(answer.groups.count == 6)
        let best = answer.rows.reduce(0) { $0 + $1.probabilityBest }
        #expect(abs(best - 1) < 1e-9)
    }

    @Test func `a seed gives the same answer and another almost the same`() async throws {
        let table = try DataTable(
            Data("post,n,y\na,100,20\nb,80,9\nc,120,15\nd,50,4\n".utf8), name: "r.csv")
        var analysis = RankAnalysis()
        let first = try await analysis.answer(table)
        #expect(try await analysis.answer(table).rows == first.rows)
        analysis.seed = 2
        let other = try await analysis.answer(table)
        let pairs = other.rows.map { row in
            (row, first.rows.first { $0.path == row.path })
        }
        for (row, same) in pairs {
            #expect(abs(row.estimate - (same?.estimate ?? 0)) < 0.01)
        }
    }

    @Test func `costs are best when they are lowest`() async throws {
        let table = try DataTable(
            Data("ad,mean,se\na,1.0,0.01\nb,2.0,0.01\nc,3.0,0.01\n".utf8), name: "c.csv")
        var analysis = RankAnalysis()
        analysis.lowestIsBest = true
        let answer = try await analysis.answer(table)
        #expect(answer.rows[0].path == ["a"])
        #expect(answer.rows[0].verdict == "best")
    }

    @Test func `more clicks than impressions are named with their row`() async throws {
        let table = try DataTable(
            Data("post,impressions,clicks\na,10,2\nb,10,11\n".utf8), name: "r.csv")
        await #expect {
            try await RankAnalysis().answer(table)
        } throws: { error in
            guard case .badCell(row: 3, column: "clicks", _, _)? = error as? AnalysisError else {
                return false
            }
            return true
        }
    }
}
