import Kernel

extension Route {
    /// A read of the API under `/api/v1` that answers with a file instead of JSON.
    package static func download(
        _ path: String, id: String, _ summary: String, tag: String, access: Access,
        types: [String], handle: @escaping @Sendable (WebRequest) async throws -> Reply
    ) -> Route {
        let description = OperationDescription(
            id: id, summary: summary, tag: tag, query: [], input: nil, output: nil, status: 200,
            fileTypes: types)
        return Route(
            method: "GET", path: "/api/v1" + path, kind: .api, access: access,
            operation: description
        ) { request in
            try description.checkQuery(request)
            return try await handle(request)
        }
    }
}
