package import Channels
import Kernel
package import Planning

/// What is about to be made, as far as lessons care.
package struct LessonContext: Sendable, Hashable {
    package var title: String
    package var tags: [String]
    package var channels: [ChannelID]
    package var initiativeKind: Initiative.Kind?

    package init(
        title: String, tags: [String] = [], channels: [ChannelID] = [],
        initiativeKind: Initiative.Kind? = nil
    ) {
        self.title = title
        self.tags = tags
        self.channels = channels
        self.initiativeKind = initiativeKind
    }
}

/// A lesson that applies, and why.
package struct LessonMatch: Sendable, Hashable {
    package let lesson: Lesson
    package let score: Int
    /// The reasons in words: “about giveaways”, “on the same channel”.
    package let reasons: [String]

    /// The lessons that apply, the closest first and then the newest.
    ///
    /// A tag says most about what a thing is, a channel where, an initiative's kind only how. A
    /// lesson learned on another channel needs a shared tag to apply.
    package static func best(
        of lessons: [Lesson], for context: LessonContext, limit: Int = 3
    ) -> [LessonMatch] {
        let matches = lessons.compactMap { lesson in match(lesson, context) }
        return Array(
            matches.sorted { left, right in
                (left.score, left.lesson.id) > (right.score, right.lesson.id)
            }.prefix(limit))
    }

    private static func match(_ lesson: Lesson, _ context: LessonContext) -> LessonMatch? {
        var score = 0
        var reasons: [String] = []
        let words = Tag.normalized(context.title) ?? ""
        let tags = lesson.tags.filter { tag in
            context.tags.contains(tag) || says(words, tag)
        }
        if !tags.isEmpty {
            score += 3 * tags.count
            reasons.append("about " + tags.joined(separator: ", "))
        }
        if let channel = lesson.channel {
            if context.channels.contains(channel) {
                score += 2
                reasons.append("on the same channel")
            } else if tags.isEmpty {
                return nil
            }
        }
        if let kind = lesson.initiativeKind, kind == context.initiativeKind {
            score += 1
            reasons.append("in a \(kind.rawValue)")
        }
        return score > 0 ? LessonMatch(lesson: lesson, score: score, reasons: reasons) : nil
    }

    /// Whether a title has a tag's words in a row: `spring-menu` in `our-spring-menu-film`.
    private static func says(_ title: String, _ tag: String) -> Bool {
        let padded = "-\(title)-"
        return padded.contains("-\(tag)-") || padded.contains("-\(tag)s-")
            || (tag.hasSuffix("s") && padded.contains("-\(tag.dropLast())-"))
    }
}
