package import Networks

/// What the rules catalogue says about a content on one channel: composer, API and worker ask here.
package struct ContentRules: Sendable {
    /// Whether pictures are made to fit before they are sent.
    private let fitsPictures: Bool

    package init(fitsPictures: Bool) { self.fitsPictures = fitsPictures }

    /// What is checked: texts as they are sent, with what goes with them.
    package struct Subject: Sendable, Hashable {
        /// What the channel takes.
        package var rules: NetworkRules
        package var parts: [String]
        package var pictures: [RuleCheck.Image]
        package var contentWarning: String?

        package init(
            rules: NetworkRules, parts: [String], pictures: [RuleCheck.Image],
            contentWarning: String?
        ) {
            self.rules = rules
            self.parts = parts
            self.pictures = pictures
            self.contentWarning = contentWarning
        }
    }

    /// How much of its limit each part uses, and what the rules say.
    package struct Verdict: Sendable, Hashable {
        package let uses: [TextUse]
        package let findings: [RuleFinding]

        /// Why the network would refuse the post, in words.
        package var refusals: [String] {
            findings.filter { $0.severity == .refused }.map(\.message)
        }
    }

    /// Everything the channel's rules say.
    package func verdict(on subject: Subject) -> Verdict {
        let rules = subject.rules
        var notes: [RuleFinding] = []
        let pictures = subject.pictures.enumerated().map { index, picture in
            guard let sent = fitted(picture, rules) else { return picture }
            notes.append(
                RuleFinding(
                    rule: nil, severity: .advice,
                    message: "Picture \(index + 1) goes out as a copy that fits "
                        + "\(rules.network.name)."))
            return sent
        }
        let draft = RuleCheck.Draft(
            parts: subject.parts, images: pictures, contentWarning: subject.contentWarning)
        return Verdict(
            uses: subject.parts.map { rules.use(of: $0, warning: subject.contentWarning) },
            findings: RuleCheck.check(draft, rules) + notes)
    }

    /// What the rules say about one side of a post as it would be sent now.
    ///
    /// `live` is what the account's server said just now, where it was asked.
    package func verdict(
        on side: PostSheet.Side, localBase: String, live: LiveLimits? = nil
    ) -> Verdict {
        verdict(
            on: Subject(
                rules: live.map(side.channel.rules.overridden) ?? side.channel.rules,
                parts: side.content.parts(link: side.linkAddress(localBase: localBase)),
                pictures: side.images, contentWarning: side.content.contentWarning))
    }

    /// The picture as far as it is known before it is made to fit; nil when it goes out as it is.
    private func fitted(_ picture: RuleCheck.Image, _ rules: NetworkRules) -> RuleCheck.Image? {
        guard fitsPictures, let type = picture.contentType, let bytes = picture.bytes,
            let width = picture.width, let height = picture.height
        else { return nil }
        let limits = PictureStore.Limits(rules)
        guard limits.ask(type: type, bytes: bytes, width: width, height: height) else {
            return nil
        }
        return RuleCheck.Image(altText: picture.altText)
    }
}
