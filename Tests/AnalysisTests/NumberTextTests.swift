import Analysis
import Foundation
import Kernel
import Testing

/// Numbers are read as people write them, and never guessed.
struct NumberTextTests {
    @Test(arguments: [
        ("1,234,567", 1_234_567.0), ("1,234.5", 1234.5), ("+12", 12), ("-1,000.25", -1000.25),
        ("1e5", 1e5), ("1.5E-3", 0.0015), (".5", 0.5), ("5.", 5),
    ])
    func `plain numbers`(text: String, value: Double) {
        #expect(CSVStyle().number(text) == value)
    }

    @Test(arguments: [
        "1,234", "1,5", "12,34,567", "1234,567.5", "0x10", "nan", "inf", "-inf", "infinity", "1e",
        "1e400", "", "-", ".", "1_000", "1 000", "€5", "5%", "1.2.3", "1e5.5", "٣", "0x1p4",
    ])
    func `what is no plain number`(text: String) {
        #expect(CSVStyle().number(text) == nil)
        #expect(CSVStyle().remedy(text).hasSuffix("."))
    }

    @Test(arguments: [
        ("1,5", 1.5), ("1.234,5", 1234.5), ("1.234", 1234), ("1.234.567", 1_234_567),
        ("-0,25", -0.25), ("1,5e3", 1500), ("12", 12),
    ])
    func `numbers with decimal commas`(text: String, value: Double) {
        #expect(CSVStyle(hasDecimalCommas: true).number(text) == value)
    }

    @Test(arguments: ["1.5", "1.23,5", "1234.567,5", "1,234.5", "1,2,3", "0.5"])
    func `a point stands before three digits only, when commas are decimal`(text: String) {
        #expect(CSVStyle(hasDecimalCommas: true).number(text) == nil)
    }

    func problem(_ text: String, commas: Bool = false) throws -> String {
        let table = try DataTable(
            Data(text.utf8), name: "a.csv", style: CSVStyle(hasDecimalCommas: commas))
        do {
            _ = try table.numbers(0)
            return ""
        } catch { return error.problem.message }
    }

    @Test func `a cell that is no number is named with its row, its column and a remedy`() throws {
        #expect(try problem("n,m\n1,1\n,2\n").contains("Row 3, column n: the empty cell needs"))
        #expect(try problem("n\n\"1,234\"\n").contains("can be read in two ways"))
        #expect(try problem("n;m\n1,5;2\n").contains("--decimal-comma"))
        #expect(try problem("n;m\n1.5;2\n", commas: true).contains("leave --decimal-comma out"))
        #expect(try problem("n\n1\n1e999\n").contains("too large"))
        #expect(try problem("n\n0x10\n").contains("decimal digits"))
    }

    @Test func `one unreadable cell leaves a column what it is`() throws {
        let table = try DataTable(
            Data(
                "a,b,c,d,e\n1,x,2024-01-01,,1\n2,y,2024-01-02,NA,a\n3x,4,?,,b\n4,z,2024-01-04,,c\n"
                    .utf8),
            name: "a.csv")
        #expect((0..<5).map(table.kind) == [.numbers, .words, .days, .empty, .words])
        #expect(throws: AnalysisError.self) { try table.numbers(0) }
    }

    @Test func `rows of nobody are not one person`() throws {
        let table = try DataTable(Data("id,n\na,1\n,2\nb,3\n  ,4\na,5\n".utf8), name: "a.csv")
        let found = try table.identities(0)
        #expect(found.names == ["a", "b"])
        #expect(found.codes == [0, -1, 1, -1, 0])
        #expect(found.emptyCount == 2)
        #expect(found.note?.contains("the first is row 3") == true)
        let nobody = try DataTable(Data("id,n\n,1\n,2\n".utf8), name: "a.csv")
        #expect(throws: AnalysisError.self) { try nobody.identities(0) }
    }

    @Test func `two columns of one name are not guessed`() throws {
        let table = try DataTable(Data("path,n,N,n\na,1,2,3\n".utf8), name: "a.csv")
        #expect(try table.column("N", usual: [], option: "--n") == 2)
        #expect(try table.column("path", usual: [], option: "--path") == 0)
        #expect(throws: AnalysisError.self) { try table.column("n", usual: [], option: "--n") }
        #expect(throws: AnalysisError.self) { try table.column(nil, usual: ["n"], option: "--n") }
    }

    @Test(
        arguments: [
            ([0x1F, 0x8B, 8, 0], "gzip"), ([0xFF, 0xFE, 0x61, 0], "UTF-16"),
            ([0x61, 0, 0x0A], "NUL"),
            ([0x50, 0x4B, 3, 4], "spreadsheet"), ([], "first row"), ([0x0A, 0x0A], "first row"),
        ] as [([UInt8], String)])
    func `files that hold no table are named for what they are`(bytes: [UInt8], word: String) {
        let error = #expect(throws: AnalysisError.self) { try DataTable(Data(bytes), name: "a") }
        #expect(error?.problem.message.contains(word) == true)
    }

    @Test(arguments: ["/", "/dev/null", "/dev/zero", "/no/such/file"])
    func `folders and devices are no files`(path: String) {
        #expect(throws: AnalysisError.self) { try DataTable(path: path) }
    }
}
