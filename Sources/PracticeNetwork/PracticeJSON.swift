import Foundation
import Kernel
import Networks
import Web

/// The entities of the Mastodon API, as this network fills them.
struct PracticeJSON: Sendable {
    /// `https://social.example/practice`.
    let base: String

    func account(_ account: PracticeAccount, posts: Int64 = 0) -> JSONValue {
        let avatar = JSONValue.string("\(base)/avatar.svg")
        return [
            "id": .string("\(account.id)"), "username": .string(account.handle),
            "acct": .string(account.handle), "display_name": .string(account.name),
            "locked": false, "bot": false, "group": false, "discoverable": true,
            "created_at": .string(account.createdAt.iso8601),
            "note": "<p>An account of the practice network.</p>",
            "url": .string("\(base)/people/\(account.handle)"),
            "uri": .string("\(base)/people/\(account.handle)"), "avatar": avatar,
            "avatar_static": avatar, "header": avatar, "header_static": avatar,
            "followers_count": .number(Double(account.followers)), "following_count": 0,
            "statuses_count": .number(Double(posts)), "last_status_at": .null, "emojis": [],
            "fields": [], "roles": [],
        ]
    }

    func ownAccount(_ account: PracticeAccount, posts: Int64) -> JSONValue {
        guard case .object(var members) = self.account(account, posts: posts) else { return .null }
        members["source"] = [
            "privacy": "public", "sensitive": false, "language": .null, "note": "", "fields": [],
            "follow_requests_count": 0,
        ]
        return .object(members)
    }

    func status(_ card: PracticeCard) -> JSONValue {
        let post = card.post
        let address = JSONValue.string("\(base)/posts/\(post.id)")
        return [
            "id": .string("\(post.id)"), "created_at": .string(post.createdAt.iso8601),
            "in_reply_to_id": Self.id(post.parent),
            "in_reply_to_account_id": Self.id(post.parentAccount),
            "sensitive": .boolean(!post.warning.isEmpty), "spoiler_text": .string(post.warning),
            "visibility": .string(post.visibility),
            "language": post.language.map(JSONValue.string) ?? .null, "uri": address,
            "url": address, "replies_count": .number(Double(post.replies)),
            "reblogs_count": .number(Double(post.boosts)),
            "favourites_count": .number(Double(post.likes)), "quotes_count": 0,
            "edited_at": .null, "favourited": false, "reblogged": false, "muted": false,
            "bookmarked": false, "pinned": false, "filtered": [], "reblog": .null,
            "content": .string(Self.html(post.text)), "application": .null,
            "account": account(card.author), "media_attachments": .array(card.pictures.map(media)),
            "mentions": [], "tags": .array(tags(post.text)), "emojis": [], "card": .null,
            "poll": .null,
        ]
    }

    /// What a deleted post returns besides: its text, to write it anew.
    func source(_ card: PracticeCard) -> JSONValue {
        [
            "id": .string("\(card.post.id)"), "text": .string(card.post.text),
            "spoiler_text": .string(card.post.warning),
        ]
    }

    func media(_ picture: PracticePicture) -> JSONValue {
        let url = JSONValue.string("\(base)/media/\(picture.id)")
        var meta = JSONValue.object([:])
        if let width = picture.width, let height = picture.height, height > 0 {
            meta = [
                "original": [
                    "width": .number(Double(width)), "height": .number(Double(height)),
                    "size": .string("\(width)x\(height)"),
                    "aspect": .number(Double(width) / Double(height)),
                ]
            ]
        }
        return [
            "id": .string("\(picture.id)"), "type": "image", "url": url, "preview_url": url,
            "remote_url": .null, "text_url": .null, "preview_remote_url": .null, "meta": meta,
            "description": picture.description.isEmpty ? .null : .string(picture.description),
            "blurhash": .null,
        ]
    }

    func notice(_ notice: PracticeNotice) -> JSONValue {
        [
            "id": .string("\(notice.id)"), "type": .string(notice.kind),
            "created_at": .string(notice.createdAt.iso8601),
            "group_key": .string("ungrouped-\(notice.id)"), "account": account(notice.from),
            "status": status(notice.card),
        ]
    }

