import Foundation

/// Files with known answers that lie beside the project, where they are at hand.
enum AcceptanceFile {
    static func path(_ name: String) -> String {
        let data =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return URL(filePath: "\(data)/measure/\(name)", relativeTo: root).path
    }

    static func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path(name))
    }
}
