import Foundation
import Kernel
import Networks
import Outbound

extension MastodonAPI {
    /// Uploads a picture with its description and waits until the server has processed it.
    func upload(
        _ access: Access, _ file: MediaFile
    ) async throws(NetworkFailure) -> UploadedMedia {
        let boundary = "throughline-" + surroundings.newSecret(bytes: 12)
        var upload = request(
            "POST", "/api/v2/media", access,
            headers: [("content-type", "multipart/form-data; boundary=\(boundary)")])
        upload.body = RequestBody.multipart(
            [("description", file.altText)], file: file, boundary: boundary)
        upload.deadline = .seconds(90)
        var answer = try await calls.send(upload, .repeatable)
        let media = try calls.decode(MastodonValues.Media.self, answer, .repeatable)
        let look = request("GET", "/api/v1/media/\(Self.segment(media.id))", access)
        for wait in [1, 1, 2, 3, 5, 8, 13] where [202, 206].contains(answer.status) {
            do {
                try await Task.sleep(for: .seconds(wait))
            } catch {
                throw NetworkFailure(.unavailable, "The upload was interrupted.")
            }
            answer = try await calls.send(look, .repeatable)
        }
        guard answer.status == 200 else {
            throw NetworkFailure(
                .unavailable, "\(calls.network.name) is still processing the picture.",
                status: answer.status)
        }
        return UploadedMedia(
            reference: media.id, altText: file.altText, uploadedAt: surroundings.now())
    }

    /// Publishes one post under its idempotency key.
    func publish(
        _ access: Access, _ post: OutgoingPost
    ) async throws(NetworkFailure) -> RemotePost {
        var form = [("status", try await addressed(post, access))]
        form += post.media.map { ("media_ids[]", $0.reference) }
        form.append(("visibility", Self.visibility(post.visibility)))
        if let warning = post.contentWarning, !warning.isEmpty {
            form += [("spoiler_text", warning), ("sensitive", "true")]
        }
        if let language = post.language?.split(separator: "-").first {
            form.append(("language", String(language)))
        }
        if let parent = post.replyTo { form.append(("in_reply_to_id", parent.id)) }
        var sending = request(
            "POST", "/api/v1/statuses", access, form: form,
            headers: [("idempotency-key", post.key)])
        sending.bodyLeavesBefore = post.leavesBefore
        return try await calls.json(MastodonValues.Status.self, sending, .change).post
    }

    /// Answers reach people only when their name is in them, so it is put first where missing.
    private func addressed(
        _ post: OutgoingPost, _ access: Access
    ) async throws(NetworkFailure) -> String {
        guard let parent = post.replyTo, post.threadRoot == nil || post.threadRoot != parent
        else { return post.text }
        let author = try await status(access, parent.id).account
        guard author.id != access.accountID, !post.text.contains("@\(author.acct)") else {
            return post.text
        }
        return "@\(author.acct) \(post.text)"
    }

    /// Looks for a post among the account's own since it may have been sent.
    func find(_ access: Access, _ probe: PostProbe) async throws(NetworkFailure) -> Proof {
        // Clocks differ; a little earlier may still be it.
        let earliest = probe.sentAfter - .minutes(2)
        let wanted = PlainText.folded(probe.post.text)
        guard !wanted.isEmpty || probe.link != nil else {
            return .unknown(why: "A post without text cannot be told from others.")
        }
        var before: String?
        var seen = 0
        var looksLikeIt = false
        func absent(_ means: String) -> Proof {
            // Servers may rewrite what they take; better ask a person than post twice.
            looksLikeIt
                ? .unknown(why: "The account has a post that begins alike but is not the same.")
                : .absent(by: means)
        }
        for _ in 0..<5 {
            let statuses = try await ownStatuses(access, before: before)
            for status in statuses {
                guard let at = status.at, at >= earliest else {
                    return absent("the account's \(seen) posts since it was sent")
                }
                seen += 1
                guard status.inReplyToId == probe.post.replyTo?.id else { continue }
                let text = PlainText.folded(PlainText.of(html: status.content))
                if let link = probe.link, text.contains(link) || status.content.contains(link) {
                    return .found(status.post, by: "its own link")
                }
                if !wanted.isEmpty, text == wanted || text.hasSuffix(" " + wanted) {
                    return .found(status.post, by: "its text")
                }
                looksLikeIt = looksLikeIt || text.contains(wanted.prefix(24))
            }
            guard let last = statuses.last else {
                return absent("all \(seen) posts of the account")
            }
            before = last.id
        }
        return .unknown(why: "The account has posted too much since to be sure.")
    }

    /// Deletes a post; one that is gone already is as good.
    func delete(_ access: Access, _ post: RemotePost) async throws(NetworkFailure) {
        do {
            let path = "/api/v1/statuses/\(Self.segment(post.id))"
            _ = try await calls.send(request("DELETE", path, access), .repeatable)
        } catch {
            guard case .gone = error.kind else { throw error }
        }
    }

    /// The limits the server states about itself.
    func limits(_ access: Access) async throws(NetworkFailure) -> [RuleName: Int] {
        do {
            return try await instance("/api/v2/instance", access).limits
        } catch {
            guard case .gone = error.kind else { throw error }
            return try await instance("/api/v1/instance", access).limits
        }
    }

    private func instance(
        _ path: String, _ access: Access
    ) async throws(NetworkFailure) -> MastodonValues.Instance {
        try await calls.json(
            MastodonValues.Instance.self, request("GET", path, access), .repeatable)
    }

    private static func visibility(_ visibility: Visibility) -> String {
        switch visibility {
        case .everyone: "public"
        case .unlisted: "unlisted"
        case .followers: "private"
        }
    }
}
