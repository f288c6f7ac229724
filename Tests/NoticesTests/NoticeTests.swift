import Foundation
import Jobs
import Kernel
import Publishing
import Store
import Synchronization
import TestSupport
import Testing

@testable import Notices

struct QuietHoursTests {
    static let berlin = Zone("Europe/Berlin") ?? .utc

    func at(_ clock: String, _ day: String = "2026-11-23") throws -> Instant {
        Self.berlin.instant(try #require(LocalTime("\(day)T\(clock)")))
    }

    @Test func `over midnight they end in the morning`() throws {
        let quiet = try #require(QuietHours(from: 22 * 60, to: 7 * 60 + 30, zone: Self.berlin))
        #expect(quiet.end(at: try at("21:59")) == nil)
        #expect(try quiet.end(at: at("22:00")) == at("07:30", "2026-11-24"))
        #expect(try quiet.end(at: at("03:00")) == at("07:30"))
        #expect(quiet.end(at: try at("07:30")) == nil)
    }

    @Test func `within a day they end the same day`() throws {
        let quiet = try #require(QuietHours(from: 12 * 60, to: 14 * 60, zone: Self.berlin))
        #expect(try quiet.end(at: at("13:00")) == at("14:00"))
        #expect(quiet.end(at: try at("14:00")) == nil)
        #expect(quiet.end(at: try at("11:59")) == nil)
    }

    @Test func `refuses hours that are none`() {
        #expect(QuietHours(from: 60, to: 60, zone: .utc) == nil)
        #expect(QuietHours(from: -1, to: 60, zone: .utc) == nil)
        #expect(QuietHours(from: 0, to: 1440, zone: .utc) == nil)
    }

    @Test func `the end lies ahead also when the clocks change`() throws {
        // 02:30 does not exist on that night.
        let quiet = try #require(QuietHours(from: 0, to: 150, zone: Self.berlin))
        let now = try at("01:30", "2027-03-28")
        let end = try #require(quiet.end(at: now))
        #expect(end > now && end - now <= .hours(2))
    }

    @Test func `alarms do not wait, other mail does`() throws {
        let quiet = try #require(QuietHours(from: 22 * 60, to: 7 * 60, zone: Self.berlin))
        let settings = NoticeSettings(quiet: quiet, mailed: [.delivery, .approval])
        let night = try at("23:00")
        #expect(settings.mailTime(of: .delivery, isAlarm: true, at: night) == night)
        #expect(
            try settings.mailTime(of: .approval, isAlarm: false, at: night)
                == at("07:00", "2026-11-24"))
        #expect(settings.mailTime(of: .webhook, isAlarm: false, at: night) == nil)
    }
}

