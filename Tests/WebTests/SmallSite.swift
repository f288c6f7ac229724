import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import People
@testable import Web

/// A site of two endpoints and two pages in memory, with one member for each role.
struct SmallSite {
    let site: Site
    let person: PersonID
    let workspace: WorkspaceID

    struct NoteInput: APIValue {
        let text: String
        let stars: Int?
        let isPinned: Bool

        static let schema = Schema.object(
            "NoteInput",
            [
                .required("text", .line()), .optional("stars", .integer(minimum: 1, maximum: 5)),
                .required("isPinned", .boolean()),
            ])
    }

    struct NoteView: APIValue {
        let text: String
        let stars: Int?

        static let schema = Schema.object(
            "Note", [.required("text", .string()), .optional("stars", .integer())])
    }

    /// Where requests are counted, time stands still: a slow machine would give some of them back.
    init(
        https: Bool = false, rate: RequestRate? = nil, trustsProxy: Bool = false,
        logger: Logger = Logger(label: "test")
    ) throws {
        let live = Surroundings.live
        let start = live.now()
        let surroundings =
            rate == nil ? live : Surroundings(now: { start }, randomBytes: live.randomBytes)
        let person: PersonID = surroundings.newID()
        let workspace: WorkspaceID = surroundings.newID()
        self.person = person
        self.workspace = workspace
        let caller = Caller(
            person: person, name: "Ana Sol", email: "ana@example.com",
            principal: Principal(kind: .person, person: person, name: "Ana Sol"))
        let answers = Answers()
        let identities = Identities(
            session: { secret, _ in
                guard secret.hasPrefix("session-") else { return nil }
                var caller = caller
                if secret.hasSuffix("old") { caller.rotatedSecret = "session-new" }
                return caller
            },
            token: { bearer in
                guard bearer == "tl_good" else { return nil }
                var caller = caller
                caller.principal.kind = .token
                caller.token = "API token tl_good"
                return caller
            },
            membership: { _, name in
                guard let role = Role(rawValue: name), let zone = Zone("Europe/Berlin"),
                    let currency = Currency("EUR")
                else { return nil }
                return Membership(
                    workspace: workspace, slug: name, workspaceName: "Harbour Coffee",
                    zone: zone, currency: currency, isDemo: false,
                    member: surroundings.newID(), role: role, memberCount: 2)
            },
            memberships: { _ in [] },
            once: { scope, key, print, perform in
                try await answers.once(scope + key, print, perform)
            })
        let create = Endpoint(
            .post, "/workspaces/{workspace}/notes", id: "createNote", "Creates a note.",
            tag: "Notes", access: .workspace(.write)
        ) { (call: Call<NoteInput>) in NoteView(text: call.input.text, stars: call.input.stars) }
        let frame = try Frame(
            assets: Assets(Self.templates), facts: { _ in FrameFacts() }, memberships: { _ in [] })
        site = try Site(
            [
                create.route,
                create.action("/w/{workspace}/notes") { note, _ in
                    .redirect(to: "/w/x/\(note.text)").toast("Añadido")
                },
                .page("/w/{workspace}/notes", .workspace(.view)) { request in
                    struct View: Sendable { let text: String }
                    return try await frame.page(
                        "note", View(text: "<b>&"), title: "Notes", for: request)
                },
            ],
            settings: WebSettings(
                publicURL: https ? "https://social.example" : nil, trustsProxy: trustsProxy,
                requestRate: rate, version: "0.0.0"),
            identities: identities, frame: frame, live: LiveHub(),
            readiness: { Readiness(isReady: true, lines: ["database": "ok"]) },
            surroundings: surroundings, logger: logger)
    }

    private static let templates: [Assets.File] = [
        "layout": "<title>{{title}}</title>{{{content}}}",
        "layout-plain": "<title>{{title}}</title>{{{content}}}",
        "problem": "<h1>{{title}}</h1><p>{{message}}</p>",
        "note": "<p>{{text}}</p>" + String(repeating: "x", count: 2000),
        "api-docs": "{{title}}", "problems-doc": "problems",
    ].map { name, text in
        Assets.File(
            name: "templates/\(name)", bytes: Data(text.utf8), gzip: nil,
            contentType: "text/html", etag: "1")
    }

    actor Answers {
        private var kept: [String: (String, Identities.StoredAnswer)] = [:]

        func once(
            _ key: String, _ print: String,
            _ perform: @Sendable () async throws -> Identities.StoredAnswer
        ) async throws -> Identities.StoredAnswer {
            if let (known, answer) = kept[key] {
                guard known == print else {
                    throw Problem(.conflict, code: "idempotency.reused", "Used for another body.")
                }
                return answer
            }
            let answer = try await perform()
            kept[key] = (print, answer)
            return answer
        }
    }
}
