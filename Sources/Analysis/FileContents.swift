import Foundation

/// The bytes of files that people name, and what is wrong with those that hold no table.
enum FileContents {
    /// Reads a file; folders and devices, which would never end, are refused.
    static func read(_ path: String) throws(AnalysisError) -> Data {
        let url = URL(filePath: path)
        let type =
            (try? FileManager.default.attributesOfItem(
                atPath: url.resolvingSymlinksInPath().path))?[.type] as? FileAttributeType
        switch type {
        case .typeDirectory?: throw .noFile(path: path, reason: "it is a folder; name a file in it")
        case .typeCharacterSpecial?, .typeBlockSpecial?, .typeSocket?:
            throw .noFile(path: path, reason: "it is a device, not a file")
        default: break
        }
        do {
            return try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw .noFile(path: path, reason: "there is no such file, or it may not be read")
        }
    }

    /// Refuses bytes that are no text in UTF-8, and says what they look like.
    static func check(_ bytes: [UInt8], name: String) throws(AnalysisError) {
        let known: [([UInt8], String)] = [
            ([0x1F, 0x8B], "it is compressed (gzip); unpack it first"),
            ([0x50, 0x4B, 0x03, 0x04], "it is a spreadsheet or a zip archive; save it as CSV"),
            ([0x28, 0xB5, 0x2F, 0xFD], "it is compressed (zstd); unpack it first"),
            ([0x50, 0x41, 0x52, 0x31], "it is a Parquet file; save it as CSV"),
            ([0xFF, 0xFE], "it is written in UTF-16; save it in UTF-8"),
            ([0xFE, 0xFF], "it is written in UTF-16; save it in UTF-8"),
        ]
        guard !bytes.isEmpty else {
            throw .noFile(path: name, reason: "it is empty; its first row must name the columns")
        }
        for (mark, reason) in known where bytes.starts(with: mark) {
            throw .noFile(path: name, reason: reason)
        }
        guard !bytes.contains(0) else {
            throw .noFile(
                path: name,
                reason: "it holds bytes that are no text (NUL); save it as CSV in UTF-8")
        }
        guard bytes.isUTF8 else {
            throw .noFile(path: name, reason: "it is not written in UTF-8; save it so")
        }
    }
}
