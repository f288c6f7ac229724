package import Kernel
package import Store

/// One brand or client: its own plan, channels, people and figures.
package struct Workspace: Sendable, Hashable, RowReadable {
    package let id: WorkspaceID
    /// The name in addresses, such as `roastery`; never changes.
    package let slug: String
    package var name: String
    package var zone: Zone
    package var currency: Currency
    package let isDemo: Bool
    /// Whether members come in with a second factor only.
    package let needsSecondFactor: Bool
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
        needsSecondFactor = try row("needs_second_factor")
        setupClosedAt = try row("setup_closed_at")
        createdAt = try row("created_at")
    }
}

/// What a person decides about a workspace.
package struct WorkspacePlan: Sendable, Hashable {
    package var name: String
    package var zone: Zone
    package var currency: Currency

    package init(name: String, zone: Zone, currency: Currency) {
        self.name = name
        self.zone = zone
        self.currency = currency
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
