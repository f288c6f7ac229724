import Kernel
import People
package import Planning
package import Web

/// The plan's pages and API.
package struct PlanWeb: Sendable {
    /// A line with a link that another part of the program adds to an item's page.
    package struct Line: Sendable {
        let title: String
        let note: String
        let href: String
        let mark: Chip?

        /// A line such as a post of the item, or a lesson that applies to it.
        package init(title: String, note: String, href: String, mark: Chip? = nil) {
            self.title = title
            self.note = note
            self.href = href
            self.mark = mark
        }
    }

    /// What the other parts of the program know about items.
    package struct Neighbours: Sendable {
        /// The lessons that apply to an item.
        package var lessons: @Sendable (ItemID, Membership) async throws -> [Line]
        /// The posts that were written for an item.
        package var posts: @Sendable (ItemID, Membership) async throws -> [Line]

        /// Nothing beside the items until the composition root says what.
        package init(
            lessons: @escaping @Sendable (ItemID, Membership) async throws -> [Line] = { _, _ in
                []
            },
            posts: @escaping @Sendable (ItemID, Membership) async throws -> [Line] = { _, _ in
                []
            }
        ) {
            self.lessons = lessons
            self.posts = posts
        }
    }

    let desk: PlanDesk
    let frame: Frame
    let neighbours: Neighbours
    let live: LiveHub?

    package init(
        desk: PlanDesk, frame: Frame, neighbours: Neighbours = Neighbours(),
        live: LiveHub? = nil
    ) {
        self.desk = desk
        self.frame = frame
        self.neighbours = neighbours
        self.live = live
    }

    /// Every route of the plan.
    package var routes: [Route] {
        pages + planRoutes + itemRoutes + briefRoutes + actionRoutes + initiativeRoutes
    }

    static let base = "/workspaces/{workspace}"
    static let tag = "Plan"

    /// Today in the workspace of a request.
    func today(_ request: WebRequest) -> CivilDate {
        CivilDate(request.now, in: request.workspace.zone)
    }

    static func path(_ request: WebRequest, _ rest: String = "") -> String {
        "/w/\(request.workspace.slug)/plan\(rest)"
    }

    /// Tells everybody who looks at the plan that it changed.
    func tell(_ request: WebRequest) {
        live?.tell(request.workspace.workspace, "plan")
    }
}
