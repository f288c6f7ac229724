/// The only places this program may reach, where its operator wants such a list.
package struct ReachList: Sendable, Hashable {
    private struct Place: Sendable, Hashable {
        /// In one form; of a wildcard what follows the star, with its dot.
        var host: String
        var isWildcard: Bool
        /// Any port that may be reached at all when nil.
        var port: Int?
    }

    /// The places as they were written.
    package let texts: [String]
    private var places: [Place]

    /// Reads `host`, `host:port`, `*.host` for all below it, and IPv6 addresses in brackets.
    package init(_ texts: [String]) throws(OutboundError) {
        self.texts = texts
        places = []
        for text in texts {
            guard let place = Self.place(text.lowercased()) else { throw .badPlace(text) }
            places.append(place)
        }
    }

    /// The same list with one more place, which the operator need not write.
    package func with(_ host: String, _ port: Int) -> ReachList {
        var list = self
        list.places.append(Place(host: Self.form(host), isWildcard: false, port: port))
        return list
    }

    /// Whether a place is on the list.
    package func contains(_ host: String, _ port: Int) -> Bool {
        let host = Self.form(host)
        return places.contains { place in
            guard place.port == nil || place.port == port else { return false }
            guard place.isWildcard else { return place.host == host }
            return host.hasSuffix(place.host) && host != place.host && IPAddress(host) == nil
        }
    }

    private static func place(_ text: String) -> Place? {
        var (host, port) = (text[...], Int?.none)
        let isBracketed = text.hasPrefix("[")
        if let colon = text.lastIndex(of: ":"), isBracketed ? text[..<colon].last == "]" : true {
            guard let number = Int(text[text.index(after: colon)...]),
                (1...65_535).contains(number)
            else { return nil }
            (host, port) = (text[..<colon], number)
        }
        if isBracketed {
            guard host.last == "]" else { return nil }
            let inner = String(host.dropFirst().dropLast())
            guard inner.contains(":"), IPAddress(inner) != nil else { return nil }
            return Place(host: form(inner), isWildcard: false, port: port)
        }
        let isWildcard = host.hasPrefix("*.")
        if isWildcard { host = host.dropFirst(2) }
        let name = String(host)
        guard !name.contains(":"), name.utf8.count <= 253, !name.hasPrefix("."),
            AddressGuard.hasSafeForm(name), !isWildcard || IPAddress(name) == nil
        else { return nil }
        return Place(host: (isWildcard ? "." : "") + form(name), isWildcard: isWildcard, port: port)
    }

    /// The one form of a name or address; in addresses of pages IPv6 stands in brackets.
    private static func form(_ host: String) -> String {
        if host.hasPrefix("["), host.hasSuffix("]"),
            let address = IPAddress(String(host.dropFirst().dropLast()))
        {
            return address.description
        }
        if let address = IPAddress(host) { return address.description }
        let name = host.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}
