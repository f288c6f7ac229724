import Crypto
package import Foundation
package import Jobs
package import Kernel
import Networks
package import Store

/// Keeps the bytes of pictures under their digest, and fits copies of them to
/// the limits of networks.
package struct PictureStore: Sendable {
    let database: Database
    private let events: EventLog
    let surroundings: Surroundings
    let shelf: PictureShelf
    let fitter: PictureFitter
    private let scan: Scan

    /// Looks for viruses in a file; throws what a person is told when it must not be kept.
    package typealias Scan = @Sendable (Data) async throws -> Void

    /// What a network takes of one picture.
    struct Limits: Sendable, Hashable {
        var bytes: Int?
        var side: Int?
        var pixels: Int?
        /// Types it takes; empty when we know none.
        var types: [String] = []

        init(bytes: Int? = nil, side: Int? = nil, pixels: Int? = nil) {
            self.bytes = bytes
            self.side = side
            self.pixels = pixels
        }

        init(_ rules: NetworkRules) {
            self.init(
                bytes: rules[.imageBytes], side: rules[.imageSide], pixels: rules[.imagePixels])
            types = rules.network == .other ? [] : rules.imageTypes
        }

        /// Whether they ask for a copy of such a picture. What moves stays as it is: a copy of it
        /// would stand still.
        func ask(type: String, bytes: Int, width: Int, height: Int) -> Bool {
            guard type != "image/gif" else { return false }
            return bytes > self.bytes ?? .max || max(width, height) > side ?? .max
                || Double(width) * Double(height) > Double(pixels ?? .max)
                || !types.isEmpty && !types.contains(type)
        }

        /// The longest side a copy of such a picture may have.
        func longestSide(width: Int, height: Int) -> Int {
            var longest = min(max(width, height), side ?? 8192)
            let area = Double(width) * Double(height)
            if let pixels, area > Double(pixels) {
                let scale = (Double(pixels) / area).squareRoot()
                longest = min(longest, max(1, Int(Double(max(width, height)) * scale)))
            }
            return longest
        }
    }

    package init(
        database: Database, events: EventLog, surroundings: Surroundings, folder: String,
        fitter: PictureFitter, scan: @escaping Scan = { _ in }
    ) {
        self.database = database
        self.events = events
        self.surroundings = surroundings
        shelf = PictureShelf(database: database, surroundings: surroundings, folder: folder)
        self.fitter = fitter
        self.scan = scan
    }

    /// The folder of this process.
    var folder: String { shelf.folder }

    /// The largest file that is taken.
    package static let largest = 25_000_000

    /// Whether pictures can be made to fit here; when not, the sentence says so.
    package var whyNotFitted: String? { fitter.whyNot }
    /// The rules as they are asked where these pictures are sent from.
    package var rules: ContentRules { ContentRules(fitsPictures: fitter.whyNot == nil) }

    /// Checks, scans, cleans and keeps a picture; the same bytes are kept once.
    package func add(
        _ data: Data, fileName: String, in workspace: WorkspaceID,
        by principal: Principal = .system("Import")
    ) async throws -> StoredPicture {
        guard data.count <= Self.largest else {
            throw PublishingError.pictureTooLarge(bytes: Self.largest)
        }
        guard let probe = PictureProbe(data) else { throw PublishingError.notAPicture }
        try await scan(data)
        // Where the pixels cannot be turned, a note of how they lie is all that stays of the Exif.
        let lies = PictureProbe.orientation(data)
        var clean = PictureProbe.stripped(
            data, contentType: probe.contentType, orientation: lies)
        var isTurned = true
        if lies != 1 {
            if let turned = try? await fitter.turned(data, probe.contentType) {
                clean = PictureProbe.stripped(turned, contentType: probe.contentType)
            } else {
                isTurned = false
            }
        }
        guard let final = PictureProbe(clean)?.shown(lies: isTurned ? 1 : lies) else {
            throw PublishingError.notAPicture
        }
        let hash = Hex.text(SHA256.hash(data: clean))
        try shelf.write(clean, hash)
        let id: PictureID = surroundings.newID()
        let name = Self.safeName(fileName, final.contentType)
        let (count, now) = (clean.count, surroundings.now())
        return try await database.write { [shelf, clean] tx in
            try shelf.share(clean, hash, tx)
            let stored = try tx.first(
                StoredPicture.self,
                """
                INSERT INTO media_asset (id, workspace_id, content_hash, content_type, file_name,
                    byte_count, width, height, created_at)
                VALUES (\(id), \(workspace), \(hash), \(final.contentType), \(name), \(count),
                    \(final.width), \(final.height), \(now))
                ON CONFLICT (workspace_id, content_hash) DO UPDATE
                    SET content_hash = excluded.content_hash
                RETURNING *
                """)
            guard let stored else { throw StoreError.noRow }
            // The same bytes again add nothing.
            if stored.id == id {
                try events.record(
                    try Event(
                        "publishing.picture-added", workspace: workspace, subject: "picture:\(id)",
                        summary: "Added the picture \(name)",
                        changes: try tx.made("SELECT * FROM media_asset WHERE id = \(id)"),
                        by: principal), in: tx)
            }
            return stored
        }
    }

    /// The identifiers of all pictures of a workspace, the oldest first.
    package func all(in workspace: WorkspaceID) async throws -> [PictureID] {
        try await database.read { tx in
            try tx.rows(
                "SELECT id FROM media_asset WHERE workspace_id = \(workspace) ORDER BY id"
            ).map { try $0("id") }
        }
    }

    /// A picture of this workspace with its bytes.
    package func read(
        _ id: PictureID, in workspace: WorkspaceID
    ) async throws -> (StoredPicture, Data) {
        let found = try await database.read { tx in
            try tx.first(
                StoredPicture.self,
                "SELECT * FROM media_asset WHERE workspace_id = \(workspace) AND id = \(id)")
        }
        guard let found else { throw PublishingError.noSuchPicture }
        return (found, try await shelf.bytes(found.contentHash))
    }

    /// A picture of this workspace as a channel's network takes it, for a person to publish.
    package func copy(
        of id: PictureID, in workspace: WorkspaceID, for channel: ChannelFacts
    ) async throws -> (data: Data, contentType: String, fileName: String) {
        let (picture, _) = try await read(id, in: workspace)
        let file = try await fitted(picture, altText: "", for: channel.rules)
        return (file.bytes, file.contentType, file.fileName)
    }

    /// The picture as a network takes it: a copy that fits when it must be and can be.
    func fitted(
        _ picture: StoredPicture, altText: String, for rules: NetworkRules
    ) async throws -> MediaFile {
        let data = try await shelf.bytes(picture.contentHash)
        let limits = Limits(rules)
        let asked = limits.ask(
            type: picture.contentType, bytes: data.count, width: picture.width,
            height: picture.height)
        // A failure to fit is not one to publish: the check after it says what is wrong.
        guard asked,
            let copy = try? await fitter.fit(
                data, limits,
                side: limits.longestSide(width: picture.width, height: picture.height)),
            let probe = PictureProbe(copy)
        else {
            return file(picture, data, picture.contentType, picture.width, picture.height, altText)
        }
        return file(picture, copy, probe.contentType, probe.width, probe.height, altText)
    }

    /// Whether the picture's file is there, complete and may be read.
    func isReadable(_ picture: StoredPicture) async -> Bool {
        guard let data = try? await shelf.bytes(picture.contentHash) else { return false }
        return data.count == picture.byteCount
    }

    /// A picture of a page as a network takes it; nil when it cannot be made to fit.
    func fitted(_ data: Data, _ type: String, for rules: NetworkRules) async -> MediaFile? {
        guard let probe = PictureProbe(data) else { return nil }
        let limits = Limits(rules)
        var file = MediaFile(
            bytes: data, contentType: type, fileName: "card." + PictureProbe.fileExtension(type),
            altText: "", width: probe.width, height: probe.height)
        if limits.ask(
            type: type, bytes: data.count, width: probe.width, height: probe.height)
        {
            let side = limits.longestSide(width: probe.width, height: probe.height)
            guard let copy = try? await fitter.fit(data, limits, side: side),
                let small = PictureProbe(copy)
            else { return nil }
            file = MediaFile(
                bytes: copy, contentType: small.contentType, fileName: "card.jpg", altText: "",
                width: small.width, height: small.height)
        }
        let image = RuleCheck.Image(
            contentType: file.contentType, bytes: file.bytes.count, width: file.width,
            height: file.height, altText: "")
        let isTaken = RuleCheck.check(image, at: 0, rules).allSatisfy { $0.severity == .advice }
        return isTaken ? file : nil
    }

    private func file(
        _ picture: StoredPicture, _ data: Data, _ type: String, _ width: Int, _ height: Int,
        _ altText: String
    ) -> MediaFile {
        MediaFile(
            bytes: data, contentType: type,
            fileName: Self.safeName(picture.fileName, type), altText: altText, width: width,
            height: height)
    }

    /// Gives other processes the pictures that only this one's folder has.
    @discardableResult
    package func shareAll() async throws -> Int { try await shelf.shareAll() }

    /// The bytes of a picture by its digest; nil when they are nowhere.
    package func bytes(of hash: String) async throws -> Data? {
        do {
            return try await shelf.bytes(hash)
        } catch PublishingError.noSuchPicture {
            return nil
        }
    }

    private static func safeName(_ name: String, _ type: String) -> String {
        let stem = (name as NSString).deletingPathExtension
            .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }.prefix(60)
        return (stem.isEmpty ? "picture" : String(stem)) + "."
            + PictureProbe.fileExtension(type)
    }
}
