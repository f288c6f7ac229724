/// What the web floor must know about this installation.
package struct WebSettings: Sendable {
    /// `https://social.example`, as the world reaches this server; nil while only loopback does.
    package var publicURL: String?
    /// Whether a reverse proxy in front sets `X-Forwarded-For`.
    package var trustsProxy: Bool
    package var version: String

    package init(publicURL: String? = nil, trustsProxy: Bool = false, version: String) {
        self.publicURL = publicURL
        self.trustsProxy = trustsProxy
        self.version = version
    }

    /// Whether browsers reach this server by https only.
    package var isSecure: Bool { publicURL?.hasPrefix("https://") ?? false }
}

/// The cookie that carries a browser's session secret.
package struct SessionCookie: Sendable {
    private let isSecure: Bool

    package init(isSecure: Bool) { self.isSecure = isSecure }

    /// With https the `__Host-` prefix stops subdomains and plain http from setting it.
    package var name: String { isSecure ? "__Host-throughline" : "throughline" }

    /// The `Set-Cookie` value that signs a browser in.
    package func setting(_ secret: String, days: Int = 30) -> String {
        "\(name)=\(secret); Path=/; Max-Age=\(days * 86_400); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }

    /// The `Set-Cookie` value that signs a browser out.
    package var clearing: String {
        "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }

    /// The secret in a request's `Cookie` header.
    func secret(in header: String?) -> String? {
        guard let header else { return nil }
        for pair in header.split(separator: ";") {
            let halves = pair.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            if halves[0].trimmingPrefix(while: { $0 == " " }) == name {
                let value = String(halves[1])
                return value.utf8.count <= 256 ? value : nil
            }
        }
        return nil
    }
}
