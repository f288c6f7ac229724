import Kernel
import Publishing
import Web

// What other slices add to the settings.

extension Pages {
    /// The workspace's choice about approvals, for its settings page.
    var approvals: @Sendable (Membership) async throws -> [Choice] {
        { membership in
            let present = try await desks.posts.approvalSetting(in: membership.workspace)
            return ApprovalSetting.allCases.map { setting in
                let words =
                    switch setting {
                    case .automatic: "As soon as there is a second member"
                    case .always: "Always"
                    case .never: "Never"
                    }
                return Choice(setting.rawValue, words, selected: setting == present)
            }
        }
    }
}
