import CryptoExtras
import Dispatch
import Foundation
package import Kernel
import Synchronization

/// Hashes and checks passwords with scrypt (RFC 7914), on a thread of its own.
///
/// One hash takes a good part of a second by design; on the pool that answers requests it would
/// hold up everybody. Work is done one by one, so the memory it takes is bounded too.
package final class Passwords: Sendable {
    /// How expensive a hash is: `2^logRounds` rounds of `128 · blockSize` bytes, `lanes` times.
    package struct Cost: Sendable, Hashable {
        package var logRounds: Int
        package var blockSize: Int
        package var lanes: Int

        /// 32 MB and about a quarter of a second (OWASP password storage, 2025).
        package static let standard = Cost(logRounds: 15, blockSize: 8, lanes: 3)
        /// For tests only: milliseconds instead of security.
        package static let cheap = Cost(logRounds: 4, blockSize: 1, lanes: 1)
    }

    private let cost: Cost
    private let surroundings: Surroundings
    private let queue = DispatchQueue(label: "passwords")
    private let waiting = Mutex(0)
    private static let mostWaiting = 64

    package init(surroundings: Surroundings, cost: Cost = .standard) {
        self.surroundings = surroundings
        self.cost = cost
    }

    /// The text to store for a password.
    func hash(_ password: String) async throws -> String {
        let salt = surroundings.randomBytes(16)
        let cost = cost
        let key = try await work { try Self.derive(password, salt, cost) }
        let base64 = { (bytes: [UInt8]) in Data(bytes).base64EncodedString() }
        return "scrypt$\(cost.logRounds)$\(cost.blockSize)$\(cost.lanes)$\(base64(salt))"
            + "$\(base64(key))"
    }

    /// Whether `password` is the one behind `stored`; the work is the same when there is none.
    func check(_ password: String, against stored: String?) async throws -> Bool {
        let known = stored.flatMap(Parsed.init)
        let parsed = known ?? Parsed(cost: cost, salt: surroundings.randomBytes(16), key: [])
        let key = try await work { try Self.derive(password, parsed.salt, parsed.cost) }
        return known != nil && ConstantTime.equal(key, parsed.key)
    }

    private struct Parsed: Sendable {
        let cost: Cost
        let salt: [UInt8]
        let key: [UInt8]

        init(cost: Cost, salt: [UInt8], key: [UInt8]) {
            self.cost = cost
            self.salt = salt
            self.key = key
        }

        init?(_ text: String) {
            let parts = text.split(separator: "$").map(String.init)
            guard parts.count == 6, parts[0] == "scrypt", let logRounds = Int(parts[1]),
                let blockSize = Int(parts[2]), let lanes = Int(parts[3]),
                (1...20).contains(logRounds), (1...32).contains(blockSize),
                (1...16).contains(lanes), let salt = Data(base64Encoded: parts[4]),
                let key = Data(base64Encoded: parts[5]), !key.isEmpty
            else { return nil }
            cost = Cost(logRounds: logRounds, blockSize: blockSize, lanes: lanes)
            self.salt = Array(salt)
            self.key = Array(key)
        }
    }

    private static func derive(
        _ password: String, _ salt: [UInt8], _ cost: Cost
    ) throws -> [UInt8] {
        // The same characters typed on another system may arrive composed differently.
        let normal = Data(password.precomposedStringWithCanonicalMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: normal, salt: salt, outputByteCount: 32, rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize, parallelism: cost.lanes, maxMemory: 256 << 20)
        return key.withUnsafeBytes { Array($0) }
    }

    private func work(
        _ body: @escaping @Sendable () throws -> [UInt8]
    ) async throws -> [UInt8] {
        let isFull = waiting.withLock { count in
            guard count < Self.mostWaiting else { return true }
            count += 1
            return false
        }
        guard !isFull else { throw PeopleError.busy }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
