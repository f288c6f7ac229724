import Foundation
import Kernel
import Synchronization

/// Cuts the process off at a chosen crossing, for `throughline chaos`.
///
/// Written as `kill=37,pace=0.02`: the process kills itself at its 37th crossing, and waits are a
/// fiftieth of what they are otherwise.
final class Interruption: Sendable {
    let pace: Double
    private let left: Atomic<Int>

    init(_ text: String) throws(Problem) {
        var pace = 1.0
        var count = 0
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            switch (pair[0], pair.count == 2 ? String(pair[1]) : "") {
            case ("kill", let value): count = Int(value) ?? 0
            case ("pace", let value): pace = min(1, max(0.001, Double(value) ?? 1))
            default:
                throw Problem(
                    .invalid, code: "config.chaos", "THROUGHLINE_CHAOS: \(part) is unknown.")
            }
        }
        self.pace = pace
        left = Atomic(count)
    }

    var witness: Crossing.Witness {
        { _ in
            guard self.left.subtract(1, ordering: .relaxed).newValue == 0 else { return }
            kill(getpid(), SIGKILL)
        }
    }
}
