package import Jobs
package import Kernel
import People
package import Web

/// How the installation stands: a page and an API for its owner.
package struct OperationsWeb: Sendable {
    /// What the page asks of the rest of the program.
    package struct Source: Sendable {
        let status: @Sendable () async throws -> ServerStatus
        let failed: @Sendable () async throws -> [Job]
        let retry: @Sendable (JobID, Principal) async throws -> Void
        let forget: @Sendable (JobID, Principal) async throws -> Void

        package init(
            status: @escaping @Sendable () async throws -> ServerStatus,
            failed: @escaping @Sendable () async throws -> [Job],
            retry: @escaping @Sendable (JobID, Principal) async throws -> Void,
            forget: @escaping @Sendable (JobID, Principal) async throws -> Void
        ) {
            self.status = status
            self.failed = failed
            self.retry = retry
            self.forget = forget
        }
    }

    let source: Source
    let door: InstallationDoor
    let frame: Frame
    let tabs: @Sendable (WebRequest) -> Tabs

    package init(
        source: Source, door: InstallationDoor, frame: Frame,
        tabs: @escaping @Sendable (WebRequest) -> Tabs
    ) {
        self.source = source
        self.door = door
        self.frame = frame
        self.tabs = tabs
    }

    static let page = "/w/{workspace}/settings/server"
    private static let tag = "Server"

    package var routes: [Route] {
        let read = Endpoint(
            .get, "/server", id: "getServerStatus",
            "How the installation stands; for its owner.", tag: Self.tag, access: .signedIn
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            return try await source.status()
        }
        let failed = Endpoint(
            .get, "/server/failed-jobs", id: "listFailedJobs",
            "Jobs that failed for good, newest first, 200 at most; for the installation's owner.",
            tag: Self.tag, access: .signedIn
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            return Listing(items: try await source.failed().map(FailedJob.init))
        }
        let retry = Endpoint(
            .post, "/server/failed-jobs/{job}/retry", id: "retryFailedJob",
            "Gives a failed job a fresh set of attempts, now.", tag: Self.tag, access: .signedIn
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            try await source.retry(try call.id("job", JobTag.self), call.principal)
            return Nothing()
        }
        let forget = Endpoint(
            .delete, "/server/failed-jobs/{job}", id: "forgetFailedJob",
            "Forgets a failed job; what it was to do is not done.", tag: Self.tag,
            access: .signedIn
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            try await source.forget(try call.id("job", JobTag.self), call.principal)
            return Nothing()
        }
        return [
            read.route, failed.route, retry.route, forget.route,
            retry.action("/server/failed-jobs/{job}/retry") { _, _ in
                Reply.html("").toast("It runs again now.")
            },
            forget.action("/server/failed-jobs/{job}", method: .delete) { _, _ in
                Reply.html("").toast("Forgotten.")
            },
            .page(Self.page, .workspace(.manageWorkspace)) { try await show($0) },
            .page(Self.page + "/part", .workspace(.manageWorkspace)) { request in
                try await door.require(request)
                return try frame.fragment("operations/server-part", try await view(request))
            },
        ]
    }

    private func show(_ request: WebRequest) async throws -> Reply {
        try await door.require(request)
        let root = "/w/\(request.workspace.slug)"
        return try await frame.page(
            "operations/server",
            ServerPage(
                tabs: tabs(request), part: "\(root)/settings/server/part",
                now: try await view(request)),
            title: "Server", section: .settings, for: request)
    }

    private func view(_ request: WebRequest) async throws -> ServerView {
        ServerView(
            try await source.status(), try await source.failed(), zone: request.workspace.zone)
    }
}
