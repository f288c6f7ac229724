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

    package static let fileName = KeyRing.fileName
    private static let version: UInt8 = 1
    /// The keys; they change while a rotation is under way.
    package let ring: KeyRing
    private let randomBytes: @Sendable (Int) -> [UInt8]

    private init(_ ring: KeyRing, _ surroundings: Surroundings) {
        self.ring = ring
        randomBytes = surroundings.randomBytes
    }

    /// A box with a key of 32 bytes.
    package init(key: [UInt8], surroundings: Surroundings) throws(Failure) {
        self.init(try KeyRing(keys: [key]), surroundings)
    }

    /// A box with the key file of a data folder, which is made at the first start (mode 0600).
    package static func inFolder(
        _ folder: String, surroundings: Surroundings
    ) throws(Failure) -> SecretBox {
        SecretBox(try KeyRing(folder: folder, surroundings: surroundings), surroundings)
    }

    /// A box with the keys of a file that somebody else makes and keeps.
    ///
    /// The data folder is told, so that nothing goes on there with a key of its own.
    package static func withKeyFile(
        _ path: String, for folder: String, surroundings: Surroundings
    ) throws(Failure) -> SecretBox {
        SecretBox(try KeyRing(file: path, for: folder), surroundings)
    }

    /// Seals a text for one place, with the newest key.
    package func seal(_ text: Data, for place: String) throws -> Data {
        ring.refresh()
        let nonce = try AES.GCM.Nonce(data: randomBytes(12))
        let sealed = try AES.GCM.seal(
            text, using: ring.keys[0], nonce: nonce, authenticating: Data(place.utf8))
        guard let combined = sealed.combined else { throw Failure.doesNotOpen }
        return Data([Self.version]) + combined
    }

    /// Opens a text that was sealed for the same place, with any key that still counts.
    package func open(_ sealed: Data, for place: String) throws(Failure) -> Data {
        if let text = open(sealed, for: place, with: ring.keys) { return text }
        // Another process may have begun a rotation.
        ring.refresh()
        guard let text = open(sealed, for: place, with: ring.keys) else { throw .doesNotOpen }
        return text
    }

    /// Whether the newest key opens it: then a rotation has nothing to do with it any more.
    package func isNewest(_ sealed: Data, for place: String) -> Bool {
        open(sealed, for: place, with: Array(ring.keys.prefix(1))) != nil
    }

    /// A digest that nobody without the key can make, not even by trying every address there is.
    func imprint(_ text: String) -> String {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: ring.keys[0], info: Data("imprint".utf8), outputByteCount: 32)
        return Hex.text(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }

    private func open(_ sealed: Data, for place: String, with keys: [SymmetricKey]) -> Data? {
        guard sealed.first == Self.version,
            let box = try? AES.GCM.SealedBox(combined: sealed.dropFirst())
        else { return nil }
        for key in keys {
            if let text = try? AES.GCM.open(box, using: key, authenticating: Data(place.utf8)) {
                return text
            }
        }
        return nil
    }
}
