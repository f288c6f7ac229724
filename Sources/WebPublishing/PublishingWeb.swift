package import Engagement
import Kernel
import People
package import Planning
package import Publishing
package import Web

/// The pages and the API of writing, scheduling, publishing and answering.
package struct PublishingWeb: Sendable {
    /// What other slices show on these pages; each answers HTML they have drawn.
    package struct Neighbours: Sendable {
        /// The results of a publication; nil where there is nothing to say yet.
        package var results: @Sendable (PublicationID, WebRequest) async throws -> String?
        /// Lessons that apply to what is being written.
        package var lessons: @Sendable (ItemID?, WebRequest) async throws -> [Lesson]

        package init(
            results: @escaping @Sendable (PublicationID, WebRequest) async throws -> String? = {
                _, _ in nil
            },
            lessons: @escaping @Sendable (ItemID?, WebRequest) async throws -> [Lesson] = {
                _, _ in []
            }
        ) {
            self.results = results
            self.lessons = lessons
        }
    }

    /// A lesson as it stands beside the composer.
    package struct Lesson: Sendable {
        let text: String
        let advice: String
        let href: String

        package init(text: String, advice: String, href: String) {
            self.text = text
            self.advice = advice
            self.href = href
        }
    }

    let posts: PostDesk
    let freezes: FreezeDesk
    let addresses: AddressProof
    let pictures: PictureStore
    let cards: LinkCards
    let history: HistoryImport
    let planning: PlanDesk
    let replies: ReplyDesk
    let frame: Frame
    let live: LiveHub?
    let neighbours: Neighbours

    package init(
        posts: PostDesk, freezes: FreezeDesk, addresses: AddressProof, pictures: PictureStore,
        cards: LinkCards, history: HistoryImport,
        planning: PlanDesk, replies: ReplyDesk,
        frame: Frame, live: LiveHub?, neighbours: Neighbours = Neighbours()
    ) {
        self.posts = posts
        self.freezes = freezes
        self.addresses = addresses
        self.pictures = pictures
        self.cards = cards
        self.history = history
        self.planning = planning
        self.replies = replies
        self.frame = frame
        self.live = live
        self.neighbours = neighbours
    }

    /// Every route of publishing and replies.
    package var routes: [Route] {
        postRoutes + decisionRoutes + calendarRoutes + pictureRoutes + cardRoutes + handRoutes
            + replyRoutes + freezeRoutes + historyRoutes + preflightRoutes + linkRoutes
    }

    static let base = "/workspaces/{workspace}"
    static let page = "/w/{workspace}"
    static let tag = "Publishing"

    func root(_ request: WebRequest) -> String { "/w/\(request.workspace.slug)" }

    func tell(_ request: WebRequest) {
        live?.tell(request.workspace.workspace, "posts")
    }
}
