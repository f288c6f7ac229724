import Crypto
import Foundation
import Kernel
import Store

/// Where the bytes of pictures lie, under their digest.
///
/// The data folder has them. With PostgreSQL the database has them too, for the other processes,
/// and a folder is only what its process has needed so far.
struct PictureShelf: Sendable {
    let database: Database
    let surroundings: Surroundings
    let folder: String

    /// Whether other processes may need what this one has.
    var isShared: Bool { database.engine == .postgres }

    private func path(_ hash: String) -> String { "\(folder)/\(hash.prefix(2))/\(hash)" }

    /// Keeps bytes in the folder.
    func write(_ data: Data, _ hash: String) throws {
        let path = path(hash)
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Keeps bytes for the other processes, in the transaction of their row.
    func share(_ data: Data, _ hash: String, _ tx: borrowing Transaction) throws {
        guard isShared,
            try !tx.exists("SELECT 1 FROM media_file WHERE content_hash = \(hash)")
        else { return }
        try tx.execute(
            """
            INSERT INTO media_file (content_hash, bytes, kept_at)
            VALUES (\(hash), \(data), \(surroundings.now()))
            ON CONFLICT (content_hash) DO NOTHING
            """)
    }

    /// The bytes, from the folder or else from the other processes.
    func bytes(_ hash: String) async throws -> Data {
        if let data = FileManager.default.contents(atPath: path(hash)) { return data }
        guard isShared else { throw PublishingError.noSuchPicture }
        let found = try await database.read { tx in
            try tx.scalar(Data.self, "SELECT bytes FROM media_file WHERE content_hash = \(hash)")
        }
        guard let found, Hex.text(SHA256.hash(data: found)) == hash else {
            throw PublishingError.noSuchPicture
        }
        // The next time it is nearer; a folder that is full changes nothing.
        try? write(found, hash)
        return found
    }

    /// Gives the other processes what only this folder has; returns how many pictures that were.
    ///
    /// They were there before there were others: the database was moved or restored.
    func shareAll() async throws -> Int {
        guard isShared else { return 0 }
        let alone = try await database.read { tx in
            try tx.rows(
                """
                SELECT DISTINCT content_hash FROM media_asset WHERE content_hash NOT IN (
                    SELECT content_hash FROM media_file)
                """
            ).map { try $0("content_hash") as String }
        }
        var count = 0
        for hash in alone {
            guard let data = FileManager.default.contents(atPath: path(hash)),
                Hex.text(SHA256.hash(data: data)) == hash
            else { continue }
            try await database.write { tx in try share(data, hash, tx) }
            count += 1
        }
        return count
    }
}
