import Kernel
import Store

extension PeopleDesk {
    /// The answer that repeats of a request get.
    package struct KeptAnswer: Sendable, Hashable {
        package let status: Int
        package let body: String

        package init(status: Int, body: String) {
            self.status = status
            self.body = body
        }
    }

    static let keptFor: Duration = .days(2)
    /// A first request that is silent for longer has died with its process.
    private static let longestRun: Duration = .minutes(5)

    /// Performs a request once for its key; repeats get the first answer.
    ///
    /// A request that fails is forgotten, so it can be sent again with the same key.
    package func once(
        scope: String, key: String, fingerprint: String,
        perform: @escaping @Sendable () async throws -> KeptAnswer
    ) async throws -> KeptAnswer {
        let now = surroundings.now()
        let kept: KeptAnswer? = try await database.write { tx in
            try tx.execute(
                "DELETE FROM idempotency_key WHERE created_at < \(now - Self.keptFor)")
            let claimed = try tx.execute(
                """
                INSERT INTO idempotency_key (scope, key, fingerprint, created_at)
                VALUES (\(scope), \(key), \(fingerprint), \(now))
                ON CONFLICT (scope, key) DO NOTHING
                """)
            if claimed == 1 { return nil }
            let row = try tx.first(
                "SELECT * FROM idempotency_key WHERE scope = \(scope) AND key = \(key)")
            guard let row else { throw PeopleError.idempotencyRunning }
            guard try row("fingerprint", as: String.self) == fingerprint else {
                throw PeopleError.idempotencyMismatch
            }
            guard let status = try row("status", as: Int?.self),
                let body = try row("body", as: String?.self)
            else {
                let begun = try row("created_at", as: Instant.self)
                throw now - begun < Self.longestRun
                    ? PeopleError.idempotencyRunning : PeopleError.idempotencyUnknown
            }
            return KeptAnswer(status: status, body: body)
        }
        if let kept { return kept }
        do {
            let answer = try await perform()
            try await database.write { tx in
                _ = try tx.execute(
                    """
                    UPDATE idempotency_key SET status = \(answer.status), body = \(answer.body)
                    WHERE scope = \(scope) AND key = \(key)
                    """)
            }
            return answer
        } catch {
            try? await database.write { tx in
                _ = try tx.execute(
                    "DELETE FROM idempotency_key WHERE scope = \(scope) AND key = \(key)")
            }
            throw error
        }
    }
}
