package import Foundation
import Kernel
import Logging
import Store
import Web

/// Whether styles, scripts and templates are in this binary.
enum EmbeddedFiles {
    static var isEmpty: Bool { Assets.embedded.isEmpty }
}

extension Program {
    /// The API's description, made from the same routes the server uses.
    package static func openAPI() async throws -> Data {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent(
                "throughline-openapi-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = try ServerSettings(
            .init(dataFolder: folder.path), environment: [:])
        let program = try await open(settings, logger: Logger(label: "openapi"))
        let document = try OpenAPI.document(
            routes: try program.site().routes, version: Version.current)
        await program.close()
        return document
    }
}
