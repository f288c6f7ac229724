import Jobs
import Kernel
import Networks
import Store

extension DeliveryWork {
    /// Looks whether a doubtful post is there. Nothing is sent again before this has answered.
    func look(_ target: DeliveryPlan.Target, _ context: JobContext) async throws {
        guard let load = try await load(target), load.publication.delivery.state == .doubtful
        else { return }
        let uploads = load.uploads.sorted { $0.key < $1.key }.map(\.value.upload)
        let outgoing = outgoing(load, uploads)
        let publication = load.publication
        let sentAfter = load.firstSend ?? surroundings.now()
        let others = try await database.read { tx in
            try Self.others(than: publication, since: sentAfter, tx)
        }
        let probe = PostProbe(
            post: outgoing.post, link: outgoing.link, sentAfter: sentAfter, others: others)
        let answer: Result<Proof, NetworkFailure>
        do {
            if let (publishing, access) = try await reach(load, target) {
                answer = .success(try await publishing.find(access, probe))
            } else {
                answer = .success(.unknown(why: "The channel is not connected any more."))
            }
        } catch let failure as NetworkFailure {
            answer = .failure(failure)
        }
        try await decide(target, context, epoch: publication.delivery.epoch) { publication, tx in
            guard publication.delivery.state == .doubtful else { return .nothing }
            switch answer {
            case .success(let proof):
                return try weigh(proof, outgoing, &publication, tx)
            case .failure(let failure):
                try ledger.note(
                    .look, .unknown, publication, failure.message, status: failure.status,
                    code: failure.code, tx)
                publication.message = failure.message
                return publication.delivery.lookFailed(failure.kind, at: surroundings.now())
            }
        }
    }

    /// What the channel's account has from our other publications: posts that begin alike, or say the
    /// same, are told apart by it.
    ///
    /// What was imported is not among it: that may be the very post which is looked for.
    private static func others(
        than publication: Publication, since sentAfter: Instant, _ tx: borrowing Transaction
    ) throws -> Set<String> {
        // Clocks differ, and nobody looks further back than this.
        let earliest = sentAfter - .days(1)
        let rows = try tx.rows(
            """
            SELECT part.remote_id AS remote_id FROM publication_part AS part
            JOIN publication ON publication.id = part.publication_id
            WHERE publication.channel_id = \(publication.channel)
                AND publication.id <> \(publication.id) AND part.published_at >= \(earliest)
            """)
        return Set(try rows.map { try $0("remote_id", as: String.self) })
    }

    private func weigh(
        _ proof: Proof, _ outgoing: Outgoing, _ publication: inout Publication,
        _ tx: borrowing Transaction
    ) throws -> Delivery.Action {
        let now = surroundings.now()
        switch proof {
        case .found(let remote, _) where try isAnothers(remote, than: publication, tx):
            return try weigh(
                .unknown(why: "What was found there is another post of yours."), outgoing,
                &publication, tx)
        case .found(let remote, let means):
            try ledger.note(.look, .found, publication, "Recognised by \(means)", tx)
            publication.message = nil
            let departure = try ledger.lastDeparture(
                publication, part: publication.delivery.partsOut, tx)
            // Who sent it may not have lived to write down when; the network knows its own time.
            return try publication.accept(
                remote, outgoing, proof: "read back: \(means)",
                left: departure ?? min(remote.publishedAt ?? now, now), at: now, tx)
        case .absent(let means):
            try ledger.note(.look, .absent, publication, "Looked by \(means)", tx)
            publication.message = "It did not arrive. It will be sent again."
            return publication.delivery.proved(proof, at: now)
        case .unknown(let why):
            try ledger.note(.look, .unknown, publication, why, tx)
            publication.message = why
            return publication.delivery.proved(proof, at: now)
        }
    }

    /// Whether another publication of ours has come to be this post since the network was asked.
    private func isAnothers(
        _ remote: RemotePost, than publication: Publication, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM publication JOIN post ON post.id = publication.post_id
            WHERE publication.channel_id = \(publication.channel)
                AND publication.id <> \(publication.id)
                AND publication.remote_id = \(remote.id) AND post.origin <> 'imported'
            """)
    }
}
