import Channels
import Foundation
import Kernel
import Notices
package import People
import Store

extension ProgramSchema {
    /// Every column of sealed values; a rotation of the key seals these anew.
    package static let sealed: [SealedColumn] =
        PeopleSchema.sealed + ChannelsSchema.sealed + NoticesSchema.sealed
}

extension Program {
    /// Replaces the secret key, and seals everything anew.
    package func rotateKeys(
        progress: @escaping @Sendable (String) async -> Void = { _ in }
    ) async throws -> KeyRotation.Outcome {
        try await requireOneMachine()
        return try await KeyRotation(
            database: database, box: floor.box, columns: ProgramSchema.sealed,
            surroundings: floor.surroundings
        ).run(progress: progress)
    }

    /// A program on another machine has a key file of its own, which this one cannot change.
    private func requireOneMachine() async throws {
        let now = floor.surroundings.now()
        let here = ProcessInfo.processInfo.hostName + "-"
        let workers = try await database.read { tx in
            try tx.rows(
                "SELECT worker FROM worker_heartbeat WHERE beat_at > \(now - .seconds(10))"
            ).map { try $0("worker") as String }
        }
        guard let other = workers.first(where: { !$0.hasPrefix(here) }) else { return }
        throw Problem(
            .conflict, code: "keys.other-machine",
            "\(other) runs on another machine, with a key file of its own. Stop it, rotate, copy "
                + "secret.key there, and start it again.")
    }
}
