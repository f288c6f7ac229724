package import Foundation
package import Kernel
import People

/// A request as handlers see it: already authenticated, authorised and bounded.
package struct WebRequest: Sendable {
    package var method: String
    package var path: String
    package var query: Form
    package var body: Data
    /// Keeps the body's share of memory taken as long as the request is worked on.
    var bodyShare: BodyShare?
    /// Values of `{name}` parts of the route's path.
    package var parameters: [String: String]
    package var caller: Caller?
    package var membership: Membership?
    package var now: Instant
    /// The peer's address; used for throttling and visitor hashes, never stored.
    package var address: String
    /// `https://social.example` or what the browser used; for absolute links.
    package var origin: String
    /// What the count of the caller's requests said; nil where they are not counted.
    var rate: CallerRates.Verdict?
    private let header: @Sendable (String) -> String?

    package init(
        method: String, path: String, query: Form, body: Data, parameters: [String: String],
        caller: Caller?, membership: Membership?, now: Instant, address: String, origin: String,
        header: @escaping @Sendable (String) -> String?
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.parameters = parameters
        self.caller = caller
        self.membership = membership
        self.now = now
        self.address = address
        self.origin = origin
        self.header = header
    }

    /// A header's value by its lower-case name.
    package func header(_ name: String) -> String? { header(name) }

    /// Whether htmx asks for a fragment.
    package var isHTMX: Bool { header("hx-request") == "true" }

    /// Whether the caller wants JSON rather than a page.
    package var wantsJSON: Bool {
        path.hasPrefix("/api/") || header("accept")?.hasPrefix("application/json") == true
    }

    /// The fields of a submitted form.
    package var form: Form { Form(String(decoding: body, as: UTF8.self)) }

    /// The workspace of a route with `Access.workspace`.
    package var workspace: Membership {
        guard let membership else {
            preconditionFailure("only routes with workspace access may ask for the workspace")
        }
        return membership
    }

    /// Who acts, for activity records.
    package var principal: Principal {
        caller?.principal
            ?? Principal(kind: .system, person: nil, name: "Visitor", from: from)
    }

    /// From where the request comes, in words that tell nobody apart: `Firefox on Linux, internet`.
    package var from: String {
        let program = caller?.token ?? BrowserName.summary(header("user-agent"))
        return "\(program), \(NetworkClass(address).rawValue)"
    }

    /// An identifier in the path; anything malformed is simply not found.
    package func id<Entity>(
        _ name: String, _ type: Entity.Type = Entity.self
    ) throws(Problem) -> ID<Entity> {
        guard let text = parameters[name], let id = ID<Entity>(text) else {
            throw .notFound(name)
        }
        return id
    }

    /// The page of a list that the query asks for: `limit` and `cursor`.
    package func pageRequest() throws(Problem) -> PageRequest {
        var limit = 50
        if let text = query["limit"] {
            guard let number = Int(text), (1...200).contains(number) else {
                throw .invalid("limit", "Give a number from 1 to 200.")
            }
            limit = number
        }
        guard let token = query["cursor"] else { return PageRequest(limit: limit) }
        guard let cursor = Cursor(token: token) else {
            throw .invalid("cursor", "Send the cursor exactly as the last page gave it.")
        }
        return PageRequest(limit: limit, after: cursor)
    }
}

/// Where an address is, as coarsely as helps: the address itself is never stored.
enum NetworkClass: String, Sendable {
    case thisMachine = "this machine"
    case localNetwork = "local network"
    case internet

    init(_ address: String) {
        let text = address.lowercased()
        let plain = text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
        let parts = plain.split(separator: ".").compactMap { UInt8($0) }
        guard parts.count == 4 else {
            let isLocal = ["fe8", "fe9", "fea", "feb", "fc", "fd"].contains { plain.hasPrefix($0) }
            self = plain == "::1" ? .thisMachine : isLocal ? .localNetwork : .internet
            return
        }
        switch (parts[0], parts[1]) {
        case (127, _): self = .thisMachine
        case (10, _), (192, 168), (172, 16...31), (169, 254), (100, 64...127): self = .localNetwork
        default: self = .internet
        }
    }
}
