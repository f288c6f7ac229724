import Foundation
import Jobs
import Kernel
import Networks
import Store

extension DeliveryWork {
    /// Uploads pictures ahead of the due time, so that the last call is small.
    func prepare(_ target: DeliveryPlan.Target, _ context: JobContext) async throws {
        guard let load = try await load(target) else { return }
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
            try await note(nil, target)
        } catch let failure as NetworkFailure {
            try await unready(failure, target, context)
        }
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
            let file = try await pictures.fitted(
                picture, altText: item.altText, for: load.side.channel.network)
            let uploaded = try await publishing.upload(access, file)
            uploads.append(uploaded)
            try await keep(uploaded, fingerprint, at: position, load.publication, file)
        }
        return uploads
    }

    private func keep(
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
