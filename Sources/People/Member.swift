package import Kernel
package import Store

/// A person's place in one workspace.
package struct Member: Sendable, Hashable, RowReadable {
    package let id: MemberID
    package let workspace: WorkspaceID
    package let person: PersonID
    package let name: String
    package let email: String
    package let role: Role
    /// Hours a month this member has for the work.
    package let hoursPerMonth: Int
    package let joinedAt: Instant
    /// When the member left; their name stays on what they made.
    package let removedAt: Instant?
    /// What a guest may see and do; nil for full members.
    package let guest: GuestPass?
    /// Whether sign-in asks them for a code as well.
    package let hasSecondFactor: Bool

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        person = try row("person_id")
        name = try row("name")
        email = try row("email")
        role = try row("role")
        hoursPerMonth = try row("hours_per_month")
        joinedAt = try row("created_at")
        removedAt = try row("removed_at")
        guest = try GuestPass(row: row)
        hasSecondFactor = try row("has_second_factor")
    }

    static let columns: SQL = """
        member.id, member.workspace_id, member.person_id, person.name, person.email,
        \(GuestPass.role) AS role, member.hours_per_month, member.created_at, member.removed_at,
        \(GuestPass.columns),
        EXISTS (SELECT 1 FROM second_factor WHERE second_factor.person_id = member.person_id
            AND second_factor.confirmed_at IS NOT NULL) AS has_second_factor
        """
}

extension Role: SQLConvertible {}

/// A person's place in a workspace with what a request needs to know of both.
package struct Place: Sendable, Hashable, RowReadable {
    package let workspace: WorkspaceID
    package let slug: String
    package let name: String
    package let zone: Zone
    package let currency: Currency
    package let isDemo: Bool
    package let member: MemberID
    package let role: Role
    package let memberCount: Int
    /// What a guest may see and do; nil for full members.
    package let guest: GuestPass?
    /// Whether members come in with a second factor only.
    package let needsSecondFactor: Bool

    package init(row: Row) throws {
        workspace = try row("workspace_id")
        slug = try row("slug")
        name = try row("name")
        zone = try row("zone")
        currency = try row("currency")
        isDemo = try row("is_demo")
        member = try row("id")
        role = try row("role")
        memberCount = try row("member_count")
        guest = try GuestPass(row: row)
        needsSecondFactor = try row("needs_second_factor")
    }

    static let query: SQL = """
        SELECT member.id, \(GuestPass.role) AS role, \(GuestPass.columns),
            workspace.id AS workspace_id, workspace.slug,
            workspace.name, workspace.zone, workspace.currency, workspace.is_demo,
            workspace.needs_second_factor,
            (SELECT COUNT(*) FROM member AS other WHERE other.workspace_id = workspace.id
                AND other.removed_at IS NULL) AS member_count
        FROM member JOIN workspace ON workspace.id = member.workspace_id
        WHERE member.removed_at IS NULL
        """
}

/// Marks identifiers of invitations.
package enum InvitationTag {}
package typealias InvitationID = ID<InvitationTag>

/// A place offered to somebody by e-mail address.
package struct Invitation: Sendable, Hashable, RowReadable {
    package let id: InvitationID
    package let workspace: WorkspaceID
    package let workspaceName: String
    package let email: String
    package let role: Role
    /// The role of the member's row; a guest's is made narrow by the pass.
    let stored: Role
    package let invitedBy: String
    package let createdAt: Instant
    package let expiresAt: Instant

    package init(row: Row) throws {
        id = try row("id")
        workspace = try row("workspace_id")
        workspaceName = try row("workspace_name")
        email = try row("email")
        stored = try row("role")
        role = try row("is_guest") ? .guest : stored
        invitedBy = try row("invited_by")
        createdAt = try row("created_at")
        expiresAt = try row("expires_at")
    }

    static let query: SQL = """
        SELECT invitation.id, invitation.workspace_id, workspace.name AS workspace_name,
            invitation.email, invitation.role, invitation.invited_by, invitation.created_at,
            invitation.expires_at, EXISTS (SELECT 1 FROM guest_offer
                WHERE guest_offer.invitation_id = invitation.id) AS is_guest
        FROM invitation JOIN workspace ON workspace.id = invitation.workspace_id
        """

    /// How long an invitation's link works.
    static let life: Duration = .days(7)
}
