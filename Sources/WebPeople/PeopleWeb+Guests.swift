package import Kernel
import People
package import Web

/// What other slices tell the pages of people about initiatives and what belongs to them.
package struct GuestNeighbours: Sendable {
    /// A post under an item.
    package struct Post: Sendable {
        let title: String
        let href: String
        let chip: Chip

        package init(title: String, href: String, chip: Chip) {
            self.title = title
            self.href = href
            self.chip = chip
        }
    }

    /// An item of an initiative with its posts.
    package struct Line: Sendable {
        let title: String
        let href: String
        let detail: String
        let posts: [Post]
        /// Where a guest begins a post for the item; nil for those who may not write.
        let write: String?

        package init(
            title: String, href: String, detail: String, posts: [Post], write: String?
        ) {
            self.title = title
            self.href = href
            self.detail = detail
            self.posts = posts
            self.write = write
        }
    }

    /// One initiative as a guest sees it.
    package struct Sheet: Sendable {
        let title: String
        let href: String
        let figures: [String]
        let lines: [Line]
        let isEmpty: Bool

        package init(title: String, href: String, figures: [String], lines: [Line]) {
            self.title = title
            self.href = href
            self.figures = figures
            self.lines = lines
            isEmpty = lines.isEmpty
        }
    }

    /// The initiatives of a workspace to choose from.
    var choices: @Sendable (WorkspaceID) async throws -> [Choice]
    /// What stands on a guest's home page.
    var sheets: @Sendable (WebRequest) async throws -> [Sheet]

    package init(
        choices: @escaping @Sendable (WorkspaceID) async throws -> [Choice],
        sheets: @escaping @Sendable (WebRequest) async throws -> [Sheet]
    ) {
        self.choices = choices
        self.sheets = sheets
    }
}

extension PeopleWeb {
    struct GuestHome: Sendable {
        let workspace: String
        let until: String
        let sheets: [GuestNeighbours.Sheet]
    }

    var guestRoutes: [Route] {
        let invite = Endpoint(
            .post, "\(Self.base)/guest-invitations", id: "inviteGuest",
            "Offers a guest a place for some days; the answer holds the link to send.",
            tag: "People", access: .workspace(.manageMembers)
        ) { (call: Call<GuestInput>) in
            let plan = try await self.plan(call.input.guest, call.workspace.workspace)
            let made = try await people.inviteGuest(
                call.input.email, plan, in: call.workspace.workspace, by: call.principal)
            return InvitationView(
                made.invitation, link: "\(call.request.origin)/invitations/\(made.secret)")
        }
        let change = Endpoint(
            .put, "\(Self.base)/members/{member}/guest", id: "changeGuest",
            "Changes what a guest sees and may, and counts the days anew.", tag: "People",
            access: .workspace(.manageMembers)
        ) { (call: Call<GuestPlanInput>) in
            let plan = try await self.plan(call.input, call.workspace.workspace)
            return MemberView(
                try await people.changeGuest(
                    try call.id("member", MemberTag.self), plan, in: call.workspace.workspace,
                    by: call.principal))
        }
        return [
            invite.route, change.route,
            invite.action("/w/{workspace}/settings/guest-invitations") { made, _ in
                try frame.fragment(
                    "people/invited", InvitedPart(email: made.email, link: made.link ?? ""))
            },
            change.action("/w/{workspace}/settings/members/{member}/guest") { member, request in
                .redirect(to: "\(Self.root(request))/settings/members").toast(
                    "\(member.name) is a guest until the new day.")
            },
        ]
    }

    /// The plan with initiatives that are the workspace's own.
    private func plan(
        _ input: GuestPlanInput, _ workspace: WorkspaceID
    ) async throws -> GuestPlan {
        let known = Set(try await guests.choices(workspace).map(\.value))
        guard input.initiatives.allSatisfy({ known.contains($0.text) }) else {
            throw Problem.invalid("initiatives", "Choose initiatives of this workspace.")
        }
        return GuestPlan(
            initiatives: input.initiatives.map(\.text), days: input.days,
            mayWrite: input.mayWrite, mayApprove: input.mayApprove)
    }

    func guestHome(_ request: WebRequest, _ pass: GuestPass) async throws -> Reply {
        let page = GuestHome(
            workspace: request.workspace.workspaceName,
            until: request.workspace.zone.words(pass.until),
            sheets: try await guests.sheets(request))
        return try await frame.page(
            "people/guest-home", page, title: "Home", section: .home, for: request)
    }
}

/// Marks identifiers of initiatives, which belong to Planning.
enum GuestInitiativeTag {}

/// What a guest sees and may, and for how long.
struct GuestPlanInput: APIValue {
    let initiatives: [ID<GuestInitiativeTag>]
    let days: Int
    let mayWrite: Bool
    let mayApprove: Bool

    static let fields: [Schema.Field] = [
        .required("initiatives", .array(of: .id("An initiative."), maxCount: 100)),
        .required("days", .integer(minimum: 1, maximum: 365)),
        .required("mayWrite", .boolean(description: "Write posts for the items.")),
        .required("mayApprove", .boolean(description: "Approve posts of the items.")),
    ]
    static let schema = Schema.object("GuestPlanInput", fields)
}

/// Whom to invite as a guest.
struct GuestInput: APIValue {
    let email: String
    let initiatives: [ID<GuestInitiativeTag>]
    let days: Int
    let mayWrite: Bool
    let mayApprove: Bool

    var guest: GuestPlanInput {
        GuestPlanInput(
            initiatives: initiatives, days: days, mayWrite: mayWrite, mayApprove: mayApprove)
    }

    static let schema = Schema.object(
        "GuestInput", [.required("email", .email())] + GuestPlanInput.fields)
}
