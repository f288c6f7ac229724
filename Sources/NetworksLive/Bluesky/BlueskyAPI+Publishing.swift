import Foundation
import Kernel
import Networks
import Outbound

extension BlueskyAPI {
    func upload(
        _ access: Access, _ file: MediaFile
    ) async throws(NetworkFailure) -> UploadedMedia {
        let answer = try await call(
            "POST", "com.atproto.repo.uploadBlob", access, body: file.bytes,
            type: file.contentType)
        let blob = try calls.decode(BlueskyValues.Uploaded.self, answer, .repeatable).blob
        let picture = BlueskyValues.Picture(blob: blob, width: file.width, height: file.height)
        return UploadedMedia(
            reference: String(decoding: Self.json(picture), as: UTF8.self),
            altText: file.altText, uploadedAt: surroundings.now())
    }

    /// Creates the record under a key that follows from the post, so that trying again cannot
    /// create a second one.
    func publish(
        _ access: Access, _ post: OutgoingPost
    ) async throws(NetworkFailure) -> RemotePost {
        guard post.visibility != .followers else {
            throw NetworkFailure(
                .contentRefused,
                "Bluesky shows every post to everyone. Choose “everyone” or another network.")
        }
        let record = BlueskyValues.NewRecord(
            repo: access.accountID, rkey: Self.recordKey(of: post),
            record: try await record(of: post, access))
        do {
            let answer = try await call(
                "POST", "com.atproto.repo.createRecord", access, body: Self.json(record),
                .change, trace: post.trace)
            let made = try calls.decode(BlueskyValues.Reference.self, answer, .change)
            return remote(made.uri, made.cid, at: post.createdAt, by: access.accountID)
        } catch {
            switch error.kind {
            case .rateLimited, .authorizationExpired, .unavailable: throw error
            // Servers answer a key that exists in different ways, so look before believing any.
            default: break
            }
            guard let there = try? await stored(access, record.rkey) else { throw error }
            return remote(there.uri, there.cid, at: there.value.at, by: access.accountID)
        }
    }

    func find(_ access: Access, _ probe: PostProbe) async throws(NetworkFailure) -> Proof {
        let key = Self.recordKey(of: probe.post)
        if let there = try await stored(access, key) {
            return .found(
                remote(there.uri, there.cid, at: there.value.at, by: access.accountID),
                by: "its record key")
        }
        // The same post under another key, should an earlier try have used another time.
        let earliest = probe.sentAfter - .minutes(2)
        let wanted = PlainText.folded(Self.text(of: probe.post))
        let page = try await records(access, before: nil, limit: 50)
        for record in page.records {
            guard let at = record.value.at, at >= earliest,
                record.value.reply?.parent.uri == probe.post.replyTo?.id
            else { continue }
            let found = remote(record.uri, record.cid, at: at, by: access.accountID)
            if let link = probe.link, record.value.links.contains(link) {
                return .found(found, by: "its own link")
            }
            if !wanted.isEmpty, PlainText.folded(record.value.text ?? "") == wanted {
                return .found(found, by: "its text")
            }
        }
        return .absent(by: "its record key")
    }

    /// Reads `https://bsky.app/profile/<account>/post/<key>`, or its `at://` address.
    func recognise(
        _ access: Access, _ address: String
    ) async throws(NetworkFailure) -> RemotePost? {
        let segments = address.split(separator: "/").map(String.init)
        guard let key = segments.last, segments.count >= 3,
            segments.contains(access.accountID)
                || segments.contains(where: { $0.lowercased() == access.handle.lowercased() }),
            let there = try await stored(access, key)
        else { return nil }
        return remote(there.uri, there.cid, at: there.value.at, by: access.accountID)
    }

    func delete(_ access: Access, _ post: RemotePost) async throws(NetworkFailure) {
        let deletion = BlueskyValues.Deletion(
            repo: access.accountID, rkey: Self.recordKey(post.id))
        do {
            _ = try await call(
                "POST", "com.atproto.repo.deleteRecord", access, body: Self.json(deletion))
        } catch {
            // Some servers fail to answer although they have deleted it, so look.
            guard [.gone, .contentRefused].contains(error.kind),
                try await stored(access, deletion.rkey) == nil
            else { throw error }
        }
    }

    /// Bluesky's limits are part of its schemas; servers state none of their own.
    func limits(_ access: Access) async throws(NetworkFailure) -> [RuleName: Int] { [:] }

    // MARK: - The record

    static func recordKey(of post: OutgoingPost) -> String {
        TID.text(at: post.createdAt, key: post.key)
    }

    /// There is no field for a content warning, so it stands before the text.
    static func text(of post: OutgoingPost) -> String {
        ContentWarning.inText(post.contentWarning, before: post.text)
    }

