import Kernel
import People
import Web

extension PeopleWeb {
    var workspaceRoutes: [Route] {
        let list = Endpoint(
            .get, "/workspaces", id: "listWorkspaces", "The workspaces one belongs to.",
            tag: "People", access: .signedIn
        ) { (call: Call<Nothing>) in
            let places = try await people.places(of: try Self.person(call.request))
            let only = call.request.caller?.tokenWorkspace
            return Listing(
                items: places.filter { only == nil || $0.workspace == only }.map {
                    PlaceView(
                        workspace: $0.workspace, slug: $0.slug, name: $0.name, role: $0.role)
                })
        }
        let create = Endpoint(
            .post, "/workspaces", id: "createWorkspace", "Creates a workspace one owns.",
            tag: "People", access: .signedIn
        ) { (call: Call<NewWorkspace>) in
            try Self.requireWholePerson(call.request)
            return WorkspaceView(
                try await people.createWorkspace(
                    call.input.plan, owner: try Self.person(call.request),
                    needsSecondFactor: call.input.needsSecondFactor ?? asksSecondFactor,
                    by: call.principal))
        }
        return [
            list.route, create.route,
            create.action("/workspaces") { made, _ in
                .redirect(to: "/w/\(made.slug)/start/channel")
            },
            .page("/workspaces/new", .signedIn) { request in
                try await newWorkspace(request)
            },
        ] + oneWorkspaceRoutes
    }

    struct NewWorkspacePage: Sendable {
        let zones: [Choice]
        let isFirst: Bool
        let asksSecondFactor: Bool
    }

    private func newWorkspace(_ request: WebRequest) async throws -> Reply {
        let places = try await people.places(of: try Self.person(request))
        let page = NewWorkspacePage(
            zones: Self.zones(places.first?.zone ?? .utc), isFirst: places.isEmpty,
            asksSecondFactor: asksSecondFactor)
        return try await frame.page(
            "people/new-workspace", page, title: "New workspace", scripts: ["start.js"],
            for: request)
    }

    private var oneWorkspaceRoutes: [Route] {
        let read = Endpoint(
            .get, Self.base, id: "getWorkspace", "One workspace.", tag: "People",
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            WorkspaceView(try await people.workspace(call.workspace.workspace))
        }
        let change = Endpoint(
            .put, Self.base, id: "changeWorkspace",
            "Changes name, time zone and currency.", tag: "People",
            access: .workspace(.manageWorkspace)
        ) { (call: Call<WorkspaceInput>) in
            WorkspaceView(
                try await people.change(
                    call.workspace.workspace, to: call.input.plan, by: call.principal))
        }
        let delete = Endpoint(
            .post, "\(Self.base)/deletion", id: "deleteWorkspace",
            "Deletes a workspace with everything in it, for good.", tag: "People",
            access: .workspace(.manageWorkspace)
        ) { (call: Call<DeletionInput>) in
            try await people.deleteWorkspace(
                call.workspace.workspace, name: call.input.name, by: call.principal)
            return Nothing()
        }
        let closeSetup = Endpoint(
            .delete, "\(Self.base)/setup", id: "closeSetup", "Puts the set-up checklist away.",
            tag: "People", access: .workspace(.manageChannels)
        ) { (call: Call<Nothing>) in
            try await people.closeSetup(call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        return [
            read.route, change.route, delete.route, closeSetup.route,
            change.action("/w/{workspace}/settings/workspace") { _, request in
                .redirect(to: "\(Self.root(request))/settings/workspace").toast("Saved.")
            },
            delete.action("/w/{workspace}/settings/deletion") { _, request in
                .redirect(to: "/").toast("\(request.workspace.workspaceName) is deleted.")
            },
            closeSetup.action("/w/{workspace}/setup/close") { _, request in
                .redirect(to: Self.root(request)).toast("The checklist is put away.")
            },
        ]
    }

    // MARK: - Settings

    struct SettingsPage: Sendable {
        let root: String
        let tabs: Tabs
        let title: String
        let currency: String
        let isDemo: Bool
        let canChange: Bool
        let canExport: Bool
        let zones: [Choice]
        let approvals: [Choice]
        let hasApprovals: Bool
        let needsSecondFactor: Bool
        let facts: [Fact]

        struct Fact: Sendable {
            let label: String
            let value: String
        }
    }

    var settingsRoutes: [Route] {
        [
            .page("/w/{workspace}/settings", .workspace(.view)) { request in
                .redirect(to: "\(Self.root(request))/settings/workspace")
            },
            .page("/w/{workspace}/settings/workspace", .workspace(.view)) { request in
                let found = try await people.workspace(request.workspace.workspace)
                let page = SettingsPage(
                    root: Self.root(request), tabs: tabs(request, "workspace"),
                    title: found.name, currency: found.currency.code, isDemo: found.isDemo,
                    canChange: Web.Access.allows(.manageWorkspace, request),
                    canExport: Web.Access.allows(.exportData, request),
                    zones: Self.zones(found.zone),
                    approvals: try await approvals?(request.workspace) ?? [],
                    hasApprovals: approvals != nil,
                    needsSecondFactor: found.needsSecondFactor,
                    facts: [
                        .init(label: "Name", value: found.name),
                        .init(label: "Time zone", value: found.zone.name),
                        .init(label: "Currency", value: found.currency.code),
                    ])
                return try await frame.page(
                    "people/settings", page, title: "Settings", section: .settings, for: request)
            },
        ]
    }
}
