import Testing

@testable import People

struct PolicyTests {
    /// The table as the members page explains it, written out a second time.
    static let allowed: [Role: Set<Permission>] = [
        .owner: [
            .view, .editStrategy, .editPlan, .write, .approve, .publish, .engage, .recordResults,
            .review, .manageChannels, .manageMembers, .manageWorkspace, .exportData,
        ],
        .manager: [
            .view, .editStrategy, .editPlan, .write, .approve, .publish, .engage, .recordResults,
            .review, .manageChannels, .manageMembers, .exportData,
        ],
        .editor: [.view, .editPlan, .write, .publish, .engage, .recordResults, .review],
        .approver: [.view, .approve, .engage, .review],
        .viewer: [.view], .guest: [.view, .write, .approve],
    ]

    @Test(arguments: Role.allCases)
    func `gives each role exactly its permissions`(role: Role) {
        let given = Set(Permission.allCases.filter { Policy.allows(role, $0) })
        #expect(given == Self.allowed[role])
    }
}
