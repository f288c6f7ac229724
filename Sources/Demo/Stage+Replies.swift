import Kernel
import Store

extension Stage {
    private static let people = [
        ("Hanne", "hanne_brews"), ("Joris D.", "jorisd"), ("Amira", "amira_m"), ("Pieter", "pvdb"),
        ("Café Tandem", "cafetandem"), ("Lotte", "lotte_in_ghent"), ("Sam", "samsomething"),
    ]

    private static let friendly = [
        (
            "Tried the finer grind this morning. Why did nobody tell me.",
            "Because then we would have had nothing to post on Mondays. Glad it worked!"
        ),
        (
            "Does this also work with a metal filter?",
            "It does, only skip the rinsing. You will get a little more body and a little more mud."
        ),
        (
            "Can I get the house espresso ground for a moka pot?",
            "Yes, choose “moka” at the checkout and we grind it the same day."
        ),
        (
            "Is the Saturday class ok for complete beginners?",
            "It was made for them. You will pull your first shot in ten minutes."
        ),
        (
            "My neighbour brought your decaf. I take everything back.",
            "We have framed this message."
        ),
        ("Which kettle is that?", "An old one from the flea market and a four-euro thermometer."),
    ]

    private static let angry = [
        (
            "My bag says 0914 and it tastes of cardboard. I paid €14.90 for this.",
            "You are right and we are sorry. A fresh one leaves tomorrow, or your money back today: you choose."
        ),
        (
            "Three weeks of waiting for stale coffee. Disappointed.",
            "We would be too. I have refunded your order just now, and a bag is on its way anyway. Ines"
        ),
        ("Respect for saying it before we had to ask.", "Thank you. It should not have happened."),
        (
            "Mine was from 0914 as well, nobody wrote to me!",
            "Then we missed you. Could you send the order number in a message? I will do it by hand. Tomás"
        ),
    ]

    /// Writes what people said below some posts, and what was answered.
    func hearReplies(_ cast: Cast, _ published: [Published]) async throws {
        var conversations: [SQL] = []
        var messages: [SQL] = []
        var friendly = 0
        var angry = 0
        for (index, post) in story.posts.enumerated() where post.place != .pictures {
            guard let channel = cast.channels[post.place] else { continue }
            let isCrisis = post.strand == .crisis
            guard isCrisis || index % 9 == 4 else { continue }
            let talk =
                isCrisis
                ? [Self.angry[angry % 4], Self.angry[(angry + 1) % 4]]
                : [Self.friendly[friendly % Self.friendly.count]]
            if isCrisis { angry += 1 } else { friendly += 1 }
            let id: ID<Cast> = self.id(at: post.at)
            // Yesterday's question still waits for its answer.
            let isNew = story.now - post.at < .days(8)
            var last = post.at
            for (number, (said, answer)) in talk.enumerated() {
                let person = Self.people[(index + number) % Self.people.count]
                last = min(post.at + .minutes(Int64(50 + 95 * number)), story.now - .minutes(40))
                messages.append(
                    """
                    (\(surroundings.newID(Cast.self)), \(cast.workspace), \(id), 'incoming', 'out',
                        \(person.0), \(person.1), \(said), \(last))
                    """)
                if isNew { continue }
                last = last + .minutes(isCrisis ? 25 : 140)
                messages.append(
                    """
                    (\(surroundings.newID(Cast.self)), \(cast.workspace), \(id), 'outgoing', 'out',
                        \(Self.ines.name), 'kestrelfinch', \(answer), \(last))
                    """)
            }
            let done: Instant? = isNew ? nil : last
            conversations.append(
                """
                (\(id), \(cast.workspace), \(channel), \(published[index].publication),
                    \(post.title), \(isNew), \(done), \(last))
                """)
        }
        let (threads, texts) = (conversations, messages)
        try await database.write { tx in
            // One by one: PostgreSQL gives a column of mixed NULLs and numbers no type.
            try insert(
                """
                INSERT INTO conversation (id, workspace_id, channel_id, publication_id, about,
                    is_unread, done_at, last_at)
                """, threads, tx)
            try insert(
                """
                INSERT INTO message (id, workspace_id, conversation_id, direction, state,
                    author_name, author_handle, body, at)
                """, texts, tx)
        }
    }
}
