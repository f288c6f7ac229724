import Foundation
import Kernel
import People
import Web

// A workspace leaves whole: nobody is locked in.

extension Pages {
    var exportRoutes: [Route] {
        let type = "application/jsonl"
        let answer = { @Sendable (request: WebRequest) async throws -> Reply in
            let export = try await desks.export(
                of: request.workspace.workspace, withPictures: true)
            let name = "\(request.workspace.slug).jsonl"
            // Each part is read when the one before is on its way. A failure ends the file early,
            // which its missing last line tells.
            let stream = AsyncStream { try? await export.next() }
            return Reply(
                headers: [
                    "content-type": type, "cache-control": "no-store",
                    "content-disposition": "attachment; filename=\"\(name)\"",
                ], body: .stream(stream))
        }
        return [
            .download(
                "/workspaces/{workspace}/export", id: "exportWorkspace",
                "Everything the workspace holds, as JSON lines with its pictures; the last line "
                    + "counts them.", tag: "Workspace", access: .workspace(.exportData),
                types: [type], handle: answer),
            .page("/w/{workspace}/settings/export", .workspace(.exportData), answer),
        ]
    }
}
