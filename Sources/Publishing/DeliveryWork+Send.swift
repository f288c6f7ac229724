import Crypto
import Foundation
import Jobs
import Kernel
import Links
import Networks
import Store

extension DeliveryWork {
    /// Sends one part at the due time: intent first, then the call, then the answer.
    func send(_ target: DeliveryPlan.Target, _ context: JobContext) async throws {
        guard let load = try await loadToSend(target) else { return }
        let now = surroundings.now()
        if load.publication.delivery.state == .sending {
            return try await takeOver(target, context)
        }
        if let due = load.publication.delivery.due, due.at > now,
            [.scheduled, .preparing].contains(load.publication.delivery.state)
        {
            return try await database.write { tx in
                try context.postpone(until: due.at, in: tx)
            }
        }
        guard try await isTaken(load, target, context) else { return }
        var reached: (Networks.Publishing, Networks.Access)?
        var uploads: [UploadedMedia] = []
        var card: LinkCard?
        do {
            reached = try await reach(load, target)
            let isDue = [.scheduled, .preparing].contains(load.publication.delivery.state)
            if isDue, let (publishing, access) = reached {
                uploads = try await upload(load, publishing, access)
                card = try await self.card(load, publishing, access)
            }
        } catch let failure as NetworkFailure {
            try await noteRefusal(failure, load.side.channel.id, target.workspace, reached?.1)
            return try await failedBefore(failure, target, context)
        }
        var post = outgoing(load, uploads, card)
        post.post.leavesBefore = ContinuousClock.now + Delivery.sendingRight * plan.pace
        post.post.trace = SendTrace()
        guard let begun = try await begin(load, post, isConnected: reached != nil, target, context),
            let (publishing, access) = reached
        else { return }
        let answer: Result<RemotePost, NetworkFailure>
        do throws(NetworkFailure) {
            answer = .success(try await publishing.publish(access, post.post))
        } catch {
            answer = .failure(error)
        }
        try await finish(answer, begun, post, target, context)
        if case .failure(let failure) = answer {
            try await noteRefusal(failure, load.side.channel.id, target.workspace, access)
        }
    }

    /// One part as it will be sent, with what its probe needs.
    struct Outgoing: Sendable {
        var post: OutgoingPost
        let link: String?
        let loss: String?

        /// A digest of what goes out, to compare with what is read back.
        var fingerprint: String {
            Hex.text(SHA256.hash(data: Data((post.key + "\n" + post.text).utf8)))
        }
    }

    func outgoing(
        _ load: Load, _ uploads: [UploadedMedia], _ card: LinkCard? = nil
    ) -> Outgoing {
        let side = load.side
        let index = load.publication.delivery.partsOut
        let choice = side.linkChoice(localBase: localBase)
        let link = side.link.map(choice.address)
        let parts = side.content.parts(link: link)
        let text = index < parts.count ? parts[index] : ""
        var shown: LinkCard?
        if let link, var card, text.contains(link) {
            card.url = link
            shown = card
        }
        let post = OutgoingPost(
            key: load.publication.sendKey(part: index),
            createdAt: load.firstSend ?? surroundings.now(), text: text,
            media: index == 0 ? uploads : [], card: shown,
            language: side.content.language ?? side.channel.language,
            visibility: side.content.visibility, contentWarning: side.content.contentWarning,
            replyTo: load.parts.last, threadRoot: load.parts.first)
        return Outgoing(
            post: post, link: link.flatMap { text.contains($0) ? $0 : nil },
            loss: link == nil ? nil : choice.loss)
    }

    private struct Begun: Sendable {
        let epoch: Int
        let attempt: ID<Attempt>
    }

    /// Makes the intent durable; nil when there is nothing to send now.
    private func begin(
        _ load: Load, _ outgoing: Outgoing, isConnected: Bool, _ target: DeliveryPlan.Target,
        _ context: JobContext
    ) async throws -> Begun? {
        let now = surroundings.now()
        return try await database.write(.readCommitted) { tx in
            try tx.shareTurn(Transaction.departures)
            var publication = try Publication.load(
                target.publication, in: target.workspace, lock: .rowLock, tx)
            try context.confirmLease(in: tx)
            // Edited since it was read: start again with what it says now.
            guard publication.delivery.contentHash == load.publication.delivery.contentHash else {
                try context.postpone(until: now, in: tx)
                return nil
            }
            // Asked here and not before: what is stopped now must not leave a moment later.
            if try isHeld(tx) || publication.channelIsPaused(tx) {
                try context.postpone(until: now + .seconds(15), in: tx)
                return nil
            }
            let freeze = try Freeze.holding(publication, tx)
            let late = try LatePolicy.of(publication, tx)
            let due = publication.delivery.due
            let start = publication.delivery.begin(
                isConnected: isConnected, isFrozen: freeze != nil, late: late, at: now)
            publication.updatedAt = now
            switch start {
            case .nothing: return nil
            case .wait(let moment):
                try context.postpone(until: moment, in: tx)
                return nil
            case .instead(let action):
                try context.complete(in: tx)
                explain(action, &publication, late: due.map { now - $0.at } ?? .zero)
                if action == .callPerson(.frozen), let freeze {
                    publication.freeze = freeze.id
                    publication.message = Publication.frozenMessage(freeze.reason)
                }
                try publication.save(tx)
                try plan.follow(action, publication, by: Self.publisher, tx)
                return nil
            case .send(let epoch):
                publication.linkLoss = outgoing.loss
                try publication.saveBegun(tx)
                // The first try's time is the post's own: a record key may follow from it.
                let attempt = try ledger.intend(
                    publication, part: publication.delivery.partsOut,
                    fingerprint: outgoing.fingerprint,
                    at: load.firstSend == nil ? outgoing.post.createdAt : now, tx)
                return Begun(epoch: epoch, attempt: attempt)
            }
        }
    }

