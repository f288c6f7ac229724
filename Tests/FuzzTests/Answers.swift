import Foundation
import Kernel

@testable import NetworksLive
@testable import Outbound

extension FuzzTarget {
    /// What mail servers reply, and what other servers' headers say of time.
    static let answers = FuzzTarget(name: "answers") { bytes in
        try checkReplies(bytes)
        try checkHeaders(String(decoding: bytes, as: UTF8.self))
    }

    /// Replies are the same however the network cuts them, and never more than was sent.
    private static func checkReplies(_ bytes: [UInt8]) throws {
        let (whole, isBroken) = replies(bytes, step: max(1, bytes.count))
        for step in [1, 2 + Int(bytes.first ?? 0) % 61] {
            let (cut, isCutBroken) = replies(bytes, step: step)
            try same(cut, whole, "replies in pieces of \(step)")
            try same(isCutBroken, isBroken, "what is no reply, in pieces of \(step)")
        }
        let lines = whole.reduce(0) { $0 + $1.lines.count }
        try hold(lines <= bytes.count { $0 == 10 }, "more lines than were sent")
        for reply in whole {
            try hold((200..<600).contains(reply.code), "code \(reply.code)")
            try hold((1...100).contains(reply.lines.count), "\(reply.lines.count) lines")
            try same(reply.isGood, reply.code < 400, "a good reply")
            try hold(reply.words.count <= 300, "long words")
            try hold(
                !reply.words.unicodeScalars.contains { $0.value < 32 || $0.value == 127 },
                "words that move the cursor")
            try hold(!reply.lines.contains { $0.utf8.contains(10) }, "a line of two")
        }
        var again = MailReplies()
        for reply in whole {
            for (index, line) in reply.lines.enumerated() {
                let mark = index == reply.lines.count - 1 ? " " : "-"
                again.take(Array("\(reply.code)\(mark)\(line)\r\n".utf8))
            }
            // What is damaged is longer when it is written again.
            guard reply.lines.allSatisfy({ $0.utf8.count < 5000 }) else { return }
            try same(again.next(), reply, "a reply written and read")
        }
    }

    /// At most eight are kept until somebody takes them; here somebody does after each piece.
    private static func replies(_ bytes: [UInt8], step: Int) -> ([MailReply], Bool) {
        var reader = MailReplies()
        for start in stride(from: 0, to: bytes.count, by: step) {
            reader.take(bytes[start..<min(bytes.count, start + step)])
        }
        var all: [MailReply] = []
        while let reply = reader.next() { all.append(reply) }
        return (all, reader.isBroken)
    }

    private static let now = Instant(milliseconds: 1_795_000_000_000)
    private static let names = [
        "retry-after", "date", "x-ratelimit-reset", "ratelimit-reset", "x-ratelimit-remaining",
    ]

    private static func checkHeaders(_ text: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        for line in lines.prefix(names.count) {
            guard let moment = HTTPDate.instant(line) else { continue }
            try same(HTTPDate.instant(written(moment)), moment, "a date written and read")
        }
        let pairs = zip(names, lines).filter { !$0.1.isEmpty }
        for status in [200, 429] {
            let answer = OutboundAnswer(
                status: status, headers: Dictionary(uniqueKeysWithValues: pairs), body: Data(),
                url: "https://social.example")
            let ahead = answer.clockAhead(now: now)
            try hold(ahead < .hours(12) && ahead > .zero - .hours(12), "a clock \(ahead) ahead")
            let day = Duration.zero...Duration.days(1)
            if let wait = answer.retryAfter(now: now) { try hold(day ~= wait, "a wait of \(wait)") }
            if let left = RateHeaders.remaining(answer) {
                try hold((0...1_000_000_000).contains(left), "\(left) calls")
            }
            let wait = RateHeaders.wait(answer, now: now)
            if let wait { try hold(day ~= wait, "a wait of \(wait)") }
            try checkGate(answer, wait)
        }
    }

    private static func checkGate(_ answer: OutboundAnswer, _ wait: Duration?) throws {
        let gate = RateGate()
        let request = OutboundRequest(
            "GET", "https://social.example/api/v1/x", headers: [("authorization", "Bearer t")])
        gate.note(answer, to: request, at: now)
        let opening = gate.opening(for: request, at: now)
        let isSpent = answer.status == 429 || RateHeaders.remaining(answer) == 0
        let wanted = isSpent && wait != .zero ? wait.map { now + $0 } : nil
        try same(opening == nil, wanted == nil, "whether a gate is shut")
        if let opening, let wanted {
            // The pace is a fraction, and rounds.
            let off = abs(opening.milliseconds - wanted.milliseconds)
            try hold(off <= 1, "a gate opens at \(opening), not at \(wanted)")
        }
        try same(gate.opening(for: request, at: now + .days(1)), nil, "a gate shut for ever")
    }

    private static func written(_ moment: Instant) -> String {
        let local = Zone.utc.localTime(moment)
        let name = local.date.civilMonth.shortName
        let parts = local.date.description.split(separator: "-")
        let seconds = moment.iso8601.dropFirst(17).prefix(2)
        return "Mon, \(parts[2]) \(name) \(parts[0]) \(local.clock):\(seconds) GMT"
    }
}
