import Analysis
import Foundation
import Testing

/// Customers are valued from the files that people have.
struct ValueAnalysisTests {
    static let summaries = "clv/clv_quickstart.csv"
    static let transactions = "clv/cdnow_transactions.csv"

    // Published by Fader, Hardie and Lee (2005); gamma-gamma from pymc-marketing, checked in scipy.
    @Test(.enabled(if: AcceptanceFile.exists(summaries), "The acceptance data is absent."))
    func `the CDNOW summaries give the published parameters`() throws {
        var analysis = ValueAnalysis()
        analysis.horizon = 39
        analysis.top = 3000
        let answer = try analysis.answer(DataTable(path: AcceptanceFile.path(Self.summaries)))
        #expect(abs(answer.logLikelihood - -9582.425561) < 1e-5)
        for (name, expected) in [
            ("r", 0.2425929), ("alpha", 4.4135318), ("a", 0.7928862), ("b", 2.4257537),
            ("p", 6.248803), ("q", 3.744588), ("gamma", 15.447744),
        ] { #expect(abs((answer.parameters[name] ?? 0) / expected - 1) < 2e-6) }
        // scipy: the inverse of the numerical Hessian.
        for (name, expected) in [("r", 0.01255732), ("alpha", 0.37822136), ("q", 0.29016796)] {
            #expect(abs((answer.standardErrors[name] ?? 0) / expected - 1) < 1e-3)
        }
        let first = try #require(answer.rows.first { $0.customer == "1" })
        #expect(abs(first.expectedPurchases - 1.2259104) < 1e-6)
        #expect(abs((first.expectedSpend ?? 0) - 24.6586157) < 1e-5)
        let expected = answer.diagnostics.fit.map(\.expected)
        #expect(abs(expected[0] - 1407.6846) < 1e-3)
        #expect(abs(expected[3] - 101.1634) < 1e-3)
        #expect(abs(answer.total.expectedPurchases - 1653.4232) < 1e-3)
    }

    // Counted with pandas; the hold-out computed with scipy from the same customers.
    @Test(
        .enabled(if: AcceptanceFile.exists(transactions), "The acceptance data is absent."))
    func `CDNOW transactions are counted and foretold`() throws {
        var analysis = ValueAnalysis()
        analysis.split = "1997-09-30"
        let answer = try analysis.answer(DataTable(path: AcceptanceFile.path(Self.transactions)))
        let holdOut = try #require(answer.holdOut)
        #expect(abs((holdOut.parameters["r"] ?? 0) - 0.24259451) < 1e-6)
        #expect(holdOut.observedPurchases == 1882)
        #expect(abs(holdOut.expectedPurchases - 1653.4087) < 1e-2)
        #expect(abs(holdOut.meanAbsoluteError - 0.7854542) < 1e-5)
        #expect(abs(holdOut.byFrequency[2].observed - 1.392523) < 1e-6)
        let january = try #require(answer.cohorts?.first)
        #expect(january.customers == 781)
        #expect(january.months.prefix(4).map(\.buyers) == [781, 124, 95, 70])
        #expect(abs(january.months[3].cumulativeRevenuePerCustomer - 55.817452) < 1e-5)
    }

    @Test func `rows of a day are one purchase and refunds are none`() throws {
        let file = """
            order,customer,date,amount
            1,a,2024-01-01,10
            2,a,2024-01-01,5
            3,a,2024-01-15,30
            4,b,2024-01-02,7
            5,a,2024-01-20,-10
            6,b,2024-02-27,8
            7,c,2024-02-01,9

            """
        var analysis = ValueAnalysis()
        analysis.unit = .day
        let answer = try analysis.answer(DataTable(Data(file.utf8), name: "t.csv"))
        let row = try #require(answer.rows.first { $0.customer == "a" })
        #expect(row.frequency == 1)
        #expect(row.recency == 14)
        #expect(row.age == 57)
        #expect(row.monetaryValue == 20)
        #expect(answer.diagnostics.refundRows == 1)
        #expect(answer.diagnostics.repeatCustomers == 2)
    }

    @Test func `a summary that cannot be is named with its row`() throws {
        let file = "frequency,recency,T\n1,5,10\n2,12,10\n"
        let table = try DataTable(Data(file.utf8), name: "s.csv")
        #expect {
            try ValueAnalysis().answer(table)
        } throws: { error in
            guard case .badCell(row: 3, column: "recency", _, _)? = error as? AnalysisError else {
                return false
            }
            return true
        }
    }

