import Foundation

/// One page of a list, with the cursor that fetches the next.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    /// Opaque text for the next page; nil on the last.
    package var next: Cursor?

    package init(items: [Item], next: Cursor?) {
        self.items = items
        self.next = next
    }

    /// The same page with each item turned into something else.
    package func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), next: next)
    }
}

/// A position in a list ordered by a sort key and then by identifier.
package struct Cursor: Hashable, Sendable {
    package var key: String
    package var id: String

    package init(key: String, id: String) {
        self.key = key
        self.id = id
    }

    /// Reads a cursor that `token` wrote; nil for anything else.
    package init?(token: String) {
        var base64 = token.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard token.utf8.count <= 1024, let data = Data(base64Encoded: base64),
            let parts = try? JSONDecoder().decode([String].self, from: data), parts.count == 2
        else { return nil }
        self.init(key: parts[0], id: parts[1])
    }

    /// URL-safe text that clients send back unread.
    package var token: String {
        let data = (try? JSONEncoder().encode([key, id])) ?? Data()
        return data.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}

/// How much of a list to fetch.
package struct PageRequest: Hashable, Sendable {
    /// Between 1 and 200.
    package let limit: Int
    package let after: Cursor?

    package init(limit: Int = 50, after: Cursor? = nil) {
        self.limit = min(200, max(1, limit))
        self.after = after
    }
}
