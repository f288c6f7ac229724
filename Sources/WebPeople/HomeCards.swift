package import Kernel
package import Web

/// What other slices put on the home page; the composition root collects it.
package struct HomeCards: Sendable {
    package typealias Lines = @Sendable (WebRequest) async throws -> [HomeLine]
    package typealias Figures = @Sendable (WebRequest) async throws -> [HomeFigure]
    package typealias Steps = @Sendable (WebRequest) async throws -> [SetupStep]

    /// What a person must do: approvals, doubtful posts, lost connections.
    package var needsYou: [Lines]
    /// Posts that went out today or go out within a week.
    package var coming: [Lines]
    /// Whether it works: objectives, money in and out.
    package var quarter: [Figures]
    /// Lessons that apply to what is planned.
    package var memory: [Lines]
    /// Steps of the set-up checklist besides those about people and channels.
    package var setup: [Steps]

    package init(
        needsYou: [Lines] = [], coming: [Lines] = [], quarter: [Figures] = [],
        memory: [Lines] = [], setup: [Steps] = []
    ) {
        self.needsYou = needsYou
        self.coming = coming
        self.quarter = quarter
        self.memory = memory
        self.setup = setup
    }
}

/// One line of a card on the home page.
package struct HomeLine: Sendable {
    package var title: String
    package var href: String?
    package var detail: String?
    package var chip: Chip?
    /// When it happens or is due; lines are sorted by it.
    package var at: Instant?

    package init(
        _ title: String, href: String? = nil, detail: String? = nil, chip: Chip? = nil,
        at: Instant? = nil
    ) {
        self.title = title
        self.href = href
        self.detail = detail
        self.chip = chip
        self.at = at
    }
}

/// One figure on the home page: its value, what it counts and where it comes from.
package struct HomeFigure: Sendable {
    package var value: String
    /// What the value is, with unit and period.
    package var label: String
    package var detail: String?
    package var chip: Chip?
    package var href: String?

    package init(
        _ value: String, label: String, detail: String? = nil, chip: Chip? = nil,
        href: String? = nil
    ) {
        self.value = value
        self.label = label
        self.detail = detail
        self.chip = chip
        self.href = href
    }
}

/// One step of setting a workspace up.
package struct SetupStep: Sendable {
    package var title: String
    package var why: String
    package var href: String
    package var isDone: Bool

    package init(_ title: String, why: String, href: String, isDone: Bool) {
        self.title = title
        self.why = why
        self.href = href
        self.isDone = isDone
    }
}

/// What the first steps do in other slices.
package struct FirstSteps: Sendable {
    /// The first post as its writer means it.
    package struct Post: Sendable {
        package let text: String
        /// When it is to go out, on the workspace's clock.
        package let at: LocalTime
    }

    /// Where the first post is shown, and what keeps it from being scheduled.
    package struct Kept: Sendable {
        package let page: String
        /// One sentence that says what to do; nil when the post is scheduled.
        package let problem: String?

        package init(page: String, problem: String? = nil) {
            self.page = page
            self.problem = problem
        }
    }

    /// Keeps one sentence as the workspace's first business goal.
    package var goal: @Sendable (_ sentence: String, Membership, Principal) async throws -> Void
    /// Keeps the first post for all channels and schedules it where nothing speaks against it.
    package var post: @Sendable (Post, Membership, Principal) async throws -> Kept

    package init(
        goal: @escaping @Sendable (String, Membership, Principal) async throws -> Void,
        post: @escaping @Sendable (Post, Membership, Principal) async throws -> Kept
    ) {
        self.goal = goal
        self.post = post
    }
}
