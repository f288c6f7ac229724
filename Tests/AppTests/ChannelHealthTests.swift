import Channels
import Foundation
import Kernel
import Publishing
import Store
import TestSupport
import Testing
import Web

@testable import App

/// The words of the strip that stands on every page.
struct ChannelHealthTests {
    static let now = Instant(milliseconds: 1_795_420_800_000)

    @Test(arguments: [
        (Duration.seconds(-1), "has ended"), (.minutes(30), "ends within 2 hours"),
        (.hours(5), "ends in 5 hours"), (.hours(30), "ends in a day"),
        (.days(6) + .hours(3), "ends in 6 days"),
    ])
    func `counts down to the end of a sign-in`(left: Duration, words: String) async throws {
        try await TestDatabase.with(.sqlite, ProgramSchema.plan.steps) { database in
            let open = try await Self.channel(database)
            #expect(open.countdown(at: Self.now) == nil)
            #expect(
                open.signInLasts(at: Self.now)
                    == "has no end; it lasts until it is revoked at the server")
            let end = Self.now + left
            try await database.write { tx in
                _ = try tx.execute("UPDATE channel SET credentials_expire_at = \(end)")
            }
            let ending = try await database.read { tx in
                try tx.first(Channel.self, "SELECT * FROM channel")
            }
            #expect(ending?.countdown(at: Self.now) == words)
        }
    }

    @Test func `says the worst first, and sends people where it is mended`() async throws {
        try await TestDatabase.with(.sqlite, ProgramSchema.plan.steps) { database in
            let channel = try await Self.channel(database)
            let health = { (change: (inout ChannelHealth.Facts) -> Void) in
                var facts = ChannelHealth.Facts(channel: channel)
                change(&facts)
                return ChannelHealth(facts, root: "/w/acme", at: Self.now)
            }
            let fine = health { _ in }
            #expect(fine.state == .ok && fine.words == "Works")
            #expect(fine.href == "/w/acme/settings/channels/\(channel.id)")
            #expect(health { $0.stuck = 2 }.words == "2 need you")
            let quota = PreflightFinding(.quota, "No more.")
            #expect(health { $0.findings = [quota] }.state == .attention)
            let rights = PreflightFinding(.rights, "Missing.")
            let poor = health {
                $0.findings = [quota, rights]
                $0.stuck = 1
            }
            #expect(poor.state == .broken && poor.words == "Rights are missing")
        }
    }

    static func channel(_ database: Database) async throws -> Channel {
        try await database.write { tx in
            let id = "0190a000-0000-7000-8000-000000000001"
            try tx.execute(
                """
                INSERT INTO workspace (id, slug, name, zone, currency, created_at)
                VALUES (\(id), 'acme', 'Acme', 'UTC', 'EUR', 0)
                """)
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, connection, server,
                    account_id, sealed, zone, created_at)
                VALUES (\(id), \(id), 'mastodon', 'Shop', 'connected', 'https://m.example', '1',
                    \(Data([1])), 'UTC', 0)
                """)
            return try #require(try tx.first(Channel.self, "SELECT * FROM channel"))
        }
    }
}
