package import Foundation
package import Kernel

/// What the program can do on one network. A capability that is nil does not exist there, so
/// pages and planner can ask before they offer it.
package struct Connector: Sendable {
    package let network: Network
    package var connecting: Connecting?
    package var publishing: Publishing?
    package var inbox: Inbox?
    package var insights: Insights?
    package var history: History?
    /// Asks whether the account could publish now; changes nothing.
    package var standing: (@Sendable (Access) async throws(NetworkFailure) -> AccountStanding)?

    package init(
        network: Network, connecting: Connecting? = nil, publishing: Publishing? = nil,
        inbox: Inbox? = nil, insights: Insights? = nil, history: History? = nil,
        standing: (@Sendable (Access) async throws(NetworkFailure) -> AccountStanding)? = nil
    ) {
        self.network = network
        self.connecting = connecting
        self.publishing = publishing
        self.inbox = inbox
        self.insights = insights
        self.history = history
        self.standing = standing
    }
}

/// All connectors of a running program, by network.
package struct Connectors: Sendable {
    private let byNetwork: [Network: Connector]

    package init(_ connectors: [Connector]) {
        byNetwork = Dictionary(
            connectors.map { ($0.network, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The connector for `network`; nil when posts there are published by hand.
    package subscript(_ network: Network) -> Connector? { byNetwork[network] }
}

// MARK: - The account

/// Everything a connector needs to act as one connected account.
package struct Access: Sendable {
    package var network: Network
    /// The server's base address: `https://mastodon.example`, a PDS; no trailing slash.
    package var server: String
    /// The account's stable identifier on the network: a DID, a numeric id.
    package var accountID: String
    /// What people know the account by: `ana@mastodon.example`, `ana.bsky.social`.
    package var handle: String
    package var credentials: Credentials
    /// When the account was connected; tells one sign-in from the next.
    package var connectedAt: Instant?
    /// Keeps rotated credentials; a connector calls it before it uses them.
    package var saveCredentials: @Sendable (Credentials) async throws -> Void

    package init(
        network: Network, server: String, accountID: String, handle: String,
        credentials: Credentials, connectedAt: Instant? = nil,
        saveCredentials: @escaping @Sendable (Credentials) async throws -> Void = { _ in }
    ) {
        self.network = network
        self.server = server
        self.accountID = accountID
        self.handle = handle
        self.credentials = credentials
        self.connectedAt = connectedAt
        self.saveCredentials = saveCredentials
    }
}

/// Secrets of a connected account; stored encrypted, never shown, never logged.
package struct Credentials: Sendable, Codable, Hashable, CustomStringConvertible {
    package var accessToken: String
    package var refreshToken: String?
    package var expiresAt: Instant?
    /// What else the network's scheme needs, such as a client secret or an app password.
    package var extra: [String: String]

    package init(
        accessToken: String, refreshToken: String? = nil, expiresAt: Instant? = nil,
        extra: [String: String] = [:]
    ) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
        self.extra = extra
    }

    package var description: String { "Credentials(secret)" }

    /// Whether ending the one would end the other.
    package func isSameSignIn(as other: Credentials) -> Bool {
        accessToken == other.accessToken
            || (refreshToken != nil && refreshToken == other.refreshToken)
    }
}

/// How an account is connected.
package struct Connecting: Sendable {
    /// How the person proves that the account is theirs.
    package enum Method: Sendable, Hashable {
        /// Handle and app password, typed into our page (Bluesky).
        case appPassword
        /// OAuth: we send the browser to the network and get a code back (Mastodon API).
        case authorization
    }

    /// Who is connected, as the network names them.
    package struct Account: Sendable {
        package var server: String
        package var accountID: String
        package var handle: String
        package var displayName: String
        package var avatarURL: String?
        package var credentials: Credentials

        package init(
            server: String, accountID: String, handle: String, displayName: String,
            avatarURL: String? = nil, credentials: Credentials
        ) {
            self.server = server
            self.accountID = accountID
            self.handle = handle
            self.displayName = displayName
            self.avatarURL = avatarURL
            self.credentials = credentials
        }
    }

    /// A sign-in that is under way: where to send the browser and what to remember until it returns.
    package struct Authorization: Sendable {
        package var browserURL: String
        /// Secret state to keep (encrypted) until the code comes back.
        package var memory: [String: String]

        package init(browserURL: String, memory: [String: String]) {
            self.browserURL = browserURL
            self.memory = memory
        }
    }

    package var method: Method
    /// Signs in with an identifier and an app password on `server`.
    package var signIn:
        (
            @Sendable (_ server: String, _ identifier: String, _ password: String)
                async throws(NetworkFailure) -> Account
        )?
    /// Registers this program with `server` and returns where to send the browser.
    package var begin:
        (
            @Sendable (_ server: String, _ redirectURL: String, _ state: String)
                async throws(NetworkFailure) -> Authorization
        )?
    /// Exchanges the code the browser brought back.
    package var finish:
        (
            @Sendable (_ code: String, _ memory: [String: String])
                async throws(NetworkFailure) -> Account
        )?
    /// Ends the sign-in at the network; nil where only the person can do that.
    package var end: (@Sendable (Access) async throws(NetworkFailure) -> Void)?
    /// What stays good when the sign-in has ended and only the person can end: "app password".
    package var outlasting: String?

    package init(
        method: Method,
        signIn: (
            @Sendable (String, String, String) async throws(NetworkFailure) -> Account
        )? = nil,
        begin: (
            @Sendable (String, String, String) async throws(NetworkFailure) -> Authorization
        )? = nil,
        finish: (
            @Sendable (String, [String: String]) async throws(NetworkFailure) -> Account
        )? = nil,
        end: (@Sendable (Access) async throws(NetworkFailure) -> Void)? = nil,
        outlasting: String? = nil
    ) {
        self.method = method
        self.signIn = signIn
        self.begin = begin
        self.finish = finish
        self.end = end
        self.outlasting = outlasting
    }
}

// MARK: - Publishing

/// Publishes, proves and deletes posts.
package struct Publishing: Sendable {
    /// Uploads one picture ahead of time and returns what `publish` refers to. Nothing public yet.
    package var upload: @Sendable (Access, MediaFile) async throws(NetworkFailure) -> UploadedMedia
    /// Publishes one post (one part of a thread). Called at most once for a key before `find`.
    package var publish: @Sendable (Access, OutgoingPost) async throws(NetworkFailure) -> RemotePost
    /// Looks whether a post that may have been accepted is there.
    package var find: @Sendable (Access, PostProbe) async throws(NetworkFailure) -> Proof
    package var delete: @Sendable (Access, RemotePost) async throws(NetworkFailure) -> Void
    /// The server's own limits, where it tells them; empty otherwise.
    package var liveLimits: @Sendable (Access) async throws(NetworkFailure) -> [RuleName: Int]
    /// The account's own post at an address that people open; nil when it is none of its posts.
    package var recognise:
        (@Sendable (Access, _ address: String) async throws(NetworkFailure) -> RemotePost?)?

    package init(
        upload:
            @escaping @Sendable (Access, MediaFile) async throws(NetworkFailure) -> UploadedMedia,
        publish:
            @escaping @Sendable (Access, OutgoingPost) async throws(NetworkFailure) -> RemotePost,
        find: @escaping @Sendable (Access, PostProbe) async throws(NetworkFailure) -> Proof,
        delete: @escaping @Sendable (Access, RemotePost) async throws(NetworkFailure) -> Void,
        liveLimits: @escaping @Sendable (Access) async throws(NetworkFailure) -> [RuleName: Int],
        recognise: (@Sendable (Access, String) async throws(NetworkFailure) -> RemotePost?)? = nil
    ) {
        self.recognise = recognise
        self.upload = upload
        self.publish = publish
        self.find = find
        self.delete = delete
        self.liveLimits = liveLimits
    }
}

/// A picture ready to be sent: already fitted to the network and stripped of metadata.
package struct MediaFile: Sendable, Hashable {
    package var bytes: Data
    /// `image/jpeg`, `image/png`, `image/webp` or `image/gif`.
    package var contentType: String
    package var fileName: String
    package var altText: String
    package var width: Int
    package var height: Int

    package init(
        bytes: Data, contentType: String, fileName: String, altText: String, width: Int,
        height: Int
    ) {
        self.bytes = bytes
        self.contentType = contentType
        self.fileName = fileName
        self.altText = altText
        self.width = width
        self.height = height
    }
}

/// A network's reference to an uploaded file, as JSON text only its connector reads.
package struct UploadedMedia: Sendable, Codable, Hashable {
    package var reference: String
    package var altText: String
    package var uploadedAt: Instant

    package init(reference: String, altText: String, uploadedAt: Instant) {
        self.reference = reference
        self.altText = altText
        self.uploadedAt = uploadedAt
    }
}

/// One post as it will be sent. Its `key` makes it recognisable: the same key is the same post.
package struct OutgoingPost: Sendable {
    /// The Mastodon API's `Idempotency-Key`; Bluesky's record key follows from it and `createdAt`.
    package var key: String
    package var createdAt: Instant
    package var text: String
    package var media: [UploadedMedia]
    /// A link to show as a card where the network lets us choose.
    package var card: LinkCard?
    /// BCP 47.
    package var language: String?
    package var visibility: Visibility
    /// Whom an answer reaches; nil for what `visibility` says.
    package var audience: Audience?
    package var contentWarning: String?
    /// The post this one continues or answers.
    package var replyTo: RemotePost?
    /// The first post of the thread, when `replyTo` is not it.
    package var threadRoot: RemotePost?
    /// When the worker's right to send ends: nothing of the post may leave later.
    package var leavesBefore: ContinuousClock.Instant?
    /// Where the connector notes what it saw.
    package var trace: SendTrace?

    package init(
        key: String, createdAt: Instant, text: String, media: [UploadedMedia] = [],
        card: LinkCard? = nil, language: String? = nil, visibility: Visibility = .everyone,
        contentWarning: String? = nil, replyTo: RemotePost? = nil, threadRoot: RemotePost? = nil
    ) {
        self.key = key
        self.createdAt = createdAt
        self.text = text
        self.media = media
        self.card = card
        self.language = language
        self.visibility = visibility
        self.contentWarning = contentWarning
        self.replyTo = replyTo
        self.threadRoot = threadRoot
    }
}

/// Who can see a post.
package enum Visibility: String, Sendable, Codable, CaseIterable {
    case everyone
    /// Public, but not listed in public timelines.
    case unlisted
    case followers
}

/// Whom a message reaches; more than a post of ours can choose, because answers follow what they
/// answer.
package enum Audience: String, Sendable, Codable, CaseIterable {
    case everyone
    case unlisted
    case followers
    /// Only those it names.
    case direct

    package init(_ visibility: Visibility) {
        switch visibility {
        case .everyone: self = .everyone
        case .unlisted: self = .unlisted
        case .followers: self = .followers
        }
    }
}

/// A link with what its card shows.
package struct LinkCard: Sendable, Codable, Hashable {
    package var url: String
    package var title: String
    package var summary: String
    package var thumbnail: UploadedMedia?

    package init(url: String, title: String, summary: String, thumbnail: UploadedMedia? = nil) {
        self.url = url
        self.title = title
        self.summary = summary
        self.thumbnail = thumbnail
    }
}

/// A post that exists on a network.
package struct RemotePost: Sendable, Codable, Hashable {
    /// The network's own identifier: a status id, an `at://` address.
    package var id: String
    /// The page people open; nil when the network has none.
    package var url: String?
    /// What the network needs besides the id to refer to it, such as a content hash.
    package var revision: String?
    package var publishedAt: Instant?

    package init(
        id: String, url: String? = nil, revision: String? = nil, publishedAt: Instant? = nil
    ) {
        self.id = id
        self.url = url
        self.revision = revision
        self.publishedAt = publishedAt
    }
}

/// What to look for when it is unknown whether a send was accepted.
package struct PostProbe: Sendable {
    package var post: OutgoingPost
    /// The variant's own tagged link, unique by construction, when the text has one.
    package var link: String?
    /// The first byte left no earlier than this.
    package var sentAfter: Instant
    /// The numbers of posts of the account that are known to be others of ours; they prove nothing.
    package var others: Set<String>

    package init(
        post: OutgoingPost, link: String?, sentAfter: Instant, others: Set<String> = []
    ) {
        self.post = post
        self.link = link
        self.sentAfter = sentAfter
        self.others = others
    }
}

/// What looking found, and by which means.
package enum Proof: Sendable, Hashable {
    /// It is there; `by` says how it was recognised, for the evidence page.
    case found(RemotePost, by: String)
    /// It is certainly not there.
    case absent(by: String)
    /// The network cannot tell.
    case unknown(why: String)
}

// MARK: - Listening to our own posts

/// Replies to our own posts, and answers to them.
package struct Inbox: Sendable {
    /// A message somebody wrote to us.
    package struct Message: Sendable {
        package var post: RemotePost
        /// The post of ours, or the reply, that it answers.
        package var inReplyTo: String
        package var authorID: String
        package var authorHandle: String
        package var authorName: String
        package var authorURL: String?
        /// Plain text; markup is removed by the connector.
        package var text: String
        package var at: Instant
        /// Who else can read it.
        package var audience: Audience

        package init(
            post: RemotePost, inReplyTo: String, authorID: String, authorHandle: String,
            authorName: String, authorURL: String?, text: String, at: Instant,
            audience: Audience = .everyone
        ) {
            self.audience = audience
            self.post = post
            self.inReplyTo = inReplyTo
            self.authorID = authorID
            self.authorHandle = authorHandle
            self.authorName = authorName
            self.authorURL = authorURL
            self.text = text
            self.at = at
        }
    }

    /// All replies below one of our posts, oldest first; ours are left out.
    package var replies: @Sendable (Access, RemotePost) async throws(NetworkFailure) -> [Message]

    package init(
        replies: @escaping @Sendable (Access, RemotePost) async throws(NetworkFailure) -> [Message]
    ) {
        self.replies = replies
    }
}

/// Figures a network reports about one post. A figure the network does not report is nil, never 0.
package struct PostFigures: Sendable, Codable, Hashable {
    package var likes: Int?
    package var reposts: Int?
    package var replies: Int?
    package var quotes: Int?
    package var impressions: Int?

    package init(
        likes: Int? = nil, reposts: Int? = nil, replies: Int? = nil, quotes: Int? = nil,
        impressions: Int? = nil
    ) {
        self.likes = likes
        self.reposts = reposts
        self.replies = replies
        self.quotes = quotes
        self.impressions = impressions
    }
}

/// Reads figures of posts and accounts.
package struct Insights: Sendable {
    package var figures: @Sendable (Access, RemotePost) async throws(NetworkFailure) -> PostFigures
    /// How many follow the account; nil when the network does not say.
    package var followers: @Sendable (Access) async throws(NetworkFailure) -> Int?

    package init(
        figures:
            @escaping @Sendable (Access, RemotePost) async throws(NetworkFailure)
            -> PostFigures,
        followers: @escaping @Sendable (Access) async throws(NetworkFailure) -> Int?
    ) {
        self.figures = figures
        self.followers = followers
    }
}

/// Lists the account's own past posts, newest first, so that a new channel starts with a history.
package struct History: Sendable {
    /// A post of the past with its figures.
    package struct Entry: Sendable {
        package var post: RemotePost
        package var text: String
        package var at: Instant
        package var figures: PostFigures

        package init(post: RemotePost, text: String, at: Instant, figures: PostFigures) {
            self.post = post
            self.text = text
            self.at = at
            self.figures = figures
        }
    }

    /// One page of history; `before` is the cursor of the page before, nil for the newest.
    package var page:
        @Sendable (Access, _ before: String?) async throws(NetworkFailure)
            -> (entries: [Entry], next: String?)

    package init(
        page:
            @escaping @Sendable (Access, _ before: String?) async throws(NetworkFailure)
            -> (entries: [Entry], next: String?)
    ) {
        self.page = page
    }
}
