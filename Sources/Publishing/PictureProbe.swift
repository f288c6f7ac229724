package import Foundation

/// Reads what a picture file really is.
package struct PictureProbe: Sendable, Hashable {
    package let contentType: String
    package let width: Int
    package let height: Int

    /// Recognises JPEG, PNG, GIF and WebP by their first bytes; nil for anything else.
    package init?(_ data: Data) {
        let bytes = [UInt8](data)
        if let size = Self.png(bytes) {
            contentType = "image/png"
            (width, height) = size
        } else if let size = Self.jpeg(bytes) {
            contentType = "image/jpeg"
            (width, height) = size
        } else if let size = Self.gif(bytes) {
            contentType = "image/gif"
            (width, height) = size
        } else if let size = Self.webp(bytes) {
            contentType = "image/webp"
            (width, height) = size
        } else {
            return nil
        }
        // A bomb is small on disk and huge in memory. Divided, for the product may be no number.
        guard width > 0, height > 0, width <= 200_000_000 / height else { return nil }
    }

    /// With the sides as people see them: a picture that lies on its side has them exchanged.
    func shown(lies orientation: Int) -> PictureProbe {
        guard orientation >= 5 else { return self }
        return PictureProbe(contentType: contentType, width: height, height: width)
    }

    private init(contentType: String, width: Int, height: Int) {
        self.contentType = contentType
        self.width = width
        self.height = height
    }

    /// The ending that belongs to the type.
    package static func fileExtension(_ contentType: String) -> String {
        contentType == "image/jpeg" ? "jpg" : String(contentType.dropFirst("image/".count))
    }

    /// The bytes without anything that is not the picture; colour profiles stay.
    ///
    /// The pixels of a rotated JPEG are not turned here: `orientation` says how they lie, and is
    /// kept when it is given.
    package static func stripped(
        _ data: Data, contentType: String, orientation: Int = 1
    ) -> Data {
        PictureCleaner.clean(data, contentType: contentType, orientation: orientation)
    }

    private static func png(_ b: [UInt8]) -> (Int, Int)? {
        guard b.count > 33, b.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            big(b, 8, 4) == 13, Array(b[12..<16]) == Array("IHDR".utf8)
        else { return nil }
        return (big(b, 16, 4), big(b, 20, 4))
    }

    private static func gif(_ b: [UInt8]) -> (Int, Int)? {
        guard b.count > 12,
            b.starts(with: Array("GIF87a".utf8)) || b.starts(with: Array("GIF89a".utf8))
        else { return nil }
        return (Int(b[6]) | Int(b[7]) << 8, Int(b[8]) | Int(b[9]) << 8)
    }

    private static func jpeg(_ b: [UInt8]) -> (Int, Int)? {
        guard b.count > 4, b[0] == 0xFF, b[1] == 0xD8 else { return nil }
        for segment in jpegSegments(b) {
            let isFrame =
                (0xC0...0xCF).contains(segment.marker)
                && ![0xC4, 0xC8, 0xCC].contains(segment.marker)
            if isFrame, segment.range.count >= 9 {
                let start = segment.range.lowerBound
                return (big(b, start + 7, 2), big(b, start + 5, 2))
            }
        }
        return nil
    }

    private static func webp(_ b: [UInt8]) -> (Int, Int)? {
        guard b.count > 30, b.starts(with: Array("RIFF".utf8)),
            Array(b[8..<12]) == Array("WEBP".utf8)
        else { return nil }
        // Whoever takes a shorter first part, or one without its mark, reads the sides elsewhere.
        let size = little(b, 16, 4)
        switch String(decoding: b[12..<16], as: UTF8.self) {
        case "VP8X" where size >= 10:
            return (little(b, 24, 3) + 1, little(b, 27, 3) + 1)
        case "VP8 " where size >= 10 && b[23..<26].elementsEqual([0x9D, 0x01, 0x2A]):
            return (little(b, 26, 2) & 0x3FFF, little(b, 28, 2) & 0x3FFF)
        case "VP8L" where size >= 5 && b[20] == 0x2F:
            let packed = little(b, 21, 4)
            return ((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
        default: return nil
        }
    }

    private static func big(_ b: [UInt8], _ at: Int, _ count: Int) -> Int {
        b[at..<min(b.count, at + count)].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func little(_ b: [UInt8], _ at: Int, _ count: Int) -> Int {
        b[at..<min(b.count, at + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}

extension PictureProbe {
    private struct Segment {
        let marker: UInt8
        /// From the 0xFF of the marker to the end of the segment.
        let range: Range<Int>
    }

    /// The segments before the compressed data.
    private static func jpegSegments(_ b: [UInt8]) -> [Segment] {
        var segments: [Segment] = []
        var at = 2
        while at + 4 <= b.count, b[at] == 0xFF {
            let marker = b[at + 1]
            if marker == 0xFF {
                at += 1
                continue
            }
            if marker == 0xDA || marker == 0xD9 { break }
            let length = big(b, at + 2, 2)
            guard length >= 2, at + 2 + length <= b.count else { break }
            segments.append(Segment(marker: marker, range: at..<(at + 2 + length)))
            at += 2 + length
        }
        return segments
    }

    /// How a JPEG's pixels lie (EXIF 1…8); 1 for everything else.
    package static func orientation(_ data: Data) -> Int {
        let b = [UInt8](data)
        guard b.count > 4, b[0] == 0xFF, b[1] == 0xD8 else { return 1 }
        for segment in jpegSegments(b) where segment.marker == 0xE1 {
            let start = segment.range.lowerBound + 4
            guard segment.range.count > 24, Array(b[start..<(start + 4)]) == Array("Exif".utf8)
            else { continue }
            let tiff = start + 6
            let isLittle = b[tiff] == 0x49
            let read = { (at: Int, count: Int) in
                at + count <= segment.range.upperBound
                    ? (isLittle ? little(b, at, count) : big(b, at, count)) : 0
            }
            let directory = tiff + read(tiff + 4, 4)
            for entry in 0..<min(read(directory, 2), 64) {
                let at = directory + 2 + entry * 12
                if read(at, 2) == 0x0112 {
                    let value = read(at + 8, 2)
                    return (1...8).contains(value) ? value : 1
                }
            }
        }
        return 1
    }
}
