/// What a rule says about a draft, in plain words, with what can be done about it.
package struct RuleFinding: Sendable, Hashable {
    /// Whether a finding stops the post or only warns.
    package enum Severity: String, Sendable {
        /// The network would refuse the post.
        case refused
        /// It would be taken, but a person should know.
        case advice
    }

    /// Something that puts it right, which a page can offer as a button.
    package enum Fix: Sendable, Hashable {
        /// Publish these texts as a thread instead.
        case split([String])
        /// Cut this many units from the text.
        case shorten(by: Int)
        /// Make a copy of this picture within the limits.
        case shrink(image: Int)
        /// Convert this picture to the type.
        case convert(image: Int, to: String)
        /// Keep the first pictures only.
        case keepImages(Int)
        /// Write or shorten the description of this picture.
        case describe(image: Int)

        /// What the button says.
        package var label: String {
            switch self {
            case .split(let parts): "Split into \(parts.count) posts"
            case .shorten(let excess): "Mark the \(excess) too many"
            case .shrink: "Make a smaller copy"
            case .convert(_, let type): "Convert to \(type.dropFirst(6).uppercased())"
            case .keepImages(let count): "Keep the first \(count)"
            case .describe: "Edit the description"
            }
        }
    }

    /// The rule, or nil for what no single limit says.
    package let rule: RuleName?
    package let severity: Severity
    package let message: String
    package let fix: Fix?
    /// The part of a thread it concerns, from 0.
    package let part: Int?

    /// A finding of another slice's own, such as what is done about a picture.
    package init(
        rule: RuleName?, severity: Severity, message: String, fix: Fix? = nil, part: Int? = nil
    ) {
        self.rule = rule
        self.severity = severity
        self.message = message
        self.fix = fix
        self.part = part
    }
}

