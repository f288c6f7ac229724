import Foundation

/// The mail server that takes our messages: `smtps://name:password@mail.example` and alike.
package struct MailRelay: Sendable, Hashable, CustomStringConvertible {
    /// When the connection is encrypted.
    package enum Encryption: Sendable, Hashable {
        /// From the first byte (`smtps://`).
        case always
        /// After STARTTLS, without which nothing goes on (`smtp://`).
        case upgraded
        /// Never (`smtp://…?tls=never`): for a relay next to us, without a password.
        case never
    }

    package let host: String
    package let port: Int
    package let encryption: Encryption
    /// A file with the certificates to trust instead of the system's.
    package let certificates: String?
    let name: String?
    let password: String?

    /// Reads `smtp://` or `smtps://` with name and password percent-encoded.
    package init(_ url: String) throws(MailError) {
        let isPlain = url.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") }
        guard isPlain, let parts = URLComponents(string: url), let scheme = parts.scheme,
            ["smtp", "smtps"].contains(scheme.lowercased()),
            let host = parts.host.flatMap(Self.host),
            parts.percentEncodedPath.isEmpty || parts.percentEncodedPath == "/",
            parts.percentEncodedFragment == nil
        else {
            throw .badServer(
                "Write the mail server as smtps://name:password@mail.example or "
                    + "smtp://name:password@mail.example:587.")
        }
        let isAlways = scheme.lowercased() == "smtps"
        var encryption = isAlways ? Encryption.always : .upgraded
        var certificates: String?
        for item in parts.queryItems ?? [] {
            switch (item.name, item.value) {
            case ("tls", "never"?) where !isAlways: encryption = .never
            case ("ca", let file?) where !file.isEmpty: certificates = file
            default:
                throw .badServer("“\(item.name)” is no option of a mail server: use tls or ca.")
            }
        }
        self.host = host
        port = parts.port ?? (isAlways ? 465 : 587)
        self.encryption = encryption
        self.certificates = certificates
        name = parts.user
        password = parts.password
        guard (1...65_535).contains(port) else { throw .badServer("The port is 1 to 65535.") }
        guard (name == nil) == (password == nil), name?.isEmpty != true else {
            throw .badServer("Give both a name and a password for the mail server, or neither.")
        }
        let secrets = (name ?? "") + (password ?? "")
        guard secrets.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw .badServer("Name and password of the mail server hold a control character.")
        }
    }

    /// The host as it is looked up: a name, or an address, which stands in brackets if it is IPv6.
    private static func host(_ written: String) -> String? {
        if written.hasPrefix("["), written.hasSuffix("]") {
            let address = written.dropFirst().dropLast().lowercased()
            return address.contains(":") && IPAddress(address) != nil ? address : nil
        }
        let isName = written.utf8.allSatisfy {
            MailAddress.isLetterOrDigit($0) || "-._".utf8.contains($0)
        }
        return isName && written.utf8.contains(where: MailAddress.isLetterOrDigit)
            ? written.lowercased() : nil
    }

    /// `mail.example:587`; never the password.
    package var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Whether the operator wrote a place in their own network, which is permission enough.
    var isWrittenAsPrivate: Bool {
        if let literal = IPAddress(host) { return !literal.isPublic }
        return AddressGuard.isLocalName(host)
    }
}

/// An e-mail address with the name people read.
package struct MailAddress: Sendable, Hashable {
    package let name: String
    /// ASCII, without anything that could end a header or a command.
    package let address: String

    /// Takes `ana@example.org`; letters outside ASCII are refused, since not all servers take them.
    package init(name: String = "", _ address: String) throws(MailError) {
        let halves = address.split(separator: "@", omittingEmptySubsequences: false)
        guard address.utf8.count <= 254, halves.count == 2, (1...64).contains(halves[0].utf8.count),
            !halves[1].isEmpty, halves[0].utf8.allSatisfy(Self.isAtom),
            halves[1].utf8.allSatisfy({ Self.isLetterOrDigit($0) || $0 == 45 || $0 == 46 }),
            halves.allSatisfy({ !$0.hasPrefix(".") && !$0.hasSuffix(".") && !$0.contains("..") })
        else { throw .badAddress }
        self.name = name
        self.address = address
    }

    /// Reads `Throughline <posts@example.org>` or only the address.
    package static func read(_ text: String) throws(MailError) -> MailAddress {
        let plain = text.trimmingCharacters(in: .whitespaces)
        guard plain.hasSuffix(">"), let open = plain.lastIndex(of: "<") else {
            return try MailAddress(plain)
        }
        let name = plain[..<open].trimmingCharacters(in: .whitespaces)
            .trimmingCharacters(in: ["\""])
        return try MailAddress(
            name: name, String(plain[plain.index(after: open)...].dropLast()))
    }

    /// The part after the `@`.
    var domain: Substring { address.split(separator: "@").last ?? "localhost" }

    fileprivate static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || ".!#$%&'*+/=?^_`{|}~-".utf8.contains(byte)
    }
}
