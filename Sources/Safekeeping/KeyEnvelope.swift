import Crypto
import CryptoExtras
import Foundation
import Kernel

/// The secret key of an installation, sealed with a passphrase for a backup.
///
/// scrypt makes guessing slow (64 MB and a good second for each guess), AES-GCM notices changes.
enum KeyEnvelope {
    private struct Sealed: Codable {
        let kdf: String
        let rounds: Int
        let blockSize: Int
        let salt: String
        let sealed: String
    }

    private static let rounds = 1 << 16
    private static let blockSize = 8
    private static let place = Data("throughline-backup-key".utf8)

    static func seal(
        _ key: Data, passphrase: String, surroundings: Surroundings
    ) throws -> Data {
        guard passphrase.count >= 12 else { throw SafekeepingError.weakPassphrase }
        let salt = surroundings.randomBytes(16)
        let wrapping = try derive(passphrase, salt, rounds, blockSize)
        let nonce = try AES.GCM.Nonce(data: surroundings.randomBytes(12))
        let sealed = try AES.GCM.seal(key, using: wrapping, nonce: nonce, authenticating: place)
        return try JSON.encode(
            Sealed(
                kdf: "scrypt", rounds: rounds, blockSize: blockSize,
                salt: Data(salt).base64EncodedString(),
                sealed: (sealed.combined ?? Data()).base64EncodedString()))
    }

    static func open(_ envelope: Data, passphrase: String) throws -> Data {
        guard let sealed = try? JSON.decode(Sealed.self, from: envelope), sealed.kdf == "scrypt",
            (1 << 10...1 << 20).contains(sealed.rounds), (1...16).contains(sealed.blockSize),
            let salt = Data(base64Encoded: sealed.salt),
            let combined = Data(base64Encoded: sealed.sealed)
        else { throw SafekeepingError.altered(what: "the sealed key cannot be read") }
        do {
            let wrapping = try derive(passphrase, Array(salt), sealed.rounds, sealed.blockSize)
            return try AES.GCM.open(
                AES.GCM.SealedBox(combined: combined), using: wrapping, authenticating: place)
        } catch {
            throw SafekeepingError.passphrase
        }
    }

    private static func derive(
        _ passphrase: String, _ salt: [UInt8], _ rounds: Int, _ blockSize: Int
    ) throws -> SymmetricKey {
        let normal = Data(passphrase.precomposedStringWithCanonicalMapping.utf8)
        return try KDF.Scrypt.deriveKey(
            from: normal, salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize,
            parallelism: 1, maxMemory: 512 << 20)
    }
}
