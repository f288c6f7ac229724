/// Words met in bytes, each with a small number in order of first appearance.
package struct ByteWords: Sendable {
    private var letters: [UInt8] = []
    private var ends: [Int] = [0]
    /// Codes by hash, open addressing; −1 is free.
    private var slots: [Int32]

    package init() { slots = Array(repeating: -1, count: 64) }

    package var count: Int { ends.count - 1 }

    /// The words, in order of their codes.
    package var texts: [String] {
        (0..<count).map { String(decoding: letters[ends[$0]..<ends[$0 + 1]], as: UTF8.self) }
    }

    /// The code of a word, a new one when it was not met before.
    package mutating func code(_ word: UnsafeBufferPointer<UInt8>) -> Int32 {
        var slot = Self.hash(word) & (slots.count - 1)
        while slots[slot] >= 0 {
            let code = Int(slots[slot])
            if matches(code, word) { return Int32(code) }
            slot = (slot + 1) & (slots.count - 1)
        }
        let code = Int32(count)
        slots[slot] = code
        letters.append(contentsOf: word)
        ends.append(letters.count)
        if count * 2 > slots.count { grow() }
        return code
    }

    private func matches(_ code: Int, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = ends[code]
        guard ends[code + 1] - start == word.count else { return false }
        for index in 0..<word.count where letters[start + index] != word[index] { return false }
        return true
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        letters.withUnsafeBufferPointer { letters in
            for code in 0..<count {
                let word = UnsafeBufferPointer(rebasing: letters[ends[code]..<ends[code + 1]])
                var slot = Self.hash(word) & (slots.count - 1)
                while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
                slots[slot] = Int32(code)
            }
        }
    }

    /// FNV-1a (Fowler, Noll and Vo), folded.
    private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0x7fff_ffff_ffff_ffff)
    }
}
