import Crypto
package import Foundation
import Kernel

/// A digest that tells equal contents from different ones.
package enum Fingerprint {
    /// SHA-256 over the parts, each preceded by its length so that they cannot run together.
    package static func of(_ parts: [Data]) -> String {
        var hash = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return Data(hash.finalize()).base64EncodedString()
    }
}