    /// A record of the account; nil when it certainly is not there.
    private func stored(
        _ access: Access, _ key: String
    ) async throws(NetworkFailure) -> BlueskyValues.StoredRecord? {
        do {
            return try await get(
                BlueskyValues.StoredRecord.self, "com.atproto.repo.getRecord", access,
                [
                    ("repo", access.accountID), ("collection", BlueskyValues.collection),
                    ("rkey", key),
                ])
        } catch {
            // 404 or the code `RecordNotFound`; a plain 400 proves nothing.
            guard error.kind == .gone else { throw error }
            return nil
        }
    }

    private func record(
        of post: OutgoingPost, _ access: Access
    ) async throws(NetworkFailure) -> BlueskyValues.NewPost {
        let text = Self.text(of: post)
        var record = BlueskyValues.NewPost(text: text, createdAt: post.createdAt.iso8601)
        record.langs = post.language.map { [$0] }
        let facets = await facets(of: text, access)
        record.facets = facets.isEmpty ? nil : facets
        record.embed = try embed(post)
        if let parent = post.replyTo { record.reply = try await reply(parent, post, access) }
        return record
    }

    private func facets(of text: String, _ access: Access) async -> [BlueskyValues.PostFacet] {
        var facets: [BlueskyValues.PostFacet] = []
        for entity in TextScanner(text).entities() {
            let feature: BlueskyValues.PostFacet.Feature
            let type = "app.bsky.richtext.facet#"
            switch entity.kind {
            case .link: feature = .init(type: type + "link", uri: entity.value)
            case .tag:
                // The lexicon's bound: a longer one would have the whole post refused.
                guard entity.value.count <= 64, entity.value.utf8.count <= 640 else { continue }
                feature = .init(type: type + "tag", tag: entity.value)
            case .mention:
                // A handle nobody has stays plain text.
                guard
                    let identity = try? await get(
                        BlueskyValues.Identity.self, "com.atproto.identity.resolveHandle",
                        access, [("handle", entity.value)])
                else { continue }
                feature = .init(type: type + "mention", did: identity.did)
            }
            facets.append(
                .init(
                    index: .init(
                        byteStart: entity.bytes.lowerBound, byteEnd: entity.bytes.upperBound),
                    features: [feature]))
        }
        return facets
    }

    private func embed(_ post: OutgoingPost) throws(NetworkFailure) -> BlueskyValues.Embed? {
        if !post.media.isEmpty {
            var images: [BlueskyValues.Embed.Image] = []
            for media in post.media {
                let picture = try Self.picture(media)
                images.append(
                    .init(
                        image: picture.blob, alt: media.altText,
                        aspectRatio: .init(
                            width: max(1, picture.width), height: max(1, picture.height))))
            }
            return .images(images)
        }
        guard let card = post.card else { return nil }
        var thumb: BlueskyValues.Blob?
        if let thumbnail = card.thumbnail { thumb = try Self.picture(thumbnail).blob }
        return .card(
            .init(uri: card.url, title: card.title, description: card.summary, thumb: thumb))
    }

    private static func picture(
        _ media: UploadedMedia
    ) throws(NetworkFailure) -> BlueskyValues.Picture {
        guard
            let picture = try? JSONDecoder().decode(
                BlueskyValues.Picture.self, from: Data(media.reference.utf8))
        else {
            throw NetworkFailure(.contentRefused, "A picture has to be uploaded again.")
        }
        return picture
    }

    /// Replies name the post they answer and the first of the whole thread.
    private func reply(
        _ parent: RemotePost, _ post: OutgoingPost, _ access: Access
    ) async throws(NetworkFailure) -> BlueskyValues.ReplyTo {
        let own = "at://\(access.accountID)/"
        if let root = post.threadRoot, let rootCID = root.revision, let cid = parent.revision {
            return .init(
                root: .init(uri: root.id, cid: rootCID), parent: .init(uri: parent.id, cid: cid))
        }
        if parent.id.hasPrefix(own) {
            guard let record = try await stored(access, Self.recordKey(parent.id)),
                let cid = record.cid ?? parent.revision
            else { throw NetworkFailure(.gone, "The post to answer is not there any more.") }
            let here = BlueskyValues.Reference(uri: parent.id, cid: cid)
            return .init(root: record.value.reply?.root ?? here, parent: here)
        }
        guard let view = try await views(access, [parent.id]).first else {
            throw NetworkFailure(.gone, "The post to answer is not there any more.")
        }
        let there = BlueskyValues.Reference(uri: view.uri, cid: view.cid)
        return .init(root: view.record.reply?.root ?? there, parent: there)
    }
}