    private func tags(_ text: String) -> [JSONValue] {
        TextScanner(text).entities().filter { $0.kind == .tag }.map { tag in
            ["name": .string(tag.value), "url": .string("\(base)/")]
        }
    }

    private static func id(_ number: Int64?) -> JSONValue {
        number.map { .string("\($0)") } ?? .null
    }

    // MARK: - The instance

    private var configuration: JSONValue {
        let rules = PracticeLimits.rules
        return [
            "statuses": [
                "max_characters": .number(Double(PracticeLimits.text)),
                "max_media_attachments": .number(Double(PracticeLimits.pictures)),
                "characters_reserved_per_url": .number(Double(rules[.linkLength] ?? 23)),
            ],
            "media_attachments": [
                "supported_mime_types": .array(rules.imageTypes.map(JSONValue.string)),
                "description_limit": .number(Double(PracticeLimits.description)),
                "image_size_limit": .number(Double(PracticeLimits.bytes)),
                "image_matrix_limit": 33_177_600, "video_size_limit": 0,
                "video_frame_rate_limit": 0, "video_matrix_limit": 0,
            ],
            "polls": [
                "max_options": 0, "max_characters_per_option": 0, "min_expiration": 0,
                "max_expiration": 0,
            ],
            "accounts": ["max_featured_tags": 0, "max_pinned_statuses": 0],
            "urls": ["streaming": .null], "translation": ["enabled": false],
            "vapid": ["public_key": ""],
        ]
    }

    func instance(version: Int) -> JSONValue {
        let domain = base.split(separator: "/").dropFirst().first.map(String.init) ?? "practice"
        let about = JSONValue.string("The practice network of this Throughline. Not a real one.")
        var members: [String: JSONValue] = [
            "title": "Practice network", "version": "4.3.0 (compatible; Throughline practice)",
            "description": about, "languages": ["en"], "rules": [],
            "configuration": configuration, "thumbnail": ["url": .string("\(base)/avatar.svg")],
            "registrations": [
                "enabled": true, "approval_required": false, "message": .null, "url": .null,
            ],
            "contact": ["email": "", "account": .null],
        ]
        if version == 2 {
            members["domain"] = .string(domain)
            members["source_url"] = ""
            members["api_versions"] = ["mastodon": 2]
            members["usage"] = ["users": ["active_month": 0]]
            members["icon"] = []
        } else {
            members["uri"] = .string(domain)
            members["short_description"] = about
            members["email"] = ""
            members["urls"] = ["streaming_api": ""]
            members["stats"] = ["user_count": 0, "status_count": 0, "domain_count": 0]
            members["registrations"] = true
            members["approval_required"] = false
            members["invites_enabled"] = false
            members["contact_account"] = .null
            members["thumbnail"] = .string("\(base)/avatar.svg")
        }
        return .object(members)
    }

    // MARK: - Text

    /// A piece of a text, with the address it links to.
    struct Piece: Sendable, Hashable {
        let text: String
        let href: String?
    }

    /// A text in pieces, so that its links can be opened.
    static func pieces(_ text: String) -> [Piece] {
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var position = 0
        for entity in TextScanner(text).entities() where entity.kind == .link {
            if entity.bytes.lowerBound > position {
                let plain = bytes[position..<entity.bytes.lowerBound]
                pieces.append(Piece(text: String(decoding: plain, as: UTF8.self), href: nil))
            }
            pieces.append(Piece(text: entity.value, href: entity.value))
            position = entity.bytes.upperBound
        }
        if position < bytes.count {
            pieces.append(
                Piece(text: String(decoding: bytes[position...], as: UTF8.self), href: nil))
        }
        return pieces
    }

    /// The HTML that the API gives as a post's content.
    static func html(_ text: String) -> String {
        let paragraphs = text.replacing("\r\n", with: "\n").split(separator: "\n\n")
        return paragraphs.map { paragraph in
            let inner = pieces(String(paragraph)).map { piece in
                let shown = HTMLText.escaped(piece.text)
                guard let href = piece.href else { return shown }
                return "<a href=\"\(HTMLText.escaped(href))\" rel=\"nofollow noopener noreferrer\" "
                    + "target=\"_blank\">\(shown)</a>"
            }
            return "<p>" + inner.joined().replacing(byte: "\n", with: "<br />") + "</p>"
        }.joined()
    }
}
