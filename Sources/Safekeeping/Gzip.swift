import CZlib
import Foundation

/// Gzip (RFC 1952) of pieces that fit in memory.
enum Gzip {
    private static let window: Int32 = 15 + 16

    static func compress(_ data: [UInt8]) -> Data? {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, 5, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var out = Data(count: Int(deflateBound(&stream, UInt(data.count))))
        var input = data
        let status = input.withUnsafeMutableBytes { source in
            out.withUnsafeMutableBytes { target in
                stream.next_in = source.bindMemory(to: Bytef.self).baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.bindMemory(to: Bytef.self).baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { return nil }
        return out.prefix(Int(stream.total_out))
    }

    /// The bytes that were compressed; nil when they are damaged or more than `most`.
    static func expand(_ data: Data, most: Int) -> [UInt8]? {
        var stream = z_stream()
        guard
            inflateInit2_(&stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { inflateEnd(&stream) }
        var out: [UInt8] = []
        var input = Array(data)
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        return input.withUnsafeMutableBytes { source -> [UInt8]? in
            stream.next_in = source.bindMemory(to: Bytef.self).baseAddress
            stream.avail_in = UInt32(source.count)
            while true {
                let room = piece.count
                let status = piece.withUnsafeMutableBytes { target in
                    stream.next_out = target.bindMemory(to: Bytef.self).baseAddress
                    stream.avail_out = UInt32(room)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                out += piece[..<(room - Int(stream.avail_out))]
                guard out.count <= most else { return nil }
                if status == Z_STREAM_END { return stream.avail_in == 0 ? out : nil }
                guard status == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 else {
                    return nil
                }
            }
        }
    }
}
