import Analysis
import Foundation
import Testing

/// Wide files with a size, and cohorts that the model does not describe.
struct RetentionFormsTests {
    private func answer(_ text: String) throws -> RetentionAnswer {
        try RetentionAnalysis().answer(DataTable(Data(text.utf8), name: "c.csv"))
    }

    @Test(arguments: [
        "cohort,size,1,2,3\na,1000,631,468,382\n",
        "cohort,new_customers,1,2,3\na,1000,63.1 %,46.8 %,38.2 %\n",
        "cohort,users,1,2,3\na,1000,0.631,0.468,0.382\n",
        "cohort,customers,0,1,2,3\na,1000,100,63.1,46.8,38.2\n",
    ])
    func `a column of sizes is the start`(file: String) throws {
        let row = try answer(file).rows[0]
        #expect(row.customers == 1000)
        #expect(row.periods[1].observed == 0.631)
        // scipy, on the same four numbers.
        #expect(abs(row.alpha - 0.78374743) < 1e-5)
    }

    @Test func `a first period that is taken for the start is said`() throws {
        let answer = try answer("cohort,1,2,3,4\na,1000,631,468,382\n")
        #expect(answer.rows[0].customers == 1000)
        #expect(answer.notes.contains("Period 1, the first in the file, is taken for the start."))
    }

    @Test(arguments: [
        ("cohort,0,1,2\na,100,-80,10\n", "must not be negative"),
        ("cohort,size,1,2,3\na,,80,70,60\n", "must say how many customers"),
        ("cohort,size,1,2,4\na,100,80,70,60\n", "leave a gap"),
        ("cohort,size,2,3,4\na,100,80,81,60\n", "is more than the period before"),
    ])
    func `wrong cells are named for what they are`(file: String, words: String) {
        #expect {
            try answer(file)
        } throws: { "\($0)".contains(words) }
    }

    // Deviance and p from the formulas, with scipy's chi2: churn 600/3450, 358.0095 with 3 degrees.
    @Test func `churn that rises is told as that`() throws {
        let answer = try answer("period,survivors\n0,1000\n1,950\n2,850\n3,650\n4,400\n")
        #expect(abs(answer.diagnostics.deviance - 358.0095) < 0.01)
        #expect(answer.diagnostics.degreesOfFreedom == 3)
        #expect((answer.diagnostics.fitPValue ?? 1) < 1e-70)
        #expect(answer.notes.contains { $0.contains("customers leave more and more") })
        #expect(answer.notes.allSatisfy { !$0.contains("with the same probability") })
    }

    // scipy's optimum of the same likelihood: deviances 0.29774 and 1.79834 with 1 degree each.
    @Test func `a model that fits is not doubted`() throws {
        let answer = try answer("cohort,0,1,2,3\na,1000,631,468,382\nb,1000,869,743,653\n")
        #expect(abs(answer.diagnostics.deviance - 2.09607) < 1e-3)
        #expect(answer.diagnostics.degreesOfFreedom == 2)
        #expect((answer.diagnostics.fitPValue ?? 0) > 0.3)
        #expect(answer.notes.allSatisfy { !$0.contains("does not fit") })
    }
}
