import Channels
import Kernel
import Networks
import People
import Store

extension Stage {
    /// Opens the workspace as of a year ago.
    func found(owner: PersonID) async throws -> WorkspaceID {
        let people = PeopleDesk(
            database: database, events: events, surroundings: surroundings,
            passwords: Passwords(surroundings: surroundings))
        return try await people.createWorkspace(
            WorkspacePlan(
                name: DemoWorkspace.name, zone: zone, currency: currency),
            owner: owner, isDemo: true, by: .system("Demo")
        ).id
    }

    private static let people: [(name: String, email: String)] = [
        ("Ines Vercammen", "ines@kestrel.demo.example"),
        ("Tomás Okafor", "tomas@kestrel.demo.example"),
    ]

    /// The roastery's people; nobody can sign in as one of them.
    func invent() async throws -> [PersonID] {
        let now = clock.now
        return try await database.write { tx in
            try Self.people.map { person in
                let known = try tx.scalar(
                    PersonID.self, "SELECT id FROM person WHERE email = \(person.email)")
                if let known { return known }
                let id: PersonID = surroundings.newID()
                try tx.execute(
                    """
                    INSERT INTO person (id, email, name, created_at)
                    VALUES (\(id), \(person.email), \(person.name), \(now))
                    """)
                return id
            }
        }
    }

    /// Makes them members and opens the brand's channels.
    func hire(
        _ people: [PersonID], _ workspace: WorkspaceID, owner: PersonID
    ) async throws -> Cast {
        let now = clock.now
        var cast = try await database.write { tx in
            let places = [(people[0], "manager", 40), (people[1], "editor", 24)]
            for (person, role, hours) in places where person != owner {
                try tx.execute(
                    """
                    INSERT INTO member (id, workspace_id, person_id, role, hours_per_month,
                        created_at)
                    VALUES (\(surroundings.newID(MemberTag.self)), \(workspace), \(person),
                        \(role), \(hours), \(now))
                    """)
            }
            var members: [PersonID: MemberID] = [:]
            for row in try tx.rows(
                "SELECT id, person_id FROM member WHERE workspace_id = \(workspace)")
            {
                members[try row("person_id")] = try row("id", as: MemberID.self)
            }
            guard let mine = members[owner], let ines = members[people[0]],
                let tomas = members[people[1]]
            else { throw StoreError.noRow }
            try tx.execute(
                "UPDATE workspace SET setup_closed_at = \(now) WHERE id = \(workspace)")
            return Cast(
                workspace: workspace, owner: mine, ines: ines, tomas: tomas,
                inesPerson: people[0])
        }
        try await openAccounts(&cast)
        cast.channels[.pictures] = try await byHand(
            .facebook, "Kestrel & Finch pictures", "kestrelandfinch", cast)
        return cast
    }

    /// The accounts on the practice network; by hand when it cannot be reached.
    private func openAccounts(_ cast: inout Cast) async throws {
        let places: [Story.Place] = [.shop, .academy]
        let accounts = [
            DemoTimeline.Account(
                handle: "kestrelandfinch", name: "Kestrel & Finch", followers: 1_840),
            DemoTimeline.Account(handle: "finchacademy", name: "Finch Academy", followers: 612),
        ]
        let shown = story.posts.indices.filter { story.posts[$0].place != .pictures }
        let posts = shown.map { index in
            let post = story.posts[index]
            let figures = story.figures(post)
            return DemoTimeline.Post(
                author: post.place == .shop ? 0 : 1, text: sentText(index).text, at: post.at,
                likes: figures.likes, boosts: figures.reposts)
        }
        if let connect = demo.connect {
            let place = try await connect(
                DemoTimeline(accounts: accounts, posts: posts), zone, cast.workspace, Self.ines)
            for (kind, channel) in zip(places, place.channels) { cast.channels[kind] = channel }
            for (index, remote) in zip(shown, place.posts) { cast.remotes[index] = remote }
        } else {
            for (kind, account) in zip(places, accounts) {
                cast.channels[kind] = try await byHand(
                    .practice, account.name, account.handle, cast)
            }
        }
    }

    private func byHand(
        _ network: Network, _ name: String, _ handle: String, _ cast: Cast
    ) async throws -> ChannelID {
        let id: ChannelID = surroundings.newID()
        try await database.write { [zone, now = clock.now] tx in
            try tx.execute(
                """
                INSERT INTO channel (id, workspace_id, network, name, handle, connection, zone,
                    language, created_at)
                VALUES (\(id), \(cast.workspace), \(network.rawValue), \(name), \(handle),
                    'unconnected', \(zone), 'en', \(now))
                """)
        }
        return id
    }
}
