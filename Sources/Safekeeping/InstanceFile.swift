import Crypto
import Foundation
import Kernel
import Store
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The identity that a data folder keeps outside of the database.
///
/// `instance` is written once and then only when a person confirms: copying the folder makes
/// another file of it, which shows in its number. `instance.epoch` follows the database.
struct InstanceFile: Sendable {
    /// What the file says.
    struct Content: Codable, Sendable, Hashable {
        let id: String
        /// The machine it was written on; nil where machines have no number.
        let machine: String?
        /// The number of the file on its file system.
        let inode: UInt64
    }

    let folder: String

    private var path: String { folder + "/instance" }
    private var epochPath: String { folder + "/instance.epoch" }

    /// Looks at the folder.
    func sight(place: String?, isLocal: Bool) -> Sighting {
        var seen = Sighting(machine: Self.machine, place: place, isLocal: isLocal)
        // Words and number of one file: another process may be putting a new one in its place.
        guard let file = FileHandle(forReadingAtPath: path) else { return seen }
        defer { try? file.close() }
        let content = (try? file.readToEnd()).flatMap { try? JSON.decode(Content.self, from: $0) }
        // A file that cannot be read is not one that we wrote.
        seen.file = content ?? Content(id: "", machine: nil, inode: 0)
        seen.isCopiedFile = !hasFleetingNumbers && content?.inode != inode(file)
        let text = FileManager.default.contents(atPath: epochPath) ?? Data()
        seen.epoch =
            Int64(
                String(decoding: text, as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        return seen
    }

    /// Writes the identity anew; the file's own number stands in it.
    ///
    /// Without `replacing` the first of several processes that start at the same time has the say.
    func write(id: String, replacing: Bool = true) throws {
        try Files.turn.withLock { _ in
            let next = Files.next(to: path)
            unlink(next)
            let descriptor = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw SafekeepingError.cannotWrite(path: path) }
            let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            let content = Content(id: id, machine: Self.machine, inode: inode(file) ?? 0)
            try file.write(contentsOf: try JSON.encode(content))
            if replacing {
                try Files.settle(file, next, path)
            } else {
                try Files.settleFirst(file, next, path)
            }
        }
    }

    /// Notes how far the database has come.
    func note(epoch: Int64) throws {
        try Files.keep(Data("\(epoch)\n".utf8), at: epochPath, replacing: true)
    }

    private func inode(_ file: FileHandle) -> UInt64? {
        var facts = stat()
        return fstat(file.fileDescriptor, &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    /// File systems of user programs number files anew at each mount.
    private var hasFleetingNumbers: Bool {
        let real = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path + "/"
        let mounts = FileManager.default.contents(atPath: "/proc/self/mounts") ?? Data()
        var nearest = (length: -1, kind: "")
        for line in String(decoding: mounts, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count > 2 else { continue }
            let place = parts[1] == "/" ? "/" : parts[1] + "/"
            guard real.hasPrefix(place), place.utf8.count >= nearest.length else { continue }
            nearest = (place.utf8.count, parts[2])
        }
        return nearest.kind.hasPrefix("fuse")
    }

    /// A digest of the machine's number: it tells machines apart and reveals none.
    private static let machine: String? = {
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            let text = String(
                decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self
            ).trimmingCharacters(in: .whitespacesAndNewlines)
            guard text.utf8.count == 32 else { continue }
            return Hex.text(SHA256.hash(data: Data("throughline:\(text)".utf8)))
        }
        return nil
    }()
}