/// Checks a draft against a network's rules.
package enum RuleCheck {
    /// A picture as far as rules look at it.
    package struct Image: Sendable, Hashable {
        package var contentType: String?
        package var bytes: Int?
        package var width: Int?
        package var height: Int?
        package var altText: String

        package init(
            contentType: String? = nil, bytes: Int? = nil, width: Int? = nil, height: Int? = nil,
            altText: String
        ) {
            self.contentType = contentType
            self.bytes = bytes
            self.width = width
            self.height = height
            self.altText = altText
        }
    }

    /// A post as it would be sent: one text, or the texts of a thread.
    package struct Draft: Sendable, Hashable {
        package var parts: [String]
        package var images: [Image]
        /// Counts toward the length where a network says so.
        package var contentWarning: String?

        package init(parts: [String], images: [Image] = [], contentWarning: String? = nil) {
            self.parts = parts
            self.images = images
            self.contentWarning = contentWarning
        }
    }

    /// Everything the rules say, what blocks first.
    package static func check(_ draft: Draft, _ rules: NetworkRules) -> [RuleFinding] {
        let name = rules.network == .other ? "The network" : rules.network.name
        var found = emptiness(draft, name)
        for (index, text) in draft.parts.enumerated() {
            found += length(text, index, draft, rules, name)
            found += hashtags(text, index, rules, name)
        }
        found += thread(draft, rules, name)
        found += pictures(draft, rules, name)
        found += links(draft, rules, name)
        return found.filter { $0.severity == .refused }
            + found.filter { $0.severity == .advice }
    }

    /// What the rules say about one picture, by its place from 0.
    package static func check(
        _ image: Image, at index: Int, _ rules: NetworkRules
    ) -> [RuleFinding] {
        picture(image, index, rules, rules.network == .other ? "The network" : rules.network.name)
    }

    private static func emptiness(_ draft: Draft, _ name: String) -> [RuleFinding] {
        let isBlank = draft.parts.allSatisfy { $0.allSatisfy(\.isWhitespace) }
        guard isBlank, draft.images.isEmpty else {
            let hole = draft.parts.dropFirst().firstIndex { $0.allSatisfy(\.isWhitespace) }
            guard let hole else { return [] }
            return [
                refused(nil, "Part \(hole + 1) of the thread is empty. Write it or remove it.")
            ]
        }
        return [refused(nil, "There is nothing to publish on \(name) yet. Write a text.")]
    }

    private static func length(
        _ text: String, _ index: Int, _ draft: Draft, _ rules: NetworkRules, _ name: String
    ) -> [RuleFinding] {
        let isThread = draft.parts.count > 1
        let subject = isThread ? "Part \(index + 1)" : "The text"
        let use = rules.use(of: text, warning: draft.contentWarning)
        guard use.excess > 0, let rule = use.rule else { return [] }
        let hasWarning = !(draft.contentWarning ?? "").isEmpty
        let counted = hasWarning && (rules.isWarningInText || rules.isWarningCounted)
        return [
            refused(
                rule.name,
                "\(subject) is \(use.used) \(use.unit) long\(counted ? " with its warning" : ""); "
                    + "\(name) takes \(rule.limit).",
                fix: split(text, draft, rules) ?? .shorten(by: use.excess), part: index)
        ]
    }

    private static func split(
        _ text: String, _ draft: Draft, _ rules: NetworkRules
    ) -> RuleFinding.Fix? {
        let room = (rules[.threadLength] ?? 1) - draft.parts.count + 1
        guard room > 1 else { return nil }
        let parts = ThreadSplitter(rules, warning: draft.contentWarning).split(text)
        let fit = parts.allSatisfy { rules.fits($0, warning: draft.contentWarning) }
        return fit && (2...room).contains(parts.count) ? .split(parts) : nil
    }

    private static func hashtags(
        _ text: String, _ index: Int, _ rules: NetworkRules, _ name: String
    ) -> [RuleFinding] {
        guard let limit = rules[.hashtagCount] else { return [] }
        let count = TextScanner(text).entities().count { $0.kind == .tag }
        guard count > limit else { return [] }
        return [
            refused(
                .hashtagCount, "\(count) hashtags are too many; \(name) takes \(limit).",
                part: index)
        ]
    }

    private static func thread(
        _ draft: Draft, _ rules: NetworkRules, _ name: String
    ) -> [RuleFinding] {
        guard let limit = rules[.threadLength], draft.parts.count > limit else { return [] }
        let message =
            limit == 1
            ? "\(name) has no threads. Put everything into one text."
            : "The thread has \(draft.parts.count) parts; at most \(limit) are sent."
        return [refused(.threadLength, message)]
    }

    private static func pictures(
        _ draft: Draft, _ rules: NetworkRules, _ name: String
    ) -> [RuleFinding] {
        var found: [RuleFinding] = []
        if let limit = rules[.imageCount], draft.images.count > limit {
            found.append(
                refused(
                    .imageCount,
                    "\(draft.images.count) pictures are too many; \(name) takes \(limit).",
                    fix: .keepImages(limit)))
        }
        if let least = rules[.imageMinimum], draft.images.count < least {
            found.append(
                refused(.imageMinimum, "\(name) takes no post without a picture. Add one."))
        }
        for (index, image) in draft.images.enumerated() {
            found += picture(image, index, rules, name)
        }
        return found
    }

    private static func picture(
        _ image: Image, _ index: Int, _ rules: NetworkRules, _ name: String
    ) -> [RuleFinding] {
        let subject = "Picture \(index + 1)"
        var found: [RuleFinding] = []
        if let type = image.contentType, !rules.imageTypes.contains(type),
            let wanted = rules.imageTypes.first, rules.network != .other
        {
            found.append(
                refused(
                    nil, "\(subject) is \(type.dropFirst(6).uppercased()), which \(name) refuses.",
                    fix: .convert(image: index, to: wanted)))
        }
        if let limit = rules[.imageBytes], let bytes = image.bytes, bytes > limit {
            found.append(
                refused(
                    .imageBytes,
                    "\(subject) is \(megabytes(bytes)) large; \(name) takes \(megabytes(limit)).",
                    fix: .shrink(image: index)))
        }
        // Asked without overflow: sizes come from files of strangers.
        if let limit = rules[.imagePixels], let width = image.width, let height = image.height,
            Double(width) * Double(height) > Double(limit)
        {
            found.append(
                refused(
                    .imagePixels, "\(subject) has more pixels than \(name) takes.",
                    fix: .shrink(image: index)))
        }
        let altLength = image.altText.count
        if let limit = rules[.altTextLength], altLength > limit {
            found.append(
                refused(
                    .altTextLength,
                    "The description of picture \(index + 1) is \(altLength) characters long; "
                        + "\(name) takes \(limit).", fix: .describe(image: index)))
        }
        if image.altText.allSatisfy(\.isWhitespace) {
            found.append(
                advice(
                    "\(subject) has no description. People who cannot see it will miss it.",
                    fix: .describe(image: index)))
        }
        return found
    }

    private static func links(
        _ draft: Draft, _ rules: NetworkRules, _ name: String
    ) -> [RuleFinding] {
        guard !rules.linksWork else { return [] }
        let hasLink = draft.parts.contains { text in
            TextScanner(text).entities().contains { $0.kind == .link }
        }
        guard hasLink else { return [] }
        return [
            advice("Links in the text cannot be clicked on \(name). Point to the profile's link.")
        ]
    }

    private static func megabytes(_ bytes: Int) -> String {
        bytes >= 1_000_000
            ? "\((Double(bytes) / 100_000).rounded() / 10) MB" : "\(max(1, bytes / 1000)) kB"
    }

    private static func refused(
        _ rule: RuleName?, _ message: String, fix: RuleFinding.Fix? = nil, part: Int? = nil
    ) -> RuleFinding {
        RuleFinding(rule: rule, severity: .refused, message: message, fix: fix, part: part)
    }

    private static func advice(_ message: String, fix: RuleFinding.Fix? = nil) -> RuleFinding {
        RuleFinding(rule: nil, severity: .advice, message: message, fix: fix, part: nil)
    }
}
