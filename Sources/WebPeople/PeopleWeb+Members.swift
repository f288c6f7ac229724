import Foundation
import Kernel
import People
import Web

extension PeopleWeb {
    struct MembersPage: Sendable {
        struct Row: Sendable {
            let id: String
            let name: String
            let email: String
            let role: String
            let hours: Int
            let roles: [Choice]
            let isMe: Bool
            let guest: Guest?
            let isFull: Bool
            let factor: String
        }

        struct Guest: Sendable {
            let words: String
            let days: Int
            let initiatives: [Choice]
            let mayWrite: Bool
            let mayApprove: Bool
        }

        struct Invited: Sendable {
            let id: String
            let email: String
            let role: String
            let until: String
        }

        struct RoleWords: Sendable {
            let role: String
            let summary: String
        }

        let root: String
        let tabs: Tabs
        let canManage: Bool
        let canMakeLinks: Bool
        let members: [Row]
        let hasInvitations: Bool
        let invitations: [Invited]
        let roles: [Choice]
        let table: [RoleWords]
        let initiatives: [Choice]
        let hasInitiatives: Bool
    }

    struct InvitedPart: Sendable {
        let email: String
        let link: String
    }

    var memberRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/members", id: "listMembers", "The members, owners first.",
            tag: "People", access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await people.members(in: call.workspace.workspace)
                    .map(MemberView.init))
        }
        let change = Endpoint(
            .put, "\(Self.base)/members/{member}", id: "changeMember",
            "Changes a member's role and hours.", tag: "People",
            access: .workspace(.manageMembers)
        ) { (call: Call<MemberInput>) in
            MemberView(
                try await people.change(
                    try call.id("member", MemberTag.self), role: call.input.role,
                    hoursPerMonth: call.input.hoursPerMonth, in: call.workspace.workspace,
                    by: call.principal))
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/members/{member}", id: "removeMember",
            "Removes a member; what they made keeps their name.", tag: "People",
            access: .workspace(.manageMembers)
        ) { (call: Call<Nothing>) in
            try await people.remove(
                try call.id("member", MemberTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let leave = Endpoint(
            .delete, "\(Self.base)/membership", id: "leaveWorkspace", "Leaves a workspace.",
            tag: "People", access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            try Self.requireWholePerson(call.request)
            try await people.remove(
                call.workspace.member, in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        return [
            list.route, change.route, remove.route, leave.route,
            change.action("/w/{workspace}/settings/members/{member}") { member, request in
                .redirect(to: "\(Self.root(request))/settings/members").toast(
                    "\(member.name) is \(member.role.rawValue).")
            },
            remove.action("/w/{workspace}/settings/members/{member}/remove") { _, request in
                .redirect(to: "\(Self.root(request))/settings/members").toast("Member removed.")
            },
            leave.action("/w/{workspace}/settings/leave") { _, request in
                .redirect(to: "/").toast("You left \(request.workspace.workspaceName).")
            },
            .page("/w/{workspace}/settings/members", .workspace(.view), membersPage),
        ]
    }

    private func membersPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace
        let members = try await people.members(in: workspace.workspace)
        let canManage = Web.Access.allows(.manageMembers, request)
        let invitations =
            canManage ? try await people.invitations(in: workspace.workspace) : []
        let grantable = Role.allCases.filter {
            $0 != .guest && (workspace.role == .owner || $0 != .owner)
        }
        let initiatives = canManage ? try await guests.choices(workspace.workspace) : []
        let page = MembersPage(
            root: Self.root(request), tabs: tabs(request, "members"), canManage: canManage,
            canMakeLinks: Web.Access.allows(.manageWorkspace, request),
            members: members.map { member in
                MembersPage.Row(
                    id: member.id.text, name: member.name, email: member.email,
                    role: member.role.rawValue, hours: member.hoursPerMonth,
                    roles: Role.allCases.filter { grantable.contains($0) || $0 == member.role }
                        .map {
                            Choice(
                                $0.rawValue, $0.rawValue.capitalized, selected: $0 == member.role)
                        },
                    isMe: member.id == workspace.member,
                    guest: member.guest.map {
                        Self.guest($0, initiatives, workspace.zone, request.now)
                    }, isFull: member.guest == nil,
                    factor: member.hasSecondFactor ? "second factor on" : "no second factor")
            },
            hasInvitations: !invitations.isEmpty,
            invitations: invitations.map {
                .init(
                    id: $0.id.text, email: $0.email, role: $0.role.rawValue,
                    until: workspace.zone.words($0.expiresAt))
            },
            roles: grantable.map {
                Choice($0.rawValue, $0.rawValue.capitalized, selected: $0 == .editor)
            },
            table: Role.allCases.map {
                .init(role: $0.rawValue.capitalized, summary: $0.summary)
            }, initiatives: initiatives, hasInitiatives: !initiatives.isEmpty)
        return try await frame.page(
            "people/members", page, title: "Members", section: .settings, for: request)
    }

    private static func guest(
        _ pass: GuestPass, _ initiatives: [Choice], _ zone: Zone, _ now: Instant
    ) -> MembersPage.Guest {
        let seen = initiatives.filter { pass.scope.initiatives.contains($0.value) }
        let may = pass.may.permissions
        let does = [
            may.contains(.write) ? "writes" : nil, may.contains(.approve) ? "approves" : nil,
        ]
        .compactMap { $0 }.joined(separator: " and ")
        let left = max(1, Int(((pass.until - now).inSeconds / 86_400).rounded(.up)))
        return MembersPage.Guest(
            words: (pass.until > now ? "Guest until " : "Was a guest until ")
                + zone.words(pass.until) + "; sees " + seen.map(\.label).joined(separator: ", ")
                + (does.isEmpty ? "" : ", \(does) there"),
            days: min(left, 365),
            initiatives: initiatives.map {
                Choice($0.value, $0.label, selected: pass.scope.initiatives.contains($0.value))
            }, mayWrite: may.contains(.write), mayApprove: may.contains(.approve))
    }

    // MARK: - Invitations

    var invitationRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/invitations", id: "listInvitations",
            "Invitations that were not answered yet.", tag: "People",
            access: .workspace(.manageMembers)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await people.invitations(in: call.workspace.workspace).map {
                    InvitationView($0)
                })
        }
        let invite = Endpoint(
            .post, "\(Self.base)/invitations", id: "invite",
            "Offers a place; the answer holds the link to send.", tag: "People",
            access: .workspace(.manageMembers)
        ) { (call: Call<InvitationInput>) in
            let made = try await people.invite(
                call.input.email, as: call.input.role, in: call.workspace.workspace,
                by: call.principal)
            return InvitationView(
                made.invitation, link: "\(call.request.origin)/invitations/\(made.secret)")
        }
        let withdraw = Endpoint(
            .delete, "\(Self.base)/invitations/{invitation}", id: "withdrawInvitation",
            "Takes an invitation back.", tag: "People", access: .workspace(.manageMembers)
        ) { (call: Call<Nothing>) in
            try await people.withdraw(
                try call.id("invitation", InvitationTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        return [
            list.route, invite.route, withdraw.route,
            invite.action("/w/{workspace}/settings/invitations") { made, _ in
                try frame.fragment(
                    "people/invited", InvitedPart(email: made.email, link: made.link ?? ""))
            },
            withdraw.action(
                "/w/{workspace}/settings/invitations/{invitation}/withdraw"
            ) { _, request in
                .redirect(to: "\(Self.root(request))/settings/members").toast(
                    "Invitation withdrawn.")
            },
        ] + acceptanceRoutes
    }

    struct InvitationPage: Sendable {
        let secret: String
        let workspace: String
        let email: String
        let role: String
        let invitedBy: String
        let isNew: Bool
        let isMine: Bool
        let needsSignIn: Bool
        let elsewhere: String?
    }

    private var acceptanceRoutes: [Route] {
        let accept = Endpoint(
            .post, "/invitations/acceptance", id: "acceptInvitation",
            "Accepts an invitation, signed in or as somebody new.", tag: "People",
            access: .anyone
        ) { (call: Call<AcceptanceInput>) in
            if let caller = call.request.caller {
                try Self.requireWholePerson(call.request)
                let workspace = try await people.accept(
                    call.input.secret, as: caller.person, from: call.request.from)
                return AcceptanceView(workspace: WorkspaceView(workspace), secret: nil)
            }
            let (person, workspace) = try await people.accept(
                call.input.secret, name: call.input.name ?? "",
                password: call.input.password ?? "", from: call.request.from)
            let begun = try await people.begin(
                person.id, agent: call.request.header("user-agent"),
                address: call.request.address, from: call.request.from)
            return AcceptanceView(workspace: WorkspaceView(workspace), secret: begun.secret)
        }
        return [
            accept.route,
            accept.action("/invitations") { accepted, _ in
                var reply = Reply.redirect(to: "/w/\(accepted.workspace.slug)")
                    .toast("Welcome to \(accepted.workspace.name).")
                if let secret = accepted.secret { reply.cookies.append(cookie.setting(secret)) }
                return reply
            },
            .page("/invitations/{secret}", .anyone) { request in
                let secret = request.parameters["secret"] ?? ""
                let (invitation, hasAccount) = try await people.invitation(secret: secret)
                let isMine = request.caller?.email == invitation.email
                let page = InvitationPage(
                    secret: secret, workspace: invitation.workspaceName,
                    email: invitation.email, role: invitation.role.rawValue,
                    invitedBy: invitation.invitedBy,
                    isNew: !hasAccount && request.caller == nil, isMine: isMine,
                    needsSignIn: hasAccount && !isMine || request.caller != nil && !isMine,
                    elsewhere: people.door?.provider.name)
                return try await frame.page(
                    "people/invitation", page, title: "Invitation", for: request)
            },
        ]
    }
}
