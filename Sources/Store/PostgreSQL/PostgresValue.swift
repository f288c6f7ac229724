import CPostgres
import Foundation

/// How values travel: as text, with the types of PostgreSQL's `pg_type` catalogue.
enum PostgresValue {
    private static let boolean: Oid = 16
    private static let bytea: Oid = 17
    private static let int8: Oid = 20
    private static let int2: Oid = 21
    private static let int4: Oid = 23
    private static let float4: Oid = 700
    private static let float8: Oid = 701
    private static let numeric: Oid = 1700

    /// The declared type of a parameter; 0 lets the server decide by the place it stands in.
    ///
    /// Text stays undeclared so that the same binding serves TEXT and JSONB columns.
    static func type(_ value: SQLValue) -> Oid {
        switch value {
        case .null, .text: 0
        case .integer: int8
        case .boolean: boolean
        case .real: float8
        case .bytes: bytea
        }
    }

    static func text(_ value: SQLValue) -> String? {
        switch value {
        case .null: nil
        case .integer(let number): String(number)
        case .boolean(let flag): flag ? "t" : "f"
        case .real(let number):
            number.isNaN
                ? "NaN"
                : number.isInfinite
                    ? (number < 0 ? "-Infinity" : "Infinity")
                    : "\(number)"
        case .text(let text): text
        case .bytes(let data): "\\x" + data.map { hex[Int($0)] }.joined()
        }
    }

    private static let hex = (0...255).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    typealias Decoder = (UnsafeBufferPointer<CChar>) -> SQLValue

    /// Reads values of one column.
    static func decoder(for type: Oid) -> Decoder {
        switch type {
        case boolean: { .boolean($0.first == CChar(UInt8(ascii: "t"))) }
        case int2, int4, int8: { Int64(string($0)).map(SQLValue.integer) ?? .text(string($0)) }
        case float4, float8: { Double(string($0)).map(SQLValue.real) ?? .text(string($0)) }
        case numeric:
            { text in
                // Sums of BIGINT are NUMERIC: whole ones come back as the integers they are.
                let plain = string(text)
                if let whole = Int64(plain) { return .integer(whole) }
                return Double(plain).map(SQLValue.real) ?? .text(plain)
            }
        case bytea: { .bytes(bytes($0)) }
        default: { .text(string($0)) }
        }
    }

    private static func string(_ text: UnsafeBufferPointer<CChar>) -> String {
        String(decoding: UnsafeRawBufferPointer(text), as: UTF8.self)
    }

    private static func bytes(_ text: UnsafeBufferPointer<CChar>) -> Data {
        var out = Data(capacity: text.count / 2)
        var index = 2
        while index + 1 < text.count {
            out.append(nibble(text[index]) << 4 | nibble(text[index + 1]))
            index += 2
        }
        return out
    }

    private static func nibble(_ digit: CChar) -> UInt8 {
        let code = UInt8(bitPattern: digit)
        return code <= UInt8(ascii: "9") ? code - UInt8(ascii: "0") : code - UInt8(ascii: "a") + 10
    }
}

extension SQLValue {
    /// Refuses text that PostgreSQL cannot hold, on both engines alike.
    static func refuseNUL(_ values: [SQLValue]) throws(StoreError) {
        for case .text(let text) in values where text.utf8.contains(0) {
            throw .constraint(.check, name: "text without NUL characters")
        }
    }
}
