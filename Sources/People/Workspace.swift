package import Kernel
package import Store

/// One brand or client: its own plan, channels, people and figures.
package struct Workspace: Sendable, Hashable, RowReadable {
    /// Whether posts need somebody's approval before they are published.
    package enum Approvals: String, Sendable, Codable, CaseIterable, SQLConvertible {
        /// Needed as soon as the workspace has a second member.
        case automatic
        case required
        case off
    }

    package let id: WorkspaceID
    /// The name in addresses, such as `roastery`; never changes.
    package let slug: String
    package var name: String
    package var zone: Zone
    package var currency: Currency
    package let isDemo: Bool
    package var approvals: Approvals
    /// When the set-up checklist was put away.
    package let setupClosedAt: Instant?
    package let createdAt: Instant

    package init(row: Row) throws {
        id = try row("id")
        slug = try row("slug")
        name = try row("name")
        zone = try row("zone")
        currency = try row("currency")
        isDemo = try row("is_demo")
        approvals = try row("approvals")
        setupClosedAt = try row("setup_closed_at")
        createdAt = try row("created_at")
    }

    /// Whether a workspace with so many members publishes approved posts only.
    package func needsApproval(members: Int) -> Bool {
        switch approvals {
        case .automatic: members > 1
        case .required: true
        case .off: false
        }
    }
}

/// What a person decides about a workspace.
package struct WorkspacePlan: Sendable, Hashable {
    package var name: String
    package var zone: Zone
    package var currency: Currency
    package var approvals: Workspace.Approvals

    package init(
        name: String, zone: Zone, currency: Currency,
        approvals: Workspace.Approvals = .automatic
    ) {
        self.name = name
        self.zone = zone
        self.currency = currency
        self.approvals = approvals
    }

    func checked() throws(PeopleError) -> WorkspacePlan {
        var plan = self
        plan.name = try PersonName.checked(name, field: "name")
        return plan
    }
}

/// Names in addresses.
enum Slug {
    /// Lower-case letters and digits of `name` with dashes between words.
    static func make(_ name: String) -> String {
        let plain = name.applyingASCII.lowercased()
        var out = ""
        for character in plain {
            if character.isASCII && (character.isLetter || character.isNumber) {
                out.append(character)
            } else if !out.isEmpty && !out.hasSuffix("-") {
                out.append("-")
            }
        }
        let trimmed = out.prefix(40).trimmingSuffix { $0 == "-" }
        return trimmed.isEmpty ? "workspace" : trimmed
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(while isUnwanted: (Character) -> Bool) -> String {
        var text = String(self)
        while let last = text.last, isUnwanted(last) { text.removeLast() }
        return text
    }
}
