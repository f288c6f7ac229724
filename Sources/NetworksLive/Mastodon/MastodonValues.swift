import Foundation
import Kernel
import Networks

/// What the Mastodon API answers with, as far as this program reads it.
enum MastodonValues {
    struct App: Decodable {
        let clientId: String
        let clientSecret: String
    }

    struct Token: Decodable {
        let accessToken: String
    }

    struct Account: Decodable {
        let id: String
        let username: String
        let acct: String
        let displayName: String?
        let url: String?
        let avatar: String?
        let followersCount: Int?
    }

    struct Media: Decodable {
        let id: String
    }

    struct Status: Decodable {
        let id: String
        let createdAt: String
        let inReplyToId: String?
        let inReplyToAccountId: String?
        let url: String?
        let uri: String?
        let content: String
        let account: Account
        let favouritesCount: Int?
        let reblogsCount: Int?
        let repliesCount: Int?
        let quotesCount: Int?

        var at: Instant? { Instant(iso8601: createdAt) }

        var post: RemotePost { RemotePost(id: id, url: url ?? uri, publishedAt: at) }

        var figures: PostFigures {
            PostFigures(
                likes: favouritesCount, reposts: reblogsCount, replies: repliesCount,
                quotes: quotesCount)
        }
    }

    struct Context: Decodable {
        let descendants: [Status]
    }

    struct Instance: Decodable {
        struct Configuration: Decodable {
            let statuses: Statuses?
            let mediaAttachments: Attachments?
        }

        struct Statuses: Decodable {
            let maxCharacters: Int?
            let maxMediaAttachments: Int?
            let charactersReservedPerUrl: Int?
        }

        struct Attachments: Decodable {
            let descriptionLimit: Int?
            let imageMatrixLimit: Int?
            let imageSizeLimit: Int?
        }

        let configuration: Configuration?
        /// Of servers before the configuration existed, and of some other programs.
        let maxTootChars: Int?

        var limits: [RuleName: Int] {
            let statuses = configuration?.statuses
            let media = configuration?.mediaAttachments
            let all: [RuleName: Int?] = [
                .textLength: statuses?.maxCharacters ?? maxTootChars,
                .imageCount: statuses?.maxMediaAttachments,
                .linkLength: statuses?.charactersReservedPerUrl,
                .altTextLength: media?.descriptionLimit, .imageBytes: media?.imageSizeLimit,
                .imagePixels: media?.imageMatrixLimit,
            ]
            return all.compactMapValues { $0 }
        }
    }
}
