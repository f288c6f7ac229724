import Kernel
import Testing

@Suite struct `An identifier` {
    private let start = Instant(milliseconds: 1_795_424_400_000)

    @Test func `is a version 7 UUID of its moment`() {
        let clock = ManualClock(start)
        let id: WorkspaceID = clock.surroundings(seed: 1).newID()
        // 1795424400000 is 0x01A207A23280.
        #expect(id.text.hasPrefix("01a207a2-3280-7"))
        #expect("89ab".contains(Array(id.text)[19]))
        #expect(id.text.count == 36)
        #expect(WorkspaceID(id.text.uppercased()) == id)
    }

    @Test func `sorts after every earlier one, within one millisecond too`() {
        let clock = ManualClock(start)
        let surroundings = clock.surroundings(seed: 7)
        var last: WorkspaceID = surroundings.newID()
        for step in 0..<20_000 {
            if step.isMultiple(of: 9_000) { clock.advance(by: .milliseconds(1)) }
            // A small correction of the clock does not disturb the order.
            if step == 15_000 { clock.advance(by: .seconds(-2)) }
            let next: WorkspaceID = surroundings.newID()
            #expect(next > last)
            last = next
        }
    }

    @Test func `follows a clock that was set back far`() {
        let clock = ManualClock(start)
        let surroundings = clock.surroundings(seed: 7)
        let late: WorkspaceID = surroundings.newID()
        clock.advance(by: .days(-300))
        let early: WorkspaceID = surroundings.newID()
        #expect(early < late)
    }

    @Test func `is the same for the same seed and clock`() {
        let ids = (0..<2).map { _ in
            let surroundings = ManualClock(start).surroundings(seed: 3)
            return (0..<50).map { _ in surroundings.newID(WorkspaceTag.self) }
        }
        #expect(ids[0] == ids[1])
    }

    @Test func `is never made twice by several tasks at once`() async {
        let surroundings = Surroundings.live
        let ids = await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { (0..<500).map { _ in surroundings.newID(WorkspaceTag.self) } }
            }
            return await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        #expect(ids.count == 4_000)
    }

    @Test func `random bytes are given once, however many take them at once`() async {
        let live = Surroundings.live
        #expect([0, 1, 255, 256, 257, 1000].allSatisfy { live.randomBytes($0).count == $0 })
        let taken = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<500).map { _ in live.randomBytes(10) } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(taken).count == 4000)
        // Each of the 256 bytes comes near 156 times among 40,000; a byte that is never given, or
        // twice as often, is no chance.
        let counts = Dictionary(taken.joined().map { ($0, 1) }, uniquingKeysWith: +)
        #expect(counts.count == 256 && counts.values.allSatisfy { (78..<312).contains($0) })
    }

    @Test(arguments: [
        "", "1", "01a207ac-6280-7000-8000-00000000000g", "01a207ac62807000800000000000000a",
    ])
    func `refuses other text`(text: String) {
        #expect(WorkspaceID(text) == nil)
    }
}

@Suite struct `A cursor` {
    @Test(arguments: [("", ""), ("2026-11-23", "id"), ("ä/+=? \"", "\u{0}\u{1F331}")])
    func `comes back from its token`(key: String, id: String) {
        let cursor = Cursor(key: key, id: id)
        #expect(Cursor(token: cursor.token) == cursor)
        #expect(cursor.token.allSatisfy { $0.isASCII && !"+/= ".contains($0) })
    }

    @Test(arguments: [
        "", "x", "W10", "WyJhIl0", "bm90IGpzb24", String(repeating: "A", count: 5_000),
    ])
    func `refuses tokens it did not write`(token: String) {
        #expect(Cursor(token: token) == nil)
    }

    @Test func `asks for between one and two hundred items`() {
        #expect(PageRequest(limit: 0).limit == 1)
        #expect(PageRequest(limit: 9_999).limit == 200)
        #expect(PageRequest().limit == 50)
    }
}

@Suite struct `Hexadecimal text` {
    @Test func `comes back as its bytes`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Hex.bytes(Hex.text(bytes)) == bytes)
        #expect(Hex.text([0, 10, 255]) == "000aff")
        #expect(Hex.bytes("00AfFF") == [0, 0xAF, 0xFF])
    }

    @Test(arguments: ["0", "0g", "é0", " 00"]) func `refuses anything else`(text: String) {
        #expect(Hex.bytes(text) == nil)
    }
}

@Suite struct `A problem` {
    struct Secret: Error { let password = "hunter2" }

    @Test func `shows nothing of unknown errors`() {
        let problem = Problem.presenting(Secret())
        #expect(problem.code == "internal")
        #expect(!problem.message.contains("hunter2"))
    }

    @Test func `has one status and one exit code for each kind`() {
        #expect(Problem.invalid("name", "Give it a name.").httpStatus == 422)
        #expect(Problem.notFound("plan").httpStatus == 404)
        for kind in Problem.Kind.allCases {
            let problem = Problem(kind, code: "x", "y")
            #expect((400...503).contains(problem.httpStatus))
            #expect((64...78).contains(problem.exitCode))
        }
    }
}
