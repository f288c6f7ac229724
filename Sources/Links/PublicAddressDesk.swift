package import Jobs
package import Kernel
package import Store

/// Keeps the public address and asks it, now and then, whether it is still this server.
package struct PublicAddressDesk: Sendable {
    /// Reads a page of the web; the composition root gives the address-checked client.
    package typealias Fetch =
        @Sendable (_ url: String) async -> Result<String, PublicAddress.NoAnswer>

    private let database: Database
    private let queue: JobQueue
    private let events: EventLog
    private let surroundings: Surroundings
    private let fetch: Fetch

    package init(
        database: Database, queue: JobQueue, events: EventLog, surroundings: Surroundings,
        fetch: @escaping Fetch
    ) {
        self.database = database
        self.queue = queue
        self.events = events
        self.surroundings = surroundings
        self.fetch = fetch
    }

    /// Which address the question goes to.
    package struct Question: Codable, Sendable {
        let url: String
    }

    static let ask = JobKind<Question>("links.ask-public-address", retry: .persistent)
    private static let key = "links.ask-public-address"

    /// The address and what is known about it.
    package func current() async throws -> PublicAddress {
        try await database.read { tx in try Self.load(tx) }
    }

    /// The address as one transaction sees it.
    package static func load(_ tx: borrowing Transaction) throws -> PublicAddress {
        try tx.first(PublicAddress.self, "SELECT * FROM public_address") ?? PublicAddress()
    }

    /// Sets the address from the configuration or from the settings page and asks it at once.
    @discardableResult
    package func configure(
        _ url: String?, by principal: Principal = .system("Settings")
    ) async throws -> PublicAddress {
        let challenge = surroundings.newSecret(bytes: 16)
        let answer = surroundings.newSecret(bytes: 24)
        let now = surroundings.now()
        return try await database.write { tx in
            let before = try tx.snapshot("SELECT url FROM public_address")
            var address = try Self.load(tx)
            let action = try address.configure(url, challenge: challenge, answer: answer, at: now)
            try save(address, tx)
            try follow(action, address, tx)
            let changes = try before.changes(in: tx)
            if !changes.isEmpty {
                try events.record(
                    try Event(
                        "links.public-address-changed", workspace: .installation,
                        subject: "public-address", summary: "Changed the address of tracked links",
                        changes: changes, by: principal), in: tx)
            }
            return address
        }
    }

    /// What this server says to whoever asks `challenge`; nil when it is not the question.
    package func answer(to challenge: String) async throws -> String? {
        let address = try await current()
        guard !address.challenge.isEmpty, address.challenge == challenge else { return nil }
        return address.answer
    }

    package func handlers() -> [JobHandler] {
        [
            JobHandler(Self.ask) { question, context in
                try await self.askNow(question.url, context)
            }
        ]
    }

    private func askNow(_ url: String, _ context: JobContext) async throws {
        let before = try await current()
        // Another address was configured since; its own question is under way.
        guard before.url == url else { return }
        let reply = await fetch(url + PublicAddress.pathPrefix + before.challenge)
        let now = surroundings.now()
        try await database.write { tx in
            try context.complete(in: tx)
            var address = try Self.load(tx)
            guard address.url == url else { return }
            let action = address.heard(reply, at: now)
            try save(address, tx)
            try follow(action, address, tx)
        }
    }

    private func follow(
        _ action: PublicAddress.Action, _ address: PublicAddress, _ tx: borrowing Transaction
    ) throws {
        try queue.cancel(key: Self.key, in: tx)
        guard case .ask(let due) = action, let url = address.url else { return }
        try queue.enqueue(
            Self.ask, Question(url: url), workspace: nil, lane: Self.key, dueAt: due,
            key: Self.key, in: tx)
    }

    private func save(_ address: PublicAddress, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO public_address (one, url, challenge, answer, answered_at, tried_at,
                failures, why_not)
            VALUES (1, \(address.url), \(address.challenge), \(address.answer),
                \(address.answeredAt), \(address.triedAt), \(address.failures), \(address.whyNot))
            ON CONFLICT (one) DO UPDATE SET url = excluded.url, challenge = excluded.challenge,
                answer = excluded.answer, answered_at = excluded.answered_at,
                tried_at = excluded.tried_at, failures = excluded.failures,
                why_not = excluded.why_not
            """)
    }
}
