import Channels
import Engagement
import Kernel
import Notices
import People
import PracticeNetwork
import Publishing
import Reviews
import Safekeeping
import Web
import WebMeasurement
import WebNotices
import WebPeople
import WebPlanning
import WebPrivacy
import WebPublishing
import WebReviews
import WebSafekeeping
import WebStrategy

/// Every page and every use of the API, slice by slice.
struct Pages: Sendable {
    let desks: Desks
    let backups: BackupDesk
    let frame: Frame
    let live: LiveHub

    /// Whether browsers reach this server by https only.
    let isSecure: Bool

    init(_ desks: Desks, backups: BackupDesk, live: LiveHub, isSecure: Bool) throws {
        self.desks = desks
        self.backups = backups
        self.isSecure = isSecure
        self.live = live
        let (people, channels) = (desks.people, desks.channels)
        let (posts, replies) = (desks.posts, desks.replies)
        let surroundings = desks.floor.surroundings
        frame = try Frame(
            assets: .embedded,
            facts: { membership in
                let now = surroundings.now()
                let lost = try await channels.channels(in: membership.workspace)
                    .count { $0.status == .needsReconnect }
                let needing = try await posts.needsYou(in: membership.workspace)
                let atRisk = try await posts.atRisk(in: membership.workspace)
                let freezes = try await desks.freezes.open(in: membership.workspace)
                let needs = [
                    lost, needing.count, PreflightTrouble.all(atRisk).count,
                    try await desks.reviews.openReviews(in: membership.workspace).count,
                    try await Self.dueDecisions(desks, membership, now).count,
                    try await Self.backupTrouble(backups, people, membership) == nil ? 0 : 1,
                ]
                return FrameFacts(
                    needsYou: needs.reduce(0, +),
                    unreadReplies: try await replies.unreadCount(in: membership.workspace),
                    unreadNotices: try await desks.telling.notices.unreadCount(
                        for: membership.member, in: membership.workspace),
                    channels: try await Self.health(
                        desks, membership, freezes: freezes, atRisk: atRisk, needing: needing,
                        at: now),
                    freezes: freezes.map {
                        .init(
                            text: "\($0.what == "Everything" ? "Publishing" : $0.what) is frozen"
                                + ($0.reason.isEmpty ? "." : ": “\($0.reason)”"),
                            href: "/w/\(membership.slug)/delivery/freezes/\($0.id)")
                    },
                    hold: desks.floor.instance.hold.map { Self.sentence($0) })
            },
            memberships: { person in
                try await people.places(of: person).map(Membership.init)
            })
    }

    /// People, channels and the settings, whose tabs others share.
    var peopleWeb: PeopleWeb {
        PeopleWeb(
            people: desks.people, channels: desks.channels, frame: frame,
            isSecure: isSecure, asksSecondFactor: desks.floor.settings.isReachedByOthers,
            cards: homeCards, first: firstSteps, guests: guests,
            approvals: approvals,
            moreSettings: [
                .init("Webhooks", path: "webhooks", needs: .manageChannels),
                .init("Notices", path: "notices", needs: .view),
                .init("Privacy", path: "privacy", needs: .manageWorkspace),
                .init("Backups", path: "backups", needs: .manageWorkspace),
                .init("Server", path: "server", needs: .manageWorkspace),
            ])
    }

    var routes: [Route] {
        let people = peopleWeb
        let now = desks.floor.surroundings.now
        return people.routes
            + BackupsWeb(
                desk: backups, door: door, frame: frame, tabs: { people.tabs($0, "backups") },
                now: { now() }, note: { try await desks.noteBackup(in: $0, by: $1) }
            ).routes
            + PrivacyWeb(
                desk: desks.privacy, door: door, frame: frame,
                tabs: { people.tabs($0, "privacy") }, now: { now() }
            ).routes
            + NoticesWeb(
                webhooks: desks.telling.webhooks, notices: desks.telling.notices,
                mailbox: desks.telling.mailbox,
                frame: frame,
                tabs: { people.tabs($0, $1) }
            ).routes
            + StrategyWeb(desk: desks.strategy, frame: frame, serving: serving).routes
            + PlanWeb(desk: desks.plan, frame: frame, neighbours: neighbours, live: live).routes
            + ReviewWeb(desk: desks.reviews, frame: frame, live: live).routes
            + PublishingWeb(
                posts: desks.posts, freezes: desks.freezes, addresses: desks.addresses,
                pictures: desks.pictures, cards: desks.cards, history: desks.history,
                planning: desks.plan, replies: desks.replies, frame: frame, live: live,
                neighbours: publishingNeighbours
            ).routes
            + (desks.floor.settings.servesPractice
                ? PracticeWeb(desk: desks.practice, frame: frame).routes : [])
            + resultsWeb.routes
            + CollectorWeb(collector: desks.measuring.collector).routes
            + publicAddressRoutes + exportRoutes + Search(desks: desks).routes + instanceRoutes
    }
}
