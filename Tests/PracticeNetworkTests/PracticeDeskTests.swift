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
    func `knows a token also while its use cannot be noted`(engine: Engine) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            let token = try await desk.issueToken(ana)
            let refusal =
                switch engine {
                case .sqlite:
                    """
                    CREATE TRIGGER refused BEFORE UPDATE ON practice_token
                    BEGIN SELECT RAISE(ABORT, 'refused'); END
                    """
                case .postgres: "ALTER TABLE practice_token ADD CHECK (used_at IS NULL)"
                }
            try await desk.database.write { tx in _ = try tx.execute(SQL(raw: refusal)) }
            await #expect(throws: StoreError.self) {
                try await desk.database.write { tx in
                    _ = try tx.execute("UPDATE practice_token SET used_at = \(clock.now)")
                }
            }
            #expect(try await desk.bearer(token).account?.id == ana.id)
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

    /// A registered app of a test, and what it sends.
    private struct Client {
        let desk: PracticeDesk
        let app: PracticeDesk.App
        let secret: String

        // The pair of RFC 7636, appendix B.
        static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

        init(_ desk: PracticeDesk, _ name: String = "Client") async throws {
            self.desk = desk
            (app, secret) = try await desk.register(
                name: name, redirects: ["http://x/cb"], scopes: "read write")
        }

        /// What a person's consent gives.
        func code(for account: PracticeAccount, _ scopes: String = "read") async throws -> String {
            try await desk.allow(
                PracticeDesk.Request(
                    app: app, redirect: "http://x/cb", scopes: scopes, state: nil,
                    challenge: Self.challenge), as: account)
        }

        func token(_ code: String, verifier: String? = Self.verifier) async throws -> String {
            try await desk.exchange(
                code: code, client: app.clientID, secret: secret, redirect: "http://x/cb",
                verifier: verifier
            ).token
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `exchanges a code once, and only with its proof key`(engine: Engine) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            let client = try await Client(desk)
            let code = try await client.code(for: ana)
            for verifier in [nil, "", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"] {
                await #expect(throws: PracticeError.grant) {
                    try await client.token(code, verifier: verifier)
                }
            }
            let bearer = try await desk.bearer(try await client.token(code))
            #expect(bearer.may("read:statuses") && !bearer.may("write:statuses"))
            await #expect(throws: PracticeError.grant) { try await client.token(code) }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a code that comes again ends the token it gave, and no other`(
        engine: Engine
    ) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            let client = try await Client(desk)
            let code = try await client.code(for: ana)
            let first = try await client.token(code)
            let other = try await client.token(try await client.code(for: ana))
            // Who cannot prove who they are changes nothing.
            await #expect(throws: PracticeError.client) {
                try await desk.exchange(
                    code: code, client: client.app.clientID, secret: "guessed",
                    redirect: "http://x/cb", verifier: Client.verifier)
            }
            #expect(try await desk.bearer(first).account?.id == ana.id)
            // Whichever app has it: it is in the wrong hands.
            let thief = try await Client(desk, "Thief")
            await #expect(throws: PracticeError.grant) { try await thief.token(code) }
            await #expect(throws: PracticeError.token) { try await desk.bearer(first) }
            #expect(try await desk.bearer(other).account?.id == ana.id)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an app ends its own tokens only, and proves who it is`(engine: Engine) async throws {
        try await with(engine) { desk in
            let ana = try await desk.openAccount("ana")
            let client = try await Client(desk)
            let other = try await Client(desk, "Other")
            let token = try await client.token(try await client.code(for: ana))
            let ours = try await desk.issueToken(ana)
            for (token, id, secret) in [
                (token, client.app.clientID, other.secret), (token, client.app.clientID, ""),
                (token, other.app.clientID, other.secret), (token, "", ""),
                (ours, client.app.clientID, client.secret), ("nonsense", "nobody", "x"),
            ] {
                await #expect(throws: PracticeError.client) {
                    try await desk.revoke(token, client: id, secret: secret)
                }
            }
            #expect(try await desk.bearer(token).account?.id == ana.id)
            #expect(try await desk.bearer(ours).account?.id == ana.id)
            // Once more is no error: it has ended.
            for _ in 0..<2 {
                try await desk.revoke(token, client: client.app.clientID, secret: client.secret)
            }
            await #expect(throws: PracticeError.token) { try await desk.bearer(token) }
            // The connector of this program ends what it was given, and nothing of an app.
            let theirs = try await other.token(try await other.code(for: ana))
            for token in [ours, theirs] { try await desk.endToken(token) }
            await #expect(throws: PracticeError.token) { try await desk.bearer(ours) }
            #expect(try await desk.bearer(theirs).account?.id == ana.id)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `shows a person's programs with scopes and last use, and ends one`(
        engine: Engine
    ) async throws {
        try await with(engine) { desk in
            let people: [PersonID] = [
                clock.surroundings(seed: 8).newID(), clock.surroundings(seed: 9).newID(),
            ]
            try await desk.database.write { tx in
                for person in people {
                    try tx.execute(
                        """
                        INSERT INTO person (id, email, name, created_at)
                        VALUES (\(person), \("\(person)@example.org"), 'Somebody', \(clock.now))
                        """)
                }
            }
            let (ana, bo) = (people[0], people[1])
            let cafe = try await desk.account("cafe", of: ana)
            let bar = try await desk.account("bar", of: ana)
            let theirs = try await desk.account("theirs", of: bo)
            let phone = try await Client(desk, "Phone")
            let desktop = try await Client(desk, "Desktop")
            let first = try await phone.token(try await phone.code(for: cafe))
            _ = try await desktop.token(try await desktop.code(for: theirs))
            clock.advance(by: .minutes(30))
            _ = try await desk.bearer(first)
            clock.advance(by: .seconds(30))
            // Within a minute it is not written down again.
            _ = try await desk.bearer(first)
            let second = try await phone.token(try await phone.code(for: cafe, "write"))
            let kept = try await desktop.token(try await desktop.code(for: cafe))
            let open = try await phone.code(for: cafe)

            // What a channel opened is the workspace's own and nobody's to end here.
            let channel = try await desk.openAccount("channel")
            let ours = try await desk.issueToken(channel)
            await #expect(throws: PracticeError.gone) {
                try await desk.end(phone.app.clientID, at: channel.handle, of: ana)
            }
            #expect(try await desk.bearer(ours).account?.id == channel.id)

            let shown = try await desk.programs(of: ana)
            #expect(shown.map(\.account.handle) == ["bar", "cafe"])
            #expect(shown[0].programs.isEmpty && shown[0].account.id == bar.id)
            #expect(shown[1].programs.map(\.name) == ["Phone", "Desktop"])
            #expect(shown[1].programs[0].scopes == ["read", "write"])
            #expect(shown[1].programs[0].since == Self.noon)
            #expect(shown[1].programs[0].lastUsed == Self.noon + .minutes(30))
            #expect(shown[1].programs[1].lastUsed == nil)

            await #expect(throws: PracticeError.gone) {
                try await desk.end(phone.app.clientID, at: "cafe", of: bo)
            }
            #expect(try await desk.bearer(second).account?.id == cafe.id)
            try await desk.end(phone.app.clientID, at: "cafe", of: ana)
            for token in [first, second] {
                await #expect(throws: PracticeError.token) { try await desk.bearer(token) }
            }
            await #expect(throws: PracticeError.grant) { try await phone.token(open) }
            #expect(try await desk.bearer(kept).account?.id == cafe.id)
            #expect(try await desk.programs(of: ana)[1].programs.map(\.name) == ["Desktop"])
            #expect(try await desk.programs(of: bo)[0].programs.map(\.name) == ["Desktop"])
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