    /// Says in words why a person is called.
    private func explain(
        _ action: Delivery.Action, _ publication: inout Publication, late: Duration
    ) {
        switch action {
        case .callPerson(.byHand):
            publication.handToken = publication.handToken ?? surroundings.newSecret(bytes: 24)
            publication.message = "Time to publish this by hand."
        case .callPerson(.tooLate):
            publication.message =
                "The due time passed \(LatePolicy.words(late)) ago. Publish it still?"
        case .heldBack:
            publication.message =
                "It was \(LatePolicy.words(late)) late, and its rule says hold. Give it a new "
                + "time when it still makes sense."
        default: break
        }
    }

    private func finish(
        _ answer: Result<RemotePost, NetworkFailure>, _ begun: Begun, _ outgoing: Outgoing,
        _ target: DeliveryPlan.Target, _ context: JobContext
    ) async throws {
        try await decide(target, context, epoch: begun.epoch) { publication, tx in
            let now = surroundings.now()
            switch answer {
            case .success(let remote):
                let trace = outgoing.post.trace
                try ledger.close(
                    begun.attempt, .accepted, message: remote.url ?? remote.id, trace: trace, tx)
                return try publication.accept(
                    remote, outgoing, proof: "the network's answer", left: trace?.leftAt ?? now,
                    at: now, tx)
            case .failure(let failure):
                let action = publication.delivery.failed(
                    failure.kind, late: try LatePolicy.of(publication, tx), at: now)
                publication.message = failure.message
                try ledger.close(
                    begun.attempt, publication.delivery.outcome, status: failure.status,
                    code: failure.code, message: failure.message, trace: outgoing.post.trace, tx)
                return action
            }
        }
    }

    /// A send was cut off: close its line, then look before anything else is done.
    private func takeOver(_ target: DeliveryPlan.Target, _ context: JobContext) async throws {
        try await decide(target, context) { publication, tx in
            try ledger.closeInterrupted(publication, tx)
            publication.message = "A send was cut off. Looking whether it arrived."
            return publication.delivery.interrupted(at: surroundings.now())
        }
    }

    /// A failure before the send itself: nothing can have been accepted.
    private func failedBefore(
        _ failure: NetworkFailure, _ target: DeliveryPlan.Target, _ context: JobContext
    ) async throws {
        try await decide(target, context) { publication, tx in
            let now = surroundings.now()
            let late = try LatePolicy.of(publication, tx)
            // Frozen, moved or too late meanwhile: the next try sorts it out.
            guard try Freeze.holding(publication, tx) == nil,
                case .send = publication.delivery.begin(isConnected: true, late: late, at: now)
            else {
                publication = try Publication.load(target.publication, in: target.workspace, tx)
                return [.scheduled, .preparing].contains(publication.delivery.state)
                    ? .send(at: max(now + .seconds(1), publication.delivery.due?.at ?? now))
                    : .nothing
            }
            // An unclear answer to an upload leaves at most a file that nobody sees.
            let kind: NetworkFailure.Kind =
                [.ambiguous, .duplicate, .gone].contains(failure.kind) ? .unavailable : failure.kind
            let action = publication.delivery.failed(kind, late: late, at: now)
            publication.message = failure.message
            try ledger.note(
                .upload, publication.delivery.outcome, publication, failure.message,
                status: failure.status, code: failure.code, tx)
            return action
        }
    }
}

extension Delivery {
    /// What the ledger says of a send that led here.
    var outcome: Attempt.Outcome {
        switch state {
        case .refused, .needsPerson: .refused
        case .doubtful: .unknown
        case .published: .accepted
        default: .notAccepted
        }
    }
}

extension Publication {
    /// Whether the channel's owner said wait; due posts are looked at again soon.
    func channelIsPaused(_ tx: borrowing Transaction) throws -> Bool {
        try tx.exists(
            "SELECT 1 FROM channel WHERE id = \(channel) AND paused_at IS NOT NULL")
    }

    /// Keeps the part that is out, and with the last one the whole.
    mutating func accept(
        _ remote: RemotePost, _ outgoing: DeliveryWork.Outgoing, proof: String, left: Instant,
        at now: Instant, _ tx: borrowing Transaction
    ) throws -> Delivery.Action {
        let part = delivery.partsOut
        let out = min(remote.publishedAt ?? now, now)
        try tx.execute(
            """
            INSERT INTO publication_part (publication_id, position, workspace_id, remote_id,
                remote_url, remote_revision, published_at)
            VALUES (\(id), \(part), \(workspace), \(remote.id), \(remote.url),
                \(remote.revision), \(out))
            ON CONFLICT (publication_id, position) DO NOTHING
            """)
        let action = delivery.accepted(at: now)
        try replaceImported(remote.id, tx)
        sentText = [sentText, outgoing.post.text].compactMap { $0 }.joined(separator: "\n\n")
        if part == 0 { self.remote = remote }
        if let link = outgoing.link { sentLink = link }
        if delivery.state == .published {
            publishedAt = now
            lateness = delivery.due.map { max(.zero, left - $0.at) }
            self.proof = proof
            message = nil
        }
        return action
    }
}
