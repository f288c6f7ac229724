import Channels
package import Jobs
package import Kernel
package import Planning
import Publishing
package import Store
package import Strategy

/// A review with everything its page shows.
package struct ReviewDetail: Sendable {
    package let review: Review
    package let findings: [Finding]
    package let decisions: [Decision]
    package let lessons: [Lesson]
}

/// Which reviews a list shows.
package struct ReviewFilter: Sendable, Hashable {
    /// Words in its summary, or in what was found and why.
    package var text: String
    package var cadence: ReviewCadence?
    package var state: Review.State?
    package var isOldestFirst: Bool

    package init(
        text: String = "", cadence: ReviewCadence? = nil, state: Review.State? = nil,
        isOldestFirst: Bool = false
    ) {
        self.text = text
        self.cadence = cadence
        self.state = state
        self.isOldestFirst = isOldestFirst
    }

    func conditions(_ workspace: WorkspaceID) -> [SQL] {
        var all: [SQL] = ["review.workspace_id = \(workspace)"]
        if let cadence { all.append("review.cadence = \(cadence)") }
        if let state { all.append("review.state = \(state)") }
        if !text.isEmpty {
            all.append(
                """
                \(.contains("review.summary", text)) OR EXISTS (
                    SELECT 1 FROM finding WHERE finding.review_id = review.id
                        AND (\(.contains("finding.what", text))
                            OR \(.contains("finding.why", text))))
                """)
        }
        return all
    }
}

/// Which lessons a list shows.
package struct LessonFilter: Sendable, Hashable {
    package var text: String?
    package var tag: String?
    package var includesRetired: Bool

    package init(text: String? = nil, tag: String? = nil, includesRetired: Bool = false) {
        self.text = text
        self.tag = tag
        self.includesRetired = includesRetired
    }
}

extension ReviewDesk {
    /// The reviews that match, the latest period first unless the oldest are asked for.
    package func reviews(
        _ filter: ReviewFilter = ReviewFilter(), page: PageRequest, in workspace: WorkspaceID
    ) async throws -> Page<Review> {
        let list = ListOrder(
            "review.ends_on", .text, then: "review.id", .text,
            isDescending: !filter.isOldestFirst)
        var conditions = filter.conditions(workspace)
        if let after = try list.after(page.after) { conditions.append(after) }
        let all = SQL.all(conditions)
        let found = try await database.read { tx in
            try tx.all(
                Review.self,
                """
                SELECT review.* FROM review WHERE \(all)
                ORDER BY \(list.clause) LIMIT \(page.limit + 1)
                """)
        }
        return Page(found, limit: page.limit) {
            Cursor(key: $0.period.endsOn.description, id: $0.id.text)
        }
    }

    /// Reviews that people still work on, the latest period first.
    package func openReviews(in workspace: WorkspaceID) async throws -> [Review] {
        try await database.read { tx in
            try tx.all(
                Review.self,
                """
                SELECT * FROM review WHERE workspace_id = \(workspace) AND state = 'open'
                ORDER BY ends_on DESC, id DESC
                """)
        }
    }

    /// One review with its findings, decisions and lessons.
    package func review(_ id: ReviewID, in workspace: WorkspaceID) async throws -> ReviewDetail {
        try await database.read { tx in
            guard let review = try Review.find(id, in: workspace, tx) else {
                throw ReviewError.noSuchReview
            }
            return ReviewDetail(
                review: review,
                findings: try tx.all(
                    Finding.self,
                    """
                    SELECT * FROM finding WHERE review_id = \(id) AND workspace_id = \(workspace)
                    ORDER BY id
                    """),
                decisions: try tx.all(
                    Decision.self,
                    """
                    SELECT * FROM decision WHERE review_id = \(id)
                        AND workspace_id = \(workspace) ORDER BY id
                    """),
                lessons: try Lesson.complete(
                    tx.all(
                        Lesson.self,
                        """
                        SELECT * FROM lesson WHERE review_id = \(id)
                            AND workspace_id = \(workspace) ORDER BY id
                        """), in: workspace, tx))
        }
    }

    /// Decisions that wait to be carried out, the next due first.
    package func openDecisions(in workspace: WorkspaceID) async throws -> [Decision] {
        try await database.read { tx in
            try tx.all(
                Decision.self,
                """
                SELECT * FROM decision WHERE workspace_id = \(workspace) AND state = 'open'
                ORDER BY due_on, id
                """)
        }
    }

    /// Every decision, the newest first: the decision log.
    package func decisions(
        page: PageRequest, in workspace: WorkspaceID
    ) async throws -> Page<Decision> {
        try await database.read { tx in
            let older: SQL = page.after.map { "id < \($0.id)" } ?? "1 = 1"
            let found = try tx.all(
                Decision.self,
                """
                SELECT * FROM decision WHERE workspace_id = \(workspace) AND \(older)
                ORDER BY id DESC LIMIT \(page.limit + 1)
                """)
            let shown = Array(found.prefix(page.limit))
            let next = found.count > page.limit ? shown.last : nil
            return Page(items: shown, next: next.map { Cursor(key: "", id: $0.id.text) })
        }
    }

