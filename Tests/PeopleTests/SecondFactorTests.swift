import Foundation
import Kernel
import Store
import TestSupport
import Testing

@testable import People

struct SecondFactorTests {
    private static let address = "203.0.113.9"

    private func proof(
        _ person: Person, _ password: String? = PeopleWorld.password, _ session: SessionID? = nil
    ) -> PersonProof {
        PersonProof(person.id, password: password, session: session, address: Self.address)
    }

    /// The code that an app shows now for a secret as people type it.
    private func code(_ typed: String, _ world: PeopleWorld) -> String {
        OneTimeCode.code(bytes(typed), step: OneTimeCode.step(at: world.clock.now))
    }

    private func bytes(_ typed: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var out: [UInt8] = []
        var (rest, bits) = (0, 0)
        for letter in typed where letter != " " {
            rest = rest << 5 | (alphabet.firstIndex(of: letter) ?? 0)
            bits += 5
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(rest >> bits & 255))
                rest &= 1 << bits - 1
            }
        }
        return out
    }

    /// An owner with a second factor; the clock stands where its first code is spent.
    private func secured(
        _ world: PeopleWorld
    ) async throws -> (owner: Person, secret: String, codes: [String]) {
        let owner = try await world.owner()
        let made = try await world.desk.startSecondFactor(proof(owner))
        let done = try await world.desk.confirmSecondFactor(
            of: owner.id, code: code(made.secret, world), session: nil, address: Self.address)
        world.clock.advance(by: .seconds(60))
        return (owner, made.secret, done.recoveryCodes)
    }

    private func signIn(_ world: PeopleWorld) async throws -> String {
        let answer = try await world.desk.signIn(
            email: "ana@example.org", password: PeopleWorld.password, address: Self.address,
            agent: nil)
        guard case .needsCode(let step) = answer else {
            Issue.record("the password alone was enough")
            return ""
        }
        return step
    }

    private func finish(_ world: PeopleWorld, _ step: String, _ code: String) async throws
        -> PeopleDesk.NewSession
    {
        try await world.desk.finishSignIn(
            step: step, code: code, address: Self.address, agent: nil)
    }

    @Test(arguments: TestDatabase.engines)
    func `a strict desk takes no code whose half minute is over`(engine: Engine) async throws {
        for (rigour, isTaken) in [(SignInRigour.usual, true), (.strict, false)] {
            try await PeopleWorld.with(engine, rigour: rigour) { world in
                let secret = try await secured(world).secret
                let step = try await signIn(world)
                let shown = code(secret, world)
                world.clock.advance(by: .seconds(30))
                let session = try? await finish(world, step, shown)
                #expect((session != nil) == isTaken)
                guard !isTaken else { return }
                _ = try await finish(world, step, code(secret, world))
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `counts only after a code was shown and signs the others out`(
        engine: Engine
    ) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let here = try await world.desk.begin(owner.id, agent: nil)
            let there = try await world.desk.begin(owner.id, agent: nil)
            await #expect(throws: PeopleError.wrongPassword) {
                try await world.desk.startSecondFactor(proof(owner, "not it"))
            }
            await #expect(throws: PeopleError.secondFactorOff) {
                try await world.desk.confirmSecondFactor(
                    of: owner.id, code: "123456", session: nil, address: Self.address)
            }
            let made = try await world.desk.startSecondFactor(proof(owner))
            #expect(made.address.contains(made.secret.replacing(" ", with: "")))
            #expect(try await world.desk.secondFactor(of: owner.id).since == nil)
            await #expect(throws: PeopleError.wrongCode) {
                try await world.desk.confirmSecondFactor(
                    of: owner.id, code: "000000", session: here.session, address: Self.address)
            }
            let done = try await world.desk.confirmSecondFactor(
                of: owner.id, code: code(made.secret, world), session: here.session,
                address: Self.address)
            #expect(Set(done.recoveryCodes).count == 10)
            #expect(try await world.desk.signedIn(secret: there.secret) == nil)
            // The session that asked goes on, with another secret and as a strong one.
            #expect(try await world.desk.signedIn(secret: here.secret) == nil)
            let kept = try #require(done.secret)
            #expect(try await world.desk.signedIn(secret: kept)?.hasSecondFactor == true)
            await #expect(throws: PeopleError.secondFactorOn) {
                try await world.desk.startSecondFactor(proof(owner))
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `asks for a code after the password, and takes each once`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let (owner, secret, _) = try await secured(world)
            let good = code(secret, world)
            let step = try await signIn(world)
            await #expect(throws: PeopleError.wrongCode) {
                try await finish(world, step, "12 34 56")
            }
            let spaced = good.prefix(3) + " " + good.suffix(3)
            let begun = try await finish(world, step, String(spaced))
            let signedIn = try await world.desk.signedIn(secret: begun.secret)
            #expect(signedIn?.person == owner)
            #expect(signedIn?.hasSecondFactor == true)
            // Neither the step nor the code is good again.
            await #expect(throws: PeopleError.stepSpent) {
                try await finish(world, step, good)
            }
            let second = try await signIn(world)
            await #expect(throws: PeopleError.wrongCode) {
                try await finish(world, second, good)
            }
            world.clock.advance(by: .seconds(30))
            _ = try await finish(world, second, code(secret, world))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `takes each recovery code once, and new ones end the old`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let (owner, secret, codes) = try await secured(world)
            _ = try await finish(world, try await signIn(world), codes[3].lowercased())
            #expect(try await world.desk.secondFactor(of: owner.id).recoveryCodesLeft == 9)
            let step = try await signIn(world)
            await #expect(throws: PeopleError.wrongCode) {
                try await finish(world, step, codes[3])
            }
            // A recovery code does not make recovery codes.
            await #expect(throws: PeopleError.wrongCode) {
                try await world.desk.renewRecoveryCodes(
                    of: owner.id, code: codes[4], address: Self.address)
            }
            let fresh = try await world.desk.renewRecoveryCodes(
                of: owner.id, code: code(secret, world), address: Self.address)
            await #expect(throws: PeopleError.wrongCode) {
                try await finish(world, step, codes[5])
            }
            _ = try await finish(world, step, fresh[0])
            let stored = try await world.database.read { tx in
                try tx.rows("SELECT code_hash FROM recovery_code").map {
                    try $0("code_hash", as: String.self)
                }
            }
            #expect(stored.count == 10)
            #expect(stored.allSatisfy { $0.count == 64 && !fresh.contains($0) })
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `takes a recovery code of the shorter kind that was stored before`(
        engine: Engine
    ) async throws {
        try await PeopleWorld.with(engine) { world in
            let (owner, _, codes) = try await secured(world)
            #expect(codes.allSatisfy { $0.split(separator: "-").count == 7 })
            let old = "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO"
            try await world.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO recovery_code (person_id, code_hash)
                    VALUES (\(owner.id), \(RecoveryCode.digest(old)))
                    """)
            }
            let step = try await signIn(world)
            let begun = try await finish(world, step, old.lowercased())
            #expect(try await world.desk.signedIn(secret: begun.secret)?.person == owner)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `slows down guessing of codes, whatever the address`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let (_, secret, _) = try await secured(world)
            let step = try await signIn(world)
            for _ in 0..<5 {
                await #expect(throws: PeopleError.wrongCode) {
                    try await finish(world, step, "000000")
                }
            }
            await #expect(throws: PeopleError.slowDown(seconds: 10)) {
                try await finish(world, step, code(secret, world))
            }
            for number in 1...15 {
                await #expect(throws: PeopleError.wrongCode) {
                    try await world.desk.finishSignIn(
                        step: step, code: "000000", address: "198.51.100.\(number)", agent: nil)
                }
            }
            await #expect(throws: PeopleError.slowDown(seconds: 10)) {
                try await world.desk.finishSignIn(
                    step: step, code: code(secret, world), address: "192.0.2.1", agent: nil)
            }
            world.clock.advance(by: .minutes(11))
            await #expect(throws: PeopleError.stepSpent) {
                try await finish(world, step, code(secret, world))
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps the key sealed to its person`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let (owner, secret, _) = try await secured(world)
            let row = try await world.database.read { tx in
                try tx.first("SELECT sealed FROM second_factor WHERE person_id = \(owner.id)")
            }
            let sealed: Data = try #require(try row?("sealed"))
            #expect(sealed.range(of: Data(bytes(secret))) == nil)
            let box = try world.desk.secretBox
            #expect(
                try box.open(sealed, for: "second-factor:\(owner.id)") == Data(bytes(secret)))
            #expect(throws: SecretBox.Failure.self) {
                try box.open(sealed, for: "second-factor:other")
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `is turned off with password and code, or by whoever runs the server`(
        engine: Engine
    ) async throws {
        try await PeopleWorld.with(engine) { world in
            let (owner, _, codes) = try await secured(world)
            let begun = try await finish(world, try await signIn(world), codes[0])
            let own = proof(owner, PeopleWorld.password, begun.session)
            await #expect(throws: PeopleError.wrongCode) {
                try await world.desk.removeSecondFactor(own, code: codes[0])
            }
            let kept = try #require(
                try await world.desk.removeSecondFactor(own, code: codes[1]))
            #expect(try await world.desk.signedIn(secret: kept)?.hasSecondFactor == false)
            await #expect(throws: PeopleError.secondFactorOff) {
                try await world.desk.forgetSecondFactor(of: owner.email)
            }
            let made = try await world.desk.startSecondFactor(own)
            _ = try await world.desk.confirmSecondFactor(
                of: owner.id, code: code(made.secret, world), session: nil,
                address: Self.address)
            try await world.desk.forgetSecondFactor(of: owner.email)
            #expect(try await world.desk.sessions(of: owner.id).isEmpty)
            guard
                case .begun = try await world.desk.signIn(
                    email: owner.email, password: PeopleWorld.password, address: Self.address,
                    agent: nil)
            else {
                Issue.record("a code is still asked for")
                return
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `is asked of a workspace only by who has one`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let place = try await world.workspace(owner)
            let ask = { (isNeeded: Bool, hasOne: Bool) in
                try await world.desk.ask(
                    forSecondFactor: isNeeded, in: place.id, by: owner.principal,
                    hasSecondFactor: hasOne)
            }
            await #expect(throws: PeopleError.secondFactorFirst) { try await ask(true, false) }
            #expect(try await ask(true, true).needsSecondFactor)
            #expect(
                try await world.desk.place(of: owner.id, in: place.slug)?.needsSecondFactor == true)
            #expect(try await !ask(false, false).needsSecondFactor)
        }
    }
}

struct PasswordLinkTests {
    @Test(arguments: TestDatabase.engines)
    func `sets a password once and never skips the second factor`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let place = try await world.workspace(owner)
            let ben = try await world.newcomer("ben@example.org", .editor, place, by: owner)
            let session = try await world.desk.begin(ben.id, agent: nil)
            let member = try await world.member(ben, place)
            let old = try await world.desk.passwordLink(
                for: member.id, in: place.id, by: owner.principal)
            let made = try await world.desk.passwordLink(
                for: member.id, in: place.id, by: owner.principal)
            let set = { (link: String, password: String) in
                try await world.desk.setPassword(link: link, to: password)
            }
            await #expect(throws: PeopleError.passwordLinkSpent) {
                try await set(old.secret, "a fresh long phrase")
            }
            await #expect(throws: PeopleError.password(.personal)) {
                try await set(made.secret, "Röstéreï Nord")
            }
            #expect(try await set(made.secret, "a fresh long phrase") == ben)
            #expect(try await world.desk.signedIn(secret: session.secret) == nil)
            await #expect(throws: PeopleError.passwordLinkSpent) {
                try await set(made.secret, "another fresh phrase")
            }
            // With a second factor the new password leads to the code, as always.
            let enrolment = try await world.desk.startSecondFactor(
                PersonProof(ben.id, password: "a fresh long phrase", session: nil, address: "::1"))
            #expect(!enrolment.secret.isEmpty)
            try await world.database.write { tx in
                _ = try tx.execute(
                    "UPDATE second_factor SET confirmed_at = 1 WHERE person_id = \(ben.id)")
            }
            let again = try await world.desk.passwordLink(for: "Ben@example.org")
            _ = try await set(again, "yet another phrase")
            let answer = try await world.desk.signIn(
                email: ben.email, password: "yet another phrase", address: "::1", agent: nil)
            guard case .needsCode = answer else {
                Issue.record("the link skipped the second factor")
                return
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `opens no way into workspaces of others`(engine: Engine) async throws {
        try await PeopleWorld.with(engine) { world in
            let owner = try await world.owner()
            let place = try await world.workspace(owner)
            let ben = try await world.newcomer("ben@example.org", .manager, place, by: owner)
            let member = try await world.member(ben, place)
            await #expect(throws: PeopleError.ownersOnly) {
                try await world.desk.passwordLink(
                    for: member.id, in: place.id, by: ben.principal)
            }
            _ = try await world.workspace(ben, "Ben's own")
            await #expect(throws: PeopleError.memberElsewhere) {
                try await world.desk.passwordLink(
                    for: member.id, in: place.id, by: owner.principal)
            }
            let link = try await world.desk.passwordLink(for: ben.email)
            world.clock.advance(by: .days(1))
            await #expect(throws: PeopleError.passwordLinkSpent) {
                try await world.desk.passwordLinkOwner(link)
            }
        }
    }
}
