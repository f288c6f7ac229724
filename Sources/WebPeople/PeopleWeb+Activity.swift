import Channels
import Foundation
import Jobs
import Kernel
import People
import Web

extension PeopleWeb {
    struct ActivityPage: Sendable {
        struct Change: Sendable {
            let field: String
            /// Nil when there was nothing, as in everything that was just made.
            let before: String?
            let after: String
        }

        struct Row: Sendable {
            let id: String
            let when: String
            let who: String
            let origin: String?
            let summary: String
            let changes: [Change]
            let changeCount: String?
            let number: String?
        }

        let root: String
        let tabs: Tabs
        let search: String
        let areas: [Choice]
        let people: [Choice]
        let kinds: [Choice]
        let from: String
        let until: String
        let rows: [Row]
        let next: String?
        let csv: String
        let json: String
        let empty: EmptyState?
    }

    struct ActivityCheck: Sendable {
        let chip: Chip
        let entries: String
        let waiting: String?
        let erased: String?
        let head: String?
        let findings: [String]
        let more: String?
    }

    private static let page = "/w/{workspace}/settings/activity"

    var activityRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/events", id: "listEvents",
            "Who changed what, when and from where, newest first.", tag: "People",
            access: .workspace(.manageWorkspace),
            query: QueryParameter.paging + ActivityQuery.parameters
        ) { (call: Call<Nothing>) in
            let page = try await people.activity(
                try ActivityQuery.filter(call.request), in: call.workspace.workspace,
                try call.request.pageRequest())
            return Listing(page.map(EventView.init))
        }
        let verify = Endpoint(
            .get, "\(Self.base)/audit", id: "verifyAudit",
            "Compares every entry of the record with what was sealed.", tag: "People",
            access: .workspace(.manageWorkspace), query: [ActivityQuery.head]
        ) { (call: Call<Nothing>) in
            AuditView(try await verified(call.request))
        }
        return [
            list.route, verify.route,
            .page(Self.page, .workspace(.manageWorkspace), activityPage),
            .page("\(Self.page)/check", .workspace(.manageWorkspace)) { request in
                try frame.fragment("people/activity-check", check(try await verified(request)))
            },
            .page("\(Self.page)/export", .workspace(.manageWorkspace), activityFile),
        ]
    }

    private func verified(_ request: WebRequest) async throws -> AuditReport {
        let text = (request.query["head"] ?? "").trimmingCharacters(in: .whitespaces)
        let kept = AuditHead(text)
        guard text.isEmpty || kept != nil else {
            throw Problem.invalid(
                "head", "Write it as it was shown: a number, a colon, 64 digits and letters.")
        }
        try await people.audit.seal()
        return try await people.audit.verify(request.workspace.workspace, against: kept)
    }

    private func check(_ report: AuditReport) -> ActivityCheck {
        let more = report.findingCount - report.findings.count
        return ActivityCheck(
            chip: report.isIntact
                ? Chip("As recorded", .good, icon: "tabler-shield-check")
                : Chip("Tampered with", .alert, icon: "tabler-alert-triangle"),
            entries: Counted.words(report.entries, "entry", "entries"),
            waiting: report.waiting == 0
                ? nil : Counted.words(Int64(report.waiting), "is", "are") + " not sealed yet.",
            erased: report.erased == 0
                ? nil
                : Counted.words(report.erased, "entry has", "entries have")
                    + " lost names, because a person was erased.",
            head: report.head?.description, findings: report.findings.map(\.says),
            more: more > 0 ? "… and \(more) more." : nil)
    }

    private func activityPage(_ request: WebRequest) async throws -> Reply {
        let workspace = request.workspace
        let filter = try ActivityQuery.filter(request)
        let found = try await people.activity(
            filter, in: workspace.workspace, try request.pageRequest())
        let names = try await activityNames(workspace.workspace)
        let members = try await people.members(in: workspace.workspace)
        let root = "\(Self.root(request))/settings/activity"
        let kept = ActivityQuery.kept(request)
        let page = ActivityPage(
            root: root, tabs: tabs(request, "activity"), search: filter.search,
            areas: [Choice("", "Everything", selected: filter.area == nil)]
                + ActivityQuery.areas.map {
                    Choice($0.value, $0.label, selected: $0.value == filter.area)
                },
            people: [Choice("", "Everybody", selected: filter.person == nil)]
                + members.map {
                    Choice($0.person.text, $0.name, selected: $0.person == filter.person)
                },
            kinds: [Choice("", "Any way", selected: filter.kind == nil)]
                + Principal.Kind.allCases.map {
                    Choice($0.rawValue, $0.words, selected: $0 == filter.kind)
                },
            from: request.query["from"] ?? "", until: request.query["until"] ?? "",
            rows: found.items.map { Self.row($0, names, workspace.zone) },
            next: found.next.map { "\(root)?cursor=\($0.token)" + kept },
            csv: "\(root)/export?format=csv" + kept, json: "\(root)/export?format=json" + kept,
            empty: found.items.isEmpty
                ? EmptyState(
                    icon: "tabler-history", title: "Nothing fits",
                    text: "No change was recorded that fits what you ask for.")
                : nil)
        return try await frame.page(
            "people/activity", page, title: "Activity", section: .settings, for: request)
    }

    /// What identifiers stand for in the values of changes.
    private func activityNames(_ workspace: WorkspaceID) async throws -> [String: String] {
        var names: [String: String] = [:]
        for (member, name) in try await people.memberNames(in: workspace) {
            names[member.text] = name
        }
        for member in try await people.members(in: workspace) {
            names[member.person.text] = member.name
        }
        for channel in try await channels.channels(in: workspace) {
            names[channel.id.text] = channel.name
        }
        return names
    }

    private static func row(
        _ event: RecordedEvent, _ names: [String: String], _ zone: Zone
    ) -> ActivityPage.Row {
        let shown = { (text: String?) -> String in
            guard let text else { return "nothing" }
            let known = names[text] ?? (PersonID(text) == nil ? text : "…" + text.suffix(6))
            return known.count > 400 ? known.prefix(400) + "…" : known.isEmpty ? "empty" : known
        }
        let count = Int64(event.changes.count)
        return ActivityPage.Row(
            id: event.id.text, when: zone.words(event.at), who: event.principalName,
            origin: event.origin.isEmpty ? nil : event.origin, summary: event.summary,
            changes: event.changes.map {
                .init(
                    field: $0.field.replacing("_id", with: "").replacing("_at", with: "")
                        .replacing("_", with: " "),
                    before: $0.before == nil ? nil : shown($0.before), after: shown($0.after))
            },
            changeCount: count == 0 ? nil : Counted.words(count, "field", "fields"),
            number: event.number.map { "No. \($0)" })
    }

    private func activityFile(_ request: WebRequest) async throws -> Reply {
        let events = try await people.wholeActivity(
            try ActivityQuery.filter(request), in: request.workspace.workspace)
        let day = CivilDate(request.now, in: request.workspace.zone)
        let name = "activity-\(request.workspace.slug)-\(day)"
        guard request.query["format"] != "json" else {
            let views = events.map(EventView.init)
            return .file(
                try JSON.encode(views), type: "application/json", downloadName: "\(name).json")
        }
        var text = CSVText.line([
            "number", "when", "who", "kind", "from", "what", "summary", "subject", "field",
            "before", "after", "hash",
        ])
        for event in events {
            let head = [
                event.number.map { "\($0)" } ?? "", event.at.iso8601, event.principalName,
                event.principalKind, event.origin, event.name, event.summary, event.subject,
            ]
            let changes = event.changes.isEmpty ? [nil] : event.changes.map(Optional.some)
            for change in changes {
                text += CSVText.line(
                    head + [
                        change?.field ?? "", change?.before ?? "", change?.after ?? "",
                        event.hash ?? "",
                    ])
            }
        }
        return .file(
            Data(text.utf8), type: "text/csv; charset=utf-8", downloadName: "\(name).csv")
    }
}

