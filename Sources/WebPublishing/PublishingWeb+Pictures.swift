import Foundation
import Kernel
import People
import Publishing
import Web

extension PublishingWeb {
    var pictureRoutes: [Route] {
        let add = Endpoint(
            .post, "\(Self.base)/pictures", id: "addPicture",
            "Keeps a picture: the file is the body, its name in X-File-Name.", tag: Self.tag,
            access: .workspace(.write), bodyLimit: PictureStore.largest + 1
        ) { (call: Call<Upload>) in
            let name = call.request.header("x-file-name")?.removingPercentEncoding ?? "picture"
            return PictureAnswer(
                try await pictures.add(
                    call.input.data, fileName: name, in: call.workspace.workspace,
                    by: call.principal))
        }.guests(.own)
        let read = { @Sendable (request: WebRequest) async throws -> Reply in
            let (picture, data) = try await pictures.read(
                request.id("picture", PictureTag.self), in: request.workspace.workspace)
            return .file(
                data, type: picture.contentType, cache: "private, max-age=86400, immutable")
        }
        return [
            add.route,
            Route.download(
                "\(Self.base)/pictures/{picture}", id: "readPicture",
                "A picture as it was kept: without the camera's notes.", tag: Self.tag,
                access: .workspace(.view),
                types: ["image/jpeg", "image/png", "image/webp", "image/gif"], handle: read
            ).guests(.subject),
            add.action("\(Self.page)/pictures") { answer, request in
                try frame.fragment(
                    "publishing/picture",
                    PictureView(
                        root: root(request), id: answer.id.text, altText: "",
                        name: answer.fileName,
                        index: request.query["index"].flatMap { Int($0) } ?? 0))
            },
            Route.page("\(Self.page)/pictures/{picture}", .workspace(.view), read).guests(.subject),
        ]
    }
}

/// A picture in the composer.
struct PictureView: Sendable {
    let root: String
    let id: String
    let altText: String
    let name: String
    let index: Int
}
