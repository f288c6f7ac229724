import Kernel

/// JSON in one form, whichever engine kept it: keys in bytewise order, numbers in their shortest
/// words, no spaces.
///
/// SQLite keeps a JSON column as it was written, PostgreSQL in words of its own; only in this form
/// can the two be compared.
enum PlainJSON {
    case null
    case flag(Bool)
    /// As it is written; see `number`.
    case number(String)
    case text(String)
    case list([PlainJSON])
    case object([(key: String, value: PlainJSON)])

    /// The same document in the one form; text that is no JSON stays as it is.
    static func canonical(_ text: String) -> String {
        guard let value = try? PlainJSONReader.read(Array(text.utf8)) else { return text }
        var out: [UInt8] = []
        value.write(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .flag(let flag): out += (flag ? "true" : "false").utf8
        case .number(let number): out += number.utf8
        case .text(let text): Self.write(text, to: &out)
        case .list(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                value.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.write(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0..<32: out += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// The shortest words for a number that stands in JSON.
    static func number(_ text: String) -> String {
        let isWhole = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: "-") }
        // Whole numbers keep every digit, however many there are.
        if isWhole { return text == "-0" ? "0" : text }
        // One that is larger than any `Double` keeps its words, too.
        guard let value = Double(text), value.isFinite else { return text }
        return real(value)
    }

    /// The shortest words from which the same bits are read again.
    static func real(_ value: Double) -> String {
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
        return "\(value)"
    }
}

/// Reads JSON text, strictly, and not deeper than anything of ours goes.
struct PlainJSONReader {
    struct Failure: Error {}

    private static let deepest = 64
    private let bytes: [UInt8]
    private var at = 0

    static func read(_ bytes: [UInt8]) throws -> PlainJSON {
        var reader = PlainJSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw Failure() }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func skipSpace() {
        while at < bytes.count, [32, 9, 10, 13].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ word: StaticString, _ value: PlainJSON) throws -> PlainJSON {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count,
            UnsafeBufferPointer(start: word.utf8Start, count: count)
                .elementsEqual(bytes[at..<(at + count)])
        else { throw Failure() }
        at += count
        return value
    }

    private mutating func value(depth: Int) throws -> PlainJSON {
        guard depth < Self.deepest else { throw Failure() }
        skipSpace()
        guard at < bytes.count else { throw Failure() }
        switch bytes[at] {
        case UInt8(ascii: "n"): return try expect("null", .null)
        case UInt8(ascii: "t"): return try expect("true", .flag(true))
        case UInt8(ascii: "f"): return try expect("false", .flag(false))
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "{"): return try object(depth)
        default: return try number()
        }
    }

    private mutating func list(_ depth: Int) throws -> PlainJSON {
        at += 1
        var values: [PlainJSON] = []
        if take(UInt8(ascii: "]")) { return .list([]) }
        repeat { values.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw Failure() }
        return .list(values)
    }

    private mutating func object(_ depth: Int) throws -> PlainJSON {
        at += 1
        var members: [(key: String, value: PlainJSON)] = []
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw Failure() }
            let key = try text()
            guard take(UInt8(ascii: ":")) else { throw Failure() }
            members.append((key, try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw Failure() }
        return .object(Self.sorted(members))
    }

    /// In bytewise order of keys; of equal ones the last counts.
    private static func sorted(
        _ members: [(key: String, value: PlainJSON)]
    ) -> [(key: String, value: PlainJSON)] {
        var out: [(key: String, value: PlainJSON)] = []
        let order = members.enumerated().sorted { left, right in
            let (first, second) = (left.element.key.utf8, right.element.key.utf8)
            return first.elementsEqual(second)
                ? left.offset < right.offset : first.lexicographicallyPrecedes(second)
        }
        for (_, member) in order {
            if let last = out.last, last.key.utf8.elementsEqual(member.key.utf8) {
                out.removeLast()
            }
            out.append(member)
        }
        return out
    }

    private mutating func number() throws -> PlainJSON {
        let start = at
        while at < bytes.count, "+-.eE0123456789".utf8.contains(bytes[at]) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        let isNumber = text.wholeMatch(of: /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/)
        guard isNumber != nil else { throw Failure() }
        return .number(PlainJSON.number(text))
    }

    private mutating func text() throws -> String {
        at += 1
        var out: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else { throw Failure() }
                return text
            case UInt8(ascii: "\\"): try escape(&out)
            case 0..<32: throw Failure()
            default: out.append(byte)
            }
        }
        throw Failure()
    }

    private mutating func escape(_ out: inout [UInt8]) throws {
        guard at < bytes.count else { throw Failure() }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "u"):
            var code = try unit()
            if (0xD800..<0xDC00).contains(code) {
                guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                    bytes[at + 1] == UInt8(ascii: "u")
                else { throw Failure() }
                at += 2
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw Failure() }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw Failure() }
            out += String(Character(scalar)).utf8
        default: throw Failure()
        }
    }

    private mutating func unit() throws -> UInt32 {
        guard at + 4 <= bytes.count,
            let halves = Hex.bytes(String(decoding: bytes[at..<(at + 4)], as: UTF8.self))
        else { throw Failure() }
        at += 4
        return UInt32(halves[0]) << 8 | UInt32(halves[1])
    }
}
