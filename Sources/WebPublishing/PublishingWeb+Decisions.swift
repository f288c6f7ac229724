import Kernel
import People
import Publishing
import Web

extension PublishingWeb {
    var decisionRoutes: [Route] {
        let ask = Endpoint(
            .post, "\(Self.base)/posts/{post}/review", id: "askApproval",
            "Asks for approval of the post as it is.", tag: Self.tag, access: .workspace(.write)
        ) { (call: Call<Nothing>) in
            try await decided(call.request) { id, workspace, principal in
                try await posts.askApproval(id, in: workspace, by: principal)
            }
        }.guests(.subject)
        let approve = Endpoint(
            .put, "\(Self.base)/posts/{post}/approval", id: "approvePost",
            "Approves exactly the contents given.", tag: Self.tag, access: .workspace(.approve)
        ) { (call: Call<ApprovalInput>) in
            let input = call.input
            return try await decided(call.request) { id, workspace, principal in
                try await posts.approve(
                    id, seen: input.hashes, note: input.note ?? "", in: workspace, by: principal)
            }
        }.guests(.subject)
        let object = Endpoint(
            .post, "\(Self.base)/posts/{post}/objections", id: "wantChanges",
            "Sends a post back to its writer.", tag: Self.tag, access: .workspace(.approve)
        ) { (call: Call<ObjectionInput>) in
            let note = call.input.note ?? ""
            return try await decided(call.request) { id, workspace, principal in
                try await posts.wantChanges(id, note: note, in: workspace, by: principal)
            }
        }.guests(.subject)
        let settle = Endpoint(
            .put, "\(Self.base)/publications/{publication}/settlement", id: "settlePublication",
            "Says whether a doubtful or hand-published post is there.", tag: Self.tag,
            access: .workspace(.publish)
        ) { (call: Call<SettlementInput>) in
            let id = try call.id("publication", PublicationTag.self)
            let sheet = try await posts.settle(
                id, try await settlement(call.input, id, call.workspace.workspace),
                in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return PostAnswer(sheet)
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/publications/{publication}/remote", id: "removePublication",
            "Deletes a published post on its network; the post's page proves it.", tag: Self.tag,
            access: .workspace(.publish)
        ) { (call: Call<Nothing>) in
            let sheet = try await posts.removeThere(
                try call.id("publication", PublicationTag.self), in: call.workspace.workspace,
                by: call.principal)
            tell(call.request)
            return PostAnswer(sheet)
        }
        let attempts = Endpoint(
            .get, "\(Self.base)/publications/{publication}/attempts", id: "listAttempts",
            "The evidence of a publication, oldest first.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await posts.attempts(
                    of: try call.id("publication", PublicationTag.self),
                    in: call.workspace.workspace
                ).map(AttemptAnswer.init))
        }.guests(.subject)
        let back: @Sendable (PostAnswer, WebRequest, String) -> Reply = {
            answer, request, words in
            Reply.redirect(to: "\(root(request))/posts/\(answer.id)").toast(words)
        }
        return [
            ask.route, approve.route, object.route, settle.route, attempts.route, remove.route,
            remove.action("\(Self.page)/publications/{publication}/removal") {
                back($0, $1, "Being deleted.")
            },
            ask.action("\(Self.page)/posts/{post}/review") { back($0, $1, "Approval asked for.") },
            approve.action("\(Self.page)/posts/{post}/approval") { back($0, $1, "Approved.") },
            object.action("\(Self.page)/posts/{post}/objections") {
                back($0, $1, "Sent back with your note.")
            },
            settle.action("\(Self.page)/publications/{publication}/settlement") {
                back($0, $1, "Noted.")
            },
        ] + scheduleRoutes + settingRoutes
    }

    /// What the person says, with the address checked at the network where it can be asked.
    private func settlement(
        _ input: SettlementInput, _ id: PublicationID, _ workspace: WorkspaceID
    ) async throws -> PostDesk.Settlement {
        guard input.isThere else { return .absent }
        guard let address = input.address, !address.isEmpty else { return .found(address: nil) }
        switch try await addresses.verdict(on: address, for: id, in: workspace) {
        case .own(let post): return .found(address: address, post: post)
        case .unknown: return .found(address: address)
        case .notOwn: throw PublishingError.notOurPost
        }
    }

    private func decided(
        _ request: WebRequest,
        _ body: (PostID, WorkspaceID, Principal) async throws -> PostSheet
    ) async throws -> PostAnswer {
        let sheet = try await body(
            request.id("post", PostTag.self), request.workspace.workspace, request.principal)
        tell(request)
        return PostAnswer(sheet)
    }

    private var scheduleRoutes: [Route] {
        let schedule = Endpoint(
            .put, "\(Self.base)/posts/{post}/schedule", id: "schedulePost",
            "Sets the due time, or sends at once.", tag: Self.tag, access: .workspace(.publish)
        ) { (call: Call<ScheduleInput>) in
            let zone = call.input.zone ?? call.workspace.zone
            let due =
                call.input.dueLocal.map { Due($0, in: zone) } ?? Due(now: call.now, in: zone)
            let only = call.input.only
            return try await decided(call.request) { id, workspace, principal in
                try await posts.schedule(id, at: due, only: only, in: workspace, by: principal)
            }
        }
        let unschedule = Endpoint(
            .delete, "\(Self.base)/posts/{post}/schedule", id: "unschedulePost",
            "Takes a post off the calendar.", tag: Self.tag, access: .workspace(.publish)
        ) { (call: Call<Nothing>) in
            try await decided(call.request) { id, workspace, principal in
                try await posts.unschedule(id, in: workspace, by: principal)
            }
        }
        return [
            schedule.route, unschedule.route,
            schedule.action("\(Self.page)/posts/{post}/schedule") { answer, request in
                Reply.redirect(to: "\(root(request))/posts/\(answer.id)")
                    .toast(
                        request.form["dueLocal"] == nil ? "On its way." : "Scheduled.",
                        undo: request.form["dueLocal"] == nil
                            ? nil : "\(root(request))/posts/\(answer.id)/unscheduling")
            },
            unschedule.action("\(Self.page)/posts/{post}/unscheduling") { answer, request in
                Reply.redirect(to: "\(root(request))/posts/\(answer.id)")
                    .toast("Taken off the calendar.")
            },
        ]
    }

    private var settingRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/approval-setting", id: "getApprovalSetting",
            "Whether posts need an approval.", tag: Self.tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            ApprovalSettingValue(
                approval: try await posts.approvalSetting(in: call.workspace.workspace))
        }
        let change = Endpoint(
            .put, "\(Self.base)/approval-setting", id: "changeApprovalSetting",
            "Chooses whether posts need an approval.", tag: Self.tag,
            access: .workspace(.manageWorkspace)
        ) { (call: Call<ApprovalSettingValue>) in
            try await posts.setApproval(
                call.input.approval, in: call.workspace.workspace, by: call.principal)
            return call.input
        }
        return [
            read.route, change.route,
            change.action("\(Self.page)/approval-setting") { _, request in
                Reply.redirect(to: root(request) + "/settings/workspace")
                    .toast("Approvals changed.")
            },
        ]
    }
}
