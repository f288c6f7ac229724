import Foundation
package import Kernel
import Synchronization

/// How the practice network misbehaves on purpose, so that delivery can be tried against the worst.
///
/// Written as `ledger=FILE,ignore-keys,seed=7,rate=0.3` or `script=dropAfter+none+noID`.
package struct PracticeRehearsal: Sendable {
    /// Whether idempotency keys count for nothing, as on some real servers.
    package var ignoresKeys = false
    package var ledger: PracticeLedger?
    package var faults: FaultPlan?

    /// Reads the setting; it is meant for tests, so anything unknown is refused.
    package init(_ text: String) throws(Problem) {
        var seed: UInt64 = 0
        var rate = 0.0
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            switch (pair[0], pair.count == 2 ? pair[1] : nil) {
            case ("ignore-keys", nil): ignoresKeys = true
            case ("ledger", let path?):
                guard let opened = PracticeLedger(path: path) else {
                    throw Self.wrong("the ledger \(path) cannot be written")
                }
                ledger = opened
            case ("seed", let value?): seed = UInt64(value) ?? 0
            case ("rate", let value?): rate = min(1, max(0, Double(value) ?? 0))
            case ("script", let value?):
                let names = value.split(separator: "+").map(String.init)
                let steps = names.compactMap(PracticeFault.init)
                guard steps.count == names.count else {
                    throw Self.wrong("no such fault in \(value)")
                }
                faults = FaultPlan(script: steps)
            default: throw Self.wrong("\(part) is unknown")
            }
        }
        if rate > 0 { faults = FaultPlan(seed: seed, rate: rate) }
    }

    private static func wrong(_ what: String) -> Problem {
        Problem(.invalid, code: "config.practice", "THROUGHLINE_PRACTICE: \(what).")
    }
}

/// What goes wrong with one call.
package enum PracticeFault: String, Sendable, CaseIterable {
    case none
    /// The connection ends when the head has come.
    case dropBefore
    /// The connection ends when the whole request has come, before anything is done with it.
    case dropUnread
    /// The same with a reset.
    case reset
    /// Done, then the connection ends without an answer.
    case dropAfter
    case resetAfter
    /// Done, then our half of the connection is closed.
    case halfClose
    /// Done, and half of the answer.
    case truncated
    /// Done at once, answered late.
    case slow
    /// Done late.
    case late
    /// 429 with `Retry-After`.
    case tooMany
    /// 503 before anything is done.
    case unavailable
    /// Done, then 500.
    case brokenAfter
    /// 200, with an error for a body, and nothing done.
    case errorBody
    /// Done, and an answer without an identifier.
    case noID
    /// Done, then refused as a duplicate of itself.
    case duplicate
    /// 401: the token is no longer accepted.
    case unauthorized

    /// What a call that changes nothing can suffer.
    static let ofReads: [PracticeFault] = [.dropBefore, .reset, .unavailable, .truncated, .slow]
    /// What a post can suffer without a person being needed afterwards.
    static let ofPosts: [PracticeFault] = allCases.filter { ![.none, .unauthorized].contains($0) }
}

/// Decides what goes wrong next: by a script, or by chance from a seed.
package final class FaultPlan: Sendable {
    private struct State {
        var script: [PracticeFault]
        var generator: SeededGenerator
    }

    private let state: Mutex<State>
    private let rate: Double

    package init(script: [PracticeFault]) {
        state = Mutex(State(script: script.reversed(), generator: SeededGenerator(seed: 0)))
        rate = 0
    }

    package init(seed: UInt64, rate: Double) {
        state = Mutex(State(script: [], generator: SeededGenerator(seed: seed)))
        self.rate = rate
    }

    /// The fault of the next call; a script is about posts only.
    package func next(isPost: Bool) -> PracticeFault {
        state.withLock { state in
            if isPost, let step = state.script.popLast() { return step }
            guard rate > 0, Double.random(in: 0..<1, using: &state.generator) < rate else {
                return .none
            }
            let choice = isPost ? PracticeFault.ofPosts : PracticeFault.ofReads
            return choice.randomElement(using: &state.generator) ?? .none
        }
    }
}

/// Every post the network has ever taken, appended to a file that outlives what is tested.
package final class PracticeLedger: Sendable {
    private let descriptor: Int32
    private let turn = Mutex(())

    init?(path: String) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func note(_ card: PracticeCard) {
        let line = Data("\(card.post.id)\t\(card.post.text.replacing("\n", with: " "))\n".utf8)
        turn.withLock { _ in
            line.withUnsafeBytes { _ = write(descriptor, $0.baseAddress, $0.count) }
        }
    }
}
