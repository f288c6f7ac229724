import Foundation
import Kernel
import Links
import Planning
import Publishing
import Store
import TestSupport
import Testing

struct PostDeskTests {
    @Test(arguments: TestDatabase.engines)
    func `a variant inherits the text until it has its own`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            var draft = world.draft("Base")
            draft.variants.append(.init(channel: world.byHand, text: "For the eye"))
            let sheet = try await world.desk.create(draft, in: world.acme, by: world.principal)
            #expect(sheet.sides.map(\.content.text) == ["Base", "For the eye"])
            #expect(Set(sheet.sides.compactMap(\.link?.slug)).count == 2)
            draft.text = "New base"
            let saved = try await world.desk.save(
                sheet.post.id, draft, revision: 1, in: world.acme, by: world.principal)
            #expect(saved.sides.map(\.content.text) == ["New base", "For the eye"])
            #expect(saved.sides.map(\.link?.slug) == sheet.sides.map(\.link?.slug))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `two writers notice each other`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.desk.create(
                world.draft(), in: world.acme, by: world.principal)
            _ = try await world.desk.save(
                sheet.post.id, world.draft("A"), revision: 1, in: world.acme, by: world.principal)
            await #expect(throws: PublishingError.changedMeanwhile) {
                try await world.desk.save(
                    sheet.post.id, world.draft("B"), revision: 1, in: world.acme,
                    by: world.principal)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `an approval is needed from two members on, and an edit voids it`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            #expect(try await !world.desk.needsApproval(in: world.acme))
            let ben = try await world.addMember()
            #expect(try await world.desk.needsApproval(in: world.acme))
            let sheet = try await world.desk.create(
                world.draft(), in: world.acme, by: world.principal)
            await #expect(throws: PublishingError.approvalNeeded) {
                try await schedule(sheet, world)
            }
            let asked = try await world.desk.askApproval(
                sheet.post.id, in: world.acme, by: world.principal)
            #expect(asked.state == .inReview)
            let side = try #require(asked.sides.first)
            let seen = [side.publication.id: side.content.hash]
            await #expect(throws: PublishingError.ownWork) {
                try await world.desk.approve(
                    sheet.post.id, seen: seen, note: "Mine", in: world.acme, by: world.principal)
            }
            _ = try await world.desk.approve(
                sheet.post.id, seen: seen, note: "Good", in: world.acme, by: ben)
            #expect(try await schedule(sheet, world).state == .scheduled)
            let edited = try await world.desk.save(
                sheet.post.id, world.draft("Changed"), revision: nil, in: world.acme,
                by: world.principal)
            #expect(edited.state == .draft)
            await #expect(throws: PublishingError.approvalNeeded) {
                try await schedule(sheet, world)
            }
            let approvals = try await world.desk.approvals(
                of: side.publication.id, in: world.acme)
            #expect(approvals.map(\.decision) == [.approved])
            try await world.desk.setApproval(.never, in: world.acme, by: world.principal)
            #expect(try await schedule(sheet, world).state == .scheduled)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a post of a plan item waits for a complete brief`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let month = try #require(CivilMonth("2026-12"))
            let item = try await world.plan.addItem(
                ItemDraft(title: "Roastery tour", month: month, owner: world.member),
                in: world.acme,
                by: world.principal)
            var draft = world.draft()
            draft.item = item
            let sheet = try await world.desk.create(draft, in: world.acme, by: world.principal)
            await #expect(throws: PlanError.self) { try await schedule(sheet, world) }
            try await world.plan.keepBrief(
                BriefDraft(what: "a", when: "b", how: "c", toWhom: "d", why: "e"), of: item,
                in: world.acme, by: world.principal)
            #expect(try await schedule(sheet, world).state == .scheduled)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `hangs from an objective of the workspace only`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            var draft = world.draft()
            draft.objective = world.clock.surroundings(seed: 5).newID()
            let strange = draft
            await #expect(throws: Problem.self) {
                try await world.desk.create(strange, in: world.acme, by: world.principal)
            }
            let sheet = try await world.desk.create(
                world.draft(), in: world.acme, by: world.principal)
            await #expect(throws: Problem.self) {
                try await world.desk.save(
                    sheet.post.id, strange, revision: nil, in: world.acme, by: world.principal)
            }
            #expect(try await world.desk.sheet(sheet.post.id, in: world.acme).post.objective == nil)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `rules of the network hold a post back`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.desk.create(
                world.draft(String(repeating: "x", count: 600)), in: world.acme,
                by: world.principal)
            await #expect(
                throws: PublishingError.rulesBroken(
                    channel: "Acme", ["The text is 625 characters long; Mastodon takes 500."])
            ) { try await schedule(sheet, world) }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `moves, takes off, deletes and brings back`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let sheet = try await world.desk.create(
                world.draft(), in: world.acme, by: world.principal)
            _ = try await schedule(sheet, world)
            let id = try #require(sheet.sides.first?.publication.id)
            let day = try #require(CivilDate("2026-12-24"))
            let moved = try await world.desk.move(
                id, to: day, clock: nil, zone: nil, in: world.acme, by: world.principal)
            let due = try #require(moved.sheet.sides.first?.publication.delivery.due)
            #expect(due.local.date == day)
            #expect(due.local.clock == moved.before?.local.clock)
            let lines = try await world.desk.calendar(
                from: due.at, to: due.at + .seconds(1), in: world.acme)
            #expect(lines.map(\.publication.id) == [id])
            let off = try await world.desk.unschedule(
                sheet.post.id, in: world.acme, by: world.principal)
            #expect(off.state == .draft)
            #expect(try await world.desk.unscheduled(in: world.acme).count == 1)
            try await world.desk.delete(sheet.post.id, in: world.acme, by: world.principal)
            await #expect(throws: PublishingError.noSuchPost) {
                try await world.desk.sheet(sheet.post.id, in: world.acme)
            }
            let back = try await world.desk.restore(
                sheet.post.id, in: world.acme, by: world.principal)
            #expect(back.state == .draft)
            let copy = try await world.desk.duplicate(
                sheet.post.id, in: world.acme, by: world.principal)
            #expect(copy.post.text == sheet.post.text)
            #expect(copy.sides.first?.link?.slug != sheet.sides.first?.link?.slug)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `gives the first entries of each day, and how many there are`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let day = try #require(CivilDate("2026-12-24"))
            var placed: [String: PublicationID] = [:]
            for (name, date, clock) in [
                ("late", day, "18:00"), ("early", day, "08:00"), ("noon", day, "12:00"),
                ("deleted", day, "07:00"), ("after", day.adding(days: 2), "00:00"),
                ("outside", day.adding(days: 3), "00:00"),
            ] {
                let sheet = try await world.desk.create(
                    world.draft(name), in: world.acme, by: world.principal)
                let local = try #require(LocalTime("\(date)T\(clock)"))
                _ = try await world.desk.schedule(
                    sheet.post.id, at: Due(local, in: .utc), only: nil, in: world.acme,
                    by: world.principal)
                placed[name] = sheet.sides.first?.publication.id
                if name == "deleted" {
                    _ = try await world.desk.unschedule(
                        sheet.post.id, in: world.acme, by: world.principal)
                    try await world.desk.delete(
                        sheet.post.id, in: world.acme, by: world.principal)
                }
            }
            let starts = (0...3).map { Zone.utc.startOfDay(day.adding(days: $0)) }
            let days = try await world.desk.calendarDays(starts, most: 2, in: world.acme)
            #expect(days.map(\.count) == [3, 0, 1])
            let shown = days.map { $0.lines.map(\.publication.id) }
            let wanted = [["early", "noon"], [], ["after"]].map { $0.compactMap { placed[$0] } }
            #expect(shown == wanted)
            let another: WorkspaceID = world.clock.surroundings(seed: 5).newID()
            let theirs = try await world.desk.calendarDays(starts, most: 2, in: another)
            #expect(theirs.map(\.count) == [0, 0, 0])
            #expect(try await world.desk.calendarDays([], most: 2, in: world.acme).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `finds posts by words, state and page`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            for index in 0..<5 {
                world.clock.advance(by: .seconds(1))
                _ = try await world.desk.create(
                    world.draft("Post \(index) 100%"), in: world.acme, by: world.principal)
            }
            let first = try await world.desk.list(in: world.acme, PageRequest(limit: 2))
            #expect(first.items.map(\.text) == ["Post 4 100%", "Post 3 100%"])
            let second = try await world.desk.list(
                in: world.acme, PageRequest(limit: 2, after: first.next))
            #expect(second.items.map(\.text) == ["Post 2 100%", "Post 1 100%"])
            let found = try await world.desk.list(
                PublicationFilter(states: [.draft], search: "post 3 100%"), in: world.acme)
            #expect(found.items.count == 1)
        }
    }

    private func schedule(_ sheet: PostSheet, _ world: PublishingWorld) async throws -> PostSheet {
        try await world.desk.schedule(
            sheet.post.id, at: Due(now: world.clock.now + .hours(1), in: .utc), in: world.acme,
            by: world.principal)
    }
}

