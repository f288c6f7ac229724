import Foundation

/// The address of a whole server, such as `https://social.example:8443`: scheme, host and port only.
package struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
    package let isSecure: Bool
    /// In lower case; an IPv6 address stands in brackets.
    package let host: String
    /// Nil for the scheme's own.
    package let port: Int?
    /// Whether it names the computer that it is asked on.
    package var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]"
            || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
    }
    /// The port that a connection goes to.
    package var reachedPort: Int { port ?? (isSecure ? 443 : 80) }

    /// Reads an address as a person writes it: spaces around it and slashes behind it do not count.
    ///
    /// Nil when anything else is in it, such as a path, a name before `@`, or a host that none can be.
    package init?(_ text: String) {
        var rest = Substring(text.trimmingCharacters(in: .whitespacesAndNewlines)).utf8
        while rest.last == UInt8(ascii: "/") { rest.removeLast() }
        guard rest.count <= 300, rest.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let written = String(decoding: rest, as: UTF8.self).lowercased()
        let parts = written.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["http", "https"].contains(parts[0]) else { return nil }
        isSecure = parts[0] == "https"
        var place = parts[1]
        if let colon = place.lastIndex(of: ":"), !place[colon...].contains("]") {
            let digits = place[place.index(after: colon)...]
            guard digits.count <= 5, digits.allSatisfy({ ("0"..."9").contains($0) }),
                let number = Int(digits), (1...65_535).contains(number)
            else { return nil }
            port = number == (isSecure ? 443 : 80) ? nil : number
            place = place[..<colon]
        } else {
            port = nil
        }
        // The root's dot, which names the same host.
        if place.last == ".", place.dropLast().last != "." { place.removeLast() }
        guard Self.isHost(place) else { return nil }
        host = String(place)
    }

    package var description: String {
        "\(isSecure ? "https" : "http")://\(host)\(port.map { ":\($0)" } ?? "")"
    }

    /// Whether it is a name of DNS (RFC 1123, with underscores) or a bare address of either kind.
    private static func isHost(_ text: Substring) -> Bool {
        if text.first == "[" {
            var address = in6_addr()
            return text.last == "]"
                && inet_pton(AF_INET6, String(text.dropFirst().dropLast()), &address) == 1
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, let last = labels.last, labels.allSatisfy(isLabel) else {
            return false
        }
        // What ends in a number is an IPv4 address, or nothing (WHATWG URL, §3.5).
        guard last.allSatisfy({ ("0"..."9").contains($0) }) || last.hasPrefix("0x") else {
            return true
        }
        var address = in_addr()
        return inet_pton(AF_INET, String(text), &address) == 1
    }

    private static func isLabel(_ text: Substring) -> Bool {
        let isPlain = text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        return isPlain && (1...63).contains(text.utf8.count) && text.first != "-"
            && text.last != "-"
    }
}
