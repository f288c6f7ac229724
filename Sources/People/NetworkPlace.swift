import Foundation
import Kernel

/// The part of an address that says where somebody is, without saying which device it was.
package struct NetworkPlace: Sendable, Hashable {
    private let bytes: [UInt8]

    /// Reads an IPv4 or IPv6 address; nil for anything else.
    package init?(_ address: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, address, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, address, &six) == 1 {
            let all = withUnsafeBytes(of: &six) { Array($0) }
            let isMapped = all.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
            bytes = isMapped ? Array(all.suffix(4)) : all
        } else {
            return nil
        }
    }

    /// What one subscriber is usually given: an IPv4 address, or 64 bits of an IPv6 address.
    var subscriber: String {
        bytes.count == 4 ? Hex.text(bytes) : Hex.text(bytes.prefix(8))
    }

    /// For people: `the network 203.0.113.x`. The last part is left out and never kept.
    package var words: String {
        if isLoopback { return "the server's own machine" }
        let shown =
            bytes.count == 4
            ? bytes.prefix(3).map(String.init).joined(separator: ".") + ".x"
            : stride(from: 0, to: 6, by: 2).map {
                String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
            }.joined(separator: ":") + ":x"
        return (isPrivate ? "the private network " : "the network ") + shown
    }

    private var isLoopback: Bool {
        bytes.count == 4
            ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    private var isPrivate: Bool {
        guard bytes.count == 4 else { return bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFE }
        return bytes[0] == 10 || (bytes[0] == 192 && bytes[1] == 168)
            || (bytes[0] == 172 && bytes[1] & 0xF0 == 16) || (bytes[0] == 169 && bytes[1] == 254)
    }
}
