import Kernel
import Testing

@testable import Chaos

struct ChaosPlanTests {
    @Test func `plays the same life again for the same seed, and another for another`() {
        let once = ChaosPlan(seed: 7, life: 3, firstPost: 9, pace: 0.02)
        #expect(once == ChaosPlan(seed: 7, life: 3, firstPost: 9, pace: 0.02))
        #expect(once != ChaosPlan(seed: 8, life: 3, firstPost: 9, pace: 0.02))
        #expect(once.posts.map(\.number) == Array(9..<(9 + once.posts.count)))
    }

    @Test(arguments: [
        (250, [], [100, 100, 50]), (100, [], [100]), (3, [], [3]),
        (10, ["a"], [10]), (10, ["a", "b", "c"], [4, 4, 2]), (2, ["a", "b", "c"], [1, 1, 0]),
    ]) func `shares the kills out`(runs: Int, databases: [String], shares: [Int]) {
        let acts = ChaosRun(runs: runs, seed: 1, databases: databases, folder: "/nowhere").acts
        #expect(acts.map(\.kills) == shares)
        #expect(acts.map(\.number) == Array(shares.indices))
        #expect(acts.compactMap(\.database) == databases)
    }

    @Test func `shares the kills among those that play at the same time`() {
        var run = ChaosRun(runs: 300, seed: 1, databases: [], folder: "/nowhere")
        run.atOnce = 3
        #expect(run.acts.map(\.kills) == [100, 100, 100])
        run.runs = 5
        #expect(run.acts.map(\.kills) == [2, 2, 1])
    }

    @Test func `adds acts up, and fails when one of them does`() {
        var all = ChaosReport(seed: 1, engine: "sqlite")
        var act = ChaosReport(seed: 2, engine: "sqlite")
        act.compare([("n000001p1 a", "published", 1)], with: ["n000001p1": 1], seed: 2)
        act.kills = 5
        all.add(act)
        #expect(all.isPassed)
        act.integrityFindings = ["after 5 kills: a page is gone"]
        all.add(act)
        #expect(all.kills == 10)
        #expect(all.acceptedOnce == 2)
        #expect(all.integrityFindings == ["seed 2: after 5 kills: a page is gone"])
        #expect(!all.isPassed)
    }

    @Test func `counts what a ledger holds by post and part`() {
        let ledger =
            "1\tn000001p1 Fresh\n2\tn000001p2 Fresh\n3\tn000002p1 Fresh\n4\tn000002p1 Fresh\n"
        #expect(
            ChaosReport.accepted(in: ledger)
                == ["n000001p1": 1, "n000001p2": 1, "n000002p1": 2])
    }

    @Test func `fails for a post that was accepted twice, claimed only, or is still under way`() {
        let accepted = ["n000001p1": 2, "n000003p1": 1]
        var report = ChaosReport(seed: 1, engine: "sqlite")
        report.compare(
            [
                ("n000001p1 a", "published", 1), ("n000002p1 b", "published", 1),
                ("n000003p1 c", "published", 1), ("n000004p1 d", "needsPerson", 1),
                ("n000005p1 e", "sending", 1),
            ], with: accepted, seed: 7)
        #expect(report.acceptedTwice == ["seed 7: n000001p1"])
        #expect(report.claimedOnly == ["seed 7: n000002"])
        #expect(report.acceptedOnce == 1)
        #expect(report.needsYou == 1)
        #expect(report.unsettled == 1)
        #expect(!report.isPassed)
    }
}
