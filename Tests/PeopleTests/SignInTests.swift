import Kernel
import Store
import TestSupport
import Testing

@testable import People

struct SignInTests {
    struct Failure: Error {}

    @Test(arguments: TestDatabase.engines)
    func `makes the owner with a link that works once`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let old = try #require(try await world.desk.ownerLink())
            let link = try #require(try await world.desk.ownerLink())
            await #expect(throws: PeopleError.ownerLinkSpent) {
                try await world.desk.checkOwnerLink(old)
            }
            let owner = try await world.desk.createOwner(
                link: link, name: " Ana Sol ", email: "Ana@Example.org",
                password: PeopleWorld.password)
            #expect(owner.email == "ana@example.org")
            #expect(owner.name == "Ana Sol")
            await #expect(throws: PeopleError.ownerLinkSpent) {
                try await world.desk.checkOwnerLink(link)
            }
            #expect(try await world.desk.ownerLink() == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `signs in, rotates and signs out`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let begun = try await world.signIn(
                " ANA@example.org", from: "192.0.2.1",
                agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
            #expect(try await world.desk.signedIn(secret: begun.secret)?.person == owner)
            let listed = try await world.desk.sessions(of: owner.id)
            #expect(listed.map(\.agent) == ["Firefox on Linux"])
            #expect(listed.map(\.place) == ["the network 192.0.2.x"])
            world.clock.advance(by: .minutes(16))
            let rotated = try await world.desk.signedIn(
                secret: begun.secret, address: "2001:db8::5")
            #expect(
                try await world.desk.sessions(of: owner.id).first?.place
                    == "the network 2001:db8:0:x")
            let fresh = try #require(rotated?.newSecret)
            #expect(try await world.desk.signedIn(secret: fresh)?.person == owner)
            world.clock.advance(by: .minutes(2))
            // The old secret came back late: everyone who has a copy is out.
            #expect(try await world.desk.signedIn(secret: begun.secret) == nil)
            #expect(try await world.desk.signedIn(secret: fresh) == nil)
            #expect(try await world.desk.sessions(of: owner.id).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `signs out everywhere but here`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let here = try await world.desk.begin(owner.id, agent: nil)
            let there = try await world.desk.begin(owner.id, agent: nil)
            try await world.desk.endSessions(of: owner.id, but: here.session)
            #expect(try await world.desk.signedIn(secret: here.secret) != nil)
            #expect(try await world.desk.signedIn(secret: there.secret) == nil)
            try await world.desk.endSession(here.session, of: owner.id)
            #expect(try await world.desk.signedIn(secret: here.secret) == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `ends other sessions only for whoever shows the password again`(
        engine: Engine
    ) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let here = try await world.desk.begin(owner.id, agent: nil)
            let there = try await world.desk.begin(owner.id, agent: nil)
            let third = try await world.desk.begin(owner.id, agent: nil)
            let proof = { (password: String?) in
                PersonProof(
                    owner.id, password: password, session: here.session, address: "192.0.2.1")
            }
            for which in [SessionChoice.one(there.session), .others, .all] {
                for password in [nil, "wrong"] {
                    await #expect(throws: PeopleError.wrongPassword) {
                        try await world.desk.endSessions(which, proof(password))
                    }
                    world.clock.advance(by: .hours(2))
                }
            }
            #expect(try await world.desk.sessions(of: owner.id).count == 3)
            let good = proof(PeopleWorld.password)
            try await world.desk.endSessions(.one(there.session), good)
            #expect(try await world.desk.signedIn(secret: there.secret) == nil)
            await #expect(throws: PeopleError.noSuchSession) {
                try await world.desk.endSessions(.one(there.session), good)
            }
            try await world.desk.endSessions(.others, good)
            #expect(try await world.desk.sessions(of: owner.id).map(\.id) == [here.session])
            #expect(try await world.desk.signedIn(secret: third.secret) == nil)
            try await world.desk.endSessions(.all, good)
            #expect(try await world.desk.sessions(of: owner.id).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `guessing in an open browser keeps nobody from ending it`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let found = try await world.desk.begin(owner.id, agent: nil)
            let proof = { (password: String, session: SessionID, address: String) in
                PersonProof(
                    owner.id, password: password, session: session, address: address)
            }
            world.clock.advance(by: .minutes(16))
            for guess in 0..<40 {
                await #expect(throws: PeopleError.self) {
                    try await world.desk.endSessions(
                        .others, proof("guess \(guess)", found.session, "192.0.2.9"))
                }
            }
            let own = try await world.desk.begin(owner.id, agent: nil)
            try await world.desk.endSessions(
                .others, proof(PeopleWorld.password, own.session, "192.0.2.9"))
            #expect(try await world.desk.sessions(of: owner.id).map(\.id) == [own.session])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a young sign-in stands for the password of people without one`(
        engine: Engine
    ) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            try await world.database.write { tx in
                try tx.execute(
                    "UPDATE person SET password_hash = NULL WHERE id = \(owner.id)")
            }
            let old = try await world.desk.begin(owner.id, agent: nil)
            world.clock.advance(by: .minutes(16))
            let young = try await world.desk.begin(owner.id, agent: nil)
            let proof = { (session: SessionID?) in
                PersonProof(owner.id, password: nil, session: session, address: "192.0.2.1")
            }
            // A token has no session, and so nothing to show.
            for session in [old.session, nil] {
                await #expect(throws: PeopleError.signInAgain) {
                    try await world.desk.endSessions(.all, proof(session))
                }
            }
            try await world.desk.endSessions(.others, proof(young.session))
            #expect(try await world.desk.sessions(of: owner.id).map(\.id) == [young.session])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `slows down guessing, says nothing about who exists`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            _ = try await world.owner()
            let attempt = { (email: String, password: String, address: String) in
                try await world.signIn(email, password, from: address)
            }
            for email in ["ana@example.org", "nobody@example.org"] {
                for _ in 0..<5 {
                    await #expect(throws: PeopleError.wrongSignIn) {
                        try await attempt(email, "wrong", "192.0.2.1")
                    }
                }
                await #expect(throws: PeopleError.slowDown(seconds: 10)) {
                    try await attempt(email, PeopleWorld.password, "192.0.2.1")
                }
            }
            // The owner elsewhere is not locked out by it.
            _ = try await attempt("ana@example.org", PeopleWorld.password, "198.51.100.7")
            world.clock.advance(by: .seconds(10))
            _ = try await attempt("ana@example.org", PeopleWorld.password, "192.0.2.1")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `changes a password and signs the others out`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let here = try await world.desk.begin(owner.id, agent: nil)
            let there = try await world.desk.begin(owner.id, agent: nil)
            let change = { (from: String, to: String) in
                try await world.desk.changePassword(
                    PersonProof(owner.id, password: from, session: here.session, address: "::1"),
                    to: to)
            }
            await #expect(throws: PeopleError.wrongPassword) {
                _ = try await change("not it", "a new long phrase")
            }
            await #expect(throws: PeopleError.password(.tooShort)) {
                _ = try await change(PeopleWorld.password, "short")
            }
            let kept = try #require(
                try await change(PeopleWorld.password, "a new long phrase"))
            #expect(try await world.desk.signedIn(secret: there.secret) == nil)
            #expect(try await world.desk.signedIn(secret: here.secret) == nil)
            #expect(try await world.desk.signedIn(secret: kept)?.session == here.session)
            try await world.desk.setPassword(of: "ana@example.org", to: "and one more phrase")
            #expect(try await world.desk.signedIn(secret: kept) == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `performs a create once for its key`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            func send(_ fingerprint: String, _ body: String) async throws -> String {
                try await world.desk.once(scope: "s", key: "k", fingerprint: fingerprint) {
                    .init(status: 201, body: body)
                }.body
            }
            await #expect(throws: Failure.self) {
                try await world.desk.once(scope: "s", key: "k", fingerprint: "f") {
                    throw Failure()
                }
            }
            let answers = [try await send("f", "one"), try await send("f", "two")]
            #expect(answers == ["one", "one"])
            await #expect(throws: PeopleError.idempotencyMismatch) {
                _ = try await send("g", "x")
            }
            world.clock.advance(by: .days(3))
            let later = try await send("g", "later")
            #expect(later == "later")
        }
    }
}
