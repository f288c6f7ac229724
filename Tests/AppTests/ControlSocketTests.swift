import Foundation
import Kernel
import Logging
import NIOCore
import Testing

@testable import App

@Suite struct ControlSocketTests {
    @Test func `whoever reads slowly gets everything, and the exit code`() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("control-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let place = ControlPlace(folder: folder)
        let socket = ControlSocket(
            place: place,
            answer: { _, reply in
                for _ in 0..<64 { try? await reply.output(Data(repeating: 7, count: 16 << 10)) }
                return 3
            }, logger: Logger(label: "test"))
        let server = Task { try await socket.run() }
        // The server is ahead of the reader at the end by as much as it may be, each time.
        for _ in 0..<5 {
            let answer = try await Self.answer(at: place)
            #expect(answer.output == 64 * 16 << 10)
            #expect(answer.code == 3)
        }
        server.cancel()
        try await server.value
    }

    /// Asks on a socket of its own and reads a few bytes at a time until the server hangs up.
    ///
    /// It reads on a thread of its own: on one of the few that tasks share, the server and other
    /// tests might wait for it as it does for them.
    private static func answer(
        at place: ControlPlace
    ) async throws -> (output: Int, code: Int32?) {
        let descriptor = try await connect(to: place)
        defer { close(descriptor) }
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try converse(on: descriptor) })
            }
        }
    }

    private static func converse(on descriptor: Int32) throws -> (output: Int, code: Int32?) {
        let line = try JSONEncoder().encode(ControlRequest(words: [], input: "")) + Data("\n".utf8)
        #expect(line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == line.count)
        var buffer = ByteBuffer()
        var part = [UInt8](repeating: 0, count: 512)
        var output = 0
        var code: Int32?
        while true {
            let count = read(descriptor, &part, part.count)
            guard count > 0 else { return (output, code) }
            buffer.writeBytes(part[..<count])
            while let frame = try ControlFrame.read(from: &buffer) {
                switch frame {
                case .output(let data), .complaint(let data): output += data.count
                case .exit(let number): code = number
                }
            }
            buffer.discardReadBytes()
        }
    }

    private static func connect(to place: ControlPlace) async throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: place.path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        while true {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            try #require(descriptor >= 0)
            let done = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Foundation.connect(descriptor, $0, size)
                }
            }
            if done == 0 { return descriptor }
            // The server is still starting to listen.
            close(descriptor)
            await Task.yield()
        }
    }
}
