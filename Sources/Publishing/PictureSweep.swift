import Foundation
package import Jobs
import Kernel
import Store

/// Removes the files of pictures that no workspace has any more.
package struct PictureSweep: Sendable {
    /// Nothing to know: the job looks at the whole folder.
    private struct Nothing: Codable, Sendable {}

    private static let kind = JobKind<Nothing>(
        "publishing.sweep-pictures", retry: .persistent, lease: .minutes(10))
    private static let key = "publishing.sweep-pictures"
    /// A file is written before its row, so young files are left alone.
    private static let youth = Duration.hours(1)

    private let store: PictureStore

    package init(store: PictureStore) { self.store = store }

    /// Starts the sweeping; starting it again changes nothing.
    package func start(queue: JobQueue) async throws {
        try await store.database.write { tx in
            try queue.enqueue(
                Self.kind, Nothing(), workspace: nil, lane: Self.key,
                dueAt: store.surroundings.now() + Self.youth, key: Self.key, in: tx)
        }
    }

    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.kind) { _, context in
                try await sweep()
                try await store.database.write { tx in
                    try context.postpone(
                        until: store.surroundings.now() + .hours(6), in: tx)
                }
            }
        ]
    }

    /// Removes what is left over and returns how many files that were.
    @discardableResult
    package func sweep() async throws -> Int {
        let files = FileManager.default
        let oldest = store.surroundings.now() - Self.youth
        var removed = 0
        if store.shelf.isShared {
            try await store.database.write { tx in
                try tx.execute(
                    """
                    DELETE FROM media_file WHERE kept_at < \(oldest) AND content_hash NOT IN (
                        SELECT content_hash FROM media_asset)
                    """)
            }
        }
        let folder = store.folder
        for shelf in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
            let place = "\(folder)/\(shelf)"
            // One shelf at a time, so that a large folder needs little memory.
            let names = ((try? files.contentsOfDirectory(atPath: place)) ?? [])
                .filter { name in
                    let facts = try? files.attributesOfItem(atPath: "\(place)/\(name)")
                    let changed = (facts?[.modificationDate] as? Date).map { Instant($0) }
                    return name.count == 64 && (changed.map { $0 < oldest } ?? false)
                }
            guard !names.isEmpty else { continue }
            let known = try await store.database.read { tx in
                try tx.rows(
                    "SELECT content_hash FROM media_asset WHERE content_hash IN \(.list(names))"
                ).map { try $0("content_hash") as String }
            }
            for name in Set(names).subtracting(known) {
                try files.removeItem(atPath: "\(place)/\(name)")
                removed += 1
            }
        }
        return removed
    }
}
