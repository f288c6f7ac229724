import Networks
import Publishing

extension ContentRules {
    /// The one rules catalogue, as composer, API and worker ask it.
    static let catalogue = ContentRules(
        check: { subject in
            let draft = RuleCheck.Draft(
                parts: subject.parts,
                images: subject.altTexts.map { RuleCheck.Image(altText: $0) })
            return RuleCheck.check(draft, NetworkRules.of(subject.network)).map {
                Finding(blocks: $0.severity == .refused, message: $0.message)
            }
        },
        count: { network, part in
            let rules = NetworkRules.of(network)
            return Count(used: rules.count(part), limit: rules[.textLength])
        })
}

extension Network {
    /// The limits this network sets for one picture.
    var limits: PictureStore.Limits {
        let rules = NetworkRules.of(self)
        return PictureStore.Limits(bytes: rules[.imageBytes], side: rules[.imageSide])
    }
}
