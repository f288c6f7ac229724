extension DayNumber {
    /// The day that bytes such as `2024-03-31` begin with, and nothing else; nil leaves the rest of
    /// the spellings to `read`.
    static func plain(_ cell: some RandomAccessCollection<UInt8>) -> Int? {
        guard cell.count == 10 else { return nil }
        var digits = (0, 0, 0)
        for (place, byte) in cell.enumerated() {
            if place == 4 || place == 7 {
                if byte != UInt8(ascii: "-") { return nil }
                continue
            }
            let digit = Int(byte &- 48)
            guard digit < 10 else { return nil }
            switch place {
            case ..<4: digits.0 = digits.0 * 10 + digit
            case ..<7: digits.1 = digits.1 * 10 + digit
            default: digits.2 = digits.2 * 10 + digit
            }
        }
        guard (1...12).contains(digits.1), (1...31).contains(digits.2) else { return nil }
        let number = number(digits.0, digits.1, digits.2)
        return parts(number) == digits ? number : nil
    }
}

extension Moment {
    /// The seconds that bytes such as `2024-03-31T18:05:59Z` say; other spellings go the long way.
    static func read(_ cell: UnsafeBufferPointer<UInt8>) -> Double? {
        guard (19...20).contains(cell.count), cell.count == 19 || cell[19] == UInt8(ascii: "Z"),
            cell[10] == UInt8(ascii: "T") || cell[10] == 32, cell[13] == 58, cell[16] == 58,
            let day = DayNumber.plain(cell[..<10]), let hour = pair(cell, 11), hour < 24,
            let minute = pair(cell, 14), minute < 60, let second = pair(cell, 17), second < 60
        else { return read(String(decoding: cell, as: UTF8.self)) }
        return Double(day * 86_400 + hour * 3600 + minute * 60 + second)
    }

    private static func pair(_ cell: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int? {
        let (tens, ones) = (cell[place] &- 48, cell[place + 1] &- 48)
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
    }
}
