import Foundation
package import Kernel
package import Links
package import Store
import Synchronization

/// Answers clicks and takes events; everything it needs to be quick is in memory.
///
/// What is not in memory yet is looked up by `resolve` and `resolveSite`, which the ordinary
/// routes call, and stays for a few seconds, so that a changed destination is noticed.
package final class Collector: Sendable {
    /// What a click is answered with.
    package struct Redirect: Sendable {
        package let location: String
        /// Where to send people whose click could not be kept: nobody would know its number.
        package let plainLocation: String
        /// The record that must be in the spool before the answer.
        package let record: [UInt8]
    }

    private struct Target: Remembered {
        let address: String
        let workspace: WorkspaceID
        var until: Instant
    }

    private struct Site: Remembered {
        let workspace: WorkspaceID
        var until: Instant
    }

    package let spool: Spool
    private let database: Database
    private let links: LinkDesk
    private let salts: VisitorSalts
    private let surroundings: Surroundings
    private let rules = BotRules()
    private let targets = Mutex<[String: Target]>([:])
    private let sites = Mutex<[String: Site]>([:])

    static let memory = Duration.seconds(5)
    static let mostRemembered = 20_000

    package init(
        database: Database, links: LinkDesk, spool: Spool, salts: VisitorSalts,
        surroundings: Surroundings
    ) {
        self.database = database
        self.links = links
        self.spool = spool
        self.salts = salts
        self.surroundings = surroundings
    }

    /// The present moment, for the facts of a request.
    package func now() -> Instant { surroundings.now() }

    /// The answer to a click, when the link is in memory.
    package func redirect(slug: String, _ facts: VisitFacts) -> Redirect? {
        guard let target = targets.withLock({ $0[slug] }), target.until > facts.at else {
            return nil
        }
        let bot = rules.reason(facts)
        // Who asks not to be recognised is counted and gets no number, and neither do robots,
        // whose addresses end up in previews that people share.
        let token: Int64? = bot == nil && !facts.optedOut ? newToken() : nil
        let hit = Hit(
            kind: .click, at: facts.at,
            visitor: salts.visitor(facts, workspace: target.workspace), token: token, bot: bot,
            place: slug)
        return Redirect(
            location: token.map { ClickToken.added($0, to: target.address) } ?? target.address,
            plainLocation: target.address, record: hit.bytes)
    }

    private func newToken() -> Int64 {
        surroundings.randomBytes(8).number(Int64.self, at: 0)
    }

    /// Brings a link into memory; false when there is none with this slug.
    ///
    /// While the database is away, what was in memory last stays there.
    package func resolve(slug: String) async throws -> Bool {
        let known = targets.withLock { $0[slug] }
        let found = try await lookedUp(known) {
            try await links.link(slug: slug).map { link in
                Target(
                    address: link.target, workspace: link.workspace,
                    until: surroundings.now() + Self.memory)
            }
        }
        targets.withLock { memory in
            if memory.count >= Self.mostRemembered { memory.removeAll(keepingCapacity: true) }
            memory[slug] = found
        }
        return found != nil
    }

    /// What `look` finds, or what was known before when the database is out of reach.
    private func lookedUp<Place: Remembered>(
        _ known: Place?, _ look: () async throws -> Place?
    ) async throws -> Place? {
        let remembered = known.map { $0.kept(until: surroundings.now() + Self.memory) }
        if let remembered, database.condition.isOutOfReach { return remembered }
        do {
            return try await look()
        } catch StoreError.unreachable where remembered != nil {
            return remembered
        }
    }

    /// Brings a site into memory; false when no workspace has this code.
    package func resolveSite(code: String) async throws -> Bool {
        guard code.utf8.count <= 40 else { return false }
        let known = sites.withLock { $0[code] }
        let found = try await lookedUp(known) {
            let workspace: WorkspaceID? = try await database.read { tx in
                try tx.scalar(
                    WorkspaceID.self, "SELECT workspace_id FROM site WHERE code = \(code)")
            }
            return workspace.map {
                Site(workspace: $0, until: surroundings.now() + .minutes(1))
            }
        }
        sites.withLock { memory in
            if memory.count >= Self.mostRemembered { memory.removeAll(keepingCapacity: true) }
            memory[code] = found
        }
        return found != nil
    }

    /// The record of an event that the site snippet sent, when its site is in memory.
    package func record(_ event: SnippetEvent, _ facts: VisitFacts) -> [UInt8]? {
        guard let site = sites.withLock({ $0[event.site] }), site.until > facts.at else {
            return nil
        }
        let isGoal = event.goal != nil
        let content = facts.optedOut ? [] : [event.content].compactMap { $0 }
        return Hit(
            kind: isGoal ? .goal : .page, at: facts.at,
            visitor: salts.visitor(facts, workspace: site.workspace),
            token: facts.optedOut ? nil : event.click.flatMap { ClickToken.read($0) },
            bot: rules.reason(facts), place: event.site,
            texts: isGoal
                ? [event.goal ?? "", event.value ?? "", event.currency ?? "", event.order ?? ""]
                    + content
                : [event.path ?? "/", event.isEntry ? "1" : "0"] + content
        ).bytes
    }
}

