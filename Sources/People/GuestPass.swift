package import Kernel
import Store

/// What a guest may do, where and until when: a place in a workspace that ends by itself.
package struct GuestPass: Sendable, Hashable {
    /// The initiatives a guest sees; they belong to Planning, so their identifiers are text here.
    package struct Scope: SQLDocument, Hashable {
        package let initiatives: [String]

        package init(_ initiatives: some Sequence<String>) {
            self.initiatives = Set(initiatives).sorted()
        }
    }

    package let scope: Scope
    /// What of the guest role this guest may use.
    package let may: APIToken.Scopes
    package let until: Instant

    package init(scope: Scope, may: Set<Permission>, until: Instant) {
        self.scope = scope
        self.may = APIToken.Scopes(may)
        self.until = until
    }

    init?(row: Row) throws {
        guard let until = try row("guest_until", as: Instant?.self) else { return nil }
        self.until = until
        scope = try row("guest_scope")
        may = try row("guest_may")
    }

    /// The pass beside a member's columns; all NULL for full members.
    static let columns: SQL = """
        (SELECT until FROM guest_pass WHERE guest_pass.member_id = member.id) AS guest_until,
        (SELECT scope FROM guest_pass WHERE guest_pass.member_id = member.id) AS guest_scope,
        (SELECT may FROM guest_pass WHERE guest_pass.member_id = member.id) AS guest_may
        """

    /// The role of a member's row: a pass makes whoever has it a guest.
    static let role: SQL = """
        CASE WHEN EXISTS (SELECT 1 FROM guest_pass WHERE guest_pass.member_id = member.id)
            THEN 'guest' ELSE member.role END
        """

    /// True for full members and for guests whose time is not over.
    static func holds(at now: Instant) -> SQL {
        """
        NOT EXISTS (SELECT 1 FROM guest_pass WHERE guest_pass.member_id = member.id
            AND guest_pass.until <= \(now))
        """
    }
}

/// What a person decides about a guest.
package struct GuestPlan: Sendable, Hashable {
    /// How long a guest may be let in at once.
    package static let days = 1...365

    package var initiatives: [String]
    package var days: Int
    package var mayWrite: Bool
    package var mayApprove: Bool

    package init(
        initiatives: [String], days: Int, mayWrite: Bool = false, mayApprove: Bool = false
    ) {
        self.initiatives = initiatives
        self.days = days
        self.mayWrite = mayWrite
        self.mayApprove = mayApprove
    }

    func checked() throws(PeopleError) -> GuestPlan {
        guard (1...100).contains(Set(initiatives).count) else { throw .guestScope }
        guard Self.days.contains(days) else { throw .guestDays }
        return self
    }

    /// The permissions of the guest role that are given.
    var may: APIToken.Scopes {
        APIToken.Scopes(
            [Permission.view] + (mayWrite ? [.write] : []) + (mayApprove ? [.approve] : []))
    }
}
