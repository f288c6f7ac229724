import Foundation

/// Takes everything out of a picture file that is not the picture: what a camera wrote about place
/// and owner, comments, previews, and whatever hangs behind the end.
///
/// Each format keeps a short list of parts that decide how it looks; what is not on the list goes.
/// The bytes come from strangers, so every length is checked before it is believed, and a file that
/// is cut off gives a cut-off picture, never more than was there.
enum PictureCleaner {
    /// The bytes without what is not the picture.
    ///
    /// `orientation` (EXIF 2…8) is kept in a JPEG whose pixels could not be turned.
    static func clean(_ data: Data, contentType: String, orientation: Int = 1) -> Data {
        let bytes = [UInt8](data)
        switch contentType {
        case "image/jpeg": return Data(jpeg(bytes, orientation))
        case "image/png": return Data(png(bytes))
        case "image/webp": return Data(webp(bytes))
        case "image/gif": return Data(gif(bytes))
        default: return data
        }
    }

    // MARK: - JPEG

    private static func jpeg(_ b: [UInt8], _ orientation: Int) -> [UInt8] {
        var out: [UInt8] = [0xFF, 0xD8]
        if (2...8).contains(orientation) { out += orientationSegment(orientation) }
        var at = 2
        while at + 1 < b.count {
            guard b[at] == 0xFF else { break }
            let marker = b[at + 1]
            if marker == 0xFF {
                at += 1
                continue
            }
            // The picture ends here; a second one, or a film, may follow and is not ours to send.
            if marker == 0xD9 { break }
            // Others have no length; here they are damage, and what follows cannot be told apart.
            guard marker >= 0xC0, !(0xD0...0xD8).contains(marker), at + 4 <= b.count else { break }
            let end = at + 2 + (Int(b[at + 2]) << 8 | Int(b[at + 3]))
            guard end >= at + 4, end <= b.count else { break }
            if let kept = keptSegment(marker, b[at..<end]) { out += kept }
            at = end
            guard marker == 0xDA else { continue }
            let scan = at
            at = endOfScan(b, from: at)
            out += b[scan..<at]
        }
        return out + [0xFF, 0xD9]
    }

    /// Where compressed data ends: at a marker that is neither a stuffed byte nor a restart.
    private static func endOfScan(_ b: [UInt8], from start: Int) -> Int {
        b.withUnsafeBufferPointer { bytes in
            var at = start
            while at + 1 < bytes.count {
                if bytes[at] == 0xFF {
                    let next = bytes[at + 1]
                    let isData = next == 0 || next == 0xFF || (0xD0...0xD7).contains(next)
                    if !isData { return at }
                }
                at += 1
            }
            return bytes.count
        }
    }

    private static func keptSegment(_ marker: UInt8, _ segment: ArraySlice<UInt8>) -> [UInt8]? {
        let body = segment.dropFirst(4)
        switch marker {
        case 0xE0:
            // JFIF says how large a pixel is; its preview goes.
            guard body.starts(with: Array("JFIF\0".utf8)), body.count >= 14 else { return nil }
            return [0xFF, 0xE0, 0, 16] + body.prefix(12) + [0, 0]
        case 0xE2: return body.starts(with: Array("ICC_PROFILE\0".utf8)) ? Array(segment) : nil
        case 0xEE: return body.starts(with: Array("Adobe".utf8)) ? Array(segment) : nil
        // Frames, tables, scans, restarts.
        case 0xC0...0xCF, 0xDA...0xDF: return Array(segment)
        default: return nil
        }
    }

    /// An Exif block that says how the pixels lie, and nothing else.
    private static func orientationSegment(_ orientation: Int) -> [UInt8] {
        let tiff: [UInt8] = [
            0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8,  // big-endian; the directory follows
            0, 1,  // one entry
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0,
            0, 0, 0, 0,  // no further directory
        ]
        let body = Array("Exif\0\0".utf8) + tiff
        return [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body
    }

    // MARK: - PNG

    private static let pngChunks: Set<String> = [
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT",
        "bKGD", "pHYs", "mDCV", "cLLI", "acTL", "fcTL", "fdAT",
    ]

    private static func png(_ b: [UInt8]) -> [UInt8] {
        var out = Array(b.prefix(8))
        var at = 8
        while at + 12 <= b.count {
            let length = b[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
            let end = at + 12 + length
            guard end <= b.count else { break }
            let kind = String(decoding: b[(at + 4)..<(at + 8)], as: UTF8.self)
            if pngChunks.contains(kind) { out += b[at..<end] }
            at = end
            if kind == "IEND" { break }
        }
        return out
    }

    // MARK: - WebP

    private static let webpChunks: Set<String> = [
        "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP",
    ]

    private static func webp(_ b: [UInt8]) -> [UInt8] {
        func little(_ at: Int) -> Int {
            b[at..<(at + 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard b.count >= 12 else { return b }
        var body: [UInt8] = Array("WEBP".utf8)
        let limit = min(b.count, 8 + little(4))
        var at = 12
        while at + 8 <= limit {
            let size = little(at + 4)
            let end = at + 8 + size
            guard end <= limit else { break }
            let kind = String(decoding: b[at..<(at + 4)], as: UTF8.self)
            if webpChunks.contains(kind) {
                var chunk = Array(b[at..<end])
                // The header's flags must not promise the chunks that are gone.
                if kind == "VP8X", chunk.count > 8 { chunk[8] &= ~0x0C }
                body += chunk + (size % 2 == 1 ? [0] : [])
            }
            at = end + size % 2
        }
        let size = UInt32(body.count)
        return Array("RIFF".utf8) + (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
            + body
    }

    // MARK: - GIF

    private static func gif(_ b: [UInt8]) -> [UInt8] {
        guard b.count >= 13 else { return b }
        var at = 13
        if b[10] & 0x80 != 0 { at += 3 << (Int(b[10] & 7) + 1) }
        guard at <= b.count else { return b }
        var out = Array(b[0..<at])
        while at < b.count {
            let start = at
            switch b[at] {
            case 0x21:
                guard at + 2 <= b.count else { return out + [0x3B] }
                let label = b[at + 1]
                guard let end = endOfBlocks(b, from: at + 2) else { return out + [0x3B] }
                if label == 0xF9 || label == 0xFF && isLoop(b[(at + 2)..<end]) {
                    out += b[start..<end]
                }
                at = end
            case 0x2C:
                guard at + 10 <= b.count else { return out + [0x3B] }
                let packed = b[at + 9]
                var data = at + 10
                if packed & 0x80 != 0 { data += 3 << (Int(packed & 7) + 1) }
                guard let end = endOfBlocks(b, from: data + 1) else { return out + [0x3B] }
                out += b[start..<end]
                at = end
            default: return out + [0x3B]
            }
        }
        return out + [0x3B]
    }

    /// Behind the empty block that ends a row of blocks; nil when the file ends before.
    private static func endOfBlocks(_ b: [UInt8], from start: Int) -> Int? {
        var at = start
        while at < b.count {
            let size = Int(b[at])
            if size == 0 { return at + 1 }
            at += 1 + size
        }
        return nil
    }

    /// Whether an application block says how often the picture moves.
    private static func isLoop(_ blocks: ArraySlice<UInt8>) -> Bool {
        let name = blocks.dropFirst().prefix(11)
        return blocks.first == 11
            && (name.elementsEqual("NETSCAPE2.0".utf8) || name.elementsEqual("ANIMEXTS1.0".utf8))
    }
}
