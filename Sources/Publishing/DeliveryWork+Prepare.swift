import Foundation
import Jobs
import Kernel
import Networks
import Store

extension DeliveryWork {
    /// Uploads pictures ahead of the due time, so that the last call is small.
    func prepare(_ target: DeliveryPlan.Target, _ context: JobContext) async throws {
        guard let load = try await load(target) else { return }
        guard try await isTaken(load, target, context) else { return }
        guard let (publishing, access) = try await reach(load, target) else { return }
        let isReady = try await database.write { tx in
            var publication = try Publication.load(target.publication, in: target.workspace, tx)
            guard publication.delivery.prepare() else { return false }
            try publication.save(tx)
            return true
        }
        guard isReady else { return }
        do {
            try await upload(load, publishing, access)
            _ = try await card(load, publishing, access)
            try await note(nil, target)
        } catch let failure as NetworkFailure {
            try await unready(failure, target, context)
        }
    }

    /// Whether the channel's rules, as they are now, let the post out; when not, it is refused
    /// here, and a person reads why before its network would have said so.
    ///
    /// Limits may have changed since the post was scheduled. A thread of which parts are out goes
    /// on: that is for the network to judge.
    func isTaken(
        _ load: Load, _ target: DeliveryPlan.Target, _ context: JobContext
    ) async throws -> Bool {
        let delivery = load.publication.delivery
        guard load.side.channel.isConnected, delivery.partsOut == 0,
            [.scheduled, .preparing].contains(delivery.state)
        else { return true }
        let refusals = pictures.rules.verdict(on: load.side, localBase: localBase).refusals
        guard !refusals.isEmpty else { return true }
        let message = refusals.joined(separator: " ")
        try await decide(target, context) { publication, tx in
            // Edited meanwhile: what was saved since has its own check.
            guard publication.delivery.contentHash == delivery.contentHash else {
                return .send(at: surroundings.now())
            }
            try ledger.note(.upload, .refused, publication, message, code: "rules", tx)
            publication.message = message
            return publication.delivery.refusedWhilePreparing()
        }
        return false
    }

    /// What getting ready ran into: refused for good, or worth a word and another try.
    private func unready(
        _ failure: NetworkFailure, _ target: DeliveryPlan.Target, _ context: JobContext
    ) async throws {
        guard failure.kind == .contentRefused else {
            try await note(failure.message, target)
            throw failure
        }
        try await decide(target, context) { publication, tx in
            try ledger.note(
                .upload, .refused, publication, failure.message, status: failure.status,
                code: failure.code, tx)
            publication.message = failure.message
            return publication.delivery.refusedWhilePreparing()
        }
    }

    private func note(_ message: String?, _ target: DeliveryPlan.Target) async throws {
        try await database.write { tx in
            var publication = try Publication.load(target.publication, in: target.workspace, tx)
            guard [.scheduled, .preparing].contains(publication.delivery.state),
                publication.message != message
            else { return }
            publication.message = message
            try publication.save(tx)
        }
    }

    /// The connector and the account; nil when this is published by hand.
    func reach(
        _ load: Load, _ target: DeliveryPlan.Target
    ) async throws -> (Networks.Publishing, Networks.Access)? {
        guard load.side.channel.isConnected,
            let publishing = connectors[load.side.channel.network]?.publishing,
            let access = try await access(load.side.channel.id, target.workspace)
        else { return nil }
        return (publishing, access)
    }

    /// Uploads what is not uploaded yet and returns the network's references, in order.
    @discardableResult
    func upload(
        _ load: Load, _ publishing: Networks.Publishing, _ access: Networks.Access
    ) async throws -> [UploadedMedia] {
        var uploads: [UploadedMedia] = []
        let placed = load.side.variant.pictures ?? load.sheet.pictures
        for (position, item) in placed.enumerated() {
            guard let picture = load.sheet.library[item.picture] else { continue }
            let fingerprint = picture.contentHash + ":" + item.altText
            // References to files nobody posted are forgotten by networks after a while.
            if let known = load.uploads[position], known.fingerprint == fingerprint,
                surroundings.now() - known.upload.uploadedAt < .hours(1)
            {
                uploads.append(known.upload)
                continue
            }
            let rules = load.side.channel.rules
            let file = try await pictures.fitted(picture, altText: item.altText, for: rules)
            try Self.check(file, at: position, rules)
            let uploaded = try await publishing.upload(access, file)
            uploads.append(uploaded)
            try await keep(uploaded, fingerprint, at: position, load.publication, file)
        }
        return uploads
    }

    /// Refuses a picture that could not be made to fit, before a byte of it leaves.
    private static func check(
        _ file: MediaFile, at position: Int, _ rules: NetworkRules
    ) throws(NetworkFailure) {
        let image = RuleCheck.Image(
            contentType: file.contentType, bytes: file.bytes.count, width: file.width,
            height: file.height, altText: file.altText)
        let refusals = RuleCheck.check(image, at: position, rules)
            .filter { $0.severity == .refused }.map(\.message)
        guard refusals.isEmpty else {
            throw NetworkFailure(
                .contentRefused, refusals.joined(separator: " "), code: "rules")
        }
    }

    func keep(
        _ upload: UploadedMedia, _ fingerprint: String, at position: Int,
        _ publication: Publication, _ file: MediaFile
    ) async throws {
        let text = try JSON.text(upload)
        try await database.write { tx in
            try tx.execute(
                """
                INSERT INTO publication_upload
                    (publication_id, position, workspace_id, fingerprint, upload)
                VALUES (\(publication.id), \(position), \(publication.workspace), \(fingerprint),
                    \(text))
                ON CONFLICT (publication_id, position) DO UPDATE SET
                    fingerprint = excluded.fingerprint, upload = excluded.upload
                """)
            try ledger.note(
                .upload, .accepted, publication,
                "\(file.fileName), \(file.bytes.count / 1024) KB, \(file.width)×\(file.height)",
                tx)
        }
    }
}
