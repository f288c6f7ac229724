import Foundation
package import Kernel
package import Store
import Synchronization

/// Knows whether this is the one that publishes, and keeps everything back while it is not sure.
package final class InstanceDesk: Sendable {
    private struct State {
        var hold: Hold?
        var epoch: Int64 = 0
    }

    private let database: Database
    private let file: InstanceFile
    private let isLocal: Bool
    private let awayLimit: Duration?
    private let surroundings: Surroundings
    /// Whether there is anything in the database that could be sent.
    private let holdsData: @Sendable (borrowing Transaction) throws -> Bool
    private let state = Mutex(State())

    /// Creates the desk of a data folder; `awayLimit` nil asks nothing after a long silence.
    package init(
        database: Database, folder: String, location: Database.Location, awayLimit: Duration?,
        surroundings: Surroundings,
        holdsData: @escaping @Sendable (borrowing Transaction) throws -> Bool = { _ in false }
    ) {
        self.database = database
        self.holdsData = holdsData
        file = InstanceFile(folder: folder)
        isLocal = location.isLocal
        self.awayLimit = awayLimit
        self.surroundings = surroundings
    }

    /// Why everything is kept back, as this process knows it; nil when all is well.
    package var hold: Hold? { state.withLock(\.hold) }

    /// How often a program that runs says so.
    package static let beat = Duration.seconds(60)
    /// How often one that is held looks whether another process has let it go.
    package static let heldBeat = Duration.seconds(2)

    /// Compares the database with its folder before anything is sent; to be called once at a start.
    package func arrive() async throws {
        let now = surroundings.now()
        let fresh = Hex.text(surroundings.randomBytes(16))
        let seen = try await firstSight(fresh)
        let id = seen.file?.id ?? fresh
        let row = try await database.write { [awayLimit, holdsData] tx in
            guard var row = try InstanceRow.load(tx) else {
                var row = InstanceRow(
                    id: id, epoch: seen.epoch + 1, place: seen.place, beatAt: now)
                // The folder has seen a database with an identity, and this one has none yet.
                if seen.epoch > 0, try holdsData(tx) {
                    row.hold = Hold(
                        .rolledBack, "the database was put back to an earlier state", at: now)
                }
                try row.save(tx)
                return row
            }
            row.hold = row.objection(to: seen, awayLimit: awayLimit, at: now)
            if row.hold == nil {
                row.epoch += 1
                row.beatAt = now
            }
            try row.save(tx)
            return row
        }
        try follow(row, seen)
    }

    /// What there is, after a folder and a database that know nothing were given an identity.
    ///
    /// The file comes first: one without a row is taken over, a row without a file is not. Whoever
    /// starts beside us in this folder may be faster, so it is looked at once more.
    private func firstSight(_ fresh: String) async throws -> Sighting {
        let seen = try await sight()
        guard seen.file == nil else { return seen }
        if try await row() == nil { try file.write(id: fresh, replacing: false) }
        return try await sight()
    }

    /// Says that this program runs, and notices when the database went back meanwhile.
    package func beat() async throws {
        let now = surroundings.now()
        let known = state.withLock(\.epoch)
        let row = try await database.write { tx -> InstanceRow? in
            guard var row = try InstanceRow.load(tx) else { return nil }
            guard row.hold == nil else { return row }
            if row.epoch < known {
                row.hold = Hold(
                    .rolledBack, "the database was put back to an earlier state", at: now)
            } else {
                row.epoch += 1
                row.beatAt = now
            }
            try row.save(tx)
            return row
        }
        guard let row else { return try await arrive() }
        try follow(row, try await sight())
    }

    /// Whether sending must wait, asked in the transaction that makes an intent durable.
    package func isHeld(_ tx: borrowing Transaction) throws -> Bool {
        // Read first: a beat of this moment is not to look like a database that went back.
        let known = state.withLock(\.epoch)
        guard let row = try InstanceRow.load(tx) else { return false }
        return row.hold != nil || row.epoch < known
    }

    /// A person says that this is the one that publishes.
    ///
    /// `also` runs in the same transaction, for what was due meanwhile. Returns false when nothing
    /// was held.
    @discardableResult
    package func confirm(
        by principal: Principal, also: @escaping @Sendable (borrowing Transaction) throws -> Void
    ) async throws -> Bool {
        let now = surroundings.now()
        let seen = try await sight()
        let before = try await row()
        guard let before, before.hold != nil else { return false }
        let id = seen.file.map(\.id).flatMap { $0.isEmpty ? nil : $0 } ?? before.id
        try file.write(id: id)
        let row = try await database.write { tx -> InstanceRow? in
            guard var row = try InstanceRow.load(tx), row.hold != nil else { return nil }
            row = InstanceRow(
                id: id, epoch: max(row.epoch, seen.epoch) + InstanceRow.confirmationLeap,
                place: seen.place, beatAt: now)
            row.confirmedAt = now
            row.confirmedBy = principal.name
            try row.save(tx)
            try also(tx)
            return row
        }
        guard let row else { return false }
        try follow(row, try await sight())
        return true
    }

    /// A person says wait: before a copy is made, or after a machine was put back.
    ///
    /// `also` runs in the transaction that holds, unless it is held already.
    package func hold(
        by principal: Principal,
        also: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in }
    ) async throws {
        let hold = Hold(.byHand, "\(principal.name) asked for it", at: surroundings.now())
        let row = try await database.write { tx -> InstanceRow? in
            try tx.takeTurn(Transaction.departures)
            guard var row = try InstanceRow.load(tx), row.hold == nil else { return nil }
            row.hold = hold
            try row.save(tx)
            try also(tx)
            return row
        }
        if let row { try follow(row, try await sight()) }
    }

    /// What the database says now, for people who ask.
    package func standing() async throws -> Standing {
        let row = try await row()
        return Standing(
            id: row?.id ?? "", hold: row?.hold, beatAt: row?.beatAt,
            confirmedAt: row?.confirmedAt, confirmedBy: row?.confirmedBy)
    }

    /// The identity of an installation and whether it publishes.
    package struct Standing: Sendable, Hashable {
        package let id: String
        package let hold: Hold?
        package let beatAt: Instant?
        package let confirmedAt: Instant?
        package let confirmedBy: String?
    }

    private func row() async throws -> InstanceRow? {
        try await database.read { tx in try InstanceRow.load(tx) }
    }

    private func sight() async throws -> Sighting {
        let place = try await database.read { tx in try tx.placeOnServer() }
        return file.sight(place: place, isLocal: isLocal)
    }

    private func follow(_ row: InstanceRow, _ seen: Sighting) throws {
        state.withLock { state in
            state.hold = row.hold
            if row.hold == nil { state.epoch = row.epoch }
        }
        guard row.hold == nil else { return }
        if seen.file == nil { try file.write(id: row.id, replacing: false) }
        if row.epoch != seen.epoch { try file.note(epoch: row.epoch) }
    }
}

extension Database.Location {
    /// Whether the database is on this machine, so that both are copied together.
    var isLocal: Bool {
        guard case .postgres(let url) = self else { return true }
        guard let host = URLComponents(string: url)?.host, !host.isEmpty else { return true }
        return ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host) || host.hasPrefix("%2F")
    }
}
