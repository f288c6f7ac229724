/// What a rehearsal has shown.
package struct ChaosReport: Sendable, Encodable {
    package var seed: UInt64
    package var engine: String
    /// Lives of workers that ended by SIGKILL.
    package var kills = 0
    /// Workers that were stopped past their lease and woken again.
    package var sleeps = 0
    package var posts = 0
    /// Posts and parts of threads that were to be delivered.
    package var parts = 0
    /// Of these, accepted by the network exactly once.
    package var acceptedOnce = 0
    /// Accepted twice or more: must be 0.
    package var acceptedTwice: [String] = []
    /// Said to be published, yet not accepted: must be 0.
    package var claimedOnly: [String] = []
    /// Not accepted, and a person is visibly asked.
    package var needsYou = 0
    /// Refused by the network for good.
    package var refused = 0
    /// Still under way at the end: must be 0.
    package var unsettled = 0
    package var integrityChecks = 0
    /// What the database found wrong with itself: must be empty.
    package var integrityFindings: [String] = []
    package var seconds = 0.0
    /// Where each post stands, in a scenario.
    package var states: [String] = []

    package init(seed: UInt64, engine: String) {
        self.seed = seed
        self.engine = engine
    }

    package var isPassed: Bool {
        acceptedTwice.isEmpty && claimedOnly.isEmpty && unsettled == 0 && integrityFindings.isEmpty
    }

    /// What was counted, in one line.
    package var line: String {
        "seed \(seed): \(kills) kills; of \(parts) parts \(acceptedOnce) once, "
            + "\(acceptedTwice.count) twice, \(claimedOnly.count) claimed only; of \(posts) posts "
            + "\(needsYou) ask a person, \(refused) refused, \(unsettled) under way; "
            + "\(integrityFindings.count) of \(integrityChecks) checks found damage"
    }

    /// Adds what another act has shown.
    mutating func add(_ act: ChaosReport) {
        kills += act.kills
        sleeps += act.sleeps
        posts += act.posts
        parts += act.parts
        acceptedOnce += act.acceptedOnce
        acceptedTwice += act.acceptedTwice
        claimedOnly += act.claimedOnly
        needsYou += act.needsYou
        refused += act.refused
        unsettled += act.unsettled
        integrityChecks += act.integrityChecks
        integrityFindings += act.integrityFindings.map { "seed \(act.seed): \($0)" }
        states += act.states
    }

    /// Compares what the program believes with what the network has taken.
    mutating func compare(
        _ deliveries: [(text: String, state: String, parts: Int)], with accepted: [String: Int],
        seed: UInt64
    ) {
        posts += deliveries.count
        states = posts == 1 ? deliveries.map(\.state) : []
        for (text, state, count) in deliveries {
            parts += count
            let number = text.prefix { $0 != "p" }
            let taken = (1...count).map { accepted["\(number)p\($0)"] ?? 0 }
            acceptedOnce += taken.filter { $0 == 1 }.count
            for (index, times) in taken.enumerated() where times > 1 {
                acceptedTwice.append("seed \(seed): \(number)p\(index + 1)")
            }
            switch state {
            case "published":
                if taken.contains(0) { claimedOnly.append("seed \(seed): \(number)") }
            case "needsPerson": needsYou += 1
            case "refused": refused += 1
            default: unsettled += 1
            }
        }
    }

    /// How often the network took each part, from its ledger.
    static func accepted(in ledger: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in ledger.split(separator: "\n") {
            guard let text = line.split(separator: "\t").last,
                let token = text.split(separator: " ").first
            else { continue }
            counts[String(token), default: 0] += 1
        }
        return counts
    }
}
