import Foundation
import Synchronization

/// Makes pictures smaller with libvips' command line tools, where they are installed.
package struct PictureFitter: Sendable {
    /// The path of `vipsthumbnail`; nil when there is none.
    let tool: String?

    /// Looks for the tool in the usual places.
    package static func find() -> PictureFitter {
        let places = ["/usr/bin/vipsthumbnail", "/usr/local/bin/vipsthumbnail"]
        return PictureFitter(tool: places.first(where: FileManager.default.isExecutableFile))
    }

    package init(tool: String?) { self.tool = tool }

    /// Says that pictures stay as they are, and what to install; nil when the tool is there.
    package var whyNot: String? {
        tool == nil
            ? "Pictures are sent as they are: install libvips-tools to have them fitted and turned. "
                + "Until then a note of how it lies stays in a turned picture." : nil
    }

    /// A failure to make a picture smaller.
    struct Failed: Error {}

    /// A JPEG copy within the limits, with ever smaller sides until it is light enough.
    func fit(
        _ data: Data, _ limits: PictureStore.Limits, side longest: Int
    ) async throws -> Data {
        var side = longest
        for quality in [88, 80, 72, 64] {
            let copy = try await run(
                data, side: side, output: "out.jpg[Q=\(quality),strip,background=255]")
            if copy.count <= limits.bytes ?? .max { return copy }
            side = max(1, side * 3 / 4)
        }
        throw Failed()
    }

    /// The same picture with its pixels turned as its EXIF data says.
    func turned(_ data: Data, _ contentType: String) async throws -> Data {
        let name = "out." + PictureProbe.fileExtension(contentType)
        return try await run(data, side: 16_384, output: name + "[Q=92,strip]")
    }

    private func run(_ data: Data, side: Int, output: String) async throws -> Data {
        guard let tool else { throw Failed() }
        return try await withCheckedThrowingContinuation { continuation in
            // Image work has a thread of its own; the cooperative pool is for what is quick.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try Self.work(tool, data, side: side, output: output) })
            }
        }
    }

    private static let turns = Mutex<Int>(0)

    private static func work(
        _ tool: String, _ data: Data, side: Int, output: String
    ) throws -> Data {
        let number = turns.withLock { count in
            count += 1
            return count
        }
        let folder =
            NSTemporaryDirectory()
            + "throughline-fit-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try data.write(to: URL(fileURLWithPath: folder + "/in"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ["VIPS_CONCURRENCY": "1", "PATH": "/usr/bin:/bin"]
        process.arguments = [
            folder + "/in", "--size", "\(side)x\(side)>", "-o", folder + "/" + output,
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let done = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in done.signal() }
        try process.run()
        // A picture that takes longer is a trap, not a picture.
        guard done.wait(timeout: .now() + 20) == .success else {
            process.terminate()
            throw Failed()
        }
        let name = output.prefix { $0 != "[" }
        guard process.terminationStatus == 0,
            let out = FileManager.default.contents(atPath: folder + "/" + name)
        else { throw Failed() }
        return out
    }
}
