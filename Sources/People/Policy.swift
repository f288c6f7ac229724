/// What a member of a workspace is.
package enum Role: String, Sendable, Codable, CaseIterable {
    case owner
    case manager
    case editor
    case approver
    case viewer
    /// Sees chosen initiatives for a time; what of them a guest may do, the pass says.
    case guest
}

/// Something a role may or may not do in a workspace.
package enum Permission: String, Sendable, Codable, CaseIterable {
    case view
    case editStrategy
    case editPlan
    case write
    case approve
    case publish
    case engage
    case recordResults
    case review
    case manageChannels
    case manageMembers
    case manageWorkspace
    case exportData
}

/// The one table of who may do what, for pages, the API and the command line alike.
package enum Policy {
    private static let table: [Role: Set<Permission>] = [
        .owner: Set(Permission.allCases),
        .manager: Set(Permission.allCases).subtracting([.manageWorkspace]),
        .editor: [.view, .editPlan, .write, .publish, .engage, .recordResults, .review],
        .approver: [.view, .approve, .engage, .review],
        .viewer: [.view],
        .guest: [.view, .write, .approve],
    ]

    /// Whether members with this role may do this.
    package static func allows(_ role: Role, _ permission: Permission) -> Bool {
        table[role]?.contains(permission) ?? false
    }
}

/// Groups of permissions that a token is given at once.
package enum TokenAccess: String, Sendable, Codable, CaseIterable {
    case read
    case write
    case all

    /// What the group holds, as far as the role allows it.
    package func permissions(for role: Role) -> Set<Permission> {
        let wanted: Set<Permission> =
            switch self {
            case .read: [.view]
            case .write:
                [.view, .editStrategy, .editPlan, .write, .engage, .recordResults, .review]
            case .all: Set(Permission.allCases)
            }
        return wanted.filter { Policy.allows(role, $0) }
    }
}

extension Role {
    /// What the role may do, in one sentence for the members page.
    package var summary: String {
        switch self {
        case .owner: "Everything, including members, money and deleting the workspace."
        case .manager: "Everything but the workspace's own settings."
        case .editor: "Plans, writes, schedules, answers and records results."
        case .approver: "Reads everything, approves posts and takes part in reviews."
        case .viewer: "Reads everything and changes nothing."
        case .guest: "Sees chosen initiatives until a day; writes or approves there when allowed."
        }
    }
}