/// The filter of the activity page in its address.
enum ActivityQuery {
    static let areas: [(value: String, label: String)] = [
        ("strategy", "Strategy"), ("planning", "Plan"), ("publishing", "Posts and publishing"),
        ("engagement", "Replies"), ("measurement", "Results and orders"), ("reviews", "Reviews"),
        ("channel", "Channels"), ("people", "People and access"),
    ]

    static let head = QueryParameter(
        "head", .string(maxLength: 100, description: "A head written down before."))

    static let parameters: [QueryParameter] = [
        QueryParameter("q", .string(maxLength: 200, description: "Words in what happened.")),
        QueryParameter("area", .string(allowed: areas.map(\.value))),
        QueryParameter("person", .id()), QueryParameter("kind", .oneOf(Principal.Kind.self)),
        QueryParameter("from", .date("The first day.")),
        QueryParameter("until", .date("The last day.")),
    ]

    static func filter(_ request: WebRequest) throws(Problem) -> ActivityFilter {
        let zone = request.workspace.zone
        let from = try day("from", request)
        let until = try day("until", request)?.adding(days: 1)
        let area = request.query["area"].flatMap { $0.isEmpty ? nil : $0 }
        return ActivityFilter(
            search: String((request.query["q"] ?? "").prefix(200)),
            area: areas.contains { $0.value == area } ? area : nil,
            person: request.query["person"].flatMap { PersonID($0) },
            kind: request.query["kind"].flatMap(Principal.Kind.init),
            from: from.map(zone.startOfDay), until: until.map(zone.startOfDay))
    }

