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

    @Test func `finds bytes wherever they stand`() {
        for (text, part, isThere) in [
            ("a token", "token", true), ("token", "token", true), ("toke", "token", false),
            ("", "a", false), ("a", "", true), ("", "", true), ("x\u{0}yz", "yz", true),
            // An accent on the last letter makes another character of it, but the same bytes.
            ("secret\u{301}", "secret", true),
        ] { #expect(text.holds(part) == isThere, "\(text) \(part)") }
        #expect("secret\u{301}, secret".replacing(bytes: "secret", with: "-") == "-\u{301}, -")
        #expect("aab".replacing(bytes: "ab", with: "") == "a")
        #expect("a".replacing(bytes: "", with: "b") == "a")
    }

    @Test func `a row with quotation marks and separators reads back as it was`() {
        for cells in [["a;b;c", "d"], ["x\"\u{301};y", "z"], ["\t\t", ",", "\""]] {
            let safe = cells.map { $0.hasPrefix("\t") ? "'" + $0 : $0 }
            #expect(CSVText.rows(CSVText.line(cells)) == [safe])
        }
    }
}
