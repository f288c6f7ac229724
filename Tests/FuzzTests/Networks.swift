import Foundation
import Kernel
import Networks

@testable import NetworksLive
@testable import Outbound
@testable import PracticeNetwork

extension FuzzTarget {
    /// What networks answer, what clients ask of the practice network, and the texts of posts.
    static let networks = FuzzTarget(name: "networks") { bytes in
        let data = Data(bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        try checkMastodon(data)
        try checkBluesky(data)
        try checkFailures(data, text)
        try checkPractice(data, text)
        try checkText(text)
    }

    private static let now = Instant(milliseconds: 1_795_000_000_000)
    private static let surroundings = Surroundings(
        now: { now }, randomBytes: { Array(repeating: 9, count: $0) })
    private static let outbound = OutboundClient()
    private static let calls = NetworkCalls(
        network: .mastodon, outbound: outbound, surroundings: surroundings)

    private static func read<Value: Decodable>(_ type: Value.Type, _ data: Data) -> Value? {
        let answer = OutboundAnswer(status: 200, body: data, url: "https://social.example")
        return try? calls.decode(type, answer, .repeatable)
    }

    private static func checkMastodon(_ data: Data) throws {
        let post = OutgoingPost(
            key: "k", createdAt: now, text: "Coffee “beans” @ana@social.example https://a.example")
        let likeness = MastodonLikeness(
            PostProbe(post: post, link: "https://go.example/l/23456789", sentAfter: now))
        for status in [read(MastodonValues.Status.self, data)].compactMap(\.self)
            + (read([MastodonValues.Status].self, data) ?? [])
            + (read(MastodonValues.Context.self, data)?.descendants ?? [])
        {
            _ = status.post
            if case .same(let means) = likeness.compare(status) {
                try hold(!means.isEmpty, "recognised by nothing")
            }
        }
        if let instance = read(MastodonValues.Instance.self, data) {
            try hold(
                instance.limits.values.allSatisfy { $0 > 0 && $0 < 1 << 40 }, "impossible limits")
            let live = LiveLimits(instance.limits, server: "https://social.example", readAt: now)
            let rules = NetworkRules.of(.mastodon).overridden(by: live)
            _ = rules.use(of: "A text with https://a.example/ and @ana@social.example")
        }
        _ = read(MastodonValues.Account.self, data)
        _ = read(MastodonValues.Media.self, data)
        _ = read(MastodonValues.App.self, data)
        _ = read(MastodonValues.Token.self, data)
        _ = read(MastodonValues.Metadata.self, data)
    }

    private static func checkBluesky(_ data: Data) throws {
        if let session = read(BlueskyValues.Session.self, data), let home = session.home {
            try hold(home.hasPrefix("https://"), "a home without encryption")
        }
        if let thread = read(BlueskyValues.Thread.self, data) {
            for view in thread.thread.below { _ = (view.record.at, view.figures) }
        }
        for record in read(BlueskyValues.RecordPage.self, data)?.records ?? [] {
            _ = (record.value.at, record.value.links)
        }
        for view in read(BlueskyValues.Posts.self, data)?.posts ?? [] { _ = view.record.links }
        if let picture = read(BlueskyValues.Picture.self, data) {
            let again = try JSONDecoder().decode(
                BlueskyValues.Blob.self, from: JSONEncoder().encode(picture.blob))
            try same(again.ref.cid, picture.blob.ref.cid, "a blob's link")
        }
        _ = read(BlueskyValues.StoredRecord.self, data)
        _ = read(BlueskyValues.Author.self, data)
        _ = read(BlueskyValues.Identity.self, data)
    }

    private static func checkFailures(_ data: Data, _ text: String) throws {
        for status in [301, 400, 401, 403, 404, 409, 422, 429, 500] {
            let answer = OutboundAnswer(
                status: status, headers: ["www-authenticate": String(text.prefix(200))],
                body: data, url: "https://social.example")
            let failure = calls.failure(answer, .change)
            try hold(failure.message.count < 300, "a long message")
            if status == 401 { try same(failure.kind, .authorizationExpired, "a lost sign-in") }
        }
        let answer = OutboundAnswer(
            status: 200, headers: ["location": text], body: data, url: "https://social.example")
        let excerpt = AnswerExcerpt.of(answer, hiding: ["a-secret-that-is-long"])
        try hold(excerpt.count <= AnswerExcerpt.most, "a long excerpt")
        try hold(!excerpt.contains("a-secret-that-is-long"), "an excerpt that tells a secret")
    }

    // MARK: - The practice network

    private static func checkPractice(_ data: Data, _ text: String) throws {
        let types = [
            "application/json", "application/x-www-form-urlencoded", "multipart/form-data",
            "multipart/form-data; boundary=b", "multipart/form-data; boundary=\(text.prefix(60))",
        ]
        for type in types {
            let input = PracticeInput(type: type, body: data)
            let held = input.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            // A number written out may be longer than its exponent, and damage becomes U+FFFD.
            try hold(held <= 400 * (data.count + 1), "fields of \(held) bytes")
            try hold((input.file?.count ?? 0) <= data.count, "a file larger than its body")
        }
        let clean = text.replacing("\"", with: "").filter { !$0.isNewline }
        guard !clean.contains("fuzz-boundary"), text.utf8.elementsEqual(data) else { return }
        let body = RequestBody.multipart(
            [("status", text), ("spoiler", clean)],
            file: MediaFile(
                bytes: data, contentType: "image/png", fileName: "a.png", altText: "", width: 1,
                height: 1), boundary: "fuzz-boundary")
        let read = PracticeInput(type: "multipart/form-data; boundary=fuzz-boundary", body: body)
        try hold(read["status"].map { $0.utf8.elementsEqual(text.utf8) } ?? false, "a field")
        try same(read.file, data, "a file")
    }

    // MARK: - Texts

    private static func checkText(_ text: String) throws {
        for isBare in [false, true] {
            var end = 0
            for entity in TextScanner(text, marksBareDomains: isBare).entities() {
                try hold(entity.bytes.lowerBound >= end, "entities overlap")
                end = entity.bytes.upperBound
                try hold(!entity.bytes.isEmpty && end <= text.utf8.count, "an entity outside")
                let piece = Array(text.utf8)[entity.bytes]
                try hold(
                    String(validating: piece, as: UTF8.self) != nil,
                    "an entity that cuts a character: \(entity)")
            }
        }
        for counting in Counting.allCases {
            let count = TextCount.of(text, counting)
            try hold(count >= 0, "\(counting) counts \(count)")
            if text.isEmpty { try same(count, 0, "nothing") }
        }
        for network in [Network.mastodon, .bluesky, .x] {
            let rules = NetworkRules.of(network)
            let long = String(repeating: text.prefix(300) + " ", count: 4)
            let parts = ThreadSplitter(rules).split(long)
            let kept = { (text: String) in
                text.unicodeScalars.filter { !$0.properties.isWhitespace }
            }
            try hold(
                parts.flatMap { kept($0) } == kept(long).map(\.self), "a thread that loses letters")
            guard parts.count > 1 else { continue }
            try hold(
                parts.allSatisfy { rules.fits($0) || $0.count == 1 }, "a part that does not fit")
        }
        if let moment = TID.instant(text) {
            try hold(moment.milliseconds >= 0, "a record's time")
        }
        try hold(TID.isValid(TID.text(at: now, key: text)), "a record's key")
    }
}
