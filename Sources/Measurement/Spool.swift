import Dispatch
import Foundation
package import Kernel
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An append-only file of hits, written by one thread in groups.
///
/// An append is answered after `write` returned: the kernel then has the bytes, so killing this
/// process loses nothing. Only a power failure can lose the last moments. That is the trade that
/// lets a redirect answer as fast as the network does.
package final class Spool: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var answers: [@Sendable (Bool) -> Void] = []
        var isClosed = false
        var name = ""
    }

    /// Bytes after which a new file is begun, so that old ones can be removed.
    static let longestFile = 32 << 20
    /// Bytes that may wait; more than this means that the disk does not keep up.
    static let mostWaiting = 8 << 20

    package let folder: String
    private let surroundings: Surroundings
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Opens a new file in `folder`; files of earlier processes stay for the ingest to read.
    package init(folder: String, surroundings: Surroundings) throws {
        self.folder = folder
        self.surroundings = surroundings
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let thread = Thread { [self] in run() }
        thread.name = "spool"
        thread.start()
    }

    /// Appends one record and calls `answer` when the kernel has it; false when it was not kept.
    package func append(_ payload: [UInt8], _ answer: @escaping @Sendable (Bool) -> Void) {
        let frame = SpoolFrame.framed(payload)
        let kept = state.withLock { state in
            guard !state.isClosed, state.waiting.count < Self.mostWaiting else { return false }
            state.waiting += frame
            state.answers.append(answer)
            return true
        }
        if kept { bell.signal() } else { answer(false) }
    }

    /// Appends one record and returns when the kernel has it.
    package func append(_ payload: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            append(payload) { continuation.resume(returning: $0) }
        }
    }

    /// The name of the file that is being written; empty before the first record.
    package var currentFile: String { state.withLock { $0.name } }

    /// Writes what waits and ends the thread.
    package func close() {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard wasOpen else { return }
        bell.signal()
        ended.wait()
    }

    private func run() {
        var file: Int32 = -1
        var size = 0
        while true {
            bell.wait()
            let (bytes, answers, isClosed) = state.withLock { state in
                defer {
                    state.waiting.removeAll(keepingCapacity: true)
                    state.answers.removeAll(keepingCapacity: true)
                }
                return (state.waiting, state.answers, state.isClosed)
            }
            if !bytes.isEmpty {
                if file < 0 || size > Self.longestFile {
                    if file >= 0 { _ = Glibc.close(file) }
                    file = openFile()
                    size = 0
                }
                let kept = file >= 0 && Self.write(bytes, to: file)
                size += bytes.count
                for answer in answers { answer(kept) }
                if !kept, file >= 0 {
                    // What was half written is a torn tail; records go on in a new file.
                    _ = Glibc.close(file)
                    file = -1
                }
            }
            if isClosed { break }
        }
        if file >= 0 { _ = Glibc.close(file) }
        ended.signal()
    }

    private func openFile() -> Int32 {
        let time = String(surroundings.now().milliseconds)
        let name = "\(time)-\(Hex.text(surroundings.randomBytes(6))).spool"
        state.withLock { $0.name = name }
        return open(folder + "/" + name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return true }
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(file, start + done, buffer.count - done)
                if count < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                done += count
            }
            return true
        }
    }
}

/// How records lie in a spool file: length, CRC-32 and payload, so that a torn tail shows.
package enum SpoolFrame {
    /// The longest payload; anything longer in a file is damage.
    static let longest = 16_384

    /// The payload with its length and check sum in front.
    package static func framed(_ payload: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(payload.count + 8)
        out.append(UInt32(payload.count))
        out.append(CRC32.of(payload[...]))
        out += payload
        return out
    }

    /// The whole records from the start of `bytes`, and how many bytes they take.
    ///
    /// Reading stops at the first record that is cut off or damaged.
    package static func records(in bytes: [UInt8]) -> (payloads: [[UInt8]], length: Int) {
        var payloads: [[UInt8]] = []
        var offset = 0
        while bytes.count - offset >= 8 {
            let count = Int(bytes.number(UInt32.self, at: offset))
            guard count <= longest, bytes.count - offset - 8 >= count else { break }
            let payload = bytes[(offset + 8)..<(offset + 8 + count)]
            guard CRC32.of(payload) == bytes.number(UInt32.self, at: offset + 4) else { break }
            payloads.append(Array(payload))
            offset += 8 + count
        }
        return (payloads, offset)
    }
}

/// CRC-32 as in IEEE 802.3.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
        }
    }

    static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes { sum = (sum >> 8) ^ table[Int((sum ^ UInt32(byte)) & 0xFF)] }
        return ~sum
    }
}

extension [UInt8] {
    /// Appends a number, least significant byte first.
    mutating func append<Number: FixedWidthInteger>(_ number: Number) where Number: Sendable {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// The number at `offset`, least significant byte first.
    func number<Number: FixedWidthInteger>(_: Number.Type, at offset: Int) -> Number {
        var value: Number = 0
        for index in 0..<(Number.bitWidth / 8) {
            value |= Number(truncatingIfNeeded: self[offset + index]) << (8 * index)
        }
        return value
    }
}
