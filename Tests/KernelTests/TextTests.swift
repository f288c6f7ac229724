import Kernel
import Testing

@Suite struct TextTests {
    @Test func `escapes marks of HTML whatever accent stands on them`() {
        let plain = "<b a=\"x\" c='y'>&"
        #expect(HTMLText.escaped(plain) == "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;")
        // One Character to Swift, and the end of an attribute to a browser.
        #expect(HTMLText.escaped("\"\u{301} onclick=x") == "&quot;\u{301} onclick=x")
        #expect(HTMLText.escaped("<\u{200D}b&\u{FE0F}") == "&lt;\u{200D}b&amp;\u{FE0F}")
        #expect("a\"\u{301}b".replacing(byte: "\"", with: "'") == "a'\u{301}b")
    }

    @Test func `a row with quotation marks and separators reads back as it was`() {
        for cells in [["a;b;c", "d"], ["x\"\u{301};y", "z"], ["\t\t", ",", "\""]] {
            let safe = cells.map { $0.hasPrefix("\t") ? "'" + $0 : $0 }
            #expect(CSVText.rows(CSVText.line(cells)) == [safe])
        }
    }
}
