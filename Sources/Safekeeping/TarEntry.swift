import Foundation

/// One file of a tar archive (POSIX ustar), so that every system can look into a backup.
struct TarEntry: Sendable, Hashable {
    static let block = 512
    /// Two empty blocks end an archive.
    static let end = Data(count: 2 * block)

    let name: String
    let size: Int64

    init(name: String, size: Int64) {
        precondition(name.utf8.count <= 100, "names of a backup are short")
        self.name = name
        self.size = size
    }

    /// Zeros after the content, up to a whole block.
    var padding: Int { Int((Int64(Self.block) - size % Int64(Self.block)) % Int64(Self.block)) }

    var header: Data {
        var bytes = [UInt8](repeating: 0, count: Self.block)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { bytes[offset + index] = byte }
        }
        put(name, at: 0)
        put("0000600\0", at: 100)
        put("0000000\0", at: 108)
        put("0000000\0", at: 116)
        if size < 1 << 33 {
            let digits = String(size, radix: 8)
            put(String(repeating: "0", count: 11 - digits.count) + digits + "\0", at: 124)
        } else {
            // Larger numbers in binary, as GNU and BSD tar write them.
            bytes[124] = 0x80
            for index in 0..<8 {
                bytes[135 - index] = UInt8(truncatingIfNeeded: size >> (8 * index))
            }
        }
        put("00000000000\0", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\0" + "00", at: 257)
        let digits = String(bytes.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - digits.count) + digits + "\0 ", at: 148)
        return Data(bytes)
    }

    /// Reads a header; nil when its check sum is wrong or it is of another kind.
    init?(header: Data) {
        let bytes = Array(header)
        guard bytes.count == Self.block, bytes[156] == UInt8(ascii: "0"),
            bytes[257..<262].elementsEqual("ustar".utf8)
        else { return nil }
        var plain = bytes
        for index in 148..<156 { plain[index] = 32 }
        guard Self.octal(bytes[148..<156]) == Int64(plain.reduce(0) { $0 + Int($1) }) else {
            return nil
        }
        let size: Int64? =
            bytes[124] == 0x80
            ? bytes[128..<136].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            : Self.octal(bytes[124..<136])
        guard let size, size >= 0 else { return nil }
        name = String(decoding: bytes[0..<100].prefix { $0 != 0 }, as: UTF8.self)
        self.size = size
        // Written by us or not at all: nothing else may stand in it.
        guard self.header == header else { return nil }
    }

    private static func octal(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let digits = bytes.drop { $0 == 32 }.prefix { (48...55).contains($0) }
        return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
