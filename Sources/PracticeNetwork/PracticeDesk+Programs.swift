import Kernel
import Store

extension PracticeDesk {
    /// What one program may do as one account; several sign-ins of it are one.
    struct Program: Sendable, Hashable {
        let clientID: String
        let name: String
        /// Everything that one of its tokens allows.
        var scopes: [String]
        let since: Instant
        /// When any of its tokens was last used, to the minute.
        var lastUsed: Instant?
    }

    /// An account with the programs that may use it.
    struct Shared: Sendable {
        let account: PracticeAccount
        var programs: [Program]
    }

    /// The accounts of a person by name, each with its programs, the first one first.
    ///
    /// What this Throughline opens for a channel belongs to a workspace, and ends with the channel.
    func programs(of person: PersonID) async throws -> [Shared] {
        try await database.read { tx in
            let accounts = try tx.all(
                PracticeAccount.self,
                "SELECT * FROM practice_account WHERE person_id = \(person) ORDER BY handle")
            let tokens = try tx.rows(
                """
                SELECT t.account_id, t.client_id, a.name, t.scopes, t.created_at, t.used_at
                FROM practice_token t
                JOIN practice_account c ON c.id = t.account_id
                JOIN practice_app a ON a.client_id = t.client_id
                WHERE c.person_id = \(person) ORDER BY t.created_at, t.token_hash
                """)
            var shared = accounts.map { Shared(account: $0, programs: []) }
            for row in tokens {
                let account: Int64 = try row("account_id")
                guard let place = shared.firstIndex(where: { $0.account.id == account }) else {
                    continue
                }
                let scopes: String = try row("scopes")
                shared[place].add(
                    Program(
                        clientID: try row("client_id"), name: try row("name"),
                        scopes: scopes.split(separator: " ").map(String.init),
                        since: try row("created_at"), lastUsed: try row("used_at")))
            }
            return shared
        }
    }

    /// Ends what a program may do as an account of this person, its open sign-ins included.
    func end(_ client: String, at handle: String, of person: PersonID) async throws {
        try await database.write { tx in
            let account = try tx.first(
                PracticeAccount.self,
                """
                SELECT * FROM practice_account
                WHERE handle = \(handle) AND person_id = \(person)
                """)
            guard let id = account?.id else { throw PracticeError.gone }
            try tx.execute(
                "DELETE FROM practice_token WHERE account_id = \(id) AND client_id = \(client)")
            try tx.execute(
                "DELETE FROM practice_code WHERE account_id = \(id) AND client_id = \(client)")
        }
    }
}

extension PracticeDesk.Shared {
    /// Adds what a further token allows to its program's entry.
    fileprivate mutating func add(_ token: PracticeDesk.Program) {
        guard let place = programs.firstIndex(where: { $0.clientID == token.clientID }) else {
            return programs.append(token)
        }
        let known = programs[place].scopes
        programs[place].scopes += token.scopes.filter { !known.contains($0) }
        programs[place].lastUsed = [programs[place].lastUsed, token.lastUsed].compactMap(\.self)
            .max()
    }
}
