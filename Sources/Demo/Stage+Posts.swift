import Channels
import Kernel
import Links
import Networks
import Planning
import Publishing
import Store

extension Stage {
    /// A post of the story as it lies in the database.
    struct Published: Sendable {
        let publication: PublicationID
        let slug: String
    }

    /// Writes the posts of the year as they went out.
    func publishPast(_ cast: Cast) async throws -> [Published] {
        var written = PastPosts()
        var published: [Published] = []
        for index in story.posts.indices {
            guard let channel = cast.channels[story.posts[index].place] else {
                throw StoreError.noRow
            }
            published.append(write(index, channel, cast, into: &written))
        }
        let rows = written
        try await database.write { tx in
            try insert(
                """
                INSERT INTO post (id, workspace_id, item_id, objective_id, title, body,
                    destination, language, origin, revision, author_id, created_at, updated_at)
                """, rows.posts, tx)
            try insert(
                """
                INSERT INTO variant (id, workspace_id, post_id, channel_id, further_parts,
                    visibility, has_own_media)
                """, rows.variants, tx)
            try insert(
                """
                INSERT INTO publication (id, workspace_id, post_id, variant_id, channel_id, state,
                    content_hash, approved_hash, due_local, zone, due_at, epoch, tries, looks,
                    absences, parts_out, part_count, published_at, lateness, proof, sent_text,
                    sent_link, remote_id, remote_url, updated_at)
                """, rows.publications, tx)
            try insert(
                """
                INSERT INTO link (id, workspace_id, slug, destination, utm_source, utm_medium,
                    utm_campaign, publication_id, label, created_at)
                """, rows.links, tx)
            try insert(
                """
                INSERT INTO event (id, workspace_id, name, subject, summary, payload,
                    principal_kind, person_id, principal_name, at)
                """, rows.events, tx)
        }
        return published
    }

    private struct PastPosts {
        var posts: [SQL] = []
        var variants: [SQL] = []
        var publications: [SQL] = []
        var links: [SQL] = []
        var events: [SQL] = []
    }

    private func write(
        _ index: Int, _ channel: ChannelID, _ cast: Cast, into rows: inout PastPosts
    ) -> Published {
        let post = story.posts[index]
        let workspace = cast.workspace
        let written = post.at - .days(2)
        let id: PostID = self.id(at: written)
        let variant: VariantID = surroundings.newID()
        let publication: PublicationID = surroundings.newID()
        let month = CivilDate(post.at, in: zone).civilMonth
        let item = cast.items[Cast.key(post.strand, month)]
        let objective = post.strand == .courses ? cast.bookings : cast.revenue
        let slug = slugs[index]
        let remote = cast.remotes[index]
        let destination = Self.site + post.page
        let sent = sentText(index)
        let local = zone.localTime(post.at)
        let due = zone.instant(local)
        let hash = Hex.text(surroundings.randomBytes(32))
        let isByHand = post.place == .pictures
        rows.posts.append(
            """
            (\(id), \(workspace), \(item), \(objective), \(post.title), \(post.text),
                \(destination), 'en', 'written', 1, \(cast.inesPerson), \(written), \(written))
            """)
        rows.variants.append(
            "(\(variant), \(workspace), \(id), \(channel), \("[]"), 'everyone', \(false))")
        rows.publications.append(
            """
            (\(publication), \(workspace), \(id), \(variant), \(channel), 'published', \(hash),
                \(hash), \(local), \(zone), \(due), 1, 0, 0, 0, 1, 1, \(post.at),
                \(post.at - due), \(isByHand ? "Ines Vercammen said so" : "accepted"),
                \(sent.text), \(sent.link), \(remote?.id), \(remote?.url), \(post.at))
            """)
        rows.links.append(
            """
            (\(surroundings.newID(LinkTag.self)), \(workspace), \(slug), \(destination),
                \(post.place == .pictures ? "facebook" : "practice"), 'social',
                \(post.strand.rawValue), \(publication), \(post.title), \(written))
            """)
        clock.set(post.at)
        rows.events.append(
            """
            (\(surroundings.newID(WorkspaceTag.self)), \(workspace), 'publishing.published',
                \("post:\(publication)"), 'Published', \("{}"), 'system', NULL, 'Publisher',
                \(post.at))
            """)
        return Published(publication: publication, slug: slug)
    }

    static let site = "https://kestrelfinch.example"

    // MARK: - What comes next

