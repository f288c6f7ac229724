import Jobs
import Kernel
import Networks
import Store

extension DeliveryWork {
    /// Deletes the last part that is still out: intent first, then the call, then a look.
    func remove(_ target: DeliveryPlan.Target, _ context: JobContext) async throws {
        guard let load = try await load(target, deletedToo: true),
            let removal = load.side.removal, removal.state == .asked,
            let part = load.parts.prefix(removal.partsLeft).last
        else { return }
        let reached: (Networks.Publishing, Networks.Access)?
        do {
            reached = try await reach(load, target)
        } catch let failure as NetworkFailure {
            return try await settle(target, context, nil) { removal, _ in
                removal.failed(failure, at: surroundings.now())
            }
        }
        guard let (publishing, access) = reached else {
            return try await settle(target, context, nil) { removal, _ in
                removal.refuse("The channel is not connected any more. Delete it on the network.")
            }
        }
        let index = removal.partsLeft - 1
        let line = try await database.write { tx in
            try context.confirmLease(in: tx)
            try ledger.closeInterruptedRemovals(load.publication, tx)
            return try ledger.intendRemoval(load.publication, part: index, tx)
        }
        do throws(NetworkFailure) {
            try await publishing.delete(access, part)
        } catch {
            try await noteRefusal(error, load.side.channel.id, target.workspace, access)
            return try await settle(target, context, line, .failure(error)) { removal, _ in
                removal.failed(error, at: surroundings.now())
            }
        }
        try await prove(part, index, load, target, context, line, publishing, access)
    }

    /// Looks whether the part is gone, whatever the answer to the deletion was.
    private func prove(
        _ part: RemotePost, _ index: Int, _ load: Load, _ target: DeliveryPlan.Target,
        _ context: JobContext, _ line: ID<Attempt>, _ publishing: Networks.Publishing,
        _ access: Networks.Access
    ) async throws {
        let probe = try await probe(index, load)
        let answer: Result<Proof, NetworkFailure>
        do throws(NetworkFailure) {
            answer = .success(try await publishing.find(access, probe))
        } catch {
            answer = .failure(error)
        }
        try await settle(target, context, line, .success(())) { removal, tx in
            let now = surroundings.now()
            switch answer {
            case .success(.absent(let means)):
                try ledger.noteRemovalLook(
                    .absent, load.publication, index, "Looked by \(means)", tx)
                return removal.gone(by: means, at: now)
            case .success(.found(let other, let means)) where other.id != part.id:
                try ledger.noteRemovalLook(
                    .absent, load.publication, index,
                    "Found by \(means) is another post, \(other.url ?? other.id)", tx)
                return removal.gone(by: "its identifier", at: now)
            case .success(.found(_, let means)):
                try ledger.noteRemovalLook(
                    .found, load.publication, index, "Recognised by \(means)", tx)
                return removal.stillThere(at: now)
            case .success(.unknown(let why)):
                // The network took the deletion and cannot be asked about it.
                try ledger.noteRemovalLook(.unknown, load.publication, index, why, tx)
                return removal.gone(by: "the network's answer", at: now)
            case .failure(let failure):
                try ledger.noteRemovalLook(
                    .unknown, load.publication, index, failure.message, tx)
                return removal.failed(failure, at: now)
            }
        }
    }

    /// What the part looked like when it was sent, to look for it.
    private func probe(_ index: Int, _ load: Load) async throws -> PostProbe {
        let publication = load.publication
        let first = try await database.read { tx in
            try ledger.firstSend(publication, part: index, tx)
        }
        let sent = first ?? publication.publishedAt ?? surroundings.now()
        let link = publication.sentLink
        let parts = load.side.content.parts(link: link)
        let text = index < parts.count ? parts[index] : publication.sentText ?? ""
        let post = OutgoingPost(
            key: publication.sendKey(part: index), createdAt: sent, text: text,
            contentWarning: load.side.content.contentWarning,
            replyTo: index > 0 ? load.parts[index - 1] : nil, threadRoot: load.parts.first)
        return PostProbe(
            post: post, link: link.flatMap { text.contains($0) ? $0 : nil }, sentAfter: sent)
    }

    /// Closes the line, decides and saves in the transaction that also finishes the job.
    private func settle(
        _ target: DeliveryPlan.Target, _ context: JobContext, _ line: ID<Attempt>?,
        _ answer: Result<Void, NetworkFailure>? = nil,
        _ decide:
            @escaping @Sendable (inout Removal, borrowing Transaction) throws -> Removal.Action
    ) async throws {
        try await database.write { tx in
            try context.complete(in: tx)
            let publication = try Publication.load(target.publication, in: target.workspace, tx)
            guard var removal = try Removal.load(target.publication, in: target.workspace, tx),
                removal.state == .asked
            else { return }
            if let line, let answer { try ledger.closeRemoval(line, answer, tx) }
            let action = try decide(&removal, tx)
            try removal.save(tx)
            try plan.follow(action, removal, publication, by: Self.publisher, tx)
        }
    }
}
