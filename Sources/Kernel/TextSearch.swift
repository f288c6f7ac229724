extension String {
    /// Whether the bytes of `part` stand somewhere in it; far faster than looking for characters.
    package func holds(_ part: String) -> Bool {
        var (text, part) = (self, part)
        return text.withUTF8 { text in
            part.withUTF8 { part in
                guard let first = part.first else { return true }
                var rest = text[...]
                while rest.count >= part.count, let place = rest.firstIndex(of: first) {
                    rest = rest[place...]
                    if rest.starts(with: part) { return true }
                    rest = rest.dropFirst()
                }
                return false
            }
        }
    }

    /// The text with `part` replaced wherever its bytes stand, whatever accent follows them.
    package func replacing(bytes part: String, with other: String) -> String {
        let wanted = Array(part.utf8)
        guard !wanted.isEmpty else { return self }
        var out: [UInt8] = []
        var rest = Array(utf8)[...]
        while rest.count >= wanted.count {
            if rest.starts(with: wanted) {
                out += other.utf8
                rest = rest.dropFirst(wanted.count)
            } else {
                out.append(rest.removeFirst())
            }
        }
        return String(decoding: out + rest, as: UTF8.self)
    }
}
