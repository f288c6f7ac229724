import Kernel
import Web

extension PracticeWeb {
    /// Where a person sees which programs may use their accounts, and ends it.
    var programRoutes: [Route] {
        [
            .page("/practice/programs", .signedIn) { request in
                guard let person = request.caller?.person else { throw PracticeError.token }
                let shared = try await desk.programs(of: person)
                return try await frame.page(
                    "practice/programs",
                    ProgramsView(
                        accounts: shared.map { .init($0, now: request.now) },
                        isEmpty: shared.isEmpty),
                    title: "Programs that may use your accounts", for: request)
            },
            .machine("POST", "/practice/programs/end", .signedIn, bodyLimit: 16 << 10) { request in
                guard let person = request.caller?.person else { throw PracticeError.token }
                let client = request.form["client"] ?? ""
                guard !client.isEmpty else { throw PracticeError.program }
                try await desk.end(client, at: request.form["handle"] ?? "", of: person)
                return .redirect(to: "/practice/programs").toast("Ended: its next call is refused.")
            },
        ]
    }
}

// MARK: - What the page shows

struct ProgramsView: Sendable {
    struct Account: Sendable {
        let name: String
        let handle: String
        let programs: [Program]
        let isUnused: Bool

        init(_ shared: PracticeDesk.Shared, now: Instant) {
            name = shared.account.name
            handle = shared.account.handle
            programs = shared.programs.map { Program($0, handle: shared.account.handle, now: now) }
            isUnused = shared.programs.isEmpty
        }
    }

    struct Program: Sendable {
        let client: String
        let program: String
        let account: String
        let scopes: String
        let since: String
        let sinceMoment: String
        let used: String?
        let usedMoment: String?

        init(_ program: PracticeDesk.Program, handle: String, now: Instant) {
            client = program.clientID
            self.program = program.name
            account = handle
            scopes = program.scopes.joined(separator: " ")
            since = PostView.ago(now - program.since)
            sinceMoment = program.since.iso8601
            used = program.lastUsed.map { PostView.ago(now - $0) }
            usedMoment = program.lastUsed?.iso8601
        }
    }

    let accounts: [Account]
    let isEmpty: Bool
}
