import Channels
import Jobs
package import Kernel
import Links
package import Networks
import Planning
import Store

extension PostDesk {
    /// Sets the due time of a post's sides, or of one of them.
    ///
    /// Refused while the plan item's brief leaves a question open, while a needed approval is
    /// missing, or while the content breaks a rule of the network.
    package func schedule(
        _ id: PostID, at due: Due, only: Set<PublicationID>? = nil, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> PostSheet {
        let now = surroundings.now()
        let needsApproval = try await needsApproval(in: workspace)
        try await requireBrief(id, in: workspace)
        let words = "\(due.local.date) \(due.local.clock) (\(due.zone))"
        return try await change(id, in: workspace, by: principal, only: only) {
            side, publication in
            if only == nil, publication.delivery.state == .published { return nil }
            guard !side.content.isEmpty else { throw PublishingError.nothingToSay }
            try requireRules(side)
            let wasScheduled = publication.delivery.due != nil
            let action = try publication.delivery.schedule(
                due, needsApproval: needsApproval, at: now)
            publication.message = nil
            publication.handToken = nil
            return (
                wasScheduled ? "publishing.moved" : "publishing.scheduled",
                "\(wasScheduled ? "Moved to" : "Scheduled for") \(words)", action
            )
        }
    }

    /// Sends a post out at once.
    package func publishNow(
        _ id: PostID, zone: Zone, only: Set<PublicationID>? = nil, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> PostSheet {
        try await schedule(
            id, at: Due(now: surroundings.now(), in: zone), only: only, in: workspace,
            by: principal)
    }

    /// Takes a post, or one side of it, off the calendar.
    package func unschedule(
        _ id: PostID, only: Set<PublicationID>? = nil, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> PostSheet {
        try await change(id, in: workspace, by: principal, only: only) { _, publication in
            if only == nil, publication.delivery.due == nil { return nil }
            if only == nil, publication.delivery.state == .published { return nil }
            let action = try publication.delivery.unschedule()
            publication.message = nil
            publication.handToken = nil
            return ("publishing.unscheduled", "Taken off the calendar", action)
        }
    }

    /// Moves one publication to another day or time, keeping what is not given.
    package func move(
        _ id: PublicationID, to date: CivilDate?, clock: (hour: Int, minute: Int)?, zone: Zone?,
        in workspace: WorkspaceID, by principal: Principal
    ) async throws -> (before: Due?, sheet: PostSheet) {
        let publication = try await database.read { tx in
            try Publication.load(id, in: workspace, tx)
        }
        let before = publication.delivery.due
        let zone = zone ?? before?.zone ?? .utc
        let today = CivilDate(surroundings.now(), in: zone)
        let local = LocalTime(
            date: date ?? before?.local.date ?? today,
            hour: clock?.hour ?? before?.local.hour ?? 9,
            minute: clock?.minute ?? before?.local.minute ?? 0)
        guard let local else { throw PublishingError.inThePast }
        let sheet = try await schedule(
            publication.post, at: Due(local, in: zone), only: [id], in: workspace, by: principal)
        return (before, sheet)
    }

    /// A person says what became of a publication.
    package enum Settlement: Sendable, Hashable {
        /// It is there; its address, when known, and the post itself where the network knew it.
        case found(address: String?, post: RemotePost? = nil)
        /// It is not there: send it.
        case absent
    }

    /// Settles a publication that waits for a person.
    package func settle(
        _ id: PublicationID, _ settlement: Settlement, in workspace: WorkspaceID,
        by principal: Principal
    ) async throws -> PostSheet {
        let post = try await database.read { tx in
            try Publication.load(id, in: workspace, tx).post
        }
        let ledger = Ledger(surroundings: surroundings)
        let now = surroundings.now()
        let address = try settlement.checkedAddress()
        let localBase = localBase
        return try await knowingOthers {
            try await change(post, in: workspace, by: principal, only: [id]) {
                side, publication in
                switch settlement {
                case .found(_, let known):
                    publication.note(side, localBase: localBase)
                    let action = try publication.delivery.foundByPerson()
                    publication.settle(found: address, known, at: now, by: principal)
                    return ("publishing.settled", "Found it", action)
                case .absent:
                    let action = try publication.delivery.absentByPerson(at: now)
                    publication.message = nil
                    return ("publishing.settled", "Not there: sending it", action)
                }
            } also: { publication, tx in
                try ledger.note(
                    .person, settlement == .absent ? .absent : .found, publication,
                    settlement.words(principal.name), tx)
            }
        }
    }

    /// Says in words that a post of the network can only be one post here.
    private func knowingOthers(
        _ body: () async throws -> PostSheet
    ) async throws -> PostSheet {
        do {
            return try await body()
        } catch StoreError.constraint(.unique, _) {
            throw PublishingError.knownElsewhere
        }
    }

    func change(
        id post: PostID, _ publication: PublicationID, in workspace: WorkspaceID,
        by principal: Principal,
        _ decide:
            @escaping @Sendable (inout Publication) throws -> (
                event: String, summary: String, action: Delivery.Action
            )?,
        also: @escaping @Sendable (Publication, borrowing Transaction) throws -> Void
    ) async throws -> PostSheet {
        try await change(
            post, in: workspace, by: principal, only: [publication],
            { _, publication in try decide(&publication) }, also: also)
    }

    private func requireBrief(_ id: PostID, in workspace: WorkspaceID) async throws {
        try await database.read { tx in
            let sheet = try PostSheet.load(id, in: workspace, tx)
            guard let item = sheet.post.item else { return }
            try PlanDesk.requireBrief(
                item, channels: sheet.sides.map(\.channel.id), in: workspace, tx)
        }
    }
}

extension PostDesk.Settlement {
    func checkedAddress() throws -> String? {
        guard case .found(let address?, _) = self, !address.isEmpty else { return nil }
        guard let checked = try? Destination(address) else {
            throw PublishingError.addressNeeded
        }
        return checked.url
    }

    /// What the evidence says of it.
    fileprivate func words(_ name: String) -> String {
        switch self {
        case .absent: "\(name) says that it is not there"
        case .found(_, .some): "\(name) gave its address, and the network knows it as ours"
        case .found(.some, nil): "\(name) gave its address; the network could not be asked"
        case .found(nil, nil): "\(name) says so"
        }
    }
}

extension Publication {
    /// Notes which link the person or the lost try had in hand, and what it cannot count.
    fileprivate mutating func note(_ side: PostSheet.Side, localBase: String) {
        guard sentLink == nil, let link = side.linkAddress(localBase: localBase) else { return }
        sentLink = link
        linkLoss = side.linkChoice(localBase: localBase).loss
    }

    /// Notes that a person has found it, or has published it by hand.
    mutating func settle(
        found address: String?, _ known: RemotePost?, at now: Instant, by principal: Principal
    ) {
        publishedAt = now
        lateness = delivery.due.map { max(.zero, now - $0.at) }
        proof =
            known == nil
            ? "\(principal.name) said so" : "\(principal.name) gave its address; it is ours"
        handToken = nil
        message = nil
        if let known {
            remote = known
        } else if let address {
            remote = RemotePost(id: address, url: address, publishedAt: now)
        }
    }
}