    /// Writes the days ahead: posts that go out live, one that waits for approval, one draft.
    func schedule(_ cast: Cast) async throws {
        let desk = PostDesk(
            database: database, events: events, queue: queue, surroundings: surroundings,
            links: LinkDesk(database: database, surroundings: surroundings),
            rules: ContentRules(fitsPictures: false),
            localBase: demo.localBase)
        for coming in Self.coming {
            guard let channel = cast.channels[coming.place] else { continue }
            let due = dueTime(coming)
            let month = due.local.date.civilMonth
            let strand = coming.strand
            let item = cast.items[Cast.key(strand, month)]
            if let item { try await brief(item, coming, cast) }
            let sheet = try await desk.create(
                PostDraft(
                    title: coming.piece.title, text: coming.piece.body, item: item,
                    objective: (strand == .courses ? cast.bookings : cast.revenue)
                        .flatMap { PostObjectiveID($0.text) },
                    destination: Self.site + coming.piece.page, language: "en",
                    variants: [VariantDraft(channel: channel)]),
                in: cast.workspace, by: Self.ines)
            guard coming.isApproved else {
                if !coming.isDraft {
                    _ = try await desk.askApproval(sheet.post.id, in: cast.workspace, by: Self.ines)
                }
                continue
            }
            let seen = Dictionary(
                uniqueKeysWithValues: sheet.sides.map {
                    ($0.publication.id, $0.publication.delivery.contentHash)
                })
            _ = try await desk.approve(
                sheet.post.id, seen: seen, note: "", in: cast.workspace, by: Self.tomas)
            _ = try await desk.schedule(
                sheet.post.id, at: due, in: cast.workspace, by: Self.ines)
        }
    }

    /// A post that is still to come.
    private struct Coming {
        let place: Story.Place
        let strand: Story.Strand
        /// Minutes from now, or the day from today with a clock time.
        let minutes: Int64?
        let day: Int
        let hour: Int
        let piece: DemoTexts.Piece
        var isApproved = true
        var isDraft = false
    }

    private static let coming = [
        Coming(
            place: .shop, strand: .guides, minutes: 3, day: 0, hour: 0,
            piece: .init(
                "Warm the cup",
                "A cold cup takes six degrees off your coffee before the first sip. Hot water in, wait, pour it out, brew. That is today's guide.",
                "/guides/warm-cup")),
        Coming(
            place: .academy, strand: .courses, minutes: 12, day: 0, hour: 0,
            piece: .init(
                "A seat came free",
                "Somebody has the flu and you have a chance: one seat in Saturday's espresso class. First to book.",
                "/academy/espresso")),
        Coming(
            place: .shop, strand: .origins, minutes: nil, day: 1, hour: 17,
            piece: .init(
                "The letter from Huila",
                "El Mirador wrote: the rain came late, the cherries are small and sweet. We read the whole letter aloud at breakfast.",
                "/coffee/el-mirador")),
        Coming(
            place: .academy, strand: .courses, minutes: nil, day: 2, hour: 12,
            piece: .init(
                "Bring your worst coffee",
                "Filter evening has a new rule: everyone brings the worst coffee they own. We brew it well and see what is left to blame.",
                "/academy/filter")),
        Coming(
            place: .pictures, strand: .origins, minutes: nil, day: 3, hour: 10,
            piece: .init(
                "Frost on the window", "The drum keeps us warm. Come and stand beside it.", "/visit"
            )),
        Coming(
            place: .shop, strand: .guides, minutes: nil, day: 5, hour: 8,
            piece: .init(
                "Two scales, one habit",
                "Kitchen scale under the cup, phone timer beside it. You do not need more to brew the same cup twice.",
                "/guides/scales")),
        Coming(
            place: .shop, strand: .gift, minutes: nil, day: 9, hour: 9,
            piece: .init(
                "The winter box returns",
                "Same blue cup, three new coffees, and this year we start writing the cards in time.",
                "/shop/winter-box"),
            isApproved: false),
        Coming(
            place: .academy, strand: .courses, minutes: nil, day: 10, hour: 12,
            piece: .init(
                "Vouchers by post", "A course in an envelope. It fits under every tree.",
                "/academy/voucher"),
            isApproved: false, isDraft: true),
    ]

    private func dueTime(_ coming: Coming) -> Due {
        if let minutes = coming.minutes { return Due(now: story.now + .minutes(minutes), in: zone) }
        let date = CivilDate(story.now, in: zone).adding(days: coming.day)
        guard let local = LocalTime(date: date, hour: coming.hour, minute: 30) else {
            return Due(now: story.now + .days(Int64(coming.day)), in: zone)
        }
        return Due(local, in: zone)
    }

    private func brief(_ item: ItemID, _ coming: Coming, _ cast: Cast) async throws {
        let draft =
            switch coming.strand {
            case .courses:
                BriefDraft(
                    what: "A reason to come on Saturday, with the date and the price",
                    when: "Tuesdays at noon", how: "One short text and a booking link",
                    toWhom: "Curious beginners near Ghent",
                    why: "Seats that stay empty earn nothing")
            case .gift:
                BriefDraft(
                    what: "The winter box: what is in it and until when it ships",
                    when: "From the first of December, every other day",
                    how: "Texts by Ines, pictures of Lieve's cups",
                    toWhom: "Customers of the past year and their friends",
                    why: "December carries the first quarter")
            default:
                BriefDraft(
                    what: "One small thing about coffee, explained once and well",
                    when: "Mondays in the morning, Thursdays after work",
                    how: "A tested text with a number in it, linked to the long version",
                    toWhom: "People who brew at home", why: "Guides keep selling for months")
            }
        try await plan.keepBrief(draft, of: item, in: cast.workspace, by: Self.ines)
    }
}
