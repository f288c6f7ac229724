import Foundation
import Kernel
import People
import Store
import TestSupport
import Testing

@testable import PracticeNetwork

@Suite struct `The practice network` {
    private static let noon = Instant(milliseconds: 1_790_000_000_000)
    private let clock = ManualClock(Self.noon)

    private func with(
        _ engine: Engine, _ body: (PracticeDesk) async throws -> Void
    ) async throws {
        let migrations = PeopleSchema.migrations + PracticeSchema.migrations
        try await TestDatabase.with(engine, migrations) { database in
            try await body(
                PracticeDesk(database: database, surroundings: clock.surroundings(seed: 3)))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `opens accounts of their own, whatever is wished for`(engine: Engine) async throws {
        try await with(engine) { desk in
            let first = try await desk.openAccount("Ana’s Café!")
            let second = try await desk.openAccount("anascaf")
            #expect(first.handle == "anascaf" && second.handle == "anascaf2")
            #expect(try await desk.openAccount("???").handle == "someone")
            let token = try await desk.issueToken(first)
            let bearer = try await desk.bearer(token)
            #expect(bearer.account?.id == first.id && bearer.may("write:statuses"))
            await #expect(throws: PracticeError.token) { try await desk.bearer("nonsense") }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `makes one post for one key, and keeps threads, likes and replies`(
        engine: Engine
    ) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            var draft = PracticeDraft(text: "Fresh beans")
            draft.key = "k1"
            let post = try await desk.post(draft, by: ana)
            #expect(try await desk.post(draft, by: ana).post.id == post.post.id)
            clock.advance(by: .seconds(5))
            try await desk.visitorReply("Bo", "Where?", to: post.post.id)
            try await desk.visitorReply("Bo", "When?", to: post.post.id)
            try await desk.visitorLike(post.post.id)
            let bo = try await desk.openAccount("bo")
            _ = try await desk.mark(post.post.id, "favourite", true, by: bo)
            let seen = try await desk.mark(post.post.id, "favourite", true, by: bo)
            #expect(seen.post.likes == 2 && seen.post.replies == 2)
            let around = try await desk.context(post.post.id, for: ana.id)
            #expect(around.below.map(\.post.text).sorted() == ["Where?", "When?"].sorted())
            #expect(Set(around.below.map(\.author.id)).count == 1)
            let notices = try await desk.notices(ana.id, PracticeSlice(limit: 10))
            #expect(notices.map(\.kind).sorted() == ["favourite", "mention", "mention"])
            _ = try await desk.delete(post.post.id, by: ana)
            await #expect(throws: PracticeError.gone) {
                try await desk.card(post.post.id, for: ana.id)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `shows what is for followers to its author only`(engine: Engine) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            var draft = PracticeDraft(text: "Quietly")
            draft.visibility = "private"
            let id = try await desk.post(draft, by: ana).post.id
            #expect(try await desk.card(id, for: ana.id).post.text == "Quietly")
            await #expect(throws: PracticeError.gone) { try await desk.card(id, for: nil) }
            #expect(try await desk.publicTimeline(PracticeSlice(limit: 5)).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `refuses what a real server refuses`(engine: Engine) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            await #expect(throws: PracticeError.text) {
                try await desk.post(PracticeDraft(text: " \n"), by: ana)
            }
            let long = String(repeating: "x", count: 501)
            await #expect(throws: PracticeError.tooLong(limit: 500)) {
                try await desk.post(PracticeDraft(text: long), by: ana)
            }
            await #expect(throws: PracticeError.picture) {
                try await desk.upload(Data("<svg>".utf8), description: "", by: ana)
            }
            await #expect(throws: PracticeError.gone) {
                try await desk.post(PracticeDraft(text: "hi", parent: 99), by: ana)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `exchanges a code once, and only with its proof key`(engine: Engine) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            let (app, secret) = try await desk.register(
                name: "Client", redirects: ["http://x/cb"], scopes: "read write")
            let wish = PracticeDesk.Request(
                app: app, redirect: "http://x/cb", scopes: "read", state: nil,
                challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
            let code = try await desk.allow(wish, as: ana)
            // The verifier of RFC 7636, appendix B.
            let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            let grant = try await desk.exchange(
                code: code, client: app.clientID, secret: secret, redirect: "http://x/cb",
                verifier: verifier)
            let bearer = try await desk.bearer(grant.token)
            #expect(bearer.may("read:statuses") && !bearer.may("write:statuses"))
            await #expect(throws: PracticeError.grant) {
                try await desk.exchange(
                    code: code, client: app.clientID, secret: secret, redirect: "http://x/cb",
                    verifier: verifier)
            }
        }
    }
}

@Suite struct `Reading calls` {
    @Test func `reads a picture and its description from a multipart body`() {
        let body = """
            --B\r\nContent-Disposition: form-data; name="description"\r\n\r\nA cup\r
            --B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r
            Content-Type: image/png\r\n\r\nBYTES\r\n--B--\r\n
            """
        let input = PracticeInput(
            type: "multipart/form-data; boundary=B", body: Data(body.utf8))
        #expect(input["description"] == "A cup" && input.file == Data("BYTES".utf8))
    }

    @Test func `reads lists in forms and in JSON`() {
        let form = PracticeInput(
            type: "application/x-www-form-urlencoded",
            body: Data("status=a+b%26c&media_ids%5B%5D=1&media_ids[]=2".utf8))
        #expect(form["status"] == "a b&c" && form.all("media_ids") == ["1", "2"])
        let json = PracticeInput(
            type: "application/json", body: Data(#"{"media_ids":["1",2],"sensitive":true}"#.utf8))
        #expect(json.all("media_ids") == ["1", "2"] && json.flag("sensitive"))
    }

    @Test func `writes markup that holds no one else's`() {
        let html = PracticeJSON.html("<b> & https://x.example/?a=1&b=2\nnext\n\n\"end\"")
        #expect(
            html == "<p>&lt;b&gt; &amp; <a href=\"https://x.example/?a=1&amp;b=2\" "
                + "rel=\"nofollow noopener noreferrer\" target=\"_blank\">"
                + "https://x.example/?a=1&amp;b=2</a><br />next</p><p>&quot;end&quot;</p>")
    }

    @Test func `never fails on any bytes`() {
        var random = SeededGenerator(seed: 5)
        let types = [
            "multipart/form-data; boundary=--", "multipart/form-data; boundary=\"",
            "application/json", "", "multipart/form-data; boundary=B",
        ]
        let heads: [[UInt8]] = [
            [0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
            Array("GIF89a".utf8), Array("RIFF0000WEBP".utf8), Array("--B\r\n\r\n".utf8), [],
        ]
        for _ in 0..<4000 {
            let count = Int.random(in: 0...60, using: &random)
            let tail = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let body = Data((heads.randomElement(using: &random) ?? []) + tail)
            _ = PracticeInput(type: types.randomElement(using: &random) ?? "", body: body)
            _ = PictureHeader(body)
            _ = PracticeJSON.html(String(decoding: body, as: UTF8.self))
        }
    }
}
