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
}