struct PictureTests {
    /// The smallest JPEG with an EXIF segment: frame 2×1, orientation 6, a comment.
    static let jpeg = Data(
        [0xFF, 0xD8]
            + [0xFF, 0xE1, 0x00, 0x22] + Array("Exif\0\0".utf8)
            + [0x4D, 0x4D, 0x00, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
            + [0, 0, 0, 0]
            + [0xFF, 0xFE, 0x00, 0x04, 0x41, 0x41]
            + [0xFF, 0xC0, 0x00, 0x0B, 8, 0, 1, 0, 2, 1, 1, 0x11, 0]
            + [0xFF, 0xDA, 0x00, 0x08, 1, 1, 0, 0, 63, 0, 0x7F, 0xFF, 0xD9])

    @Test func `recognises a picture by its bytes and takes the camera's notes out`() throws {
        let probe = try #require(PictureProbe(Self.jpeg))
        #expect(probe.contentType == "image/jpeg")
        #expect((probe.width, probe.height) == (2, 1))
        #expect(PictureProbe.orientation(Self.jpeg) == 6)
        let clean = PictureProbe.stripped(Self.jpeg, contentType: probe.contentType)
        #expect(PictureProbe(clean)?.width == 2)
        #expect(clean.range(of: Data("Exif".utf8)) == nil)
        #expect(PictureProbe.orientation(clean) == 1)
        #expect(clean.suffix(2) == Data([0xFF, 0xD9]))
    }

    @Test(arguments: [UInt8(0x01), 0x7F, 0xFF])
    func `refuses a picture whose sides are beyond all measure`(first: UInt8) {
        let sides: [UInt8] = [first, 0xFF, 0xFF, 0xFF, first, 0xFF, 0xFF, 0xFF]
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
        let rest = [UInt8](repeating: 0, count: 16)
        #expect(PictureProbe(Data(png + "IHDR".utf8 + sides + rest)) == nil)
    }

    @Test(arguments: ["<svg onload=alert(1)>", "GIF87", "%PDF-1.4", ""])
    func `refuses everything else`(text: String) {
        #expect(PictureProbe(Data(text.utf8)) == nil)
    }

    @Test(arguments: TestDatabase.engines)
    func `keeps the same bytes once`(engine: Engine) async throws {
        try await PublishingWorld.with(engine) { world in
            let first = try await world.pictures.add(
                Self.jpeg, fileName: "../../a b.jpeg", in: world.acme)
            let second = try await world.pictures.add(Self.jpeg, fileName: "x", in: world.acme)
            #expect(first.id == second.id)
            #expect(first.fileName == "ab.jpg")
            await #expect(throws: PublishingError.notAPicture) {
                try await world.pictures.add(Data("hello".utf8), fileName: "a.png", in: world.acme)
            }
            let (_, data) = try await world.pictures.read(first.id, in: world.acme)
            // Without libvips the pixels are not turned: how it lies is all that is kept of the notes.
            #expect(PictureProbe.orientation(data) == 6)
            #expect(data.range(of: Data("AA".utf8)) == nil)
            #expect(data.count <= Self.jpeg.count)
        }
    }
}
