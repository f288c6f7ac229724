import Crypto
import CryptoExtras
import Foundation
import Kernel
import Store
import TestSupport
import Testing

@testable import People

/// A server at which people sign in, played by the test: real keys, real signatures.
actor ScriptedProvider {
    static let issuer = "https://id.example/realm"
    static let client = "throughline"

    struct Answer: Sendable {
        var claims: [String: ClaimValue]
        var header: [String: String] = [:]
        /// Signs with a key that the server does not publish.
        var isForged = false
    }

    enum ClaimValue: Sendable, Encodable {
        case text(String), number(Double), flag(Bool), list([String])

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            switch self {
            case .text(let text): try value.encode(text)
            case .number(let number): try value.encode(number)
            case .flag(let flag): try value.encode(flag)
            case .list(let list): try value.encode(list)
            }
        }
    }

    private var key = try? P256.Signing.PrivateKey(rawRepresentation: Data(repeating: 7, count: 32))
    private var rsa = try? _RSA.Signing.PrivateKey(keySize: .bits2048)
    private let stranger = P256.Signing.PrivateKey()
    private var kid = "first"
    private(set) var asked: [String] = []
    var metadata: [String: ClaimValue] = [
        "issuer": .text(issuer), "authorization_endpoint": .text("https://id.example/auth"),
        "token_endpoint": .text("https://id.example/token"),
        "jwks_uri": .text("https://id.example/keys"),
        "userinfo_endpoint": .text("https://id.example/me"),
    ]
    var userInfo: [String: ClaimValue] = [:]
    private var answers: [String: Answer] = [:]
    private var challenges: [String: String] = [:]

    func publish(_ name: String, _ value: ClaimValue?) { metadata[name] = value }
    func tell(_ info: [String: ClaimValue]) { userInfo = info }

    /// Changes the key without telling anybody, as real servers do.
    func rotate() {
        key = P256.Signing.PrivateKey()
        kid = "second"
    }

    func useRSA(_ size: _RSA.Signing.KeySize) throws {
        rsa = try _RSA.Signing.PrivateKey(keySize: size)
    }

    /// Hands out a code for what the browser asked with, as the page of the server would.
    func signIn(_ code: String, at address: String, _ answer: Answer) {
        let query = URLComponents(string: address)?.queryItems ?? []
        let value = { (name: String) in query.first { $0.name == name }?.value ?? "" }
        var answer = answer
        if answer.claims["nonce"] == nil { answer.claims["nonce"] = .text(value("nonce")) }
        answers[code] = answer
        challenges[code] = value("code_challenge")
    }

    func send(
        _ method: String, _ url: String, _ headers: [(name: String, value: String)], _ body: Data?
    ) throws -> (status: Int, body: Data) {
        asked.append(url)
        switch url {
        case Self.issuer + "/.well-known/openid-configuration":
            return (200, try JSONEncoder().encode(metadata))
        case "https://id.example/keys": return (200, try keys())
        case "https://id.example/me":
            let bearer = headers.first { $0.name == "authorization" }?.value
            return bearer == "Bearer access-1"
                ? (200, try JSONEncoder().encode(userInfo)) : (401, Data())
        case "https://id.example/token": return try token(headers, body)
        default: return (404, Data())
        }
    }

    private func token(
        _ headers: [(name: String, value: String)], _ body: Data?
    ) throws -> (status: Int, body: Data) {
        let text = String(decoding: body ?? Data(), as: UTF8.self)
        let fields = URLComponents(string: "?" + text)?.queryItems ?? []
        let value = { (name: String) in fields.first { $0.name == name }?.value ?? "" }
        let basic = Data("throughline:s%2Fcret".utf8).base64EncodedString()
        let isOurs = headers.contains { $0.name == "authorization" && $0.value == "Basic \(basic)" }
        let challenge = Base64URL.text(Data(SHA256.hash(data: Data(value("code_verifier").utf8))))
        guard isOurs, value("redirect_uri") == "https://social.example/back",
            let answer = answers.removeValue(forKey: value("code")),
            challenges.removeValue(forKey: value("code")) == challenge
        else { return (400, Data(#"{"error":"invalid_grant"}"#.utf8)) }
        return (
            200,
            try JSONEncoder().encode([
                "id_token": try sign(answer), "access_token": "access-1", "token_type": "Bearer",
            ])
        )
    }

    private func sign(_ answer: Answer) throws -> String {
        let header = ["alg": "ES256", "kid": kid].merging(answer.header) { $1 }
        let parts = [try JSONEncoder().encode(header), try JSONEncoder().encode(answer.claims)]
        let signed = parts.map(Base64URL.text).joined(separator: ".")
        let data = Data(signed.utf8)
        let signature: Data =
            if header["alg"] == "RS256", let rsa {
                try rsa.signature(
                    for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5
                ).rawRepresentation
            } else if let key {
                try (answer.isForged ? stranger : key).signature(for: data).rawRepresentation
            } else {
                Data()
            }
        return signed + "." + Base64URL.text(signature)
    }

    private func keys() throws -> Data {
        guard let key, let rsa else { return Data() }
        let point = key.publicKey.rawRepresentation
        let numbers = try rsa.publicKey.getKeyPrimitives()
        return try JSONEncoder().encode([
            "keys": [
                [
                    "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig",
                    "x": Base64URL.text(point.prefix(32)), "y": Base64URL.text(point.suffix(32)),
                ],
                [
                    "kty": "RSA", "kid": "rsa", "n": Base64URL.text(numbers.modulus),
                    "e": Base64URL.text(numbers.publicExponent),
                ],
                ["kty": "oct", "kid": kid, "k": "c2VjcmV0"],
            ]
        ])
    }
}

struct OpenIDTests {
    private struct World: Sendable {
        let people: PeopleWorld
        let desk: PeopleDesk
        let provider: ScriptedProvider

        func claims(
            _ subject: String, _ email: String?, verified: Bool = true
        ) -> [String: ScriptedProvider.ClaimValue] {
            let now = Double(people.clock.now.milliseconds / 1000)
            var claims: [String: ScriptedProvider.ClaimValue] = [
                "iss": .text(ScriptedProvider.issuer), "aud": .text(ScriptedProvider.client),
                "sub": .text(subject), "iat": .number(now), "exp": .number(now + 300),
                "name": .text("Ben Ode"),
            ]
            if let email {
                claims["email"] = .text(email)
                claims["email_verified"] = .flag(verified)
            }
            return claims
        }

        func begin() async throws -> PeopleDesk.OpenIDStart {
            try await desk.beginOpenID(
                next: "/w/nord", redirectURL: "https://social.example/back")
        }

        func state(_ start: PeopleDesk.OpenIDStart) -> String? {
            URLComponents(string: start.address)?.queryItems?.first { $0.name == "state" }?.value
        }

        func finish(
            _ start: PeopleDesk.OpenIDStart, code: String? = "code-1", state: String? = nil,
            issuer: String? = nil, error: String? = nil
        ) async throws -> (answer: PeopleDesk.SignInAnswer, next: String) {
            try await desk.finishOpenID(
                .init(
                    state: state ?? self.state(start), code: code, issuer: issuer, error: error),
                cookie: start.cookie, redirectURL: "https://social.example/back",
                address: "203.0.113.9", agent: nil)
        }

        /// The whole way for what the server says.
        func signIn(_ answer: ScriptedProvider.Answer) async throws -> PeopleDesk.SignInAnswer {
            let start = try await begin()
            await provider.signIn("code-1", at: start.address, answer)
            return try await finish(start).answer
        }

        func person(_ answer: ScriptedProvider.Answer) async throws -> Person {
            guard case .begun(let begun) = try await signIn(answer) else {
                throw PeopleError.wrongCode
            }
            return begun.person
        }
    }

    private func with(
        _ engine: Engine, rigour: SignInRigour = .usual, _ body: (World) async throws -> Void
    ) async throws {
        try await PeopleWorld.with(engine) { people in
            let provider = ScriptedProvider()
            let surroundings = people.desk.surroundings
            let door = OpenIDDoor(
                provider: OpenIDProvider(
                    issuer: ScriptedProvider.issuer, clientID: ScriptedProvider.client,
                    clientSecret: "s/cret", name: "Example ID"),
                surroundings: surroundings, rigour: rigour
            ) { try await provider.send($0, $1, $2, $3) }
            let desk = PeopleDesk(
                database: people.database, events: people.desk.events,
                surroundings: surroundings, passwords: people.desk.passwords,
                box: try people.desk.secretBox, door: door)
            try await body(World(people: people, desk: desk, provider: provider))
        }
    }

    private func fault(_ body: () async throws -> Void) async -> OpenIDFault? {
        do {
            try await body()
            return nil
        } catch PeopleError.openID(let fault, _) {
            return fault
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `finds a member by a verified address once, then by the account`(
        engine: Engine
    ) async throws {
        try await with(engine) { world in
            let owner = try await world.people.owner()
            _ = try await world.people.workspace(owner)
            let start = try await world.begin()
            let query = URLComponents(string: start.address)?.queryItems ?? []
            let value = { (name: String) in query.first { $0.name == name }?.value }
            #expect(value("code_challenge_method") == "S256")
            #expect(value("redirect_uri") == "https://social.example/back")
            #expect(value("scope") == "openid email profile")
            #expect(!start.cookie.contains(try #require(value("state"))))
            await world.provider.signIn(
                "code-1", at: start.address, .init(claims: world.claims("a1", "Ana@example.org")))
            let (answer, next) = try await world.finish(start)
            guard case .begun(let begun) = answer else {
                Issue.record("not signed in")
                return
            }
            #expect(begun.person == owner)
            #expect(next == "/w/nord")
            #expect(try await world.desk.openIdentities(of: owner.id).map(\.email) == [owner.email])
            // Later the address may be another, or not verified: the account is the same.
            #expect(
                try await world.person(
                    .init(claims: world.claims("a1", "new@example.org", verified: false)))
                    == owner)
            let identity = try #require(try await world.desk.openIdentities(of: owner.id).first)
            try await world.desk.removeOpenIdentity(identity.id, of: owner.id)
            let refused = await fault {
                _ = try await world.signIn(
                    .init(claims: world.claims("a1", "new@example.org", verified: false)))
            }
            #expect(refused == .unverified)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `lets nobody in by an address that is not verified or not known`(
        engine: Engine
    ) async throws {
        try await with(engine) { world in
            let owner = try await world.people.owner()
            let place = try await world.people.workspace(owner)
            for claims in [
                world.claims("b1", "ana@example.org", verified: false), world.claims("b1", nil),
            ] {
                await world.provider.tell(["sub": .text("b1")])
                let refused = await fault { _ = try await world.signIn(.init(claims: claims)) }
                #expect(refused == .unverified)
            }
            let stranger = await fault {
                _ = try await world.signIn(.init(claims: world.claims("b1", "ben@example.org")))
            }
            #expect(stranger == .stranger(email: "ben@example.org"))
            // Somebody who left is no member, and comes back by invitation only.
            let ben = try await world.people.newcomer(
                "ben@example.org", .editor, place, by: owner)
            let member = try await world.people.member(ben, place)
            try await world.desk.remove(member.id, in: place.id, by: owner.principal)
            let left = await fault {
                _ = try await world.signIn(.init(claims: world.claims("b1", "ben@example.org")))
            }
            #expect(left == .stranger(email: "ben@example.org"))
            _ = try await world.desk.invite(
                "ben@example.org", as: .viewer, in: place.id, by: owner.principal)
            #expect(
                try await world.person(.init(claims: world.claims("b1", "ben@example.org"))) == ben)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `makes an account of an invitation, which then has one way in`(
        engine: Engine
    ) async throws {
        try await with(engine) { world in
            let owner = try await world.people.owner()
            let place = try await world.people.workspace(owner)
            let sent = try await world.desk.invite(
                "ben@example.org", as: .editor, in: place.id, by: owner.principal)
            // Without the address in the token it is asked for with the access token.
            await world.provider.tell([
                "sub": .text("b1"), "email": .text("ben@example.org"),
                "email_verified": .text("true"),
            ])
            let ben = try await world.person(.init(claims: world.claims("b1", nil)))
            #expect(ben.name == "Ben Ode")
            #expect(try await world.people.member(ben, place).role == .editor)
            await #expect(throws: PeopleError.invitationSpent) {
                try await world.desk.invitation(secret: sent.secret)
            }
            let identity = try #require(try await world.desk.openIdentities(of: ben.id).first)
            await #expect(throws: PeopleError.onlyWayIn) {
                try await world.desk.removeOpenIdentity(identity.id, of: ben.id)
            }
            // An invitation elsewhere sets no password for an account that signs in there.
            let other = try await world.people.workspace(owner, "Another")
            let again = try await world.desk.invite(
                "ben@example.org", as: .owner, in: other.id, by: owner.principal)
            #expect(try await world.desk.invitation(secret: again.secret).hasAccount)
            await #expect(throws: PeopleError.emailTaken) {
                try await world.desk.accept(
                    again.secret, name: "Mallory", password: "another long phrase")
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `takes each sign-in once, in time and from its own browser`(engine: Engine) async throws {
        try await with(engine) { world in
            let owner = try await world.people.owner()
            _ = try await world.people.workspace(owner)
            let good = ScriptedProvider.Answer(claims: world.claims("a1", owner.email))
            let start = try await world.begin()
            let other = try await world.begin()
            await world.provider.signIn("code-1", at: start.address, good)
            #expect(
                await fault { _ = try await world.finish(start, state: world.state(other)) }
                    == .spent)
            _ = try await world.finish(start)
            #expect(await fault { _ = try await world.finish(start) } == .spent)
            #expect(
                await fault { _ = try await world.finish(other, error: "access_denied") }
                    == .refusedThere)
            // A code that was meant for another attempt does not fit this one's verifier.
            let third = try await world.begin()
            await world.provider.signIn("code-1", at: other.address, good)
            #expect(await fault { _ = try await world.finish(third) } == .spent)
            let late = try await world.begin()
            world.people.clock.advance(by: .minutes(10))
            #expect(await fault { _ = try await world.finish(late) } == .spent)
            let mixed = try await world.begin()
            #expect(
                await fault { _ = try await world.finish(mixed, issuer: "https://other.example") }
                    == .untrusted(.issuer))
        }
    }

    @Test func `believes no token that does not fit`() async throws {
        try await with(.sqlite) { world in
            let owner = try await world.people.owner()
            _ = try await world.people.workspace(owner)
            let now = Double(world.people.clock.now.milliseconds / 1000)
            let base = world.claims("a1", owner.email)
            let bad: [(TokenFault, String, ScriptedProvider.ClaimValue)] = [
                (.issuer, "iss", .text("https://id.example/realm/")),
                (.audience, "aud", .text("another")),
                (.audience, "aud", .list([ScriptedProvider.client, "another"])),
                (.audience, "azp", .text("another")), (.time, "exp", .number(now - 121)),
                (.time, "iat", .number(now + 121)), (.time, "iat", .number(now - 721)),
                (.time, "nbf", .number(now + 121)), (.nonce, "nonce", .text("another")),
                (.subject, "sub", .text("")), (.form, "exp", .text("soon")),
            ]
            for (wanted, name, value) in bad {
                let found = await fault {
                    _ = try await world.signIn(.init(claims: base.merging([name: value]) { $1 }))
                }
                #expect(found == .untrusted(wanted), "\(name)")
            }
            let headers: [(TokenFault, ScriptedProvider.Answer)] = [
                (.algorithm, .init(claims: base, header: ["alg": "none"])),
                (.algorithm, .init(claims: base, header: ["alg": "HS256"])),
                (.key, .init(claims: base, header: ["kid": "unknown"])),
                (.signature, .init(claims: base, isForged: true)),
            ]
            for (wanted, answer) in headers {
                let found = await fault { _ = try await world.signIn(answer) }
                #expect(found == .untrusted(wanted), "\(answer.header)")
            }
            // Within the tolerance, with two audiences and as RSA it is fine.
            let fine = base.merging([
                "exp": .number(now - 100), "iat": .number(now + 100),
                "aud": .list([ScriptedProvider.client, "another"]),
                "azp": .text(ScriptedProvider.client),
            ]) { $1 }
            #expect(
                try await world.person(
                    .init(claims: fine, header: ["alg": "RS256", "kid": "rsa"])) == owner)
        }
    }

    @Test func `strictly, believes no RSA key of less than 3072 bits`() async throws {
        let header = ["alg": "RS256", "kid": "rsa"]
        for (bits, rigour, wanted) in [
            (_RSA.Signing.KeySize.bits2048, SignInRigour.usual, nil), (.bits3072, .strict, nil),
            (.bits2048, .strict, OpenIDFault.untrusted(.weakKey)),
        ] {
            try await with(.sqlite, rigour: rigour) { world in
                let owner = try await world.people.owner()
                _ = try await world.people.workspace(owner)
                try await world.provider.useRSA(bits)
                let found = await fault {
                    let claims = world.claims("a1", owner.email)
                    _ = try await world.signIn(.init(claims: claims, header: header))
                    // Keys on curves are strong enough for both.
                    _ = try await world.signIn(.init(claims: claims))
                }
                #expect(found == wanted)
            }
        }
    }

    @Test func `reads the keys again when they have changed, and not too often`() async throws {
        try await with(.sqlite) { world in
            let owner = try await world.people.owner()
            _ = try await world.people.workspace(owner)
            let good = { ScriptedProvider.Answer(claims: world.claims("a1", owner.email)) }
            _ = try await world.person(good())
            await world.provider.rotate()
            let tooSoon = await fault { _ = try await world.signIn(good()) }
            #expect(tooSoon == .untrusted(.key))
            world.people.clock.advance(by: .seconds(31))
            _ = try await world.person(good())
            let asked = await world.provider.asked
            #expect(asked.filter { $0.hasSuffix("/keys") }.count == 2)
            #expect(asked.filter { $0.hasSuffix("configuration") }.count == 1)
        }
    }

    @Test(arguments: [
        ("issuer", "https://evil.example"), ("authorization_endpoint", "http://id.example/auth"),
        ("authorization_endpoint", "javascript:alert(1)"),
    ])
    func `trusts no description that speaks for another or leads astray`(
        name: String, value: String
    ) async throws {
        try await with(.sqlite) { world in
            await world.provider.publish(name, .text(value))
            let found = await fault { _ = try await world.begin() }
            guard case .unavailable = found else {
                Issue.record("\(String(describing: found))")
                return
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asks for the second factor unless the other server did`(engine: Engine) async throws {
        try await with(engine) { world in
            let owner = try await world.people.owner()
            _ = try await world.people.workspace(owner)
            _ = try await world.desk.startSecondFactor(
                PersonProof(
                    owner.id, password: PeopleWorld.password, session: nil, address: "::1"))
            try await world.people.database.write { tx in
                _ = try tx.execute("UPDATE second_factor SET confirmed_at = 1")
            }
            let plain = world.claims("a1", owner.email)
            guard case .needsCode = try await world.signIn(.init(claims: plain)) else {
                Issue.record("the second factor was skipped")
                return
            }
            let strong = plain.merging(["amr": .list(["pwd", "mfa"])]) { $1 }
            guard case .begun(let begun) = try await world.signIn(.init(claims: strong)) else {
                Issue.record("the other server's second factor was not believed")
                return
            }
            #expect(try await world.desk.signedIn(secret: begun.secret)?.hasSecondFactor == true)
        }
    }
}
