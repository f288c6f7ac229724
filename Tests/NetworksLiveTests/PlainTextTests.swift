import Testing

@testable import NetworksLive

/// Texts that are compared after a server had them.
struct PlainTextTests {
    @Test(arguments: [
        ("“Coffee” isn’t\r\n\ttea…", "\"Coffee\" isn't tea..."),
        ("  ﬁne\u{A0}cups\u{200B} ", "fine cups"),
        ("e\u{200D}\u{301}", "é"),
        ("@ana@social.example hi", "@ana hi"),
        ("(@ana@social.example) .@b_c@x.example", "(@ana) .@b_c"),
        ("mail ana@social.example", "mail ana@social.example"),
        ("https://x.example/@ana@social.example", "https://x.example/@ana@social.example"),
        ("@a@b@c", "@a"), ("@ana @", "@ana @"), ("@", "@"),
    ])
    func `folds what servers change`(text: String, folded: String) {
        #expect(PlainText.folded(text) == folded)
    }

    /// libFuzzer found the first: white space before an accent became a space with an accent, which
    /// was white space again.
    @Test(arguments: [
        "an \u{9}\u{301}\u{7F} b", "\u{301}a", "a\u{B4}b", "@a@b\u{301}", "@a@b\u{301}@c@d",
        "@a@b@c", "@a_@b@_x@y", "@a@b@@c@d", "a\u{200B}\u{301}", "a\u{FE0F}\u{301}\u{323}",
        "\u{2033}\u{2034}\u{2057}", "\u{3000}\u{301}",
    ])
    func `folding twice is folding once`(text: String) {
        let once = PlainText.folded(text)
        #expect(PlainText.folded(once).unicodeScalars.elementsEqual(once.unicodeScalars))
        #expect(!once.isEmpty)
    }

    @Test func `an accent on a space is no white space`() {
        #expect(PlainText.folded("a \u{301} b").unicodeScalars.contains("\u{301}"))
        #expect(PlainText.folded("a \u{301} b") != PlainText.folded("a b"))
    }
}
