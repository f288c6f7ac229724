import Foundation

@testable import Publishing

extension FuzzTarget {
    /// Heads of picture files, and taking out what is not the picture.
    static let pictures = FuzzTarget(name: "pictures") { bytes in
        let data = Data(bytes)
        let probe = PictureProbe(data)
        if let probe {
            try hold(probe.width > 0 && probe.height > 0, "an empty picture")
            try hold(probe.width * probe.height <= 200_000_000, "a bomb")
            let turned = probe.shown(lies: 6)
            try same(turned.width, probe.height, "the width of a turned picture")
        }
        let orientation = PictureProbe.orientation(data)
        try hold((1...8).contains(orientation), "lies \(orientation)")
        for type in ["image/jpeg", "image/png", "image/gif", "image/webp"] {
            let clean = PictureProbe.stripped(data, contentType: type)
            try hold(clean.count <= bytes.count + 12, "\(type) grew to \(clean.count)")
            // Only what was recognised is ever cleaned; of anything else nothing but an end is asked.
            guard let probe, probe.contentType == type else { continue }
            let twice = PictureProbe.stripped(clean, contentType: type)
            try hold(twice == clean, "\(type) cleaned twice differs")
            try hold(PictureProbe.orientation(clean) == 1, "\(type) keeps how it lies")
            if let kept = PictureProbe(clean) { try same(kept, probe, "the size of a \(type)") }
            try checkParts(of: [UInt8](clean), type)
        }
        if bytes.starts(with: [0xFF, 0xD8]) {
            let kept = PictureProbe.stripped(data, contentType: "image/jpeg", orientation: 6)
            try same(PictureProbe.orientation(kept), 6, "a turned JPEG")
        }
    }

    /// Walks through a cleaned file by itself and finds nothing that could tell of people.
    private static func checkParts(of b: [UInt8], _ type: String) throws {
        switch type {
        case "image/png":
            var at = 8
            while at + 12 <= b.count {
                let length = b[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
                let kind = String(decoding: b[(at + 4)..<(at + 8)], as: UTF8.self)
                let telling = ["tEXt", "zTXt", "iTXt", "eXIf", "tIME"]
                try hold(!telling.contains(kind), "a PNG keeps \(kind)")
                at += 12 + length
            }
            try same(at, b.count, "the end of a PNG")
        case "image/webp":
            let size = b[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
            try same(size, b.count - 8, "the size that a WebP says")
            for name in ["EXIF", "XMP "] {
                var at = 12
                while at + 8 <= b.count {
                    let length = b[(at + 4)..<(at + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
                    try hold(!b[at..<(at + 4)].elementsEqual(name.utf8), "a WebP keeps \(name)")
                    at += 8 + length + length % 2
                }
            }
        case "image/jpeg":
            var at = 2
            while at + 4 <= b.count, b[at] == 0xFF, b[at + 1] != 0xDA, b[at + 1] != 0xD9 {
                let marker = b[at + 1]
                if marker == 0xFF {
                    at += 1
                    continue
                }
                try hold(marker != 0xFE && marker != 0xE1, "a JPEG keeps marker \(marker)")
                at += 2 + (Int(b[at + 2]) << 8 | Int(b[at + 3]))
            }
            try same(Array(b.suffix(2)), [0xFF, 0xD9], "the end of a JPEG")
        default:
            // One that ends within its palette has nothing else to lose.
            let palette = b.count < 13 || b[10] & 0x80 == 0 ? 0 : 3 << (Int(b[10] & 7) + 1)
            if b.count > 13 + palette { try same(b.last, 0x3B, "the end of a GIF") }
        }
    }
}
