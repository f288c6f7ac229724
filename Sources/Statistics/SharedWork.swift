import Foundation

/// Work that several cores share, with results in order.
package enum SharedWork {
    /// `body` of each number below `count`; each core takes the next one that is free.
    package static func map<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
    ) async throws -> [Value] {
        let width = max(1, min(count, ProcessInfo.processInfo.activeProcessorCount))
        var results: [Value?] = Array(repeating: nil, count: count)
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var next = 0
            func add() {
                guard next < count else { return }
                let index = next
                next += 1
                group.addTask { (index, try body(index)) }
            }
            for _ in 0..<width { add() }
            while let (index, value) = try await group.next() {
                results[index] = value
                try Task.checkCancellation()
                add()
            }
        }
        return results.compactMap { $0 }
    }
}