    private static func day(_ name: String, _ request: WebRequest) throws(Problem) -> CivilDate? {
        guard let text = request.query[name], !text.isEmpty else { return nil }
        guard let day = CivilDate(text) else {
            throw .invalid(name, "Give a day as 2026-11-24.")
        }
        return day
    }

    /// What the next page keeps of this one's address.
    static func kept(_ request: WebRequest) -> String {
        parameters.compactMap { parameter in
            guard let text = request.query[parameter.name], !text.isEmpty,
                let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            else { return nil }
            return "&\(parameter.name)=\(escaped)"
        }.joined()
    }
}

extension Principal.Kind {
    /// The way somebody acted, for people.
    var words: String {
        switch self {
        case .person: "In a browser"
        case .token: "By API token"
        case .commandLine: "By command line"
        case .link: "By link, without account"
        case .system: "The program itself"
        }
    }
}

/// One recorded change, over the API.
struct EventView: APIValue {
    struct Field: APIValue {
        let field: String
        let before: String?
        let after: String?

        static let schema = Schema.object(
            "EventChange",
            [
                .required("field", .line()), .optional("before", .text(max: 20_001)),
                .optional("after", .text(max: 20_001)),
            ])
    }

    let id: ID<Event>
    let at: Instant
    let who: String
    let kind: String
    let person: PersonID?
    let from: String?
    let name: String
    let subject: String
    let summary: String
    let changes: [Field]
    let number: Int64?
    let hash: String?

    init(_ event: RecordedEvent) {
        id = event.id
        at = event.at
        who = event.principalName
        kind = event.principalKind
        person = event.person
        from = event.origin.isEmpty ? nil : event.origin
        name = event.name
        subject = event.subject
        summary = event.summary
        changes = event.changes.map {
            Field(field: $0.field, before: $0.before, after: $0.after)
        }
        number = event.number
        hash = event.hash
    }

    static let schema = Schema.object(
        "Event",
        [
            .required("id", .id()), .required("at", .instant()), .required("who", .line()),
            .required("kind", .oneOf(Principal.Kind.self)), .optional("person", .id()),
            .optional("from", .line("The browser or program and how near, never an address.")),
            .required("name", .line()), .required("subject", .line()),
            .required("summary", .text()),
            .required("changes", .array(of: Field.schema)),
            .optional("number", .integer(description: "Its place in the chain, once sealed.")),
            .optional("hash", .line("SHA-256 over it and everything before it.")),
        ])
}

/// What verifying the record has shown, over the API.
struct AuditView: APIValue {
    struct Finding: APIValue {
        let kind: String
        let number: Int64
        let says: String

        static let schema = Schema.object(
            "AuditFinding",
            [
                .required("kind", .line()), .required("number", .integer()),
                .required("says", .text()),
            ])
    }

    let isIntact: Bool
    let entries: Int64
    let erased: Int64
    let waiting: Int
    let head: String?
    let findings: [Finding]
    let findingCount: Int

    init(_ report: AuditReport) {
        isIntact = report.isIntact
        entries = report.entries
        erased = report.erased
        waiting = report.waiting
        head = report.head?.description
        findings = report.findings.map {
            Finding(kind: $0.kind.rawValue, number: $0.number, says: $0.says)
        }
        findingCount = report.findingCount
    }

    static let schema = Schema.object(
        "AuditReport",
        [
            .required("isIntact", .boolean()), .required("entries", .integer()),
            .required("erased", .integer()), .required("waiting", .integer()),
            .optional("head", .line("Keep it elsewhere and send it as `head` later.")),
            .required("findings", .array(of: Finding.schema)),
            .required("findingCount", .integer()),
        ])
}
