import Kernel

/// What one life of a worker brings: the posts that fall due in it, and how it ends.
///
/// Follows from the seed and the number of the life alone, so a failing seed can be played again.
package struct ChaosPlan: Sendable, Hashable {
    /// How the worker ends.
    enum End: Sendable, Hashable {
        /// It kills itself at its nth commit or call, before or after.
        case atCrossing(Int)
        /// It is killed from outside, so long after its start.
        case after(Duration)
        /// It sleeps past its lease, wakes, and is killed a moment later.
        case afterSleeping(from: Duration, for: Duration)
        /// It kills itself where these words say, or not at all.
        case asTold(String)
    }

    /// One post to deliver.
    struct Post: Sendable, Hashable {
        var number: Int
        /// 1 for a single post, more for a thread.
        var parts: Int
        var hasPicture: Bool
        var channel: Int
        /// After the start of the life.
        var due: Duration
    }

    var posts: [Post]
    var end: End

    static let channels = 6

    /// One post under chosen faults, for the tests of each fault.
    package struct Scenario: Sendable, Hashable {
        /// What goes wrong with the first sends, in order: names of the practice network's faults.
        package var faults: String
        /// Where the first worker kills itself, such as `afterCall@1`; empty for nowhere.
        package var cut: String
        package var parts: Int
        package var hasPicture: Bool

        package init(faults: String, cut: String, parts: Int, hasPicture: Bool) {
            self.faults = faults
            self.cut = cut
            self.parts = parts
            self.hasPicture = hasPicture
        }
    }

    init(_ scenario: Scenario) {
        posts = [
            Post(
                number: 0, parts: scenario.parts, hasPicture: scenario.hasPicture, channel: 0,
                due: .milliseconds(50))
        ]
        end = .asTold(scenario.cut.isEmpty ? "0" : scenario.cut)
    }

    init(seed: UInt64, life: Int, firstPost: Int, pace: Double) {
        var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(life))
        posts = (0..<Int.random(in: 1...3, using: &generator)).map { index in
            Post(
                number: firstPost + index,
                parts: Int.random(in: 0..<4, using: &generator) == 0 ? 3 : 1,
                hasPicture: Int.random(in: 0..<4, using: &generator) == 0,
                channel: Int.random(in: 0..<Self.channels, using: &generator),
                due: .milliseconds(Int.random(in: 0...150, using: &generator)))
        }
        end =
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<13: .atCrossing(Int.random(in: 1...70, using: &generator))
            case 13..<19: .after(.milliseconds(Int.random(in: 20...400, using: &generator)))
            default:
                // Longer than a silent worker keeps its jobs.
                .afterSleeping(
                    from: .milliseconds(Int.random(in: 40...200, using: &generator)),
                    for: max(.seconds(20) * pace, .milliseconds(1500)))
            }
    }

    /// The text of one part; its beginning tells it from every other.
    static func text(of number: Int, part: Int) -> String {
        "n\(String(repeating: "0", count: max(0, 6 - "\(number)".count)))\(number)p\(part) "
            + "Fresh from the roastery this morning."
    }
}
