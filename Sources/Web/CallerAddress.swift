#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The address that a request comes from, in the one form in which it is counted.
package enum CallerAddress {
    /// The last address that a trusted proxy forwards, or the peer's own where that is none.
    package static func of(peer: String, forwarded: String?) -> String {
        let last = forwarded?.split(separator: ",", omittingEmptySubsequences: false).last
        return last.flatMap(read) ?? read(peer[...]) ?? peer
    }

    /// Whether it is the machine that the program runs on.
    static func isLoopback(_ address: String) -> Bool {
        address == "::1" || address.hasPrefix("127.")
    }

    /// An address without its port, the short way; IPv4 as itself, also inside IPv6.
    private static func read(_ text: Substring) -> String? {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        guard text.utf8.count <= 64 else { return nil }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...])
            else { return nil }
            let inner = text[text.index(after: text.startIndex)..<end]
            return inner.contains(":") ? plain(inner) : nil
        }
        if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon {
            return isPort(text[colon...]) ? plain(text[..<colon]) : nil
        }
        return plain(text)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && UInt16(text.dropFirst()) != nil
    }

    private static func plain(_ text: Substring) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let text = String(text)
        if inet_pton(AF_INET, text, &bytes) == 1 { return text }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let isMapped = bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        if isMapped { return bytes.suffix(4).map(String.init).joined(separator: ".") }
        var shown = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &bytes, &shown, socklen_t(shown.count)) != nil else { return nil }
        return String(
            decoding: shown.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
