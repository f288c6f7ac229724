package import Foundation
package import Kernel
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Files that appear whole or not at all, and stay after a power cut.
package enum Files {
    /// Makes a folder for this user only, with those above it.
    static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw SafekeepingError.cannotWrite(path: path)
        }
    }

    /// Writes a file through `body`, unless it is there already.
    static func write(
        _ path: String, _ body: ((Data) throws -> Void) throws -> Void
    ) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try makeFolder((path as NSString).deletingLastPathComponent)
        let partial = path + ".part"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SafekeepingError.cannotWrite(path: path) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try body { try file.write(contentsOf: $0) }
            try settle(file, partial, path)
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// The tasks of one process write below one name, so they take turns.
    static let turn = Mutex(())

    /// Where a file is written before it gets its name; another process in the folder has its own.
    static func next(to path: String) -> String {
        path + ".next-" + Hex.text((0..<8).map { _ in UInt8.random(in: 0...255) })
    }

    /// Removes files that were being written when a program was killed, which nobody will finish.
    ///
    /// One of them may hold a key. Another program may be writing just now, so only old ones go.
    package static func sweep(_ folder: String, before moment: Instant) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
            guard let mark = name.range(of: ".next-", options: .backwards),
                Hex.bytes(String(name[mark.upperBound...]))?.count == 8
            else { continue }
            let path = folder + "/" + name
            let facts = try? files.attributesOfItem(atPath: path)
            guard facts?[.type] as? FileAttributeType == .typeRegular,
                let changed = facts?[.modificationDate] as? Date,
                changed < moment.date
            else { continue }
            unlink(path)
        }
    }

    /// Keeps a small file, such as a key.
    static func keep(_ data: Data, at path: String, replacing: Bool) throws {
        if replacing {
            try turn.withLock { _ in
                let next = next(to: path)
                unlink(next)
                try write(next) { try $0(data) }
                guard rename(next, path) == 0 else {
                    throw SafekeepingError.cannotWrite(path: path)
                }
            }
            syncFolder(of: path)
        } else {
            try write(path) { try $0(data) }
        }
    }

    /// Makes a written file durable under its final name.
    package static func settle(_ file: FileHandle, _ partial: String, _ path: String) throws {
        guard fsync(file.fileDescriptor) == 0, rename(partial, path) == 0 else {
            throw SafekeepingError.cannotWrite(path: path)
        }
        syncFolder(of: path)
    }

    /// Makes a written file durable under its final name, unless somebody else has been there first.
    static func settleFirst(_ file: FileHandle, _ partial: String, _ path: String) throws {
        defer { unlink(partial) }
        guard fsync(file.fileDescriptor) == 0 else {
            throw SafekeepingError.cannotWrite(path: path)
        }
        if link(partial, path) != 0, errno != EEXIST,
            !FileManager.default.fileExists(atPath: path)
        {
            // Not every file system has hard links.
            guard rename(partial, path) == 0 else {
                throw SafekeepingError.cannotWrite(path: path)
            }
        }
        syncFolder(of: path)
    }

    private static func syncFolder(of path: String) {
        let folder = (path as NSString).deletingLastPathComponent
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
