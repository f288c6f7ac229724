import Analysis
import Foundation
import Testing

/// Files are read as people write them, and what cannot be read is named.
struct DataTableTests {
    @Test func `a file names its columns in any letter case`() throws {
        let table = try DataTable(
            Data("Date;Y\n2024-02-29;1,5\n".utf8), name: "a.csv",
            style: CSVStyle(hasDecimalCommas: true))
        #expect(try table.required(nil, usual: ["date"], option: "--date") == 0)
        #expect(try table.numbers(1) == [1.5])
        #expect(try table.days(0).map(DayNumber.text) == ["2024-02-29"])
    }

    @Test func `a day that is none is named with its row`() throws {
        let table = try DataTable(Data("d\n2024-01-01\n2023-02-29\n".utf8), name: "a.csv")
        #expect(throws: AnalysisError.self) { try table.days(0) }
    }
}
