extension NetworkRules {
    /// The catalogue's rules for `network`.
    package static func of(_ network: Network) -> NetworkRules {
        switch network {
        case .practice: practice
        case .bluesky: bluesky
        case .mastodon: mastodon
        case .facebook: facebook
        case .instagram: instagram
        case .threads: threads
        case .x: x
        case .linkedin: linkedin
        case .pinterest: pinterest
        case .youtube: youtube
        case .tiktok: tiktok
        case .reddit: reddit
        case .telegram: telegram
        case .other: NetworkRules(.other, .graphemes, [])
        }
    }

    /// Rules read on one day from one source.
    private static func rules(
        _ source: String, _ limits: KeyValuePairs<RuleName, Int>
    ) -> [NetworkRule] {
        limits.map { NetworkRule($0.key, $0.value, source: source, checked: "2026-11-23") }
    }

    private static let practice = NetworkRules(
        .practice, .mastodon, imageTypes: ["image/jpeg", "image/png", "image/gif", "image/webp"],
        hashtagAdvice: "Hashtags can be searched for.",
        rules(
            "this program",
            [
                .textLength: 500, .linkLength: 23, .imageCount: 4, .imageBytes: 8_388_608,
                .imagePixels: 33_177_600, .altTextLength: 1500, .threadLength: 25,
            ]))

    private static let bluesky = NetworkRules(
        .bluesky, .graphemes, imageTypes: ["image/jpeg", "image/png", "image/webp"],
        hashtagAdvice: "Hashtags feed custom feeds; one to three are usual.",
        rules(
            "https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky",
            [
                .textLength: 300, .textBytes: 3000, .imageCount: 4,
                // The lexicon allows 2 MB now; servers that have not followed still refuse 1 MB.
                .imageBytes: 976_000, .imageSide: 2000, .altTextLength: 2000, .threadLength: 25,
            ]))

    private static let mastodon = NetworkRules(
        .mastodon, .mastodon,
        imageTypes: ["image/jpeg", "image/png", "image/gif", "image/webp"],
        hashtagAdvice: "Search works by hashtag; write each word of a tag with a capital letter.",
        rules(
            "https://docs.joinmastodon.org/entities/Instance/",
            [
                .textLength: 500, .linkLength: 23, .imageCount: 4, .imageBytes: 16_777_216,
                .imagePixels: 33_177_600, .altTextLength: 1500, .threadLength: 25,
            ]))

    private static let facebook = NetworkRules(
        .facebook, .utf16,
        rules(
            "https://developers.facebook.com/docs/pages-api/posts/",
            [.textLength: 63_206, .imageCount: 10, .imageBytes: 4_194_304, .threadLength: 1]))

    private static let instagram = NetworkRules(
        .instagram, .codePoints, imageTypes: ["image/jpeg"], linksWork: false,
        hashtagAdvice: "At most 30 hashtags.",
        rules(
            "https://developers.facebook.com/docs/instagram-platform/content-publishing/",
            [
                .textLength: 2200, .hashtagCount: 30, .imageMinimum: 1, .imageCount: 10,
                .imageBytes: 8_388_608, .threadLength: 1,
            ]))

    private static let threads = NetworkRules(
        .threads, .codePoints, hashtagAdvice: "One topic tag works; more do nothing.",
        rules(
            "https://developers.facebook.com/docs/threads/overview/",
            [
                .textLength: 500, .imageCount: 20, .imageBytes: 8_388_608, .altTextLength: 1000,
                .threadLength: 25,
            ]))

    private static let x = NetworkRules(
        .x, .weighted, unit: "weighted characters",
        imageTypes: ["image/jpeg", "image/png", "image/webp", "image/gif"],
        hashtagAdvice: "One or two hashtags are usual.",
        rules(
            "https://github.com/twitter/twitter-text/blob/master/config/v3.json",
            [.textLength: 280, .linkLength: 23])
            + rules(
                "https://docs.x.com/x-api/media/quickstart/best-practices",
                [
                    .imageCount: 4, .imageBytes: 5_242_880, .altTextLength: 1000,
                    .threadLength: 25,
                ]))

    private static let linkedin = NetworkRules(
        .linkedin, .escapedUTF16, hashtagAdvice: "Three to five hashtags at the end are usual.",
        rules(
            "https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api",
            [
                .textLength: 3000, .imageCount: 20, .imageBytes: 10_485_760,
                .imagePixels: 36_152_320, .altTextLength: 4086, .threadLength: 1,
            ]))

    private static let pinterest = NetworkRules(
        .pinterest, .codePoints,
        rules(
            "https://developers.pinterest.com/docs/api/v5/pins-create/",
            [
                .textLength: 800, .imageMinimum: 1, .imageCount: 5, .imageBytes: 20_971_520,
                .altTextLength: 500, .threadLength: 1,
            ]))

    private static let youtube = NetworkRules(
        .youtube, .utf16,
        rules(
            "https://developers.google.com/youtube/v3/docs/videos",
            [.textBytes: 5000, .imageCount: 1, .imageBytes: 2_097_152, .threadLength: 1]))

    private static let tiktok = NetworkRules(
        .tiktok, .utf16, imageTypes: ["image/jpeg", "image/webp"], linksWork: false,
        rules(
            "https://developers.tiktok.com/doc/content-posting-api-reference-photo-post",
            [
                .textLength: 4000, .imageMinimum: 1, .imageCount: 35, .imageBytes: 20_971_520,
                .threadLength: 1,
            ]))

    private static let reddit = NetworkRules(
        .reddit, .codePoints, imageTypes: ["image/jpeg", "image/png", "image/gif"],
        hashtagAdvice: "Hashtags do nothing here.",
        rules(
            "https://www.reddit.com/dev/api/#POST_api_submit",
            [.textLength: 40_000, .imageCount: 20, .imageBytes: 20_971_520, .threadLength: 1]))

    private static let telegram = NetworkRules(
        .telegram, .utf16, imageTypes: ["image/jpeg", "image/png", "image/webp"],
        rules(
            "https://core.telegram.org/bots/api",
            [
                .textLength: 4096, .imageCount: 10, .imageBytes: 10_485_760, .threadLength: 25,
            ]))
}
