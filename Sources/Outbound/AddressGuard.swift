import Foundation

/// Decides which addresses this program may connect to on behalf of people.
///
/// Whatever a person types as a server ends up here, so nothing inside the operator's network can
/// be reached with it: only public addresses pass, unless the operator listed `host:port`.
package struct AddressGuard: Sendable {
    private let allowed: Set<String>
    private let only: ReachList?

    /// `allow` lists `host:port` pairs that may be private and may speak plain http; `only` lists
    /// all that may be reached, where there is such a list.
    package init(allow: [String] = [], only: ReachList? = nil) {
        allowed = Set(allow.map { $0.lowercased() })
        self.only = only
    }

    /// An address whose form has been checked; its host must still be resolved and checked.
    struct Target: Sendable, Hashable {
        var scheme: String
        /// Lower case; an IPv6 address without brackets.
        var host: String
        var port: Int
        /// The percent-encoded path and query.
        var rest: String
        var isAllowListed: Bool

        var url: String { origin + rest }

        var origin: String {
            let shown = host.contains(":") ? "[\(host)]" : host
            let isUsual = port == (scheme == "https" ? 443 : 80)
            return "\(scheme)://\(shown)" + (isUsual ? "" : ":\(port)")
        }
    }

    /// Checks the form of an address.
    func target(_ address: String) throws(OutboundError) -> Target {
        // Anything that two parsers could read differently is refused outright.
        let isPlain = address.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") }
        guard isPlain, address.utf8.count <= 8192, let parts = URLComponents(string: address),
            let scheme = parts.scheme?.lowercased(), scheme == "https" || scheme == "http",
            parts.percentEncodedUser == nil, parts.percentEncodedPassword == nil,
            let encoded = parts.percentEncodedHost,
            !encoded.isEmpty
        else { throw .badAddress(Self.shown(address)) }
        var host = encoded.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard host.utf8.count <= 253, Self.hasSafeForm(host) else {
            throw .badAddress(Self.shown(address))
        }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard mayReach(host, port) else { throw .notListed(host) }
        let isListed = allowed.contains("\(host):\(port)")
        if !isListed {
            guard scheme == "https", [443, 8443].contains(port), !Self.isLocalName(host) else {
                throw .refusedAddress(host)
            }
        }
        var rest = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        if let query = parts.percentEncodedQuery { rest += "?\(query)" }
        return Target(
            scheme: scheme, host: host, port: port, rest: rest, isAllowListed: isListed)
    }

    /// Checks what a name resolved to; one bad address spoils all.
    func check(_ addresses: [IPAddress], of target: Target) throws(OutboundError) {
        guard !addresses.isEmpty else { throw .unresolved(target.host) }
        guard target.isAllowListed || addresses.allSatisfy(\.isPublic) else {
            throw .refusedAddress(target.host)
        }
    }

    /// Whether a place is on the list of all that may be reached, or there is no such list.
    func mayReach(_ host: String, _ port: Int) -> Bool { only?.contains(host, port) ?? true }

    /// Whether the operator listed this place.
    func lists(_ host: String, _ port: Int) -> Bool { allowed.contains("\(host):\(port)") }

    static func hasSafeForm(_ host: String) -> Bool {
        if host.contains(":") { return IPAddress(host) != nil }
        let isName = host.utf8.allSatisfy {
            ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
                || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
        }
        guard isName, let last = host.split(separator: ".").last else { return false }
        // `127.1`, `0x7f000001` and `2130706433` are addresses to some resolvers.
        let isNumeric = last.allSatisfy(\.isNumber) || last.hasPrefix("0x")
        return !isNumeric || IPAddress(host) != nil
    }

    static func isLocalName(_ host: String) -> Bool {
        if IPAddress(host) != nil { return false }
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        let endings = [".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet"]
        return !name.contains(".") || endings.contains(where: name.hasSuffix)
    }

    private static func shown(_ address: String) -> String {
        URLComponents(string: address)?.host ?? "this address"
    }
}
