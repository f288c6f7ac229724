import Foundation
import Kernel
import Store
import Testing

@testable import Safekeeping

struct RowTests {
    @Test(arguments: [
        (#"{"b":1, "a":2}"#, #"{"a":2,"b":1}"#),
        (#"[1.0, 1.50, 1e2, -0, 0.1]"#, "[1,1.5,100,0,0.1]"),
        (#"{"a":18446744073709551615}"#, #"{"a":18446744073709551615}"#),
        (#"{"a":1,"a":2}"#, #"{"a":2}"#),
        ("\"\\u00e9\\ud83d\\ude00\\/\\n\"", "\"é😀/\\u000a\""),
        ("not JSON", "not JSON"), ("[1,]", "[1,]"), ("01", "01"),
        ("[1e400, -1E999, 1.0e2]", "[1e400,-1E999,100]"), (#""\u+123""#, #""\u+123""#),
    ])
    func `JSON has one form`(text: String, form: String) {
        #expect(PlainJSON.canonical(text) == form)
        #expect(PlainJSON.canonical(form) == form)
    }

    @Test func `JSON that is nested without end is refused, not followed`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(PlainJSON.canonical(deep) == deep)
    }

    @Test func `the sum of rows does not know their order, but every bit of them`() throws {
        let lines = (0..<200).map { Array("[\($0)]".utf8) }
        var (forward, backward, other) = (RowSum(), RowSum(), RowSum())
        for line in lines { forward.add(line) }
        for line in lines.reversed() { backward.add(line) }
        for line in lines.dropLast() { other.add(line) }
        other.add(Array("[200]".utf8))
        #expect(forward == backward)
        #expect(forward != other && forward.rows == other.rows)
        let again = try JSON.decode(RowSum.self, from: try JSON.encode(forward))
        #expect(again == forward)
    }

    @Test func `a row is the same after it was written and read`() {
        let shape = TableShape(
            name: "t",
            columns: [
                .init(name: "a", type: "text"), .init(name: "b", type: "integer"),
                .init(name: "c", type: "boolean"), .init(name: "d", type: "real"),
                .init(name: "e", type: "json"), .init(name: "f", type: "bytes"),
            ], key: ["a"])
        let rows: [[SQLValue]] = [
            [
                .text("quote\" \\ \u{1} é a\u{301}"), .integer(.min), .boolean(true),
                .real(0.1 + 0.2), .text("{}"), .bytes(Data([0, 255])),
            ],
            [.null, .null, .null, .null, .null, .null],
            [
                .text(""), .integer(.max), .boolean(false), .real(1e300), .text("[]"),
                .bytes(Data()),
            ],
        ]
        for row in rows {
            let line = shape.line(row)
            #expect(!line.contains(10))
            let read = shape.values(line: line)
            #expect(read.map(shape.line) == line)
        }
        #expect(shape.values(line: Array("[1]".utf8)) == nil)
    }

    @Test func `archives are read by every tar`() throws {
        let entry = TarEntry(name: "tables/leaf/000001.jsonl.gz", size: 9_000_000_000)
        #expect(TarEntry(header: entry.header) == entry)
        let small = TarEntry(name: "manifest.json", size: 513)
        #expect(TarEntry(header: small.header) == small && small.padding == 511)
        var broken = small.header
        broken[3] ^= 1
        #expect(TarEntry(header: broken) == nil)
    }

    @Test func `damaged compression and bombs are refused`() throws {
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        let packed = try #require(Gzip.compress(bytes))
        #expect(Gzip.expand(packed, most: 2 << 20) == bytes)
        #expect(Gzip.expand(packed, most: 1 << 10) == nil)
        #expect(Gzip.expand(packed.dropLast(4), most: 2 << 20) == nil)
        #expect(Gzip.expand(Data("nonsense".utf8), most: 100) == nil)
    }
}
