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
        let now = surroundings.now()
        let probe = PostProbe(
            post: outgoing.post, link: outgoing.link, sentAfter: load.firstSend ?? now)
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
        try await decide(target, context, epoch: load.publication.delivery.epoch) {
            publication, tx in
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

    private func weigh(
        _ proof: Proof, _ outgoing: Outgoing, _ publication: inout Publication,
        _ tx: borrowing Transaction
    ) throws -> Delivery.Action {
        let now = surroundings.now()
        switch proof {
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
}
