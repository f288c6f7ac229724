import Foundation
import Kernel
import Synchronization

/// Cuts the process off at a chosen crossing, for `throughline chaos`.
///
/// Written as `kill=37,pace=0.02`: the process kills itself at its 37th crossing, and waits are a
/// fiftieth of what they are otherwise. `kill=afterCall@2+afterCommit@1` waits for the second
/// answered call, and then for the next commit.
final class Interruption: Sendable {
    /// So many crossings of one sort, or of any.
    private struct Step: Sendable {
        var crossing: Crossing?
        var left: Int
    }

    let pace: Double
    private let steps: Mutex<[Step]>

    init(_ text: String) throws(Problem) {
        var pace = 1.0
        var steps: [Step] = []
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            switch (pair[0], pair.count == 2 ? pair[1] : "") {
            case ("kill", let value):
                for step in value.split(separator: "+") { steps.append(try Self.step(step)) }
            case ("pace", let value): pace = min(1, max(0.001, Double(value) ?? 1))
            default: throw Self.wrong(part)
            }
        }
        self.pace = pace
        self.steps = Mutex(steps.filter { $0.left > 0 })
    }

    private static func step(_ text: Substring) throws(Problem) -> Step {
        if let count = Int(text) { return Step(crossing: nil, left: count) }
        let parts = text.split(separator: "@")
        guard parts.count == 2, let crossing = Crossing(rawValue: String(parts[0])),
            let count = Int(parts[1])
        else { throw wrong(text) }
        return Step(crossing: crossing, left: count)
    }

    private static func wrong(_ part: Substring) -> Problem {
        Problem(.invalid, code: "config.chaos", "THROUGHLINE_CHAOS: \(part) is unknown.")
    }

    var witness: Crossing.Witness {
        { crossing in
            let isOver = self.steps.withLock { steps in
                guard let step = steps.first, step.crossing == nil || step.crossing == crossing
                else { return false }
                steps[0].left -= 1
                guard steps[0].left == 0 else { return false }
                steps.removeFirst()
                return steps.isEmpty
            }
            if isOver { kill(getpid(), SIGKILL) }
        }
    }
}
