import Analysis
import Foundation
import Kernel
import Testing

/// Odd and hostile files of customers, cohorts and posts end in words that help.
struct HostileReturnTests {
    static func table(_ text: String) throws -> DataTable {
        try DataTable(Data(text.utf8), name: "t.csv")
    }

    /// What a refusal says.
    static func words(_ body: () async throws -> some Any) async -> String {
        do {
            _ = try await body()
            return "no refusal"
        } catch let error as AnalysisError {
            return error.problem.message
        } catch { return "\(error)" }
    }

    @Test func `names that are missing are refused with their row`() async throws {
        let customers = try Self.table(
            "customer,date,amount\na,2024-01-01,1\n,2024-01-02,1\n,2024-02-02,1\n")
        #expect(
            await Self.words { try ValueAnalysis().answer(customers) }
                .hasPrefix("Row 3, column customer: the empty cell names no customer"))
        let summaries = try Self.table("customer,frequency,recency,T\na,1,2,3\nnan,1,2,3\n")
        #expect(
            await Self.words { try ValueAnalysis().answer(summaries) }
                .hasPrefix("Row 3, column customer: “nan” names no customer"))
        let posts = try Self.table("post,hours,events\na,1,5\n,2,4\n")
        #expect(
            await Self.words { try HalfLifeAnalysis().answer(posts) }
                .hasPrefix("Row 3, column post: the empty cell names no post"))
        let rates = try Self.table("channel,post,n,y\nx,a,10,5\n,b,10,4\nx,,10,2\n")
        #expect(
            await Self.words { try await RankAnalysis().answer(rates) }
                .hasPrefix("Row 3, column channel: the empty cell names no channel"))
        let cohorts = try Self.table("cohort,period,active\na,0,10\na,1,9\n,2,8\n")
        #expect(
            await Self.words { try RetentionAnalysis().answer(cohorts) }
                .hasPrefix("Row 4, column cohort: the empty cell names no cohort"))
    }

    @Test func `a year that was mistyped is named with its row`() async throws {
        let early = try Self.table(
            "customer,date,amount\na,2024-01-01,1\nb,0024-01-02,1\na,2024-02-02,1\n")
        #expect(
            await Self.words { try ValueAnalysis().answer(early) }
                .hasPrefix("Row 3, column date: “0024-01-02” lies 2000 years before the next date"))
        let late = try Self.table("date,value\n2024-01-01,1\n2024-01-02,1\n9999-02-02,1\n")
        #expect(
            await Self.words { try ConsistencyAnalysis().answer(late) }
                .hasPrefix("Row 4, column date: “9999-02-02” lies"))
        var analysis = ValueAnalysis()
        analysis.until = "9999-12-31"
        let good = try Self.table("customer,date\na,2024-01-01\na,2024-02-02\n")
        #expect(
            await Self.words { try analysis.answer(good) }
                .hasPrefix("The last purchase is on 2024-02-02, more than 5 years before --until"))
        analysis.until = "1999-12-31"
        #expect(
            await Self.words { try analysis.answer(good) }
                .hasPrefix("No purchase happened until 1999-12-31; the first is on 2024-01-01."))
    }

    @Test(arguments: [
        ("x,recency,T\n1e300,5,10\n2,4,10\n", "Row 2, column x: “1e+300” is not a believable"),
        ("x,recency,T\n2,5,1e308\n2,4,1e308\n", "Row 2, column T: “1e+308” is not a believable"),
        (
            "customer,date,amount\na,2024-01-01,1e308\na,2024-02-01,1e308\n",
            "Row 2, column amount: “1e308” is not a sum"
        ),
        (
            "customer,date,amount\na,2024-01-01,$5\na,2024-02-01,€6\n",
            "Row 3, column amount: “€6” is in €, rows above are in $"
        ),
        (
            "customer,date,amount\na,2024-01-01,\"1,20.00\"\na,2024-02-01,5\n",
            "Row 2, column amount: “1,20.00” is not a sum such as 1234.5"
        ),
        (
            "customer,date\na,2024-01-01\nb,2024-01-01\n", "No customer bought on a second day"
        ),
        ("customer,date,amount\na,2024-01-01,-5\n", "t.csv holds refunds only"),
    ])
    func `numbers that cannot be are named with their row`(
        file: String, start: String
    ) async throws {
        let table = try Self.table(file)
        #expect(await Self.words { try ValueAnalysis().answer(table) }.hasPrefix(start))
    }

    @Test func `huge counts do not crash`() async throws {
        let summaries = try Self.table(
            "frequency,recency,T\n1000000000,5,10\n2,4,10\n0,0,9\n0,0,8\n1,3,9\n")
        let answer = try ValueAnalysis().answer(summaries)
        #expect(answer.rows.allSatisfy { $0.expectedPurchases.isFinite })
        let rates = try Self.table("post,n,y\na,1e300,5\nb,10,4\n")
        #expect(
            await Self.words { try await RankAnalysis().answer(rates) }
                .hasPrefix("Row 2, column n: “1e+300” is not a believable number"))
        var retention = RetentionAnalysis()
        retention.until = .max
        let cohort = try Self.table("period,active\n0,100\n1,80\n2,70\n")
        #expect(try retention.answer(cohort).rows.count == 1)
    }

    @Test func `refunds come off the purchase before them and money may have its sign`() throws {
        let table = try Self.table(
            """
            customer,date,amount
            a,2024-01-01,$10.50
            a,2024-01-15,$30
            a,2024-02-20,-$35
            a,2024-03-01,"20 $"
            b,2024-01-02,0
            b,2024-02-02,$8
            c,2024-01-03,-$4

            """)
        let answer = try ValueAnalysis().answer(table)
        let row = try #require(answer.rows.first { $0.customer == "a" })
        // 35 takes all of the 30 and 5 of the 10.50; the mean of the repeats 0 and 20 is 10.
        #expect(row.monetaryValue == 10)
        #expect(answer.diagnostics.customers == 2)
        #expect(answer.diagnostics.freeRows == 1)
        #expect(answer.diagnostics.strayRefunds == 4)
        let revenue = answer.cohorts?[0].months.map(\.revenue)
        #expect(revenue == [5.5, 8, 20])
    }
}

