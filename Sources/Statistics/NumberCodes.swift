/// Numbers met before, each with a small code in order of first appearance.
struct NumberCodes: Sendable {
    private(set) var numbers: [UInt64] = []
    /// Codes by hash, open addressing; −1 is free.
    private var slots: [Int32] = Array(repeating: -1, count: 256)

    var count: Int { numbers.count }

    /// The code of a number, a new one when it was not met before.
    mutating func code(_ number: UInt64) -> Int32 {
        var slot = Self.place(number) & (slots.count - 1)
        while slots[slot] >= 0 {
            if numbers[Int(slots[slot])] == number { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        let code = Int32(numbers.count)
        slots[slot] = code
        numbers.append(number)
        if numbers.count * 2 > slots.count { grow() }
        return code
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for (code, number) in numbers.enumerated() {
            var slot = Self.place(number) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(code)
        }
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
    private static func place(_ number: UInt64) -> Int {
        var z = number &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int(truncatingIfNeeded: (z ^ (z >> 31)) >> 1)
    }
}
