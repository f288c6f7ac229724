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

    /// Brings the roastery's people and channels in.
    func hire(_ workspace: WorkspaceID, owner: PersonID) async throws -> Cast {
        let now = clock.now
        let people: [(name: String, email: String, role: String, hours: Int)] = [
            ("Ines Vercammen", "ines@kestrel.demo.example", "manager", 40),
            ("Tomás Okafor", "tomas@kestrel.demo.example", "editor", 24),
        ]
        var cast = try await database.write { tx in
            var members: [(MemberID, PersonID)] = []
            for person in people {
                let known = try tx.scalar(
                    PersonID.self, "SELECT id FROM person WHERE email = \(person.email)")
                let id: PersonID = known ?? surroundings.newID()
                if known == nil {
                    try tx.execute(
                        """
                        INSERT INTO person (id, email, name, created_at)
                        VALUES (\(id), \(person.email), \(person.name), \(now))
                        """)
                }
                let member: MemberID = surroundings.newID()
                try tx.execute(
                    """
                    INSERT INTO member (id, workspace_id, person_id, role, hours_per_month,
                        created_at)
                    VALUES (\(member), \(workspace), \(id), \(person.role), \(person.hours),
                        \(now))
                    """)
                members.append((member, id))
            }
            let mine = try tx.scalar(
                MemberID.self,
                """
                SELECT id FROM member
                WHERE workspace_id = \(workspace) AND person_id = \(owner)
                """)
            guard let mine else { throw StoreError.noRow }
            try tx.execute(
                "UPDATE workspace SET setup_closed_at = \(now) WHERE id = \(workspace)")
            return Cast(
                workspace: workspace, owner: mine, ines: members[0].0, tomas: members[1].0,
                inesPerson: members[0].1)
        }
        cast.channels[.shop] = try await account("Kestrel and Finch", "kestrelfinch", cast)
        cast.channels[.academy] = try await account("Finch Academy", "finchacademy", cast)
        cast.channels[.pictures] = try await byHand(
            .instagram, "Kestrel & Finch pictures", "kestrelandfinch", cast)
        return cast
    }

    private func account(_ name: String, _ handle: String, _ cast: Cast) async throws -> ChannelID {
        guard let connect = demo.connect else {
            return try await byHand(.practice, name, handle, cast)
        }
        return try await connect(name, zone, cast.workspace, Self.ines)
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