/// Options that cannot be, or have nothing to act on, are refused in words.
struct ReturnOptionsTests {
    typealias Hostile = HostileReturnTests

    @Test func `options of value are checked`() async throws {
        let plain = try Hostile.table("customer,date\na,2024-01-01\na,2024-02-02\n")
        func words(_ change: (inout ValueAnalysis) -> Void) async -> String {
            var analysis = ValueAnalysis()
            change(&analysis)
            let changed = analysis
            return await Hostile.words { try changed.answer(plain) }
        }
        #expect(await words { $0.horizon = .nan }.hasPrefix("--horizon nan must be"))
        #expect(await words { $0.horizon = 1e308 }.hasPrefix("--horizon 1e+308 must be"))
        #expect(await words { $0.discount = 10 }.hasPrefix("--discount 10 must be"))
        #expect(await words { $0.margin = 35 }.hasPrefix("--margin 35 must be"))
        #expect(await words { $0.margin = .infinity }.hasPrefix("--margin inf must be"))
        #expect(await words { $0.acquisitionCost = -1 }.hasPrefix("--acquisition-cost -1 must be"))
        #expect(await words { $0.margin = 0.5 }.hasPrefix("--margin needs amounts"))
        #expect(await words { $0.split = "2023-01-01" }.contains("before the first purchase"))
    }

    @Test func `options of the others are checked`() async throws {
        let cohort = try Hostile.table("period,active\n0,100\n1,80\n2,70\n")
        func retention(_ change: (inout RetentionAnalysis) -> Void) async -> String {
            var analysis = RetentionAnalysis()
            change(&analysis)
            let changed = analysis
            return await Hostile.words { try changed.answer(cohort) }
        }
        #expect(await retention { $0.size = .infinity }.hasPrefix("--size inf must be"))
        #expect(await retention { $0.margin = 0.5 }.hasPrefix("--margin is a part of the --price"))
        #expect(await retention { $0.horizon = .max }.contains("must be 1 to 2000"))
        #expect(await retention { $0.price = .nan }.hasPrefix("--price nan must be"))
        let posts = try Hostile.table("post,hours,events\na,1,5\na,2,4\na,9,1\n")
        func half(_ change: (inout HalfLifeAnalysis) -> Void) async -> String {
            var analysis = HalfLifeAnalysis()
            change(&analysis)
            let changed = analysis
            return await Hostile.words { try changed.answer(posts) }
        }
        #expect(await half { $0.windowHours = .nan }.hasPrefix("--window nan must be"))
        #expect(await half { $0.windowHours = 1.5 }.hasPrefix("Row 4, column hours: “9” begins"))
        #expect(await half { $0.unitHours = 0 }.hasPrefix("--unit-hours 0 must be"))
        #expect(
            await half { ($0.events, $0.cumulative) = ("events", "events") }.contains("only one"))
        let rates = try Hostile.table("post,n,y,se\na,10,5,1\nb,10,4,1\n")
        var rank = RankAnalysis()
        (rank.trials, rank.mean) = ("n", "y")
        let mixed = rank
        #expect(
            await Hostile.words { try await mixed.answer(rates) }
                .hasPrefix("--trials and --mean do not go together"))
    }
}
