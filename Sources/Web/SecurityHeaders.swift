/// The headers that make browsers strict, on every answer.
package enum SecurityHeaders {
    static let policy = [
        "default-src 'none'", "object-src 'none'", "script-src 'self'", "style-src 'self'",
        "img-src 'self' data: blob:", "media-src 'self' blob:", "font-src 'self'",
        "connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
        "manifest-src 'self'",
    ].joined(separator: "; ")

    /// Pages whose address is a secret: it goes to no other page, and into no cache or search.
    private static let secretPages = [
        "/approve/", "/hand/", "/invitations/", "/password/", "/welcome/", "/channels/callback/",
        "/sign-in/openid/callback",
    ]
    /// The policy of answers that are no page: nothing is loaded, and nobody shows them in a frame.
    package static let barePolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    /// Two years of https only, for this host and what is below it.
    package static let httpsOnly = "max-age=63072000; includeSubDomains"

    static func add(to reply: inout Reply, path: String, isSecure: Bool) {
        if secretPages.contains(where: path.hasPrefix) {
            reply.headers["referrer-policy"] = "no-referrer"
            reply.headers["cache-control"] = "no-store"
            reply.headers["x-robots-tag"] = "noindex"
        }
        let defaults = [
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
            "x-frame-options": "DENY",
        ]
        reply.headers.merge(defaults) { set, _ in set }
        if isSecure { reply.headers["strict-transport-security"] = httpsOnly }
    }
}
