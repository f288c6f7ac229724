import Crypto
package import Foundation
package import Kernel

/// Encrypts what the database must keep but must not tell, with a key kept outside of it.
///
/// AES-GCM binds each text to its place (`channel:<id>`): moved to another row, it no longer opens.
package struct SecretBox: Sendable {
    /// Why a sealed text does not open.
    package enum Failure: Error, Sendable, Presentable {
        /// Another key sealed it, it was moved or it was changed.
        case doesNotOpen
        /// The key file is missing, unreadable or not a key.
        case key(String)

        package var problem: Problem {
            switch self {
            case .doesNotOpen:
                Problem(
                    .unavailable, code: "secrets.do-not-open",
                    "The saved sign-in cannot be opened with this installation's key. Restore "
                        + "the file “\(SecretBox.fileName)” of the data folder, or reconnect.")
            case .key(let why):
                Problem(.unavailable, code: "secrets.key", "The secret key cannot be used: \(why)")
            }
        }
    }

    package static let fileName = "secret.key"
    private static let version: UInt8 = 1
    private let key: SymmetricKey
    private let randomBytes: @Sendable (Int) -> [UInt8]

    /// A box with a key of 32 bytes.
    package init(key: [UInt8], surroundings: Surroundings) throws(Failure) {
        guard key.count == 32 else { throw .key("it must have 32 bytes.") }
        self.key = SymmetricKey(data: key)
        randomBytes = surroundings.randomBytes
    }

    /// A box with the key of a configuration: 64 hexadecimal digits.
    package init(hex: String, surroundings: Surroundings) throws(Failure) {
        guard let bytes = Hex.bytes(hex) else { throw .key("write 64 hexadecimal digits.") }
        try self.init(key: bytes, surroundings: surroundings)
    }

    /// A box with the key file of a data folder, which is made at the first start (mode 0600).
    package static func inFolder(
        _ folder: String, surroundings: Surroundings
    ) throws(Failure) -> SecretBox {
        let path = folder + "/" + fileName
        let files = FileManager.default
        if !files.fileExists(atPath: path) {
            let text = Hex.text(surroundings.randomBytes(32)) + "\n"
            let isMade = files.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
            guard isMade else { throw .key("\(path) cannot be written.") }
        }
        guard let data = files.contents(atPath: path) else { throw .key("\(path) cannot be read.") }
        return try SecretBox(
            hex: String(decoding: data, as: UTF8.self).trimmed, surroundings: surroundings)
    }

    /// Seals a text for one place.
    package func seal(_ text: Data, for place: String) throws -> Data {
        let nonce = try AES.GCM.Nonce(data: randomBytes(12))
        let sealed = try AES.GCM.seal(
            text, using: key, nonce: nonce, authenticating: Data(place.utf8))
        guard let combined = sealed.combined else { throw Failure.doesNotOpen }
        return Data([Self.version]) + combined
    }

    /// Opens a text that was sealed for the same place.
    package func open(_ sealed: Data, for place: String) throws(Failure) -> Data {
        guard sealed.first == Self.version else { throw .doesNotOpen }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
            return try AES.GCM.open(box, using: key, authenticating: Data(place.utf8))
        } catch {
            throw .doesNotOpen
        }
    }
}
