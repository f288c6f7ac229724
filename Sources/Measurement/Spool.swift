import Dispatch
import Foundation
package import Kernel
import Synchronization

/// An append-only file of hits, written by one thread in groups.
///
/// An append is answered after `write` returned: the kernel then has the bytes, so killing this
/// process loses nothing. The disk confirms them within a second; only a power failure before that
/// can lose them. That is the trade that lets a redirect answer as fast as the network does.
///
/// When the disk fails, hits go to a new file, because what a sync refused may be gone although the
/// next one succeeds; until a sync succeeds, each is answered as kept only after its own.
package final class Spool: Sendable {
    private struct Answer {
        /// Where its record ends in the group.
        let end: Int
        let tell: @Sendable (Bool) -> Void
    }

    private struct State {
        var waiting: [UInt8] = []
        var answers: [Answer] = []
        var isClosed = false
        var name = ""
        var health = SpoolHealth()
    }

    /// The file that is written, for the thread of the spool only.
    private struct OpenFile {
        var number: Int32 = -1
        var path = ""
        var size = 0
        var syncedAt = ContinuousClock.now
    }

    /// Bytes after which a new file is begun, so that old ones can be removed.
    static let longestFile = 32 << 20
    /// Bytes that may wait; more than this means that the disk does not keep up.
    static let mostWaiting = 8 << 20
    package let folder: String
    private let surroundings: Surroundings
    private let disk: SpoolDisk
    /// Seconds until the disk is to confirm, and between looks at a broken one.
    private let pause: Double
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Opens a new file in `folder`; files of earlier processes stay for the ingest to read.
    package convenience init(folder: String, surroundings: Surroundings) throws {
        try self.init(folder: folder, surroundings: surroundings, disk: SpoolDisk())
    }

    init(
        folder: String, surroundings: Surroundings, disk: SpoolDisk, pause: Double = 1
    ) throws {
        self.folder = folder
        self.surroundings = surroundings
        self.disk = disk
        self.pause = pause
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let thread = Thread { [self] in run() }
        thread.name = "spool"
        thread.start()
    }

    /// Appends one record and calls `answer` when the kernel has it; false when it was not kept.
    package func append(_ payload: [UInt8], _ answer: @escaping @Sendable (Bool) -> Void) {
        let frame = SpoolFrame.framed(payload)
        let (kept, isFirst) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            guard state.waiting.count < Self.mostWaiting else {
                state.health.overflowed()
                return (false, false)
            }
            let isFirst = state.answers.isEmpty
            state.waiting += frame
            state.answers.append(Answer(end: state.waiting.count, tell: answer))
            return (true, isFirst)
        }
        // The thread takes all that waits at once, so whoever comes after the first need not ring.
        if isFirst { bell.signal() }
        if !kept { answer(false) }
    }

    /// Appends one record and returns when the kernel has it.
    package func append(_ payload: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            append(payload) { continuation.resume(returning: $0) }
        }
    }

    /// The name of the file that is being written; empty before the first record.
    package var currentFile: String { state.withLock { $0.name } }

    /// How well hits are being kept.
    package var health: SpoolHealth { state.withLock { $0.health } }

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
        var file = OpenFile()
        while true {
            let health = self.health
            let isWoken: Bool
            if health.isCareful || health.hasUnsynced {
                isWoken = bell.wait(timeout: .now() + pause) == .success
            } else {
                bell.wait()
                isWoken = true
            }
            var (bytes, answers, isClosed) = state.withLock { state in
                defer {
                    state.waiting.removeAll(keepingCapacity: true)
                    state.answers.removeAll(keepingCapacity: true)
                }
                return (state.waiting, state.answers, state.isClosed)
            }
            // A record without content tries the disk; whoever reads the file passes over it.
            if !isWoken, health.isCareful, bytes.isEmpty { bytes = SpoolFrame.framed([]) }
            if !bytes.isEmpty { keep(&bytes, &answers, in: &file) }
            let isDue = file.syncedAt.duration(to: .now) >= .seconds(pause)
            if self.health.hasUnsynced, isDue || isClosed { confirm(&file) }
            if isClosed { break }
        }
        leave(&file)
        ended.signal()
    }

    private func keep(_ bytes: inout [UInt8], _ answers: inout [Answer], in file: inout OpenFile) {
        if file.number < 0 || file.size > Self.longestFile { begin(&file) }
        let done = file.number < 0 ? 0 : write(bytes, to: file.number)
        file.size += done
        let kept = answers.count { $0.end <= done }
        let isWhole = done == bytes.count
        let isCareful = health.isCareful
        // While the disk is suspect, only what it confirmed counts as kept.
        let isConfirmed = !isCareful || (done > 0 && disk.sync(file.number))
        state.withLock { state in
            if isConfirmed {
                state.health.wrote(
                    kept: kept, lost: answers.count - kept, isWhole: isWhole)
                if isCareful, isWhole { state.health.synced() }
            } else if done > 0 {
                state.health.failedToSync(lost: answers.count)
            } else {
                state.health.wrote(kept: 0, lost: answers.count, isWhole: false)
            }
        }
        for answer in answers { answer.tell(isConfirmed && answer.end <= done) }
        if !isConfirmed, done > 0 {
            disk.remove(file.path)
            leave(&file)
        } else if !isWhole, file.size > 0 {
            // What was half written is a torn tail; records go on in a new file.
            leave(&file)
        }
    }

    /// Lets the disk confirm what was answered already.
    private func confirm(_ file: inout OpenFile) {
        file.syncedAt = .now
        let isGood = file.number >= 0 && disk.sync(file.number)
        state.withLock { state in
            if isGood { state.health.synced() } else { state.health.failedToSync(lost: 0) }
        }
        if !isGood { leave(&file) }
    }

    private func begin(_ file: inout OpenFile) {
        if health.hasUnsynced { confirm(&file) }
        leave(&file)
        let time = String(surroundings.now().milliseconds)
        let name = "\(time)-\(Hex.text(surroundings.randomBytes(6))).spool"
        state.withLock { $0.name = name }
        file.path = folder + "/" + name
        file.number = disk.open(file.path)
        file.size = 0
    }

    private func leave(_ file: inout OpenFile) {
        if file.number >= 0 { disk.close(file.number) }
        file.number = -1
    }

    /// Writes as much as the disk takes; how many bytes that was.
    private func write(_ bytes: [UInt8], to file: Int32) -> Int {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = disk.write(file, UnsafeRawBufferPointer(rebasing: buffer[done...]))
                guard count > 0 else { break }
                done += count
            }
            return done
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
