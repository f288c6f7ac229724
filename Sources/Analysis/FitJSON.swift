import Foundation

/// A value of a JSON file, with its keys in the order of the file.
enum FitJSON: Sendable, Hashable {
    case null
    case truth(Bool)
    case number(Double)
    case text(String)
    case list([FitJSON])
    case object([Member])

    /// A key with its value.
    struct Member: Sendable, Hashable {
        var key: String
        var value: FitJSON
    }

    /// The value of a key, where this is an object that has it.
    subscript(_ key: String) -> FitJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// Reads the bytes of a file; what is wrong is named with its line.
    init(_ bytes: [UInt8], name: String) throws(AnalysisError) {
        var reader = Reader(bytes: bytes, name: name)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.place = 3 }
        self = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.place == bytes.count else {
            throw reader.problem("there is something after the end of the JSON")
        }
    }
}

extension FitJSON {
    /// Goes through the bytes of a file once.
    private struct Reader {
        let bytes: [UInt8]
        let name: String
        var place = 0

        private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

        func problem(_ what: String) -> AnalysisError {
            let line = 1 + bytes.prefix(place).count { $0 == UInt8(ascii: "\n") }
            return .unsuitable(
                "\(name), line \(line): \(what). Give the file that “analyze mix” wrote, or curves "
                    + "as the help shows them.")
        }

        mutating func skipBlanks() {
            while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 {
                place += 1
            }
        }

        mutating func value(depth: Int) throws(AnalysisError) -> FitJSON {
            skipBlanks()
            guard depth < 40 else { throw problem("it is nested too deeply") }
            switch next {
            case UInt8(ascii: "{"): return try object(depth)
            case UInt8(ascii: "["): return try list(depth)
            case UInt8(ascii: "\""): return .text(try text())
            case UInt8(ascii: "t"): return try word("true", .truth(true))
            case UInt8(ascii: "f"): return try word("false", .truth(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            case nil: throw problem("the JSON ends too early")
            default: return try number()
            }
        }

        private mutating func word(
            _ word: String, _ value: FitJSON
        ) throws(AnalysisError) -> FitJSON {
            guard bytes[place...].starts(with: word.utf8) else {
                throw problem("this is not JSON")
            }
            place += word.utf8.count
            return value
        }

        private mutating func number() throws(AnalysisError) -> FitJSON {
            let start = place
            while let byte = next,
                byte == 43 || byte == 45 || byte == 46 || byte | 32 == 101
                    || (byte >= 48 && byte <= 57)
            {
                place += 1
            }
            let text = String(decoding: bytes[start..<place], as: UTF8.self)
            guard let first = text.utf8.first, first == 45 || (first >= 48 && first <= 57),
                let number = Double(text)
            else {
                place = start
                throw problem("this is not JSON (NaN and Infinity are not either)")
            }
            guard number.isFinite else { throw problem("\(text) is too large a number") }
            return .number(number)
        }

        private mutating func text() throws(AnalysisError) -> String {
            let start = place
            place += 1
            while let byte = next, byte != UInt8(ascii: "\"") {
                guard byte >= 32 else { throw problem("a text does not end on its line") }
                place += byte == UInt8(ascii: "\\") ? 2 : 1
            }
            guard place < bytes.count else { throw problem("a text does not end") }
            place += 1
            let quoted = bytes[start..<place]
            guard quoted.contains(UInt8(ascii: "\\")) else {
                return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
            }
            guard
                let decoded = try? JSONDecoder().decode(
                    [String].self, from: Data("[".utf8 + quoted + "]".utf8)),
                let text = decoded.first
            else { throw problem("a text has a \\ that JSON does not know") }
            return text
        }

        private mutating func list(_ depth: Int) throws(AnalysisError) -> FitJSON {
            place += 1
            var values: [FitJSON] = []
            skipBlanks()
            if next == UInt8(ascii: "]") {
                place += 1
                return .list([])
            }
            while true {
                values.append(try value(depth: depth + 1))
                if try isLast(UInt8(ascii: "]")) { return .list(values) }
            }
        }

        private mutating func object(_ depth: Int) throws(AnalysisError) -> FitJSON {
            place += 1
            var members: [Member] = []
            var keys: Set<String> = []
            skipBlanks()
            if next == UInt8(ascii: "}") {
                place += 1
                return .object([])
            }
            while true {
                skipBlanks()
                guard next == UInt8(ascii: "\"") else { throw problem("a key is missing here") }
                let key = try text()
                guard keys.insert(key).inserted else {
                    throw problem("the key “\(key.prefix(60))” is there twice")
                }
                skipBlanks()
                guard next == UInt8(ascii: ":") else {
                    throw problem("“\(key.prefix(60))” lacks its colon")
                }
                place += 1
                members.append(Member(key: key, value: try value(depth: depth + 1)))
                if try isLast(UInt8(ascii: "}")) { return .object(members) }
            }
        }

        private mutating func isLast(_ end: UInt8) throws(AnalysisError) -> Bool {
            skipBlanks()
            guard let byte = next else { throw problem("the JSON ends too early") }
            guard byte == end || byte == UInt8(ascii: ",") else {
                throw problem("a comma or a closing bracket is missing")
            }
            place += 1
            return byte == end
        }
    }
}
