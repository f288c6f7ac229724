import Foundation

/// A file that an answer is written to: `--plot`, `--customers`, `--calendar`.
///
/// Make it before a long computation, which says at once when it cannot be written, and write it
/// when the answer has been printed. A file is replaced as a whole or not at all.
package struct OutputFile: Sendable {
    /// The path as it was said.
    package let path: String
    private let target: URL
    private let isPlain: Bool
    private let keepsOthers: Bool

    /// Checks that the file can be written, without touching it.
    ///
    /// With `keepsOthers` a file that is there and says something else is never replaced.
    package init(_ path: String, keepsOthers: Bool = false) throws(AnalysisError) {
        self.path = path
        self.keepsOthers = keepsOthers
        guard !path.isEmpty else {
            throw .noOutput(path: "“”", reason: "it has no name")
        }
        // A link is followed, so that what it leads to is replaced and not the link.
        target = URL(filePath: path).resolvingSymlinksInPath()
        let manager = FileManager.default
        let attributes = try? manager.attributesOfItem(atPath: target.path)
        let type = attributes?[.type] as? FileAttributeType
        isPlain = type == nil || type == .typeRegular
        if type == .typeDirectory {
            throw .noOutput(path: path, reason: "it is a folder; name a file in it")
        }
        if type != nil {
            guard manager.isWritableFile(atPath: target.path) else {
                throw .noOutput(path: path, reason: "it may not be changed")
            }
        }
        guard isPlain else { return }
        let folder = target.deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw .noOutput(path: path, reason: "there is no folder \(folder)")
        }
        guard isFolder.boolValue else {
            throw .noOutput(path: path, reason: "\(folder) is not a folder")
        }
        guard manager.isWritableFile(atPath: folder) else {
            throw .noOutput(path: path, reason: "the folder \(folder) may not be changed")
        }
    }

    /// Writes the whole text.
    package func write(_ text: String) throws(AnalysisError) {
        if keepsOthers, isPlain, let there = try? Data(contentsOf: target) {
            if there == Data(text.utf8) { return }
            throw .noOutput(
                path: path,
                reason: "it is there already and may hold results; name another file, or move it "
                    + "away")
        }
        do {
            if isPlain {
                try Data(text.utf8).write(to: target, options: .atomic)
            } else {
                // A pipe or a device cannot be replaced, only written to.
                let handle = try FileHandle(forWritingTo: target)
                try handle.write(contentsOf: Data(text.utf8))
                try handle.close()
            }
        } catch {
            throw .noOutput(path: path, reason: "there is no room, or it may not be changed")
        }
    }
}
