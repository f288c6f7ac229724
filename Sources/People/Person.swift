package import Kernel
package import Store

/// Somebody who can be a member of workspaces.
package struct Person: Sendable, Hashable, RowReadable {
    package let id: PersonID
    /// Lower case.
    package let email: String
    package let name: String
    package let createdAt: Instant

    package init(row: Row) throws {
        id = try row("id")
        email = try row("email")
        name = try row("name")
        createdAt = try row("created_at")
    }

    /// The person as the one who acts.
    package var principal: Principal { Principal(kind: .person, person: id, name: name) }
}

/// The e-mail address a person signs in with.
enum EmailAddress {
    /// The address in the one form in which it is stored; the domain and the name in lower case.
    static func checked(_ text: String) throws(PeopleError) -> String {
        let email = text.trimmed.lowercased()
        let halves = email.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = email.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 }
        guard email.utf8.count <= 254, halves.count == 2, isPlain,
            (1...64).contains(halves[0].utf8.count),
            halves[1].contains(".") || halves[1] == "localhost",
            !halves[1].hasPrefix("."), !halves[1].hasSuffix("."), !halves[1].contains("..")
        else { throw .email }
        return email
    }
}

/// Names of people, workspaces and tokens.
enum PersonName {
    static func checked(
        _ text: String, field: String, longest: Int = 120
    ) throws(PeopleError) -> String {
        let name = text.trimmed
        let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        guard (1...longest).contains(name.unicodeScalars.count), isPlain else {
            throw .name(field: field, longest: longest)
        }
        return name
    }
}
