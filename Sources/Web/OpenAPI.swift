package import Foundation
import Kernel

/// What the OpenAPI document says about one operation.
struct OperationDescription: Sendable {
    let id: String
    let summary: String
    let tag: String
    let query: [QueryParameter]
    let input: Schema?
    let output: Schema?
    let status: Int
    /// The media types of an answer that is a file; empty for JSON and for none.
    var fileTypes: [String] = []

    /// Refuses unknown and ill-formed query parameters.
    func checkQuery(_ request: WebRequest) throws(Problem) {
        for (name, value) in request.query.pairs {
            guard let parameter = query.first(where: { $0.name == name }) else {
                throw .invalid(name, "There is no query parameter “\(name)” here.")
            }
            let json: JSONValue =
                switch parameter.schema {
                case .integer, .number: Double(value).map(JSONValue.number) ?? .string(value)
                case .boolean: value == "true" ? true : value == "false" ? false : .string(value)
                default: .string(value)
                }
            if let message = parameter.schema.problems(with: json).values.first {
                throw .invalid(name, "\(name): \(message)")
            }
        }
    }
}

/// The OpenAPI 3.1 description of the API, made from the routes the router uses.
package enum OpenAPI {
    /// The document as JSON.
    package static func document(
        routes: [Route], version: String, server: String = "/"
    ) throws -> Data {
        var paths: [String: [String: JSONValue]] = [:]
        var components: [String: JSONValue] = [:]
        for route in routes where route.kind == .api {
            guard let operation = route.operation else { continue }
            paths[route.path, default: [:]][route.method.lowercased()] =
                describe(route, operation, &components)
        }
        _ = render(ProblemDocument.schema, &components)
        let document: JSONValue = [
            "openapi": "3.1.0",
            "info": [
                "title": "Throughline API", "version": .string(version),
                "description": .string(introduction),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": .string(server)]],
            "security": [["token": []]],
            "paths": .object(paths.mapValues(JSONValue.object)),
            "components": [
                "schemas": .object(components),
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
            ],
        ]
        return try JSON.encode(document)
    }

    private static let introduction = """
        Everything a page can do, the API can. Send `Authorization: Bearer tl_…` with a token \
        from Settings → API tokens. Lists come in pages: pass `next` back as `cursor`. Any POST \
        of somebody signed in may carry an `Idempotency-Key`; repeats get the first answer. \
        Unknown fields are refused. Errors are `application/problem+json` with a stable `code`. A \
        caller may ask for a minute's worth of requests at once and then so many a second: the \
        headers `RateLimit-Policy` and `RateLimit` say how many (`q` in `w` seconds; `r` left, all \
        again in `t` seconds), and what is more gets 429 with `Retry-After`.
        """

    private static func describe(
        _ route: Route, _ operation: OperationDescription,
        _ components: inout [String: JSONValue]
    ) -> JSONValue {
        var parameters: [JSONValue] = []
        for part in route.path.split(separator: "/") where part.hasPrefix("{") {
            let name = String(part.dropFirst().dropLast())
            parameters.append([
                "name": .string(name), "in": "path", "required": true,
                "schema": ["type": "string"],
                "description": .string(
                    name == "workspace" ? "The workspace's short name or identifier." : ""),
            ])
        }
        for parameter in operation.query {
            parameters.append([
                "name": .string(parameter.name), "in": "query", "required": false,
                "schema": render(parameter.schema, &components),
            ])
        }
        if route.method == "POST", route.access != .anyone {
            parameters.append([
                "name": "Idempotency-Key", "in": "header", "required": false,
                "schema": ["type": "string", "minLength": 1, "maxLength": 200],
                "description": "Makes repeats of this request safe.",
            ])
        }
        var responses: [String: JSONValue] = [
            "default": [
                "description": "A problem.",
                "content": [
                    "application/problem+json": [
                        "schema": ["$ref": "#/components/schemas/Problem"]
                    ]
                ],
            ]
        ]
        responses["429"] = tooMany
        var success: [String: JSONValue] = ["description": "Done."]
        if let output = operation.output {
            success["content"] = ["application/json": ["schema": render(output, &components)]]
        }
        if !operation.fileTypes.isEmpty {
            success["content"] = .object(
                Dictionary(uniqueKeysWithValues: operation.fileTypes.map { ($0, [:]) }))
        }
        responses[String(operation.status)] = .object(success)
        var members: [String: JSONValue] = [
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "tags": [.string(operation.tag)], "parameters": .array(parameters),
            "responses": .object(responses),
        ]
        if route.access == .anyone { members["security"] = [] }
        if let input = operation.input { members["requestBody"] = body(input, &components) }
        return .object(members)
    }

    private static let tooMany: JSONValue = [
        "description": "Too many requests of this caller; ask again after `Retry-After` seconds.",
        "headers": [
            "Retry-After": ["schema": ["type": "integer"]],
            "RateLimit": ["schema": ["type": "string"]],
            "RateLimit-Policy": ["schema": ["type": "string"]],
        ],
        "content": [
            "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
        ],
    ]

    private static func body(
        _ input: Schema, _ components: inout [String: JSONValue]
    ) -> JSONValue {
        if case .string(format: "binary", _, _, _, _) = input {
            return ["required": true, "content": ["application/octet-stream": [:]]]
        }
        return [
            "required": true,
            "content": ["application/json": ["schema": render(input, &components)]],
        ]
    }

    /// The JSON Schema of a shape; named objects become components.
    static func render(
        _ schema: Schema, _ components: inout [String: JSONValue]
    ) -> JSONValue {
        var out: [String: JSONValue] = [:]
        var note: String?
        switch schema {
        case .string(let format, let shortest, let longest, let allowed, let description):
            out["type"] = "string"
            if let format { out["format"] = .string(format) }
            if shortest > 0 { out["minLength"] = .number(Double(shortest)) }
            out["maxLength"] = .number(Double(longest))
            if let allowed { out["enum"] = .array(allowed.map(JSONValue.string)) }
            note = description
        case .integer(let minimum, let maximum, let description):
            out["type"] = "integer"
            if let minimum { out["minimum"] = .number(Double(minimum)) }
            if let maximum { out["maximum"] = .number(Double(maximum)) }
            note = description
        case .number(let minimum, let maximum, let description):
            out["type"] = "number"
            if let minimum { out["minimum"] = .number(minimum) }
            if let maximum { out["maximum"] = .number(maximum) }
            note = description
        case .boolean(let description):
            out["type"] = "boolean"
            note = description
        case .array(let element, let longest, let description):
            out["type"] = "array"
            out["items"] = render(element, &components)
            out["maxItems"] = .number(Double(longest))
            note = description
        case .dictionary(let element, let description):
            out["type"] = "object"
            out["additionalProperties"] = render(element, &components)
            note = description
        case .nullable(let inner):
            return ["anyOf": [render(inner, &components), ["type": "null"]]]
        case .object(let name, let fields, let description):
            if components[name] == nil {
                components[name] = .null  // Stops a recursive shape from recursing here.
                components[name] = object(fields, &components)
            }
            let reference = JSONValue.string("#/components/schemas/\(name)")
            guard let description else { return ["$ref": reference] }
            return ["$ref": reference, "description": .string(description)]
        }
        if let note { out["description"] = .string(note) }
        return .object(out)
    }

    private static func object(
        _ fields: [Schema.Field], _ components: inout [String: JSONValue]
    ) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for field in fields {
            let shape = render(field.schema, &components)
            properties[field.name] =
                field.isRequired ? shape : ["anyOf": [shape, ["type": "null"]]]
        }
        return [
            "type": "object", "additionalProperties": false,
            "properties": .object(properties),
            "required": .array(fields.filter(\.isRequired).map { .string($0.name) }),
        ]
    }
}
