import Foundation
import Kernel
import NIOCore

/// What a command asks of the running server: the words it was started with and its input.
package struct ControlRequest: Codable, Sendable {
    /// The version of the program that asks.
    package let version: String
    package let words: [String]
    /// What the command read from its standard input.
    package let input: String

    package init(words: [String], input: String) {
        version = Version.current
        self.words = words
        self.input = input
    }
}

/// One part of what travels over the control socket.
enum ControlFrame: Sendable {
    /// For standard output.
    case output(Data)
    /// For standard error.
    case complaint(Data)
    /// The end, with the exit code.
    case exit(Int32)

    /// More in one frame is cut into several.
    static let largest = 64 << 10

    private var parts: (kind: UInt8, payload: Data) {
        switch self {
        case .output(let data): (1, data)
        case .complaint(let data): (2, data)
        case .exit(let code): (3, Data("\(code)".utf8))
        }
    }

    func write(to buffer: inout ByteBuffer) {
        let (kind, payload) = parts
        buffer.writeInteger(kind)
        buffer.writeInteger(UInt32(payload.count))
        buffer.writeBytes(payload)
    }

    /// Takes the next whole frame; nil when more bytes are needed.
    static func read(from buffer: inout ByteBuffer) throws(Problem) -> ControlFrame? {
        guard
            let kind = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
            let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self)
        else { return nil }
        guard length <= largest else { throw broken }
        guard buffer.readableBytes >= 5 + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: 5)
        let payload = Data(buffer.readBytes(length: Int(length)) ?? [])
        switch kind {
        case 1: return .output(payload)
        case 2: return .complaint(payload)
        case 3: return .exit(Int32(String(decoding: payload, as: UTF8.self)) ?? 70)
        default: throw broken
        }
    }

    static let broken = Problem(
        .unavailable, code: "control.broken",
        "What answers on the control socket is not this program. Restart the server.")
}

/// Where the control socket of a data folder is.
///
/// The kernel takes at most 107 bytes for its name; a folder with a longer one is reached through
/// its open descriptor, which lives as long as this value.
final class ControlPlace: Sendable {
    static let name = "control.sock"
    private static let longest = 100

    let path: String
    private let descriptor: Int32

    init(folder: String) {
        let plain = folder + "/" + Self.name
        guard plain.utf8.count > Self.longest else {
            descriptor = -1
            path = plain
            return
        }
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        path = "/proc/self/fd/\(descriptor)/\(Self.name)"
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
