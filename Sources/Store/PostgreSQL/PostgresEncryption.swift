import CPostgres

#if canImport(Glibc)
    import Glibc
#endif

/// Whether a line to PostgreSQL has to be encrypted although its address does not say so.
enum PostgresEncryption {
    /// The `sslmode` for an address that names none: `require` when it leads to another machine.
    ///
    /// By itself libpq goes on in the clear when the server does not encrypt. What an address does
    /// not say libpq takes from a service file, then from the environment: `beside` is what these
    /// say. A service that the address names, or that alone says where to, speaks for itself.
    static func impliedMode(of address: String, beside: [String: String]) -> String? {
        let parts = parts(of: address)
        let said = { (part: String) in parts[part] ?? beside[part] ?? "" }
        guard said("sslmode").isEmpty, parts["service", default: ""].isEmpty else { return nil }
        let saysWhere = parts["host"] != nil || parts["hostaddr"] != nil
        guard saysWhere || said("service").isEmpty else { return nil }
        let hosts = list(said("host"))
        let addresses = list(said("hostaddr"))
        // libpq connects to the address where there is one, and takes the name otherwise.
        let places = (0..<max(hosts.count, addresses.count)).map { place in
            let address = place < addresses.count ? addresses[place] : ""
            return address.isEmpty && place < hosts.count ? hosts[place] : address
        }
        return places.allSatisfy(isHere) ? nil : "require"
    }

    /// What `PGSERVICE` and the other variables say by libpq's own reading, without its own
    /// defaults.
    static func said(in environment: [String: String]) -> [String: String] {
        guard let first = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(first) }
        return values(first) { option, value in
            let variable = option.envvar.flatMap { environment[String(cString: $0)] }
            return variable != nil || value != option.compiled.map { String(cString: $0) }
        }
    }

    /// What to do about a server that does not encrypt; nil when that was not the reason.
    static func advice(on reason: String, implied mode: String?) -> String? {
        guard mode != nil, reason.contains("does not support SSL") else { return nil }
        return """
            connections to another machine are encrypted. Turn TLS on there and end the address \
            with ?sslmode=verify-full, or with ?sslmode=disable where you trust the whole network \
            in between
            """
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Whether a host is this machine: a socket's folder, loopback, or none at all.
    private static func isHere(_ host: String) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return true }
        if host.lowercased() == "localhost" { return true }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &bytes) == 1 { return bytes[0] == 127 }
        guard inet_pton(AF_INET6, host, &bytes) == 1 else { return false }
        return bytes == [UInt8](repeating: 0, count: 15) + [1]
    }

    /// What an address says, by libpq's own reading; nothing when libpq cannot read it either.
    private static func parts(of address: String) -> [String: String] {
        guard let first = PQconninfoParse(address, nil) else { return [:] }
        defer { PQconninfoFree(first) }
        return values(first) { _, _ in true }
    }

    private static func values(
        _ first: UnsafeMutablePointer<PQconninfoOption>,
        where counts: (PQconninfoOption, String) -> Bool
    ) -> [String: String] {
        var values: [String: String] = [:]
        var option = first
        while let name = option.pointee.keyword {
            if let value = option.pointee.val.map({ String(cString: $0) }),
                counts(option.pointee, value)
            {
                values[String(cString: name)] = value
            }
            option += 1
        }
        return values
    }
}