struct NoticeTests {
    @Test(arguments: TestDatabase.engines)
    func `content is told to the author, once, until it is mended`(engine: Engine) async throws {
        try await NoticeWorld.with(engine) { world in
            let finding = PreflightFinding(.rule, "The text is too long.")
            try await world.preflight(finding)
            try await world.preflight(finding)
            let told = try await world.open(world.editor)
            #expect(told.map(\.title) == ["“Tour” on Shop would not go out"])
            #expect(told.first?.detail == "The text is too long.")
            #expect(told.first?.isAlarm == false)
            #expect(try await world.open(world.owner).isEmpty)
            #expect(world.post.letters == ["editor@acme.example: “Tour” on Shop would not go out"])
            #expect(try await world.told("notices.raised") == 1)
            try await world.preflight()
            #expect(try await world.open(world.editor).isEmpty)
            #expect(try await world.told("notices.cleared") == 1)
            #expect(
                try await world.desk.list(for: world.editor, in: world.acme).first?.clearedAt
                    == world.clock.now)
            // What comes again is told again.
            try await world.preflight(finding)
            #expect(try await world.told("notices.raised") == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a channel's trouble is told to who manages channels`(engine: Engine) async throws {
        try await NoticeWorld.with(engine) { world in
            try await world.preflight(.init(.rights, "Shop lacks the right to write:media."))
            let told = try await world.open(world.owner)
            #expect(told.map(\.title) == ["Shop cannot publish"])
            #expect(
                told.first?.detail
                    == "Shop lacks the right to write:media. One post waits, the first for "
                    + "24 November 2026, 05:00.")
            #expect(try await world.open(world.editor).isEmpty)
            #expect(world.post.letters == ["owner@acme.example: Shop cannot publish"])
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what waits for the end of quiet hours comes at once when it becomes an alarm`(
        engine: Engine
    ) async throws {
        try await NoticeWorld.with(engine) { world in
            let quiet = QuietHours(
                from: 20 * 60, to: 8 * 60, zone: Zone("Europe/Berlin") ?? .utc)
            try await world.desk.keep(
                NoticeSettings(quiet: quiet, mailed: [.preflight]), of: world.editor,
                by: .system("Test"))
            world.clock.set(world.due - .hours(7))
            let finding = PreflightFinding(.rule, "The text is too long.")
            try await world.preflight(finding)
            #expect(world.post.letters.isEmpty)
            #expect(try await world.open(world.editor).count == 1)
            // 04:00 in the night, an hour before it is due.
            world.clock.set(world.due - .hours(1))
            try await world.preflight(finding)
            #expect(world.post.letters.count == 1)
            #expect(try await world.open(world.editor).first?.isAlarm == true)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a post that did not go out is an alarm at any hour, and goes when it is settled`(
        engine: Engine
    ) async throws {
        try await NoticeWorld.with(engine) { world in
            for person in [world.owner, world.editor] {
                try await world.desk.keep(
                    NoticeSettings(
                        quiet: QuietHours(from: 0, to: 1439, zone: .utc), mailed: [.delivery]),
                    of: person, by: .system("Test"))
            }
            try await world.state("needsPerson", reason: "doubtful", message: "No clear answer.")
            try await world.happen("publishing.needs-person")
            #expect(
                world.post.letters == [
                    "editor@acme.example: Was “Tour” on Shop published?",
                    "owner@acme.example: Was “Tour” on Shop published?",
                ])
            #expect(try await world.open(world.approver).isEmpty)
            try await world.state("scheduled")
            try await world.happen("publishing.settled")
            #expect(try await world.open(world.owner).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `mail waits for the end of quiet hours, and is not sent for what is mended or read`(
        engine: Engine
    ) async throws {
        try await NoticeWorld.with(engine) { world in
            let quiet = QuietHours(from: 8 * 60, to: 10 * 60, zone: Zone("Europe/Berlin") ?? .utc)
            for person in [world.owner, world.editor, world.approver] {
                try await world.desk.keep(
                    NoticeSettings(quiet: quiet, mailed: Set(NoticeKind.allCases)), of: person,
                    by: .system("Test"))
            }
            try await world.state("inReview")
            try await world.happen("publishing.approval-asked", by: world.editor)
            #expect(try await world.open(world.approver).map(\.title) == ["Approve “Tour” on Shop"])
            #expect(try await world.open(world.editor).isEmpty)
            try await world.desk.markRead(by: world.owner, in: world.acme)
            #expect(world.post.letters.isEmpty)
            world.clock.advance(by: .hours(2))
            await world.worker.runDue()
            // The owner has read it on a page by then.
            #expect(world.post.letters == ["approver@acme.example: Approve “Tour” on Shop"])
            try await world.state("approved")
            try await world.happen("publishing.approved", by: world.approver)
            #expect(try await world.open(world.approver).isEmpty)
            #expect(
                try await world.open(world.editor).map(\.title) == ["Somebody approved your post"])
            #expect(
                try await world.desk.unreadCount(for: world.editor, in: world.acme) == 1)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `counts down to the end of a sign-in and forgets what is renewed`(
        engine: Engine
    ) async throws {
        try await NoticeWorld.with(engine) { world in
            let (channel, end) = (world.channel, world.clock.now + .days(20))
            try await world.database.write { tx in
                _ = try tx.execute(
                    "UPDATE channel SET credentials_expire_at = \(end) WHERE id = \(channel)")
            }
            let work = NoticeWork(desk: world.desk, send: nil)
            try await work.start()
            await world.worker.runDue()
            #expect(try await world.open(world.owner).isEmpty)
            world.clock.advance(by: .days(7))
            await world.worker.runDue()
            #expect(
                try await world.open(world.owner).map(\.title)
                    == ["The sign-in of Shop ends on 13 December 2026"])
            try await world.database.write { tx in
                _ = try tx.execute(
                    "UPDATE channel SET credentials_expire_at = NULL WHERE id = \(channel)")
            }
            try await world.happen("channel.connected", subject: "channel:\(channel)")
            #expect(try await world.open(world.owner).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `tries a mail again, and sends none without a mail server`(engine: Engine) async throws {
        try await NoticeWorld.with(engine) { world in
            world.post.state.withLock { $0.failures = 2 }
            try await world.preflight(.init(.rule, "Too long."))
            #expect(world.post.letters.isEmpty)
            for _ in 0..<4 {
                world.clock.advance(by: .minutes(2))
                await world.worker.runDue()
            }
            #expect(world.post.letters.count == 1)
        }
        try await NoticeWorld.with(engine, canMail: false) { world in
            try await world.preflight(.init(.rule, "Too long."))
            #expect(try await world.open(world.editor).count == 1)
            let letters = try await world.database.read { tx in
                try tx.scalar(Int.self, "SELECT COUNT(*) FROM job WHERE kind = 'notices.mail'")
            }
            #expect(letters == 0)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `reading concerns only one's own notices`(engine: Engine) async throws {
        try await NoticeWorld.with(engine) { world in
            try await world.preflight(.init(.rule, "Too long."))
            let notice = try #require(try await world.open(world.editor).first)
            await #expect(throws: NoticesError.noSuchNotice) {
                try await world.desk.markRead(notice.id, by: world.owner, in: world.acme)
            }
            try await world.desk.markRead(notice.id, by: world.editor, in: world.acme)
            #expect(
                try await world.desk.unreadCount(for: world.editor, in: world.acme) == 0)
            #expect(try await world.open(world.editor).first?.readAt == world.clock.now)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `when the author has left, those who publish are told`(engine: Engine) async throws {
        try await NoticeWorld.with(engine) { world in
            let editor = world.editor
            try await world.database.write { tx in
                _ = try tx.execute(
                    "UPDATE member SET removed_at = 1 WHERE person_id = \(editor)")
            }
            try await world.preflight(.init(.picture, "A picture is gone."))
            #expect(try await world.open(world.owner).count == 1)
            #expect(try await world.open(world.editor).isEmpty)
        }
    }
}
