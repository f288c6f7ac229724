import Channels
import Foundation
import Kernel
import Nodes
import Notices
package import People
import Store

extension ProgramSchema {
    /// Every column of sealed values; a rotation of the key seals these anew.
    package static let sealed: [SealedColumn] =
        PeopleSchema.sealed + ChannelsSchema.sealed + NoticesSchema.sealed
}

extension Program {
    /// What the secret key does not open, in words; nil when all is well.
    func keyTrouble() async throws -> String? {
        let box = floor.box
        let found = try await database.read { tx in
            try SealCheck(ProgramSchema.sealed, with: box, tx)
        }
        return found.trouble(keyFile: settings.secretKeyFile)
    }

    /// Replaces the secret key, and seals everything anew.
    package func rotateKeys(
        progress: @escaping @Sendable (String) async -> Void = { _ in }
    ) async throws -> KeyRotation.Outcome {
        try await requireOneFolder()
        return try await KeyRotation(
            database: database, box: floor.box, columns: ProgramSchema.sealed,
            surroundings: floor.surroundings
        ).run(progress: progress)
    }

    /// A program with another folder has a key file of its own, which this one cannot change.
    private func requireOneFolder() async throws {
        let surroundings = floor.surroundings
        let here = ProcessInfo.processInfo.hostName + "-"
        let folder = nodeFolder
        let nodes = try await database.read { tx in try NodeStanding.all(surroundings, tx) }
        let other = nodes.first { other in
            other.isAlive && !(other.node.name.hasPrefix(here) && other.node.folder == folder)
        }
        guard let other else { return }
        throw Problem(
            .conflict, code: "keys.other-machine",
            "\(other.node.name) runs with a key file of its own (\(other.node.folder)). Stop it, "
                + "rotate, give it the new key, and start it again.")
    }
}
