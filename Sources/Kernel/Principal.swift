/// Who asks for something to be done.
///
/// The architecture's word was *Actor*; Swift has that name, so this is the security word for it.
package struct Principal: Hashable, Sendable, Codable {
    /// How the caller proved who they are.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case person
        case token
        case commandLine
        /// Whoever has an unguessable link; no account.
        case link
        case system
    }

    package var kind: Kind
    /// The person behind the request, where there is one.
    package var person: PersonID?
    /// The name shown in activity lists: `Ana Sol`, `Publisher`, `token “website”`.
    package var name: String
    /// From where, in coarse words: `Firefox on Linux, internet`; never an address.
    package var from: String?

    package init(kind: Kind, person: PersonID?, name: String, from: String? = nil) {
        self.kind = kind
        self.person = person
        self.name = name
        self.from = from
    }

    /// The program itself, under the name of the part that acts.
    package static func system(_ name: String) -> Principal {
        Principal(kind: .system, person: nil, name: name)
    }
}
