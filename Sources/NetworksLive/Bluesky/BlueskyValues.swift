import Foundation
import Kernel
import Networks

/// Records and answers of the AT Protocol, as far as this program writes or reads them.
enum BlueskyValues {
    static let collection = "app.bsky.feed.post"

    struct Session: Decodable {
        struct Document: Decodable {
            struct Place: Decodable {
                let id: String
                let serviceEndpoint: String?
            }

            let service: [Place]?
        }

        let did: String
        let handle: String
        let accessJwt: String
        let refreshJwt: String?
        let didDoc: Document?

        /// The account's own server, where the sign-in server names another.
        var home: String? {
            let endpoint = didDoc?.service?.first { $0.id.hasSuffix("#atproto_pds") }
            return endpoint?.serviceEndpoint.flatMap { $0.hasPrefix("https://") ? $0 : nil }
        }
    }

    struct Blob: Codable {
        struct Link: Codable {
            let cid: String

            enum CodingKeys: String, CodingKey { case cid = "$link" }
        }

        let type: String
        let ref: Link
        let mimeType: String
        let size: Int

        enum CodingKeys: String, CodingKey {
            case type = "$type"
            case ref, mimeType, size
        }
    }

    struct Uploaded: Decodable {
        let blob: Blob
    }

    /// What `UploadedMedia.reference` holds for a picture here.
    struct Picture: Codable {
        let blob: Blob
        let width: Int
        let height: Int
    }

    /// A pointer to one version of a record.
    struct Reference: Codable, Hashable {
        let uri: String
        let cid: String
    }

    struct ReplyTo: Codable {
        let root: Reference
        let parent: Reference
    }

    struct StoredRecord: Decodable {
        let uri: String
        let cid: String?
        let value: Post
    }

    struct RecordPage: Decodable {
        let cursor: String?
        let records: [StoredRecord]
    }

    /// A post as it is read back; writing has more (`NewPost`).
    struct Post: Decodable {
        let text: String?
        let createdAt: String?
        let reply: ReplyTo?
        let facets: [PostFacet]?

        var at: Instant? { createdAt.flatMap(Instant.init(iso8601:)) }

        /// Addresses that the text links to.
        var links: [String] { facets?.flatMap(\.features).compactMap(\.uri) ?? [] }
    }

    struct PostFacet: Codable {
        struct Span: Codable {
            let byteStart: Int
            let byteEnd: Int
        }

        struct Feature: Codable {
            let type: String
            var uri: String?
            var tag: String?
            var did: String?

            enum CodingKeys: String, CodingKey {
                case type = "$type"
                case uri, tag, did
            }
        }

        let index: Span
        let features: [Feature]
    }

    // MARK: - Views

    struct Author: Decodable {
        let did: String
        let handle: String
        let displayName: String?
        let followersCount: Int?
        let avatar: String?
    }

    struct PostView: Decodable {
        let uri: String
        let cid: String
        let author: Author
        let record: Post
        let likeCount: Int?
        let repostCount: Int?
        let replyCount: Int?
        let quoteCount: Int?

        var figures: PostFigures {
            PostFigures(
                likes: likeCount, reposts: repostCount, replies: replyCount, quotes: quoteCount)
        }
    }

    struct Posts: Decodable {
        let posts: [PostView]
    }

    struct Thread: Decodable {
        let thread: Node
    }

    /// One post of a thread; blocked and missing ones have no `post`.
    struct Node: Decodable {
        let post: PostView?
        let replies: [Node]?

        /// All posts below this one.
        var below: [PostView] {
            (replies ?? []).flatMap { [$0.post].compactMap(\.self) + $0.below }
        }
    }

    struct Identity: Decodable {
        let did: String
    }
}

extension BlueskyValues {
    /// `app.bsky.feed.post` as it is written.
    struct NewPost: Encodable {
        let type = BlueskyValues.collection
        let text: String
        let createdAt: String
        var langs: [String]?
        var facets: [PostFacet]?
        var embed: Embed?
        var reply: ReplyTo?

        enum CodingKeys: String, CodingKey {
            case type = "$type"
            case text, createdAt, langs, facets, embed, reply
        }
    }

    enum Embed: Encodable {
        case images([Image])
        case card(Card)

        struct Ratio: Encodable {
            let width: Int
            let height: Int
        }

        struct Image: Encodable {
            let image: Blob
            let alt: String
            let aspectRatio: Ratio
        }

        struct Card: Encodable {
            let uri: String
            let title: String
            let description: String
            let thumb: Blob?
        }

        enum CodingKeys: String, CodingKey {
            case type = "$type"
            case images, external
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .images(let images):
                try container.encode("app.bsky.embed.images", forKey: .type)
                try container.encode(images, forKey: .images)
            case .card(let card):
                try container.encode("app.bsky.embed.external", forKey: .type)
                try container.encode(card, forKey: .external)
            }
        }
    }

    struct NewRecord: Encodable {
        let repo: String
        let collection = BlueskyValues.collection
        let rkey: String
        let record: NewPost
    }

    struct Deletion: Encodable {
        let repo: String
        let collection = BlueskyValues.collection
        let rkey: String
    }

    struct SignIn: Encodable {
        let identifier: String
        let password: String
    }
}
