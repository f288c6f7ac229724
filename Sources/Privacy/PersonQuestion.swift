import Foundation
import Jobs
package import Kernel
import Store

/// Whom somebody asks about: one kind of mark and its value.
package struct PersonQuestion: Sendable, Hashable {
    /// What a person can be found by.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case email
        case member
        case name
        case handle
        case order
        case visitor
    }

    package let kind: Kind
    package let value: String

    package init(_ kind: Kind, _ value: String) throws(Problem) {
        let value = value.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !value.isEmpty, value.count <= 254 else {
            throw .invalid("value", "Say whom you mean, in at most 254 characters.")
        }
        self.kind = kind
        switch kind {
        case .email:
            guard value.contains("@") else {
                throw .invalid("value", "Give an e-mail address, such as ana@example.org.")
            }
            self.value = value.lowercased()
        case .member:
            guard let id = MemberID(value) else {
                throw .invalid("value", "Give the member's identifier, as the API lists it.")
            }
            self.value = id.text
        case .handle:
            self.value = String(value.drop { $0 == "@" }).lowercased()
        case .visitor:
            guard Int64(value) != nil else {
                throw .invalid("value", "Give the visitor's number, as an export shows it.")
            }
            self.value = value
        case .name:
            guard value.count >= 3 else {
                throw .invalid("value", "Give the whole name, at least three letters.")
            }
            self.value = value
        case .order: self.value = value
        }
    }

    var mark: PersonMark {
        switch kind {
        case .email: .email
        case .member: .member
        case .name: .name
        case .handle: .handle
        case .order: .order
        case .visitor: .visitor
        }
    }
}

/// How far a question and an erasure reach.
package enum PersonReach: Sendable, Hashable {
    /// Everything, accounts included: for the owner of the installation.
    case installation
    /// What belongs to one workspace.
    case workspace(WorkspaceID)

    var workspace: WorkspaceID? {
        if case .workspace(let id) = self { return id }
        return nil
    }
}

/// Everything by which the tables know one person.
struct PersonMarks: Sendable {
    private(set) var own: [PersonMark: Set<String>] = [:]
    /// Marks that others may share; they are replaced, and nothing is exported because of them.
    private(set) var shared: [PersonMark: Set<String>] = [:]

    subscript(_ mark: PersonMark) -> Set<String> { own[mark] ?? [] }

    /// Adds a mark and the words that follow from it; false when it was there.
    @discardableResult
    mutating func add(_ mark: PersonMark, _ value: String) -> Bool {
        guard !value.isEmpty, own[mark, default: []].insert(value).inserted else { return false }
        switch mark {
        case .email, .handle: add(.mention, value)
        // A bare short number stands in too many texts; what is recorded of it is found by subject.
        case .order:
            if value.count >= 6 || value.contains(where: \.isLetter) { add(.mention, value) }
        default: break
        }
        return true
    }

    mutating func share(_ mark: PersonMark, _ value: String) {
        shared[mark, default: []].insert(value)
    }

    /// The numbers to replace by fresh ones.
    func numbers(_ mark: PersonMark) -> [Int64] {
        self[mark].union(shared[mark] ?? []).compactMap(Int64.init).sorted()
    }

    /// What tells the person in any text.
    var mentions: [String] { Self.long(self[.mention]) }

    /// What tells the person in the texts of their own workspaces; elsewhere it is a namesake.
    var names: [String] { Self.long(self[.name]) }

    private static func long(_ words: Set<String>) -> [String] {
        words.filter { $0.count >= EventTraces.shortestMention }.sorted()
    }
}
