import Kernel

/// One thing the program answers over HTTP; router, policy, tests and OpenAPI all read this value.
package struct Route: Sendable {
    /// Who asks for it, and how.
    package enum Kind: Sendable, Hashable {
        /// JSON under `/api/v1`.
        case api
        /// An HTML page, or a fragment of one.
        case page
        /// A change asked for by a page; names the endpoint that does the same over the API.
        case action(performs: String)
        /// Anything else: assets, health, feeds, callbacks of networks.
        case machine
    }

    package let method: String
    /// The path with `{name}` parts, such as `/w/{workspace}/plan`.
    package let path: String
    package let kind: Kind
    package let access: Access
    /// The longest body, in bytes.
    package let bodyLimit: Int
    /// How the OpenAPI document describes an API route.
    let operation: OperationDescription?
    let handle: @Sendable (WebRequest) async throws -> Reply
    /// What guests may ask of it; nil when it is closed to them.
    package private(set) var guests: GuestRule?

    /// The same route, open to guests under a rule.
    package func guests(_ rule: GuestRule?) -> Route {
        var route = self
        route.guests = rule
        return route
    }

    init(
        method: String, path: String, kind: Kind, access: Access, bodyLimit: Int = 1 << 20,
        operation: OperationDescription? = nil,
        handle: @escaping @Sendable (WebRequest) async throws -> Reply
    ) {
        if case .workspace = access {
            precondition(path.contains("{workspace}"), "\(path) must name the workspace")
        }
        self.method = method
        self.path = path
        self.kind = kind
        self.access = access
        self.bodyLimit = bodyLimit
        self.operation = operation
        self.handle = handle
    }

    /// A page that is read.
    package static func page(
        _ path: String, _ access: Access,
        _ handle: @escaping @Sendable (WebRequest) async throws -> Reply
    ) -> Route {
        Route(method: "GET", path: path, kind: .page, access: access, handle: handle)
    }

    /// Something that is neither page nor API.
    package static func machine(
        _ method: String, _ path: String, _ access: Access = .anyone, bodyLimit: Int = 1 << 20,
        _ handle: @escaping @Sendable (WebRequest) async throws -> Reply
    ) -> Route {
        Route(
            method: method, path: path, kind: .machine, access: access, bodyLimit: bodyLimit,
            handle: handle)
    }
}
