import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The system's random bytes, asked for in blocks: each post takes some fifty, ten at a time.
final class RandomPool: Sendable {
    private struct State {
        var bytes = [UInt8](repeating: 0, count: RandomPool.block)
        var used = RandomPool.block
    }

    /// As many as the system gives at once.
    private static let block = 256
    private let state = Mutex(State())

    /// Bytes that nobody was given before and nobody is given again.
    func take(_ count: Int) -> [UInt8] {
        state.withLock { state in
            var out: [UInt8] = []
            out.reserveCapacity(count)
            while out.count < count {
                if state.used == Self.block { Self.fill(&state) }
                let end = min(Self.block, state.used + count - out.count)
                for index in state.used..<end {
                    out.append(state.bytes[index])
                    // What was given is kept nowhere else.
                    state.bytes[index] = 0
                }
                state.used = end
            }
            return out
        }
    }

    private static func fill(_ state: inout State) {
        let failed = state.bytes.withUnsafeMutableBytes { getentropy($0.baseAddress, block) }
        precondition(failed == 0, "the system gives no random bytes")
        state.used = 0
    }
}