    /// One lesson with its tags and evidence.
    package func lesson(_ id: LessonID, in workspace: WorkspaceID) async throws -> Lesson {
        try await database.read { tx in
            let found = try tx.all(
                Lesson.self,
                "SELECT * FROM lesson WHERE id = \(id) AND workspace_id = \(workspace)")
            guard let lesson = try Lesson.complete(found, in: workspace, tx).first else {
                throw ReviewError.noSuchLesson
            }
            return lesson
        }
    }

    /// The lessons that match, the newest first.
    package func lessons(
        _ filter: LessonFilter, page: PageRequest, in workspace: WorkspaceID
    ) async throws -> Page<Lesson> {
        try await database.read { tx in
            var conditions: [SQL] = ["workspace_id = \(workspace)"]
            if !filter.includesRetired { conditions.append("archived_at IS NULL") }
            if let text = filter.text, !text.isEmpty {
                conditions.append(
                    "\(.contains("statement", text)) OR \(.contains("advice", text))")
            }
            if let tag = filter.tag {
                conditions.append(
                    """
                    id IN (SELECT lesson_id FROM lesson_tag
                        WHERE workspace_id = \(workspace) AND tag = \(tag))
                    """)
            }
            if let after = page.after { conditions.append("id < \(after.id)") }
            let found = try tx.all(
                Lesson.self,
                """
                SELECT * FROM lesson WHERE \(.all(conditions)) ORDER BY id DESC
                LIMIT \(page.limit + 1)
                """)
            let shown = Array(found.prefix(page.limit))
            let next = found.count > page.limit ? shown.last : nil
            return Page(
                items: try Lesson.complete(shown, in: workspace, tx),
                next: next.map { Cursor(key: "", id: $0.id.text) })
        }
    }

    /// Every tag in use with the number of lessons that have it, the most used first.
    package func lessonTags(in workspace: WorkspaceID) async throws -> [(tag: String, count: Int)] {
        try await database.read { tx in
            try tx.rows(
                """
                SELECT lesson_tag.tag AS tag, COUNT(*) AS uses FROM lesson_tag
                JOIN lesson ON lesson.id = lesson_tag.lesson_id
                WHERE lesson_tag.workspace_id = \(workspace) AND lesson.archived_at IS NULL
                GROUP BY lesson_tag.tag ORDER BY uses DESC, lesson_tag.tag
                """
            ).map { (tag: try $0("tag"), count: try $0("uses")) }
        }
    }

    /// The lessons that apply to what is about to be made.
    package func lessons(
        for context: LessonContext, limit: Int = 3, in workspace: WorkspaceID
    ) async throws -> [LessonMatch] {
        try await database.read { tx in
            LessonMatch.best(
                of: try Lesson.current(in: workspace, tx), for: context, limit: limit)
        }
    }

    /// The lessons that apply to a plan item.
    package func lessons(
        for item: ItemID, in workspace: WorkspaceID
    ) async throws -> [LessonMatch] {
        try await database.read { tx in
            guard let found = try PlanItem.find(item, in: workspace, tx) else {
                throw PlanError.noSuchItem
            }
            return try Self.lessons(for: [found], in: workspace, tx)[item] ?? []
        }
    }

    /// The lessons that apply to each of some plan items.
    package func lessons(
        for items: [PlanItem], in workspace: WorkspaceID
    ) async throws -> [ItemID: [LessonMatch]] {
        try await database.read { tx in try Self.lessons(for: items, in: workspace, tx) }
    }

    private static func lessons(
        for items: [PlanItem], in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ItemID: [LessonMatch]] {
        let lessons = try Lesson.current(in: workspace, tx)
        guard !lessons.isEmpty else { return [:] }
        let traits = try ItemTraits.load(of: items, in: workspace, tx)
        let matches = items.compactMap { item in
            traits[item.id].map { traits in
                let context = LessonContext(
                    title: item.title, tags: traits.tags, channels: traits.channels,
                    initiativeKind: traits.initiativeKind)
                return (item.id, LessonMatch.best(of: lessons, for: context))
            }
        }
        return Dictionary(matches, uniquingKeysWith: { first, _ in first })
    }

    /// The cycles that are switched on.
    package func cycles(in workspace: WorkspaceID) async throws -> [ReviewCadence] {
        try await database.read { tx in try Self.cycles(in: workspace, tx) }
    }

