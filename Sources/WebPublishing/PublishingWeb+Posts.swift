import Channels
import Kernel
import Networks
import People
import Planning
import Publishing
import Web

extension PublishingWeb {
    var postRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/posts", id: "createPost", "Starts a post.", tag: Self.tag,
            access: .workspace(.write)
        ) { (call: Call<PostInput>) in
            let sheet = try await posts.create(
                call.input.draft, in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return PostAnswer(sheet)
        }.guests(.writes)
        let save = Endpoint(
            .put, "\(Self.base)/posts/{post}", id: "savePost",
            "Replaces the content; a changed variant loses its approval.", tag: Self.tag,
            access: .workspace(.write)
        ) { (call: Call<PostInput>) in
            let sheet = try await posts.save(
                try call.id("post", PostTag.self), call.input.draft,
                revision: call.input.revision, in: call.workspace.workspace, by: call.principal)
            tell(call.request)
            return PostAnswer(sheet)
        }.guests(.writes)
        let read = Endpoint(
            .get, "\(Self.base)/posts/{post}", id: "getPost", "One post with all its variants.",
            tag: Self.tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            PostAnswer(
                try await posts.sheet(
                    try call.id("post", PostTag.self), in: call.workspace.workspace))
        }.guests(.subject)
        let list = Endpoint(
            .get, "\(Self.base)/publications", id: "listPublications",
            "Publications, newest first.", tag: Self.tag, access: .workspace(.view),
            query: QueryParameter.paging + Self.filters
        ) { (call: Call<Nothing>) in
            let page = try await posts.list(
                Self.filter(call.request), in: call.workspace.workspace,
                try call.request.pageRequest())
            return Listing(page.map(PublicationLineAnswer.init))
        }.guests(.query)
        return [
            create.route, save.route, read.route, list.route,
            create.action("\(Self.page)/posts") { answer, request in
                await afterCreate(answer, request)
            },
            save.action("\(Self.page)/posts/{post}") { answer, request in
                try await follow(answer, request)
            },
            .page("\(Self.page)/posts", .workspace(.view)) { try await listPage($0) },
            .page("\(Self.page)/posts/table.csv", .workspace(.view)) { request in
                try await listFile(request)
            },
            Route.page("\(Self.page)/posts/new", .workspace(.write)) {
                try await composer($0, nil)
            }.guests(.query),
            Route.page("\(Self.page)/posts/{post}/edit", .workspace(.write)) { request in
                try await composer(
                    request,
                    try await posts.sheet(
                        request.id("post", PostTag.self), in: request.workspace.workspace))
            }.guests(.subject),
            Route.page("\(Self.page)/posts/{post}", .workspace(.view)) {
                try await postPage($0)
            }.guests(.subject),
            .page("\(Self.page)/posts/{post}/evidence", .workspace(.view)) {
                try await evidencePage($0)
            },
        ] + lifeRoutes + previewRoutes
    }

    static let filters: [QueryParameter] = [
        QueryParameter("state", .oneOf(Delivery.State.self)),
        QueryParameter("channel", .id()), QueryParameter("item", .id()),
        QueryParameter("origin", .oneOf(Post.Origin.self)),
        QueryParameter("q", .string(maxLength: 200, description: "Words in title or text.")),
    ]

    static func filter(_ request: WebRequest) -> PublicationFilter {
        PublicationFilter(
            states: Set(request.query.all("state").compactMap(Delivery.State.init)),
            channel: request.query["channel"].flatMap { ChannelID($0) },
            item: request.query["item"].flatMap { ItemID($0) },
            search: String((request.query["q"] ?? "").prefix(200)),
            origin: request.query["origin"].flatMap(Post.Origin.init))
    }

    private var lifeRoutes: [Route] {
        let delete = Endpoint(
            .delete, "\(Self.base)/posts/{post}", id: "deletePost",
            "Puts a post away; it can be restored.", tag: Self.tag, access: .workspace(.write)
        ) { (call: Call<Nothing>) in
            try await posts.delete(
                try call.id("post", PostTag.self), in: call.workspace.workspace,
                by: call.principal)
            tell(call.request)
            return Nothing()
        }
        let restore = Endpoint(
            .post, "\(Self.base)/posts/{post}/restoration", id: "restorePost",
            "Takes a deletion back.", tag: Self.tag, access: .workspace(.write)
        ) { (call: Call<Nothing>) in
            let sheet = try await posts.restore(
                try call.id("post", PostTag.self), in: call.workspace.workspace,
                by: call.principal)
            tell(call.request)
            return PostAnswer(sheet)
        }
        let copy = Endpoint(
            .post, "\(Self.base)/posts/{post}/copies", id: "duplicatePost",
            "A fresh draft with the same content.", tag: Self.tag, access: .workspace(.write)
        ) { (call: Call<Nothing>) in
            PostAnswer(
                try await posts.duplicate(
                    try call.id("post", PostTag.self), in: call.workspace.workspace,
                    by: call.principal))
        }
        return [
            delete.route, restore.route, copy.route,
            delete.action("\(Self.page)/posts/{post}", method: .delete) { _, request in
                let id = request.parameters["post"] ?? ""
                return Reply.redirect(to: root(request) + "/posts")
                    .toast("Post deleted.", undo: "\(root(request))/posts/\(id)/restoration")
            },
            restore.action("\(Self.page)/posts/{post}/restoration") { answer, request in
                .redirect(to: "\(root(request))/posts/\(answer.id)")
            },
            copy.action("\(Self.page)/posts/{post}/copies") { answer, request in
                Reply.redirect(to: "\(root(request))/posts/\(answer.id)/edit")
                    .toast("Copied. This is the new draft.")
            },
        ]
    }

    /// A post that exists by now is never made twice because its scheduling was refused.
    private func afterCreate(_ answer: PostAnswer, _ request: WebRequest) async -> Reply {
        do {
            return try await follow(answer, request)
        } catch {
            return Reply.redirect(to: "\(root(request))/posts/\(answer.id)/edit")
                .toast("Saved as a draft. " + Problem.presenting(error).message)
        }
    }

    /// What the pressed button asks for after saving.
    private func follow(_ answer: PostAnswer, _ request: WebRequest) async throws -> Reply {
        let form = request.form
        let path = "\(root(request))/posts/\(answer.id)"
        let workspace = request.workspace.workspace
        switch form["then"] {
        case "review":
            _ = try await posts.askApproval(answer.id, in: workspace, by: request.principal)
            tell(request)
            return Reply.redirect(to: path).toast("Approval asked for.")
        case "schedule", "now":
            guard Web.Access.allows(.publish, request) else {
                throw Problem(
                    .forbidden, code: "access.role", "Your role does not schedule posts.")
            }
            let zone = form["zone"].flatMap { Zone($0) } ?? request.workspace.zone
            var due = Due(now: request.now, in: zone)
            if form["then"] == "schedule" {
                guard let local = form["dueLocal"].flatMap({ LocalTime($0) }) else {
                    throw Problem.invalid("dueLocal", "Choose a day and a time.")
                }
                due = Due(local, in: zone)
            }
            _ = try await posts.schedule(answer.id, at: due, in: workspace, by: request.principal)
            tell(request)
            let words =
                form["then"] == "now"
                ? "On its way."
                : "Scheduled for \(Words.moment(due.local)). "
                    + (due.clockChange ?? "")
            return Reply.redirect(to: path)
                .toast(
                    words,
                    undo: form["then"] == "now"
                        ? nil : "\(path)/unscheduling")
        default:
            return Reply.redirect(to: "\(path)/edit").toast("Saved.")
        }
    }
}