/// Something that is in memory until it has to be looked up again.
private protocol Remembered {
    var until: Instant { get set }
}

extension Remembered {
    fileprivate func kept(until moment: Instant) -> Self {
        var copy = self
        copy.until = moment
        return copy
    }
}

/// The snippet's JSON; one letter for each member keeps the snippet small.
private struct SnippetWire: Decodable {
    let s: String
    let p: String?
    let e: Int?
    let c: String?
    let g: String?
    let v: String?
    let m: String?
    let o: String?
    let u: String?
}

/// What the site snippet sends: a page view, or a goal.
package struct SnippetEvent: Sendable, Hashable {
    /// The longest body that is read.
    package static let longest = 4096

    package let site: String
    package let path: String?
    package let isEntry: Bool
    package let click: String?
    package let goal: String?
    package let value: String?
    package let currency: String?
    package let order: String?
    /// What `utm_content` said, which anybody may have typed.
    package let content: String?

    /// Reads the snippet's JSON; nil for anything else.
    package init?(_ body: some Sequence<UInt8>) {
        let data = Data(body)
        guard data.count <= Self.longest,
            let wire = try? JSON.decode(SnippetWire.self, from: data),
            (8...40).contains(wire.s.utf8.count)
        else { return nil }
        site = wire.s
        path = wire.p.map { String($0.prefix(300)) }
        isEntry = wire.e == 1
        click = wire.c
        goal = wire.g.map { String($0.prefix(100)) }
        value = wire.v.map { String($0.prefix(30)) }
        currency = wire.m.map { String($0.prefix(3)) }
        // One longer than an order number may be is kept as such, so that it is refused, not cut.
        order = wire.o.map { String($0.prefix(101)) }
        content = wire.u.flatMap { ContentMark.isPlausible($0) ? $0 : nil }
    }
}

/// The website of a workspace, as the snippet knows it.
package struct MeasuredSite: Sendable, Hashable, RowReadable {
    package let code: String
    package let firstSeenAt: Instant?
    package let lastSeenAt: Instant?

    package init(row: Row) throws {
        code = try row("code")
        firstSeenAt = try row("first_seen_at")
        lastSeenAt = try row("last_seen_at")
    }

    /// The site of a workspace, when it has one.
    package static func known(
        in workspace: WorkspaceID, database: Database
    ) async throws -> MeasuredSite? {
        try await database.read { tx in
            try tx.first(
                MeasuredSite.self, "SELECT * FROM site WHERE workspace_id = \(workspace)")
        }
    }

    /// The site of a workspace, made when it is first asked for.
    package static func find(
        in workspace: WorkspaceID, database: Database, surroundings: Surroundings
    ) async throws -> MeasuredSite {
        if let known = try await known(in: workspace, database: database) { return known }
        let code = Hex.text(surroundings.randomBytes(8))
        return try await database.write { tx in
            let made = try tx.first(
                MeasuredSite.self,
                """
                INSERT INTO site (workspace_id, code) VALUES (\(workspace), \(code))
                ON CONFLICT (workspace_id) DO UPDATE SET code = site.code RETURNING *
                """)
            guard let made else { throw StoreError.noRow }
            return made
        }
    }
}
