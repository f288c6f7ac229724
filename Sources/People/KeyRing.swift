import Crypto
import Foundation
package import Kernel
import Synchronization

/// The keys of an installation: the newest seals, older ones still open what they sealed.
///
/// The file has one key a line, the newest first; usually that is one.
package final class KeyRing: Sendable {
    private struct State {
        var keys: [SymmetricKey]
        /// Tells one version of the file from the next: it is replaced, never written over.
        var stamp: String
    }

    static let fileName = "secret.key"
    private let path: String?
    /// Whether the program makes and replaces the file; otherwise somebody else does.
    private let isOurs: Bool
    private let state: Mutex<State>

    init(keys: [[UInt8]]) throws(SecretBox.Failure) {
        guard !keys.isEmpty, keys.allSatisfy({ $0.count == 32 }) else {
            throw .key("it must have 32 bytes.")
        }
        path = nil
        isOurs = true
        state = Mutex(State(keys: keys.map { SymmetricKey(data: $0) }, stamp: ""))
    }

    /// Says in a data folder that its key is kept elsewhere, and where.
    static let elsewhere = "secret.key.elsewhere"

    init(folder: String, surroundings: Surroundings) throws(SecretBox.Failure) {
        let path = folder + "/" + Self.fileName
        // A command without the option must not go on with a key of its own.
        if let place = FileManager.default.contents(atPath: "\(folder)/\(Self.elsewhere)") {
            throw .key(
                "the key of \(folder) is kept in \(String(decoding: place, as: UTF8.self)): say "
                    + "--key-file. To keep it in the folder again, put it into \(Self.fileName) "
                    + "and delete \(Self.elsewhere).")
        }
        if !FileManager.default.fileExists(atPath: path) {
            try Self.write([surroundings.randomBytes(32)], to: path, replacing: false)
        }
        self.path = path
        isOurs = true
        state = Mutex(try Self.read(path))
    }

    /// Reads a file that somebody else keeps, such as a service manager's credential.
    init(file path: String, for folder: String) throws(SecretBox.Failure) {
        self.path = path
        isOurs = false
        state = Mutex(try Self.read(path))
        let mark = "\(folder)/\(Self.elsewhere)"
        if FileManager.default.contents(atPath: mark) != Data(path.utf8) {
            guard (try? Data(path.utf8).write(to: URL(fileURLWithPath: mark))) != nil else {
                throw .key("\(mark) cannot be written.")
            }
        }
    }

    var keys: [SymmetricKey] { state.withLock(\.keys) }

    /// How many keys count; more than one while a rotation is under way.
    package var count: Int { keys.count }

    /// What tells the keys from others without telling them, the newest first.
    package var marks: [String] {
        refresh()
        return keys.map { key in
            let code = HMAC<SHA256>.authenticationCode(
                for: Data("throughline key mark".utf8), using: key)
            return Hex.text(code.prefix(8))
        }
    }

    /// Reads the file again when another process has changed it.
    func refresh() {
        guard let path else { return }
        state.withLock { state in
            guard Self.stamp(path) != state.stamp, let read = try? Self.read(path) else { return }
            state = read
        }
    }

    /// Puts a new key in front, unless a rotation that was cut off has done so already, or whoever
    /// keeps the file has.
    package func addKey(_ surroundings: Surroundings) throws(SecretBox.Failure) {
        refresh()
        guard count == 1 else { return }
        guard isOurs else {
            throw .key(
                "\(path ?? "") is not this program's to write. Put a new key above the present one "
                    + "there, a line of 64 hexadecimal digits as `openssl rand -hex 32` makes it, "
                    + "start the server again, then repeat this.")
        }
        try replace([surroundings.randomBytes(32)] + keys.map { $0.withUnsafeBytes(Array.init) })
    }

    /// Forgets all keys but the newest; false where somebody else has to take them away.
    package func dropOldKeys() throws(SecretBox.Failure) -> Bool {
        guard isOurs else { return false }
        try replace(keys.prefix(1).map { $0.withUnsafeBytes(Array.init) })
        return true
    }

    private func replace(_ keys: [[UInt8]]) throws(SecretBox.Failure) {
        guard let path else {
            state.withLock { $0.keys = keys.map { SymmetricKey(data: $0) } }
            return
        }
        try Self.write(keys, to: path, replacing: true)
        let read = try Self.read(path)
        state.withLock { $0 = read }
    }

    /// Gives a file its name unless there is one; false when it cannot have it.
    private static func isFirst(_ next: String, _ path: String) -> Bool {
        if link(next, path) == 0 || errno == EEXIST { return true }
        // Not every file system has hard links.
        return FileManager.default.fileExists(atPath: path) || rename(next, path) == 0
    }

    private static func read(_ path: String) throws(SecretBox.Failure) -> State {
        let stamp = stamp(path)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .key("\(path) cannot be read.")
        }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        let keys = lines.compactMap { Hex.bytes(String($0).trimmed) }
        guard !keys.isEmpty, keys.count == lines.count, keys.allSatisfy({ $0.count == 32 }) else {
            throw .key("write 64 hexadecimal digits in each line of \(path).")
        }
        return State(keys: keys.map { SymmetricKey(data: $0) }, stamp: stamp)
    }

    private static func stamp(_ path: String) -> String {
        // Of what a symbolic link names: orchestrators swap the link.
        var facts = stat()
        guard stat(path, &facts) == 0 else { return "" }
        return "\(facts.st_dev) \(facts.st_ino) \(facts.st_size) \(facts.st_mtim.tv_sec) "
            + "\(facts.st_mtim.tv_nsec)"
    }

    /// Makes or replaces the file in one step, for this user only, and makes that durable.
    ///
    /// Without `replacing` the first of several programs that start at the same time makes the key.
    private static func write(
        _ keys: [[UInt8]], to path: String, replacing: Bool
    ) throws(SecretBox.Failure) {
        // Another program in the folder has another name, whatever both their numbers are.
        let next = path + ".next-" + Hex.text((0..<8).map { _ in UInt8.random(in: 0...255) })
        let text = keys.map { Hex.text($0) + "\n" }.joined()
        let files = FileManager.default
        try? files.removeItem(atPath: next)
        guard
            files.createFile(
                atPath: next, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forUpdatingAtPath: next), (try? handle.synchronize()) != nil,
            replacing
                ? rename(next, path) == 0 : Self.isFirst(next, path)
        else {
            unlink(next)
            throw .key("\(path) cannot be written.")
        }
        try? handle.close()
        if !replacing { unlink(next) }
        let folder = FileHandle(forReadingAtPath: (path as NSString).deletingLastPathComponent)
        try? folder?.synchronize()
    }
}
