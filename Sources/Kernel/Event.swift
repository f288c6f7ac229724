package import Foundation

/// Something that happened, told to other slices and kept as the activity of its subject.
///
/// Events are written in the same transaction as the change they describe.
package struct Event: Sendable {
    /// `slice.fact` in the past tense: `publishing.published`.
    package var name: String
    package var workspace: WorkspaceID
    /// What it happened to, as `kind:identifier`: `publication:0190…`.
    package var subject: String
    /// One plain sentence for the activity list: “Scheduled for Tue 24 Nov, 09:00”.
    package var summary: String
    /// Facts for subscribers: a JSON object.
    package var payload: Data
    package var principal: Principal
    /// The fields that are different now, each with what stood there before.
    package var changes: [Change]

    package init(
        _ name: String, workspace: WorkspaceID, subject: String, summary: String,
        payload: some Encodable & Sendable = NoPayload(), changes: [Change] = [],
        by principal: Principal
    ) throws {
        self.name = name
        self.workspace = workspace
        self.subject = subject
        self.summary = summary
        self.payload = try JSON.encode(payload)
        self.principal = principal
        self.changes = changes
    }
}

/// One field of something before and after a change.
package struct Change: Codable, Sendable, Hashable {
    package let field: String
    /// Nil when there was nothing.
    package let before: String?
    /// Nil when there is nothing any more.
    package let after: String?

    package init(_ field: String, before: String?, after: String?) {
        self.field = field
        self.before = before
        self.after = after
    }
}

extension WorkspaceID {
    /// Stands for no workspace: accounts, sign-ins and settings of the whole installation.
    package static let installation = WorkspaceID(
        unchecked: "00000000-0000-0000-0000-000000000000")
}

/// An empty JSON object.
package struct NoPayload: Codable, Sendable {
    package init() {}
}

/// JSON with this program's conventions: sorted keys, no escaped slashes.
package enum JSON {
    package static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// The encoded value as text.
    package static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }

    /// Reads a value that `text` or `encode` wrote.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from data: Data
    ) throws -> Value {
        try JSONDecoder().decode(type, from: data)
    }

    /// Reads a value that `text` or `encode` wrote.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from text: String
    ) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
