import Analysis
import Foundation
import Testing

/// Cells are found in the bytes of a file, whatever program wrote it.
struct DataTableLayoutTests {
    func table(_ text: String) throws -> DataTable {
        try DataTable(Data(text.utf8), name: "a.csv")
    }

    @Test func `quoted cells hold separators, quotes and line ends`() throws {
        let table = try table("\u{FEFF}a,b\r\n\"x, \"\"y\"\"\nz\" , 1\r\n\r\n 2 ,\"\"\n")
        #expect(table.headings == ["a", "b"])
        #expect(table.texts(0) == ["x, \"y\"\nz", "2"])
        #expect(table.texts(1) == ["1", ""])
        #expect(table.fileRow(1) == 4)
    }

    @Test func `empty cells beyond the heading are no cells`() throws {
        #expect(try table("a;b\n1;2;\n3;4;;\n;;\n").numbers(1) == [2, 4])
        #expect(throws: AnalysisError.self) { try table("a;b\n1;2;3\n") }
        #expect(throws: AnalysisError.self) { try table("a;b\n1\n") }
        #expect(throws: AnalysisError.self) { try table("a;b\n\"1;2\n") }
        #expect(try table("a,b\n1,").texts(1) == [""])
    }

    @Test func `numbers are those of the standard library`() throws {
        let written = [
            "0", "-0.5", "3.195", "123456789.125", "0.1", "9007199254740993", "1e5", "-1.5E-3",
            "0.00000000000000000000000001", "12345678901234567890.5", "00012.50", ".5", "5.",
        ]
        let table = try table("n\n" + written.joined(separator: "\n"))
        #expect(try table.numbers(0) == written.map { Double($0) })
        for text in ["1,5", "x", "--1", "1.2.3", "-", "."] {
            #expect(throws: AnalysisError.self) { try self.table("n\n\"\(text)\"\n").numbers(0) }
        }
    }

    @Test func `days are read from bytes as from texts`() throws {
        let written = ["2024-02-29", "20240229", "2024-02-29T10:00", "1969-12-31", "2024-2-29"]
        let table = try table("d\n" + written.joined(separator: "\n"))
        #expect(try table.days(0) == [19_782, 19_782, 19_782, -1, 19_782])
        for text in ["2023-02-29", "2024-13-01", "02/29/2024", "2024-02-2x"] {
            #expect(throws: AnalysisError.self) { try self.table("d\n\(text)\n").days(0) }
        }
    }

    @Test func `decimal commas are read when they are announced`() throws {
        let table = try DataTable(
            Data("n;m\n1.234,5;-0,25\n".utf8), name: "a.csv",
            style: CSVStyle(hasDecimalCommas: true))
        #expect(try table.numbers(0) == [1234.5])
        #expect(try table.numbers(1) == [-0.25])
    }

    @Test func `words that come again are kept once`() throws {
        let many = (0..<200).map { "w\($0 % 70)" }
        let (words, codes) = try table("w\n" + many.joined(separator: "\n")).words(0)
        #expect(words.count == 70)
        #expect(codes.map { words[Int($0)] } == many)
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: AnalysisError.self) {
            try DataTable(Data([0x61, 0x0A, 0xE4, 0x0A]), name: "latin.csv")
        }
        #expect(throws: Never.self) { try table("größe\n1\n") }
    }
}
