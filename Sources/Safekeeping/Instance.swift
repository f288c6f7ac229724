package import Kernel
import Store

/// Why nothing leaves until a person has said that this is the one that publishes.
package struct Hold: Sendable, Hashable {
    /// What was noticed.
    package enum Cause: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// The rows came from a backup.
        case restored
        /// The folder or the database is a copy.
        case copied
        /// Database and folder do not belong together.
        case stranger
        /// The database is older than what this folder has seen of it.
        case rolledBack
        /// Nothing ran here for days; the machine may have been put back to an earlier state.
        case away
        /// A person said so.
        case byHand
        /// The data is somewhere else now.
        case moved
    }

    package let cause: Cause
    /// The reason as the second half of a sentence: `it was restored from a backup of …`.
    package let why: String
    package let at: Instant

    static let moved = "it was moved to "
    /// Where the data is now, when it was moved.
    package var movedTo: String {
        why.hasPrefix(Self.moved) ? String(why.dropFirst(Self.moved.count)) : why
    }

    package init(_ cause: Cause, _ why: String, at: Instant) {
        self.cause = cause
        self.why = why
        self.at = at
    }
}

/// What the database says of the one installation that may publish from it.
struct InstanceRow: Sendable, Hashable, RowReadable {
    var id: String
    /// Grows with every start, beat and confirmation: an earlier state of the database has less.
    var epoch: Int64 = 0
    /// The database on its server; nil for a file.
    var place: String?
    var beatAt: Instant
    var hold: Hold?
    var confirmedAt: Instant?
    var confirmedBy: String?

    init(id: String, epoch: Int64 = 0, place: String? = nil, beatAt: Instant, hold: Hold? = nil) {
        self.id = id
        self.epoch = epoch
        self.place = place
        self.beatAt = beatAt
        self.hold = hold
    }

    init(row: Row) throws {
        id = try row("id")
        epoch = try row("epoch")
        place = try row("place")
        beatAt = try row("beat_at")
        if let cause: Hold.Cause = try row("held") {
            hold = Hold(cause, try row("held_why"), at: try row("held_at"))
        }
        confirmedAt = try row("confirmed_at")
        confirmedBy = try row("confirmed_by")
    }

    static func load(_ tx: borrowing Transaction) throws -> InstanceRow? {
        try tx.first(InstanceRow.self, "SELECT * FROM instance WHERE one = 1")
    }

    func save(_ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM instance")
        try tx.execute(
            """
            INSERT INTO instance (one, id, epoch, place, beat_at, held, held_why, held_at,
                confirmed_at, confirmed_by)
            VALUES (1, \(id), \(epoch), \(place), \(beatAt), \(hold?.cause), \(hold?.why),
                \(hold?.at), \(confirmedAt), \(confirmedBy))
            """)
    }
}

/// What can be seen of the place where the program runs, outside the database.
struct Sighting: Sendable, Hashable {
    /// What the identity file of the data folder says; nil when there is none.
    var file: InstanceFile.Content?
    /// Whether the file is another than the one that was written: a copy has another number.
    var isCopiedFile = false
    /// The highest epoch of the database that this folder has seen.
    var epoch: Int64 = 0
    var machine: String?
    /// The database on its server; nil for a file.
    var place: String?
    /// Whether database and folder are on one machine, so that they are copied together.
    var isLocal = true
}

extension InstanceRow {
    /// A leap that is longer than a life of beats, so that what went before is always less.
    static let confirmationLeap: Int64 = 1_000_000_000

    /// Why this is not surely the one that publishes; nil when all fits.
    func objection(to seen: Sighting, awayLimit: Duration?, at now: Instant) -> Hold? {
        if let hold { return hold }
        let found: (Hold.Cause, String)? =
            switch seen.file {
            case nil where place == nil:
                (.stranger, "the database is in a folder that has not published it before")
            case nil where place != seen.place:
                (.copied, "the database was copied to another place")
            case nil: nil
            case let file? where file.id != id:
                (.stranger, "the database belongs to another installation than its folder")
            case _ where place != seen.place:
                (.copied, "the database was copied to another place")
            case let file?
            where seen.isLocal && file.machine != nil && seen.machine != nil
                && file.machine != seen.machine:
                (.copied, "its folder was copied from another machine")
            case _? where seen.isLocal && seen.isCopiedFile:
                (.copied, "its folder is a copy of another")
            case _? where seen.epoch > epoch:
                (.rolledBack, "the database was put back to an earlier state")
            case _?:
                if let awayLimit, now - beatAt > awayLimit {
                    (
                        .away,
                        "it did not run for \(Self.words(now - beatAt)), so it may have been put "
                            + "back to an earlier state"
                    )
                } else {
                    nil
                }
            }
        return found.map { Hold($0.0, $0.1, at: now) }
    }

    static func words(_ duration: Duration) -> String {
        let hours = Int(duration.inSeconds / 3600)
        return hours >= 48 ? "\(hours / 24) days" : "\(hours) hours"
    }
}