    static func cycles(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [ReviewCadence] {
        let off = try tx.rows(
            "SELECT cadence FROM review_cycle_off WHERE workspace_id = \(workspace)"
        ).map { try $0("cadence", as: ReviewCadence.self) }
        return ReviewCadence.allCases.filter { !off.contains($0) }
    }
}

extension Review {
    /// A review of the workspace.
    package static func find(
        _ id: ReviewID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Review? {
        try tx.first(
            Review.self,
            "SELECT * FROM review WHERE id = \(id) AND workspace_id = \(workspace)")
    }
}

extension Decision {
    /// A decision of the workspace.
    package static func find(
        _ id: DecisionID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> Decision? {
        try tx.first(
            Decision.self,
            "SELECT * FROM decision WHERE id = \(id) AND workspace_id = \(workspace)")
    }
}

extension Lesson {
    /// Lessons that are held to be true, with their tags and evidence.
    static func current(
        in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [Lesson] {
        try complete(
            tx.all(
                Lesson.self,
                """
                SELECT * FROM lesson WHERE workspace_id = \(workspace) AND archived_at IS NULL
                ORDER BY id DESC LIMIT 500
                """), in: workspace, tx)
    }

    /// The lessons with their tags and evidence read.
    static func complete(
        _ lessons: [Lesson], in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [Lesson] {
        let ids = SQL.list(lessons.map(\.id))
        var tags: [LessonID: [String]] = [:]
        for row in try tx.rows(
            """
            SELECT lesson_id, tag FROM lesson_tag WHERE workspace_id = \(workspace)
                AND lesson_id IN \(ids) ORDER BY tag
            """)
        {
            tags[try row("lesson_id"), default: []].append(try row("tag"))
        }
        var evidence: [LessonID: [Evidence]] = [:]
        for row in try tx.rows(
            """
            SELECT lesson_id, subject, label FROM lesson_evidence
            WHERE workspace_id = \(workspace) AND lesson_id IN \(ids) ORDER BY subject
            """)
        {
            evidence[try row("lesson_id"), default: []].append(
                Evidence(subject: try row("subject"), label: try row("label")))
        }
        return lessons.map { lesson in
            var lesson = lesson
            lesson.tags = tags[lesson.id] ?? []
            lesson.evidence = evidence[lesson.id] ?? []
            return lesson
        }
    }
}

// MARK: - What figures and evidence point at

extension ReviewDesk {
    /// The titles of subjects (`kind:id`) of the workspace; unknown ones are left out.
    package func labels(
        of subjects: [String], in workspace: WorkspaceID
    ) async throws -> [String: String] {
        try await database.read { tx in
            var labels: [String: String] = [:]
            for subject in Set(subjects) {
                labels[subject] = try Self.label(of: subject, in: workspace, tx)
            }
            return labels
        }
    }

    /// What a lesson could point at: the latest reviews and the posts that went out last.
    package func evidenceOffers(in workspace: WorkspaceID) async throws -> [Lesson.Evidence] {
        try await database.read { tx in
            let reviews = try tx.all(
                Review.self,
                """
                SELECT * FROM review WHERE workspace_id = \(workspace)
                ORDER BY ends_on DESC, id DESC LIMIT 6
                """)
            let posts = try tx.rows(
                """
                SELECT id, title, body FROM post WHERE workspace_id = \(workspace)
                    AND id IN (SELECT post_id FROM (SELECT post_id FROM publication
                        WHERE workspace_id = \(workspace) AND state = 'published'
                        ORDER BY published_at DESC LIMIT 24) AS latest)
                ORDER BY id DESC LIMIT 12
                """)
            return try reviews.map { Lesson.Evidence(subject: $0.subject, label: $0.title) }
                + posts.map { row in
                    let id: PostID = try row("id")
                    return Lesson.Evidence(
                        subject: "post:\(id)",
                        label: Self.words(title: try row("title"), body: try row("body")))
                }
        }
    }

    private static func words(title: String, body: String) -> String {
        title.isEmpty ? Post.firstWords(of: body) : title
    }

    private static func label(
        of subject: String, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> String? {
        let parts = subject.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "item":
            return try ItemID(parts[1]).flatMap {
                try PlanItem.find($0, in: workspace, tx)?.title
            }
        case "initiative":
            return try InitiativeID(parts[1]).flatMap {
                try Initiative.find($0, in: workspace, tx)?.title
            }
        case "objective":
            return try ObjectiveID(parts[1]).flatMap {
                try Objective.find($0, in: workspace, tx)?.title
            }
        case "review":
            return try ReviewID(parts[1]).flatMap {
                try Review.find($0, in: workspace, tx)?.title
            }
        case "decision":
            return try DecisionID(parts[1]).flatMap {
                try Decision.find($0, in: workspace, tx)?.what
            }
        case "post":
            return try PostID(parts[1]).flatMap { try words(of: $0, in: workspace, tx) }
        default: return nil
        }
    }

    /// A post's title or first words; figures name it by a publication, people by itself.
    private static func words(
        of post: PostID, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> String? {
        let row = try tx.first(
            """
            SELECT title, body FROM post WHERE workspace_id = \(workspace)
                AND (id = \(post) OR id IN (SELECT post_id FROM publication
                    WHERE workspace_id = \(workspace) AND id = \(post)))
            """)
        guard let row else { return nil }
        return words(title: try row("title"), body: try row("body"))
    }

    /// The names of a workspace's members and channels.
    package func directory(of workspace: WorkspaceID) async throws -> Directory {
        try await database.read { tx in try Directory.load(workspace, tx) }
    }

    /// What happened to a subject, the newest first.
    package func activity(
        of subject: String, in workspace: WorkspaceID, limit: Int = 30
    ) async throws -> [RecordedEvent] {
        try await database.read { tx in
            try events.activity(of: subject, workspace: workspace, limit: limit, in: tx)
        }
    }
}
