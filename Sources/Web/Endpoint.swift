package import Foundation
package import Kernel

/// A use of the program as the API offers it; pages perform the same value.
///
///     let create = Endpoint(
///         .post, "/workspaces/{workspace}/objectives", id: "createObjective",
///         "Creates an objective.", tag: "Strategy", access: .workspace(.editStrategy)
///     ) { (call: Call<ObjectiveInput>) in
///         ObjectiveView(try await desk.create(call.input.value(), in: call.workspace.workspace,
///             by: call.principal))
///     }
package struct Endpoint<Input: APIValue, Output: APIValue>: Sendable {
    package let id: String
    package let access: Access
    private let method: Method
    private let path: String
    private let description: OperationDescription
    private let bodyLimit: Int
    private let perform: @Sendable (Call<Input>) async throws -> Output
    /// What guests may ask of it, over the API and by pages.
    private var guests: GuestRule?

    /// The same endpoint, open to guests under a rule.
    package func guests(_ rule: GuestRule) -> Endpoint {
        var endpoint = self
        endpoint.guests = rule
        return endpoint
    }

    /// Declares an endpoint under `/api/v1`.
    package init(
        _ method: Method, _ path: String, id: String, _ summary: String, tag: String,
        access: Access, query: [QueryParameter] = [], bodyLimit: Int = 1 << 20,
        perform: @escaping @Sendable (Call<Input>) async throws -> Output
    ) {
        self.method = method
        self.path = "/api/v1" + path
        self.id = id
        self.access = access
        self.bodyLimit = bodyLimit
        self.perform = perform
        let hasInput = Input.self != Nothing.self
        let hasOutput = Output.self != Nothing.self
        description = OperationDescription(
            id: id, summary: summary, tag: tag, query: query,
            input: hasInput ? Input.schema : nil, output: hasOutput ? Output.schema : nil,
            status: hasOutput ? (method == .post ? 201 : 200) : 204)
    }

    /// The API route.
    package var route: Route {
        Route(
            method: method.rawValue, path: path, kind: .api, access: access, bodyLimit: bodyLimit,
            operation: description
        ) { request in
            try description.checkQuery(request)
            let input = try Self.jsonInput(request)
            return try await answer(Call(input: input, request: request))
        }.guests(guests)
    }

    /// The page's way to perform this: a form sent to `path`, then `then` answers the browser.
    ///
    /// Bad input comes back as a problem that the page's script shows at the fields, so nothing
    /// a person typed is lost.
    package func action(
        _ path: String, method: Method = .post,
        then: @escaping @Sendable (Output, WebRequest) async throws -> Reply
    ) -> Route {
        Route(
            method: method.rawValue, path: path, kind: .action(performs: id), access: access,
            bodyLimit: bodyLimit
        ) { request in
            let isJSON = request.header("content-type")?.hasPrefix("application/json") ?? false
            let input =
                isJSON || Input.self == Upload.self
                ? try Self.jsonInput(request)
                : try Self.checked(request.form.json(Input.schema))
            return try await then(try await perform(Call(input: input, request: request)), request)
        }.guests(guests)
    }

    private func answer(_ call: Call<Input>) async throws -> Reply {
        let output = try await perform(call)
        guard description.output != nil else { return Reply(status: 204) }
        return .json(try JSON.encode(output), status: description.status)
    }

    private static func jsonInput(_ request: WebRequest) throws -> Input {
        let type = request.header("content-type") ?? ""
        if let file = Upload(data: request.body, contentType: type) as? Input { return file }
        if let nothing = Nothing() as? Input {
            guard request.body.isEmpty || request.body == Data("{}".utf8) else {
                throw Problem(
                    .invalid, code: "invalid-input", "This request takes no body. Leave it out.")
            }
            return nothing
        }
        guard let value = JSONValue(request.body) else {
            throw Problem(
                .invalid, code: "invalid-json",
                "The body is not JSON. Send a JSON object with Content-Type: application/json.")
        }
        return try checked(value)
    }

    private static func checked(_ value: JSONValue) throws -> Input {
        let problems = Input.schema.problems(with: value)
        guard problems.isEmpty else {
            let first = problems.sorted { $0.key < $1.key }.first
            let place = first.map { $0.key.isEmpty ? "" : "\($0.key): " } ?? ""
            throw Problem(
                .invalid, code: "invalid-input", place + (first?.value ?? ""), fields: problems)
        }
        do {
            return try JSON.decode(Input.self, from: try JSON.encode(value))
        } catch {
            throw Problem(
                .invalid, code: "invalid-input",
                "A value in the body is out of range. Compare it with the description at /docs.")
        }
    }
}

/// A file sent as the whole body, for endpoints that take one.
package struct Upload: APIValue {
    package let data: Data
    /// What the sender says it is; the receiver checks the bytes.
    package let contentType: String

    package init(data: Data, contentType: String) {
        self.data = data
        self.contentType = contentType
    }

    package static let schema = Schema.string(format: "binary", maxLength: 1 << 30)
}

/// The HTTP methods that endpoints use.
package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
}

/// One use of an endpoint: its checked input and the request around it.
package struct Call<Input: APIValue>: Sendable {
    package let input: Input
    package let request: WebRequest

    package init(input: Input, request: WebRequest) {
        self.input = input
        self.request = request
    }

    package var workspace: Membership { request.workspace }
    package var principal: Principal { request.principal }
    package var now: Instant { request.now }

    /// The identifier in a part of the path.
    package func id<Entity>(
        _ name: String, _ type: Entity.Type = Entity.self
    ) throws(Problem) -> ID<Entity> {
        try request.id(name, type)
    }
}

/// One parameter of a query string.
package struct QueryParameter: Sendable {
    package let name: String
    package let schema: Schema

    package init(_ name: String, _ schema: Schema) {
        self.name = name
        self.schema = schema
    }

    /// The two parameters of every list.
    package static let paging: [QueryParameter] = [
        QueryParameter("limit", .integer(minimum: 1, maximum: 200, description: "Default 50.")),
        QueryParameter("cursor", .string(maxLength: 1024, description: "`next` of the last page.")),
    ]
}
