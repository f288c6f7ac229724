import Foundation
import Kernel
import Networks
import Outbound

extension MastodonAPI {
    /// Uploads a picture with its description and waits until the server has processed it.
    func upload(
        _ access: Access, _ file: MediaFile
    ) async throws(NetworkFailure) -> UploadedMedia {
        do {
            return try await uploadOnce(access, file)
        } catch {
            throw await explained(error, access)
        }
    }

    private func uploadOnce(
        _ access: Access, _ file: MediaFile
    ) async throws(NetworkFailure) -> UploadedMedia {
        var answer: OutboundAnswer
        do {
            answer = try await send(file, to: "/api/v2/media", access)
        } catch {
            // Older servers, and some others, have the first version only.
            guard error.kind == .gone || error.status == 405 else { throw error }
            answer = try await send(file, to: "/api/v1/media", access)
        }
        let media = try calls.decode(MastodonValues.Media.self, answer, .repeatable)
        let look = request("GET", "/api/v1/media/\(Self.segment(media.id))", access)
        for wait in [1, 1, 2, 3, 5, 8, 13] where [202, 206].contains(answer.status) {
            do {
                try await Task.sleep(for: .seconds(wait))
            } catch {
                throw NetworkFailure(.unavailable, "The upload was interrupted.")
            }
            do {
                answer = try await calls.send(look, .repeatable)
            } catch {
                guard error.kind == .contentRefused else { throw error }
                throw NetworkFailure(
                    .contentRefused,
                    "\(calls.network.name) could not process the picture \(file.fileName).",
                    status: error.status, code: error.code)
            }
        }
        guard answer.status == 200 || answer.status == 201 else {
            throw NetworkFailure(
                .unavailable, "\(calls.network.name) is still processing the picture.",
                status: answer.status)
        }
        return UploadedMedia(
            reference: media.id, altText: file.altText, uploadedAt: surroundings.now())
    }

    private func send(
        _ file: MediaFile, to path: String, _ access: Access
    ) async throws(NetworkFailure) -> OutboundAnswer {
        let boundary = "throughline-" + surroundings.newSecret(bytes: 12)
        var upload = request(
            "POST", path, access,
            headers: [("content-type", "multipart/form-data; boundary=\(boundary)")])
        upload.body = RequestBody.multipart(
            [("description", file.altText)], file: file, boundary: boundary)
        upload.deadline = .seconds(90)
        return try await calls.send(upload, .repeatable)
    }

    /// Publishes one post under its idempotency key.
    func publish(
        _ access: Access, _ post: OutgoingPost
    ) async throws(NetworkFailure) -> RemotePost {
        var form = [("status", try await addressed(post, access))]
        form += post.media.map { ("media_ids[]", $0.reference) }
        form.append(("visibility", Self.word(post.audience ?? Audience(post.visibility))))
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
        do {
            return try await calls.json(
                MastodonValues.Status.self, sending, .change, trace: post.trace
            ).post
        } catch {
            throw await explained(error, access)
        }
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

    /// What no server cuts a page down to while there is more.
    private static let shortPage = 20

    /// Looks for a post among the account's own since it may have been sent.
    ///
    /// Pages are read to their end: among an account's posts some servers list older ones that it
    /// boosted or pinned, so an old date says nothing about what follows on the same page.
    func find(_ access: Access, _ probe: PostProbe) async throws(NetworkFailure) -> Proof {
        let wanted = MastodonLikeness(probe)
        guard wanted.canTell else {
            return .unknown(why: "A post without text cannot be told from others.")
        }
        var before: String?
        var seen: Set<String> = []
        var known: Set<String> = []
        var looksLikeIt = false
        for _ in 0..<5 {
            let (page, ahead) = try await ownPage(access, before: before)
            // Clocks differ; a little earlier may still be it.
            let earliest = probe.sentAfter + min(.zero, ahead) - .minutes(2)
            // A server that gives the same page again has no other; a full one may hide more.
            let isAgain = !page.isEmpty && known.isSuperset(of: page.map(\.id))
            if isAgain && page.count >= Self.shortPage { break }
            var isOld = page.isEmpty || isAgain
            for status in page where status.isOwn(of: access) {
                isOld = isAgain || status.at.map { $0 < earliest } ?? false
                guard let at = status.at, at >= earliest else { continue }
                seen.insert(status.id)
                guard !probe.others.contains(status.id) else { continue }
                switch wanted.compare(status) {
                case .same(let means): return .found(status.post, by: means)
                case .alike: looksLikeIt = true
                case .other: break
                }
            }
            if isOld {
                // Servers may rewrite what they take; better ask a person than post twice.
                return looksLikeIt
                    ? .unknown(why: "The account has a post that begins alike but is not the same.")
                    : .absent(by: "the account's \(seen.count) posts since it was sent")
            }
            known.formUnion(page.map(\.id))
            before = page.last?.id
        }
        return .unknown(why: "The account has posted too much since to be sure.")
    }

    /// Finds the post that people open at an address, among the account's own or by its number.
    func recognise(
        _ access: Access, _ address: String
    ) async throws(NetworkFailure) -> RemotePost? {
        let wanted = Self.plainAddress(address)
        var before: String?
        for _ in 0..<3 {
            let page = try await ownStatuses(access, before: before)
            let found = page.first { status in
                status.isOwn(of: access)
                    && [status.url, status.uri].contains { $0.map(Self.plainAddress) == wanted }
            }
            if let found { return found.post }
            guard let last = page.last?.id, last != before else { break }
            before = last
        }
        guard let number = wanted.split(separator: "/").last.map(String.init) else { return nil }
        do {
            let status = try await status(access, number)
            return status.isOwn(of: access) ? status.post : nil
        } catch {
            guard [.gone, .contentRefused].contains(error.kind) else { throw error }
            return nil
        }
    }

    private static func plainAddress(_ address: String) -> String {
        let plain = address.prefix { $0 != "?" && $0 != "#" }.lowercased()
        return plain.hasSuffix("/") ? String(plain.dropLast()) : plain
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
            let limits = try await instance("/api/v2/instance", access).limits
            if limits[.textLength] != nil { return limits }
        } catch {
            // Any answer but a limit of its own says that this server has only the first version.
            if error.status == nil { throw error }
            if case .rateLimited = error.kind { throw error }
        }
        return try await instance("/api/v1/instance", access).limits
    }

    private func instance(
        _ path: String, _ access: Access
    ) async throws(NetworkFailure) -> MastodonValues.Instance {
        try await calls.json(
            MastodonValues.Instance.self, request("GET", path, access), .repeatable)
    }

    private static func word(_ audience: Audience) -> String {
        switch audience {
        case .everyone: "public"
        case .unlisted: "unlisted"
        case .followers: "private"
        case .direct: "direct"
        }
    }

    /// Whom a status reaches; what a server of a later day calls otherwise is taken for the least.
    static func audience(_ word: String?) -> Audience {
        switch word {
        case "public", "local", nil: .everyone
        case "unlisted": .unlisted
        case "private": .followers
        default: .direct
        }
    }
}
