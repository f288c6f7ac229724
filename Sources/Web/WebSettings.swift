/// What the web floor must know about this installation.
package struct WebSettings: Sendable {
    /// `https://social.example`, as the world reaches this server; nil while only loopback does.
    package var publicURL: String?
    /// Whether a reverse proxy in front sets `X-Forwarded-For`.
    package var trustsProxy: Bool
    /// How often one caller may ask; nil when that is not bounded.
    package var requestRate: RequestRate?
    package var version: String

    package init(
        publicURL: String? = nil, trustsProxy: Bool = false, requestRate: RequestRate? = nil,
        version: String
    ) {
        self.publicURL = publicURL
        self.trustsProxy = trustsProxy
        self.requestRate = requestRate
        self.version = version
    }

    /// Whether browsers reach this server by https only.
    package var isSecure: Bool { publicURL?.hasPrefix("https://") ?? false }
}

/// A cookie that carries something for the next few minutes of a sign-in.
package struct PassingCookie: Sendable {
    private let name: String
    private let isSecure: Bool
    private static let seconds = 600

    /// A cookie for one purpose, such as `step`.
    package init(_ purpose: String, isSecure: Bool) {
        name = (isSecure ? "__Host-" : "") + "throughline-\(purpose)"
        self.isSecure = isSecure
    }

    /// The `Set-Cookie` value that carries `text`, which needs no quoting.
    package func setting(_ text: String) -> String { line(text, seconds: Self.seconds) }

    /// The `Set-Cookie` value that takes it away.
    package var clearing: String { line("", seconds: 0) }

    /// What a request carries under this name.
    package func value(in request: WebRequest) -> String? {
        Cookies.value(of: name, in: request.header("cookie"), longest: 3000)
    }

    private func line(_ text: String, seconds: Int) -> String {
        "\(name)=\(text); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }
}

/// Reads a `Cookie` header.
private enum Cookies {
    static func value(of name: String, in header: String?, longest: Int) -> String? {
        for pair in (header ?? "").split(separator: ";") {
            let halves = pair.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            if halves[0].trimmingPrefix(while: { $0 == " " }) == name {
                let value = String(halves[1])
                return value.utf8.count <= longest ? value : nil
            }
        }
        return nil
    }
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
        Cookies.value(of: name, in: header, longest: 256)
    }
}
