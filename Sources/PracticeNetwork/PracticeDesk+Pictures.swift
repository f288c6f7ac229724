import Foundation
import Kernel
import Store

extension PracticeDesk {
    /// Keeps an uploaded picture until a post shows it.
    func upload(
        _ bytes: Data, description: String, by account: PracticeAccount
    ) async throws -> PracticePicture {
        guard let probe = PictureHeader(bytes), bytes.count <= PracticeLimits.bytes else {
            throw PracticeError.picture
        }
        let words = String(description.prefix(PracticeLimits.description))
        let now = surroundings.now()
        let id = newNumber(at: now)
        return try await database.write { tx in
            // What nobody posted within a day is forgotten, as real servers do.
            try tx.execute(
                """
                DELETE FROM practice_media
                WHERE post_id IS NULL AND created_at < \(now - .days(1))
                """)
            try tx.execute(
                """
                INSERT INTO practice_media (id, account_id, content_type, bytes, width, height,
                    description, created_at)
                VALUES (\(id), \(account.id), \(probe.contentType), \(bytes), \(probe.width),
                    \(probe.height), \(words), \(now))
                """)
            return try picture(id, of: account.id, tx)
        }
    }

    /// Changes what describes a picture for people who cannot see it.
    func describe(
        _ id: Int64, _ description: String, by account: PracticeAccount
    ) async throws -> PracticePicture {
        let words = String(description.prefix(PracticeLimits.description))
        return try await database.write { tx in
            try tx.execute(
                """
                UPDATE practice_media SET description = \(words)
                WHERE id = \(id) AND account_id = \(account.id)
                """)
            return try picture(id, of: account.id, tx)
        }
    }

    func picture(
        _ id: Int64, of account: Int64, _ tx: borrowing Transaction
    ) throws -> PracticePicture {
        let found = try tx.first(
            PracticePicture.self,
            PracticePicture.query + " WHERE id = \(id) AND account_id = \(account)")
        guard let found else { throw PracticeError.gone }
        return found
    }

    /// A picture's bytes and type.
    func file(_ id: Int64) async throws -> (bytes: Data, type: String) {
        try await database.read { tx in
            let row = try tx.first(
                "SELECT bytes, content_type FROM practice_media WHERE id = \(id)")
            guard let row else { throw PracticeError.gone }
            return (try row("bytes"), try row("content_type"))
        }
    }
}

/// What the first bytes of a picture say.
struct PictureHeader: Sendable, Hashable {
    let contentType: String
    let width: Int?
    let height: Int?

    /// Reads JPEG, PNG, GIF and WebP by their own marks; nil for anything else.
    init?(_ data: Data) {
        let bytes = [UInt8](data.prefix(1 << 20))
        func number(_ start: Int, _ length: Int) -> Int {
            bytes[start..<start + length].reduce(0) { $0 << 8 | Int($1) }
        }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), bytes.count >= 24 {
            contentType = "image/png"
            width = number(16, 4)
            height = number(20, 4)
        } else if bytes.starts(with: Array("GIF8".utf8)), bytes.count >= 10 {
            contentType = "image/gif"
            width = Int(bytes[6]) | Int(bytes[7]) << 8
            height = Int(bytes[8]) | Int(bytes[9]) << 8
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.count >= 16,
            Array(bytes[8..<12]) == Array("WEBP".utf8)
        {
            contentType = "image/webp"
            (width, height) = (nil, nil)
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            contentType = "image/jpeg"
            let size = Self.jpegSize(bytes)
            (width, height) = (size?.width, size?.height)
        } else {
            return nil
        }
    }

    private static func jpegSize(_ bytes: [UInt8]) -> (width: Int, height: Int)? {
        var index = 2
        while index + 9 < bytes.count, bytes[index] == 0xFF {
            let marker = bytes[index + 1]
            let length = Int(bytes[index + 2]) << 8 | Int(bytes[index + 3])
            let isFrame = (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker)
            if isFrame {
                return (
                    Int(bytes[index + 7]) << 8 | Int(bytes[index + 8]),
                    Int(bytes[index + 5]) << 8 | Int(bytes[index + 6])
                )
            }
            guard length >= 2 else { return nil }
            index += 2 + length
        }
        return nil
    }
}