    // By hand: half of the value at once, so a cost below the first margin is repaid at once.
    @Test func `what is repaid at the first purchase is repaid at once`() throws {
        var rows = "customer,date,amount\n"
        for customer in 0..<40 {
            rows += "\(customer),2024-01-0\(customer % 9 + 1),20\n"
            if customer % 2 == 0 {
                rows += "\(customer),2024-02-1\(customer % 9),\(15 + customer)\n"
            }
            if customer % 4 == 0 {
                rows += "\(customer),2024-05-1\(customer % 9),\(20 + customer)\n"
            }
        }
        var analysis = ValueAnalysis()
        analysis.margin = 0.5
        analysis.acquisitionCost = 9
        let table = try DataTable(Data((rows + "x,2024-08-01,20\n").utf8), name: "t.csv")
        #expect(try analysis.answer(table).newCustomer.payback == 0)
        analysis.acquisitionCost = 12
        let later = try #require(try analysis.answer(table).newCustomer.payback)
        #expect(later > 0)
    }
}

/// Cohorts are read as people write them.
struct RetentionAnalysisTests {
    static let long = """
        segment,year,customers
        regular,0,1000
        regular,1,631
        regular,2,468
        regular,3,382
        high,0,1000
        high,1,869
        high,2,743
        high,3,653

        """
    static let wide = """
        cohort,year 0,year 1,year 2,year 3
        regular,1000,631,468,382
        high,1000,869,743,653

        """
    static let columns = """
        year;regular;high
        0;100 %;100 %
        1;63.1 %;86.9 %
        2;46.8 %;74.3 %
        3;38.2 %;65.3 %

        """

    @Test(arguments: [long, wide, columns])
    func `long, wide and side by side mean the same`(file: String) throws {
        let answer = try RetentionAnalysis().answer(DataTable(Data(file.utf8), name: "c.csv"))
        #expect(answer.rows.map(\.cohort) == ["regular", "high"])
        // scipy, on the same eight numbers.
        #expect(abs(answer.rows[0].alpha - 0.78374743) < 1e-5)
        #expect(answer.rows[0].customers == 1000)
        #expect((answer.diagnostics.sameForAllPValue ?? 1) < 1e-10)
        let last = answer.rows[0].periods[12]
        #expect((last.low ?? 1) < last.survival && last.survival < (last.high ?? 0))
    }

    // A triangle, as it grows month by month.
    @Test func `young cohorts borrow from all together`() throws {
        let file = "cohort,0,1,2,3\n2024-01,100,80,70,66\n2024-02,120,90,81,\n2024-03,50,40,,\n"
        let answer = try RetentionAnalysis().answer(DataTable(Data(file.utf8), name: "c.csv"))
        #expect(answer.rows.count == 3)
        #expect(answer.rows[2].alpha == answer.pooled?.alpha)
        #expect(answer.rows[2].periods[1].observed == 0.8)
        #expect(answer.rows[2].periods[2].observed == nil)
        #expect(answer.notes.contains { $0.hasPrefix("2024-03 says too little") })
    }

    @Test func `customers who come back are named with their row`() throws {
        let table = try DataTable(
            Data("period,survivors\n0,100\n1,60\n2,61\n".utf8), name: "c.csv")
        #expect {
            try RetentionAnalysis().answer(table)
        } throws: { error in
            guard case .badCell(row: 4, column: "survivors", _, _)? = error as? AnalysisError
            else { return false }
            return true
        }
    }

    @Test func `periods that the fit did not see show how good it is`() throws {
        let table = try DataTable(
            Data("period,active\n0,1000\n1,869\n2,743\n3,653\n4,593\n5,551\n".utf8), name: "c.csv")
        var analysis = RetentionAnalysis()
        analysis.until = 3
        let row = try analysis.answer(table).rows[0]
        #expect(row.periods[3].isFitted && !row.periods[4].isFitted)
        let error = try #require(row.holdOutError)
        #expect(error < 0.04)
    }
}
