import Foundation
import Kernel
import People

@testable import Measurement

extension FuzzTarget {
    /// What visitors' browsers and the site snippet say, and how it lies in the spool.
    static let visitors = FuzzTarget(name: "visitors") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        try checkAgent(text)
        try checkSnippet(bytes)
        try checkHit(bytes, text)
        try checkSpool(bytes)
    }

    private static let now = Instant(milliseconds: 1_795_000_000_000)
    private static let rules = BotRules()

    private static func checkAgent(_ text: String) throws {
        let reason = BotRules.reason(userAgent: text)
        try same(BotRules.reason(userAgent: text.uppercased()) == nil, reason == nil, "the case")
        let facts = VisitFacts(at: now, address: "192.0.2.1", userAgent: text)
        try same(rules.reason(facts), reason, "what is remembered of an agent")
        try same(rules.reason(facts), reason, "what is remembered of an agent")
        if text.utf8.starts(with: "curl/".utf8) {
            try hold(reason != nil, "curl is a person")
        }
        try hold(BrowserName.summary(text).count <= 60, "a browser's long name")
        var early = facts
        early.purpose = text
        if text.lowercased().contains("prefetch") {
            try same(rules.reason(early), .prefetch, "a purpose")
        }
    }

    private static func checkSnippet(_ bytes: [UInt8]) throws {
        guard let event = SnippetEvent(bytes) else { return }
        try hold((8...40).contains(event.site.utf8.count), "a site's code")
        try hold((event.path?.count ?? 0) <= 300, "a long path")
        try hold((event.goal?.count ?? 0) <= 100, "a long goal")
        try hold((event.value?.count ?? 0) <= 30, "a long value")
        try hold((event.currency?.count ?? 0) <= 3, "a long currency")
        try hold((event.order?.count ?? 0) <= 101, "a long order number")
        if let content = event.content {
            try hold(content.utf8.count == 12, "a content that is none of ours")
        }
        let texts = [event.path, event.goal, event.value, event.order].map { $0 ?? "" }
        let hit = Hit(
            kind: .goal, at: now, visitor: nil, token: event.click.flatMap { ClickToken.read($0) },
            bot: nil, place: event.site, texts: texts)
        try hold(hit.bytes.count <= SpoolFrame.longest, "a record that the spool drops")
    }

    private static func checkHit(_ bytes: [UInt8], _ text: String) throws {
        if let hit = Hit(bytes: bytes) {
            let again = Hit(bytes: hit.bytes)
            try same(again?.at, hit.at, "a hit's time")
            try same(again?.visitor, hit.visitor, "a hit's visitor")
            try same(again?.texts.count, hit.texts.count, "a hit's texts")
        }
        let hit = Hit(
            kind: .page, at: now, visitor: -1, token: .min, bot: .burst, place: "site",
            texts: [text, "1"])
        let read = Hit(bytes: hit.bytes)
        if text.utf8.count <= 2048 { try same(read, hit, "a hit written and read") }
        try same(read?.texts.count, 2, "texts of a hit")
    }

    /// Whatever hangs behind whole records, they are read; damage never makes others.
    private static func checkSpool(_ bytes: [UInt8]) throws {
        let (payloads, length) = SpoolFrame.records(in: bytes)
        try hold(length <= bytes.count, "more than there is")
        let written = payloads.flatMap { SpoolFrame.framed($0) }
        try same(written, Array(bytes.prefix(length)), "records written again")
        let whole = SpoolFrame.framed([1, 2, 3]) + SpoolFrame.framed(bytes)
        let torn = SpoolFrame.records(in: whole + bytes.prefix(7))
        try same(torn.payloads.first, [1, 2, 3], "the first record")
        try same(torn.payloads.dropFirst().first, bytes, "the second record")
        try same(torn.length, whole.count, "the whole records")
    }
}
