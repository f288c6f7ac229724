import Channels
import Kernel
import People
import Planning
import Publishing
import Web

extension PublishingWeb {
    var freezeRoutes: [Route] { freezing + resuming + latePolicies + deliveryPages }

    private var freezing: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/freezes", id: "listFreezes",
            "Freezes, latest first.", tag: Self.tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await freezes.all(in: call.workspace.workspace).map(FreezeAnswer.init))
        }
        let freeze = Endpoint(
            .post, "\(Self.base)/freezes", id: "freeze",
            "Stops everything due in the workspace, on a channel or of an initiative.",
            tag: Self.tag, access: .workspace(.publish)
        ) { (call: Call<FreezeInput>) in
            let made = try await freezes.freeze(
                try call.input.scope(), reason: call.input.reason ?? "",
                in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return FreezeAnswer(made)
        }
        let everything = Endpoint(
            .post, "/freezes", id: "freezeEverything",
            "Stops everything due in every workspace you publish in.", tag: Self.tag,
            access: .signedIn
        ) { (call: Call<FreezeEverythingInput>) in
            let places = try await places(call.request)
            let made = try await freezes.freeze(
                everything: places.map(\.workspace), reason: call.input.reason ?? "",
                by: call.principal)
            for place in places { live?.tell(place.workspace, "posts") }
            return Listing(items: made.map(FreezeAnswer.init))
        }
        return [
            list.route, freeze.route, everything.route,
            freeze.action("\(Self.page)/freezes") { answer, request in
                Reply.redirect(to: root(request) + "/delivery")
                    .toast("Frozen: \(answer.name ?? "everything here").")
            },
            everything.action("/freezes") { answer, _ in
                Reply.redirect(to: "/").toast(
                    "Frozen: everything in \(answer.items.count) workspace"
                        + (answer.items.count == 1 ? "." : "s."))
            },
        ]
    }

    /// The workspaces in which the caller may stop publishing.
    private func places(_ request: WebRequest) async throws -> [Membership] {
        guard let caller = request.caller else { return [] }
        let places = try await frame.memberships(of: caller.person).filter { place in
            Policy.allows(place.role, .publish) && caller.tokenAllows?(.publish) ?? true
                && (caller.tokenWorkspace ?? place.workspace) == place.workspace
        }
        guard !places.isEmpty else {
            throw Problem(
                .forbidden, code: "access.role",
                "Your role does not publish anywhere, so there is nothing you can freeze.")
        }
        return places
    }

    private var resuming: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/freezes/{freeze}", id: "getFreeze",
            "A freeze with what it has made late.", tag: Self.tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            let id = try call.id("freeze", FreezeTag.self)
            let workspace = call.workspace.workspace
            return FreezeSheetAnswer(
                freeze: FreezeAnswer(try await freezes.freeze(id, in: workspace)),
                late: try await freezes.late(id, in: workspace).map(PublicationLineAnswer.init))
        }
        let lift = Endpoint(
            .put, "\(Self.base)/freezes/{freeze}/lifting", id: "liftFreeze",
            "Ends a freeze and says what becomes of each late post.", tag: Self.tag,
            access: .workspace(.publish)
        ) { (call: Call<ResumeInput>) in
            let done = try await freezes.resume(
                try call.id("freeze", FreezeTag.self),
                try call.input.decisions(in: call.workspace.zone),
                in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return ResumeAnswer(
                freeze: FreezeAnswer(done.freeze),
                refused: done.refused.map { .init(publication: $0.key, message: $0.value.message) })
        }
        return [
            read.route, lift.route,
            lift.action("\(Self.page)/freezes/{freeze}/lifting", method: .put) { answer, request in
                let words =
                    answer.refused.first.map {
                        "Resumed, but \(answer.refused.count) could not be done: \($0.message)"
                    } ?? "Resumed: what is due from now on goes out."
                return Reply.redirect(to: root(request) + "/delivery").toast(words)
            },
        ]
    }

    private var latePolicies: [Route] {
        lateRoutes(
            "late-policy", id: "LatePolicy", "late posts", .manageWorkspace
        ) { _ in .workspace }
            + lateRoutes(
                "channels/{channel}/late-policy", id: "ChannelLatePolicy",
                "late posts on a channel", .manageChannels
            ) { .channel(try $0.id("channel", ChannelTag.self)) }
            + lateRoutes(
                "posts/{post}/late-policy", id: "PostLatePolicy", "a post when it is late", .publish
            ) { .post(try $0.id("post", PostTag.self)) }
    }

    private func lateRoutes(
        _ path: String, id: String, _ what: String, _ permission: Permission,
        _ scope: @escaping @Sendable (WebRequest) throws -> LateScope
    ) -> [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/\(path)", id: "get\(id)", "What happens to \(what).",
            tag: Self.tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            LatePolicyAnswer(
                try await posts.latePolicy(
                    try scope(call.request), in: call.workspace.workspace))
        }
        let change = Endpoint(
            .put, "\(Self.base)/\(path)", id: "change\(id)", "Chooses what happens to \(what).",
            tag: Self.tag, access: .workspace(permission)
        ) { (call: Call<LatePolicyInput>) in
            let policy = try call.input.policy()
            try await posts.setLatePolicy(
                policy, try scope(call.request), in: call.workspace.workspace, by: call.principal)
            return LatePolicyAnswer(policy)
        }
        return [
            read.route, change.route,
            change.action("\(Self.page)/\(path)") { _, request in
                let post = request.parameters["post"].map { "/posts/\($0)" }
                return Reply.redirect(to: root(request) + (post ?? "/delivery"))
                    .toast("Kept: what happens when it is late.")
            },
        ]
    }

    private var deliveryPages: [Route] {
        [
            .page("\(Self.page)/delivery", .workspace(.view), deliveryPage),
            .page("\(Self.page)/delivery/freezes/{freeze}", .workspace(.view), freezePage),
        ]
    }
}
