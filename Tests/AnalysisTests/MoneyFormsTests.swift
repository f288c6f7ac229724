import Analysis
import Foundation
import Testing

/// Amounts, headings and days of transactions as people write them.
struct MoneyFormsTests {
    private func answer(_ heading: String, _ cell: String, _ day: String) throws -> ValueAnswer {
        var file = heading + "\n" + "c0;\(day);\(cell)\n"
        for customer in 0..<30 {
            for purchase in 0...(customer % 4) {
                file += "c\(customer);2023-0\(1 + 2 * purchase)-1\(customer % 9);\(10 + customer)\n"
            }
        }
        return try ValueAnalysis().answer(DataTable(Data(file.utf8), name: "v.csv"))
    }

    @Test(arguments: ["5e20", "1e16", "1.5e15", "abc5", "5abc"])
    func `an amount that is none is named with its row`(cell: String) {
        #expect {
            try answer("customer;date;amount", cell, "2023-01-05")
        } throws: { error in
            guard case .badCell(row: 2, column: "amount", cell, _)? = error as? AnalysisError
            else { return false }
            return true
        }
    }

    @Test(arguments: ["12.5", "USD 12.5", "12.5 €", "$12.5", "1.25e1"])
    func `an amount with or without its currency is read`(cell: String) throws {
        _ = try answer("customer;date;amount", cell, "2023-01-05")
    }

    @Test(arguments: ["Customer ID;Order Date;Order Value", "customer-id;ORDER DATE;Order-Value"])
    func `headings may have other marks between words`(heading: String) throws {
        #expect(try answer(heading, "5", "2023-01-05").diagnostics.customers == 30)
    }

    @Test(arguments: ["2023/12/31", "31.12.2023", "20231231", "31.12.2023 14:05"])
    func `days are read in the forms that leave no doubt`(day: String) throws {
        #expect(
            try answer("customer;date;amount", "5", day).diagnostics.observedUntil == "2023-12-31")
    }

    @Test(arguments: ["12/31/2023", "31/12/2023", "31.13.2023", "2023/2/30"])
    func `other days are refused with the forms that are read`(day: String) {
        #expect {
            try answer("customer;date;amount", "5", day)
        } throws: { error in
            guard case .badCell(2, "date", day, let remedy)? = error as? AnalysisError else {
                return false
            }
            return remedy.contains("2024/03/31") && remedy.contains("31.03.2024")
        }
    }

    @Test func `amounts that do not differ are told as the limit`() throws {
        var file = "customer,date,amount\n"
        for customer in 0..<40 {
            for purchase in 0...(customer % 4) {
                file += "\(customer),2023-0\(1 + 2 * purchase)-1\(customer % 9),10\n"
            }
        }
        let answer = try ValueAnalysis().answer(DataTable(Data(file.utf8), name: "v.csv"))
        #expect(answer.diagnostics.isSpendAtLimit == true)
        #expect(answer.diagnostics.isAtLimit)
        #expect(answer.notes.contains { $0.hasPrefix("The gamma-gamma model of amounts ran") })
    }
}
