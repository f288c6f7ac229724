package import Jobs
package import Kernel
import People
package import Store

/// Tells people once what they can mend, and takes it back when it is mended.
package struct NoticeDesk: Sendable {
    /// Cleared notices stay on the list so long.
    static let memory = Duration.days(90)
    static let teller = Principal.system("Notices")

    let database: Database
    let events: EventLog
    let queue: JobQueue
    let surroundings: Surroundings
    /// Whether messages can leave at all.
    package let canMail: Bool

    package init(
        database: Database, events: EventLog, queue: JobQueue, surroundings: Surroundings,
        canMail: Bool
    ) {
        self.database = database
        self.events = events
        self.queue = queue
        self.surroundings = surroundings
        self.canMail = canMail
    }

    // MARK: - Telling

    /// Makes the open notices of a subject those of `troubles`: new ones are told, gone ones end.
    func settle(
        _ subject: String, _ troubles: [Trouble], in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        let now = surroundings.now()
        let open = try tx.rows(
            """
            SELECT id, problem, is_alarm, title FROM notice
            WHERE workspace_id = \(workspace) AND subject = \(subject) AND cleared_at IS NULL
                AND kind <> \(NoticeKind.verdict)
            """)
        var known: [String: (id: NoticeID, isAlarm: Bool)] = [:]
        for row in open {
            let problem: String = try row("problem")
            let id: NoticeID = try row("id")
            known[problem] = (id, try row("is_alarm"))
            guard !troubles.contains(where: { $0.key == problem }) else { continue }
            try tx.execute("UPDATE notice SET cleared_at = \(now) WHERE id = \(id)")
            let title: String = try row("title")
            try record("notices.cleared", subject, "Mended: \(title)", workspace, tx)
        }
        for trouble in troubles {
            if let (id, wasAlarm) = known[trouble.key] {
                try tx.execute(
                    """
                    UPDATE notice SET title = \(trouble.title), detail = \(trouble.detail),
                        is_alarm = \(trouble.isAlarm || wasAlarm) WHERE id = \(id)
                    """)
                // What waited for the end of quiet hours cannot wait any longer.
                if trouble.isAlarm, !wasAlarm { try planMail(id, trouble, workspace, tx) }
            } else {
                try raise(trouble, in: workspace, tx)
            }
        }
    }

    /// Tells something new.
    func raise(
        _ trouble: Trouble, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        let id: NoticeID = surroundings.newID()
        let row = try tx.first(
            """
            INSERT INTO notice (id, workspace_id, kind, problem, subject, title, detail, path,
                is_alarm, at)
            VALUES (\(id), \(workspace), \(trouble.kind), \(trouble.key), \(trouble.subject),
                \(trouble.title), \(trouble.detail), \(trouble.path), \(trouble.isAlarm),
                \(surroundings.now()))
            ON CONFLICT (workspace_id, problem) WHERE cleared_at IS NULL DO NOTHING RETURNING id
            """)
        guard row != nil else { return }
        for person in try readers(trouble.audience, in: workspace, tx) {
            try tx.execute(
                """
                INSERT INTO notice_reader (notice_id, person_id, workspace_id)
                VALUES (\(id), \(person), \(workspace))
                """)
        }
        try planMail(id, trouble, workspace, tx)
        guard trouble.kind != .verdict else { return }
        try record(
            "notices.raised", trouble.subject, "\(trouble.title): \(trouble.detail)", workspace, tx)
    }

    private func readers(
        _ audience: Trouble.Audience, in workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws -> [PersonID] {
        let members = try tx.rows(
            """
            SELECT person_id, role FROM member
            WHERE workspace_id = \(workspace) AND removed_at IS NULL ORDER BY id
            """
        ).map { (person: try $0("person_id") as PersonID, role: try $0("role") as Role) }
        let permitted = { (permission: Permission) in
            members.filter { Policy.allows($0.role, permission) }.map(\.person)
        }
        switch audience {
        case .permitted(let permission): return permitted(permission)
        case .person(let person, let permission):
            let isHere = members.contains { $0.person == person }
            return isHere ? [person].compactMap { $0 } : permitted(permission)
        case .personAnd(let person, let permission):
            let allowed = permitted(permission)
            return members.map(\.person).filter { $0 == person || allowed.contains($0) }
        case .others(let person, let permission):
            return permitted(permission).filter { $0 != person }
        }
    }

    /// Plans the e-mails of a notice, each at the time its reader allows.
    private func planMail(
        _ id: NoticeID, _ trouble: Trouble, _ workspace: WorkspaceID, _ tx: borrowing Transaction
    ) throws {
        guard canMail else { return }
        let now = surroundings.now()
        let waiting = try tx.rows(
            """
            SELECT person_id FROM notice_reader
            WHERE notice_id = \(id) AND read_at IS NULL AND mailed_at IS NULL
            """)
        for row in waiting {
            let person: PersonID = try row("person_id")
            let settings = try settings(of: person, tx)
            let moment = settings.mailTime(
                of: trouble.kind, isAlarm: trouble.isAlarm, at: now)
            guard let moment else { continue }
            try queue.enqueue(
                NoticeWork.mail, NoticeWork.Letter(notice: id, person: person),
                workspace: workspace, lane: "mail:\(person)", dueAt: moment,
                key: "mail:\(id):\(person)", in: tx)
        }
    }

    private func record(
        _ name: String, _ subject: String, _ summary: String, _ workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws {
        try events.record(
            try Event(
                name, workspace: workspace, subject: subject, summary: summary, by: Self.teller),
            in: tx)
    }

    // MARK: - Reading

    /// A person's notices in a workspace: open ones first, then what was mended, newest first.
    package func list(
        for person: PersonID, in workspace: WorkspaceID, onlyOpen: Bool = false,
        limit: Int = 100
    ) async throws -> [Notice] {
        let condition: SQL = onlyOpen ? "notice.cleared_at IS NULL" : "1 = 1"
        return try await database.read { tx in
            try tx.all(
                Notice.self,
                """
                SELECT notice.*, notice_reader.read_at FROM notice_reader
                JOIN notice ON notice.id = notice_reader.notice_id
                WHERE notice_reader.person_id = \(person)
                    AND notice_reader.workspace_id = \(workspace) AND \(condition)
                ORDER BY CASE WHEN notice.cleared_at IS NULL THEN 0 ELSE 1 END, notice.id DESC
                LIMIT \(limit)
                """)
        }
    }

    /// How many open notices a member has not read; asked for every page.
    package func unreadCount(
        for member: MemberID, in workspace: WorkspaceID
    ) async throws -> Int {
        let person = try await database.read { tx in
            try tx.scalar(
                PersonID.self,
                "SELECT person_id FROM member WHERE id = \(member) AND workspace_id = \(workspace)")
        }
        guard let person else { return 0 }
        return try await unreadCount(for: person, in: workspace)
    }

    /// How many open notices a person has not read.
    package func unreadCount(
        for person: PersonID, in workspace: WorkspaceID
    ) async throws -> Int {
        try await database.read { tx in
            try tx.scalar(
                Int.self,
                """
                SELECT COUNT(*) FROM notice_reader
                JOIN notice ON notice.id = notice_reader.notice_id
                WHERE notice_reader.person_id = \(person)
                    AND notice_reader.workspace_id = \(workspace)
                    AND notice_reader.read_at IS NULL AND notice.cleared_at IS NULL
                """) ?? 0
        }
    }

    /// Marks notices as read; `only` nil means all of them.
    package func markRead(
        _ only: NoticeID? = nil, by person: PersonID, in workspace: WorkspaceID
    ) async throws {
        let now = surroundings.now()
        try await database.write { tx in
            let changed = try tx.execute(
                """
                UPDATE notice_reader SET read_at = COALESCE(read_at, \(now))
                WHERE person_id = \(person) AND workspace_id = \(workspace)
                    AND (CAST(\(only) AS TEXT) IS NULL OR notice_id = \(only))
                """)
            if only != nil, changed == 0 { throw NoticesError.noSuchNotice }
        }
    }

    // MARK: - Settings

    /// What a person has chosen.
    package func settings(of person: PersonID) async throws -> NoticeSettings {
        try await database.read { tx in try settings(of: person, tx) }
    }

    private func settings(
        of person: PersonID, _ tx: borrowing Transaction
    ) throws -> NoticeSettings {
        let row = try tx.first("SELECT * FROM notice_setting WHERE person_id = \(person)")
        guard let row else { return .usual }
        var quiet: QuietHours?
        if let from: Int = try row("quiet_from"), let to: Int = try row("quiet_to"),
            let zone: Zone = try row("zone")
        {
            quiet = QuietHours(from: from, to: to, zone: zone)
        }
        let text: String = try row("mailed")
        let mailed = try JSON.decode([NoticeKind].self, from: text)
        return NoticeSettings(quiet: quiet, mailed: Set(mailed))
    }

    /// Keeps what a person chooses.
    package func keep(
        _ settings: NoticeSettings, of person: PersonID, by principal: Principal
    ) async throws {
        let kinds = try JSON.text(settings.mailed.sorted { $0.rawValue < $1.rawValue })
        let quiet = settings.quiet
        try await database.write { tx in
            let before = try tx.snapshot(
                """
                SELECT quiet_from, quiet_to, zone, mailed FROM notice_setting
                WHERE person_id = \(person)
                """)
            try tx.execute(
                """
                INSERT INTO notice_setting (person_id, quiet_from, quiet_to, zone, mailed)
                VALUES (\(person), \(quiet?.from), \(quiet?.to), \(quiet?.zone), \(kinds))
                ON CONFLICT (person_id) DO UPDATE SET quiet_from = excluded.quiet_from,
                    quiet_to = excluded.quiet_to, zone = excluded.zone, mailed = excluded.mailed
                """)
            let changes = try before.changes(in: tx)
            guard !changes.isEmpty else { return }
            // It is about an account, which belongs to no workspace.
            try events.record(
                try Event(
                    "notices.settings-changed", workspace: .installation,
                    subject: "person:\(person)", summary: "Chose what comes by e-mail",
                    changes: changes, by: principal), in: tx)
        }
    }
}
