import Foundation
import Kernel
import Networks

/// What the Mastodon API answers with, as far as this program reads it.
///
/// Servers differ in what they leave out and in whether an identifier is a text or a number, so
/// only what cannot be done without is required.
enum MastodonValues {
    struct App: Decodable {
        let clientId: String
        let clientSecret: String
    }

    struct Token: Decodable {
        let accessToken: String
    }

    /// `/.well-known/oauth-authorization-server`.
    struct Metadata: Decodable {
        let issuer: String?
        let scopesSupported: [String]?
        let authorizationResponseIssParameterSupported: Bool?
    }

    struct Account: Decodable {
        let id: String
        let username: String
        let acct: String
        let displayName: String?
        let url: String?
        let avatar: String?
        let followersCount: Int?

        enum CodingKeys: String, CodingKey {
            case id, username, acct, displayName, url, avatar, followersCount
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            id = try values.identifier(.id)
            acct = try values.decode(String.self, forKey: .acct)
            username =
                (try? values.decode(String.self, forKey: .username))
                ?? String(acct.prefix { $0 != "@" })
            displayName = try? values.decode(String.self, forKey: .displayName)
            url = try? values.decode(String.self, forKey: .url)
            avatar = try? values.decode(String.self, forKey: .avatar)
            followersCount = values.count(.followersCount)
        }
    }

    struct Media: Decodable {
        let id: String

        enum CodingKeys: String, CodingKey { case id }

        init(from decoder: any Decoder) throws {
            id = try decoder.container(keyedBy: CodingKeys.self).identifier(.id)
        }
    }

    struct Status: Decodable {
        let id: String
        let createdAt: String
        let inReplyToId: String?
        let inReplyToAccountId: String?
        let visibility: String?
        let url: String?
        let uri: String?
        let content: String
        let account: Account
        /// What the account shared of somebody else, or of itself.
        let isBoost: Bool
        let mediaIDs: [String]
        let figures: PostFigures

        enum CodingKeys: String, CodingKey {
            case id, createdAt, inReplyToId, inReplyToAccountId, visibility, url, uri, content
            case account, reblog, mediaAttachments
            case favouritesCount, reblogsCount, repliesCount, quotesCount
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            id = try values.identifier(.id)
            createdAt = try values.decode(String.self, forKey: .createdAt)
            inReplyToId = try? values.identifier(.inReplyToId)
            inReplyToAccountId = try? values.identifier(.inReplyToAccountId)
            visibility = try? values.decode(String.self, forKey: .visibility)
            url = try? values.decode(String.self, forKey: .url)
            uri = try? values.decode(String.self, forKey: .uri)
            content = (try? values.decodeIfPresent(String.self, forKey: .content)) ?? ""
            account = try values.decode(Account.self, forKey: .account)
            isBoost = values.contains(.reblog) && (try? values.decodeNil(forKey: .reblog)) == false
            mediaIDs = ((try? values.decode([Media].self, forKey: .mediaAttachments)) ?? [])
                .map(\.id)
            figures = PostFigures(
                likes: values.count(.favouritesCount), reposts: values.count(.reblogsCount),
                replies: values.count(.repliesCount), quotes: values.count(.quotesCount))
        }

        var at: Instant? { Instant(iso8601: createdAt) }

        var post: RemotePost { RemotePost(id: id, url: url ?? uri, publishedAt: at) }
    }

    struct Context: Decodable {
        let descendants: [Status]
    }
}

extension MastodonValues {
    /// Limits as `/api/v2/instance` and `/api/v1/instance` state them.
    struct Instance: Decodable {
        let version: String
        let limits: [RuleName: Int]

        enum CodingKeys: String, CodingKey {
            case version, configuration, maxTootChars, descriptionLimit, uploadLimit
            case statuses, mediaAttachments
            case maxCharacters, maxMediaAttachments, charactersReservedPerUrl
            case imageMatrixLimit, imageSizeLimit
        }

        init(from decoder: any Decoder) throws {
            let all = try decoder.container(keyedBy: CodingKeys.self)
            version = (try? all.decode(String.self, forKey: .version)) ?? ""
            let configuration = try? all.nestedContainer(
                keyedBy: CodingKeys.self, forKey: .configuration)
            let statuses = try? configuration?.nestedContainer(
                keyedBy: CodingKeys.self, forKey: .statuses)
            let media = try? configuration?.nestedContainer(
                keyedBy: CodingKeys.self, forKey: .mediaAttachments)
            // Pleroma and its kin have their own names beside, or instead of, the configuration.
            let found: [RuleName: Int?] = [
                .textLength: statuses?.count(.maxCharacters) ?? all.count(.maxTootChars),
                .imageCount: statuses?.count(.maxMediaAttachments),
                .linkLength: statuses?.count(.charactersReservedPerUrl),
                .altTextLength: media?.count(.descriptionLimit) ?? all.count(.descriptionLimit),
                .imageBytes: media?.count(.imageSizeLimit) ?? all.count(.uploadLimit),
                .imagePixels: media?.count(.imageMatrixLimit),
            ]
            limits = found.compactMapValues { value in
                value.flatMap { $0 > 0 && $0 < 1 << 40 ? $0 : nil }
            }
        }
    }
}

extension KeyedDecodingContainer {
    /// An identifier, which some servers write as a number.
    fileprivate func identifier(_ key: Key) throws -> String {
        if let number = try? decode(Int64.self, forKey: key) { return "\(number)" }
        return try decode(String.self, forKey: key)
    }

    /// A number, which some servers write as a text; nil when there is none.
    fileprivate func count(_ key: Key) -> Int? {
        if let number = try? decode(Int.self, forKey: key) { return number }
        if let number = try? decode(Double.self, forKey: key), number.magnitude < 1e15 {
            return Int(number)
        }
        return (try? decode(String.self, forKey: key)).flatMap { Int($0) }
    }
}
