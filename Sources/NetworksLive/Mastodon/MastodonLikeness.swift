import Foundation
import Kernel
import Networks

/// Compares what an account has posted with what may have been sent.
///
/// Servers shorten links, escape and beautify quotes, break lines in their own way, and read some
/// marks as formatting; what still is the same post is recognised by what they keep.
struct MastodonLikeness {
    /// What a comparison shows.
    enum Answer {
        case same(by: String)
        /// It may be it and may be not; a person should look.
        case alike
        case other
    }

    private let link: String?
    private let text: String
    private let skeleton: String
    private let media: Set<String>
    private let parent: String?
    /// So many letters and digits in a row are no accident.
    private static let longEnough = 20

    init(_ probe: PostProbe) {
        link = probe.link
        text = PlainText.folded(probe.post.text)
        skeleton = PlainText.skeleton(probe.post.text)
        media = Set(probe.post.media.map(\.reference))
        parent = probe.post.replyTo?.id
    }

    var canTell: Bool { !text.isEmpty || link != nil || !media.isEmpty }

    func compare(_ status: MastodonValues.Status) -> Answer {
        let (means, isAlike) = likeness(status)
        guard let means else { return isAlike ? .alike : .other }
        // The same words elsewhere in the thread, or a server that forgets what it answers.
        return status.inReplyToId == parent ? .same(by: means) : .alike
    }

    private func likeness(_ status: MastodonValues.Status) -> (means: String?, isAlike: Bool) {
        let plain = PlainText.of(html: status.content)
        let there = PlainText.folded(plain)
        if let link {
            let isIn =
                plain.contains(link)
                || PlainText.addresses(in: status.content).contains {
                    $0 == link || $0 == link + "/"
                }
            if isIn { return ("its own link", true) }
        }
        if !media.isEmpty, media.isSubset(of: status.mediaIDs) { return ("its pictures", true) }
        guard !text.isEmpty else {
            // Pictures alone, and the server names them anew.
            return (nil, there.isEmpty && !status.mediaIDs.isEmpty)
        }
        if there == text || there.hasSuffix(" " + text) { return ("its text", true) }
        let bones = PlainText.skeleton(plain)
        if skeleton.count >= Self.longEnough, bones == skeleton || bones.hasSuffix(skeleton) {
            return ("its words", true)
        }
        let start = String(skeleton.prefix(24))
        return (nil, there.contains(text.prefix(24)) || start.count >= 12 && bones.contains(start))
    }
}

extension MastodonValues.Status {
    /// Whether the account wrote it itself.
    func isOwn(of access: Access) -> Bool { !isBoost && account.id == access.accountID }
}
