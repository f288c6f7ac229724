import Foundation
import Kernel
import Links
import Measurement
import Store
import TestSupport
import Testing

@Suite struct CSVTests {
    @Test func `a click's number has no sign`() {
        #expect(ClickToken.read("00000000000000ab") == 0xAB)
        #expect(ClickToken.read("+0000000000000ab") == nil)
    }

    @Test func `reads tables as spreadsheets write them`() {
        #expect(
            CSVText.rows("a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n") == [
                ["a", "b"], ["1", "x, \"y\"\nz"],
            ])
        #expect(CSVText.rows("\u{FEFF}a;b\n1;2,5") == [["a", "b"], ["1", "2,5"]])
        #expect(CSVText.rows("a\tb\r1\t2\r") == [["a", "b"], ["1", "2"]])
        #expect(CSVText.rows("") == [])
    }

    @Test func `writes no formulas`() {
        #expect(
            CSVText.line(["=1+1", "@x", "-5", "a,b", "+cmd"]) == "'=1+1,'@x,-5,\"a,b\",'+cmd\r\n")
    }

    @Test func `survives any bytes`() {
        var generator = SeededGenerator(seed: 9)
        let alphabet = Array("\",;\n\r\tax1-=\u{FEFF}é".utf8)
        guard let zone = Zone("Europe/Berlin") else { return }
        let reader = ConversionCSV(
            zone: zone, currency: .euro, now: Instant(milliseconds: 1_795_422_000_000))
        for _ in 0..<3000 {
            let count = Int.random(in: 0...60, using: &generator)
            var bytes = Array("order,date,amount\n".utf8)
            if Bool.random(using: &generator) { bytes = [] }
            bytes += (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 44 }
            _ = try? reader.drafts(Data(bytes))
        }
        // Written and read back is the same.
        for _ in 0..<500 {
            let cells = (0..<4).map { _ in
                "x"
                    + String(
                        (0..<6).map { _ in
                            Character(
                                Unicode.Scalar(
                                    alphabet.prefix(9).randomElement(using: &generator) ?? 44))
                        })
            }
            #expect(
                CSVText.rows(CSVText.line(["a", "b", "c", "d"]) + CSVText.line(cells)).last == cells
            )
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `imports a file once, with refunds above their orders`(engine: Engine) async throws {
        try await MeasurementWorld.with(engine) { world in
            let text = """
                order;date;amount;currency;refund_of;link
                R1;2026-11-22;-10,00;EUR;B2;
                B2;2026-11-21;1.234,50;EUR;;\(world.tourLink.slug)
                B3;2026-11-21T09:30;5;;;
                """
            let data = Data(text.utf8)
            let first = try await world.conversions.importCSV(
                data, zone: world.berlin, currency: .euro, in: world.acme, by: world.principal)
            #expect(first == ImportOutcome.expected(added: 3, known: 0))
            let second = try await world.conversions.importCSV(
                data, zone: world.berlin, currency: .euro, in: world.acme, by: world.principal)
            #expect(second.added == 0)
            #expect(second.known == 3)
            let total = try await world.results(.posts).total
            #expect(total.revenue == 123_450 - 1_000 + 500)
            #expect(total.credited == 122_450)
            #expect(total.orders == 2)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `imports nothing of a file with one bad cell and names the cell`(
        engine: Engine
    ) async throws {
        try await MeasurementWorld.with(engine) { world in
            let text = """
                order,date,amount,currency
                1,2026-11-22,10.00,EUR
                2,22.11.2026,10.00,EUR
                3,2026-11-22,€10,EUR
                4,2026-11-22,"1,234",EUR
                """
            do {
                _ = try await world.conversions.importCSV(
                    Data(text.utf8), zone: world.berlin, currency: .euro, in: world.acme,
                    by: world.principal)
                Issue.record("a bad file was imported")
            } catch MeasurementError.csv(let troubles, let total) {
                #expect(total == 3)
                #expect(troubles.map(\.row) == [3, 4, 5])
                #expect(troubles.map(\.column) == ["date", "amount", "amount"])
            }
            #expect(try await world.results.orders(in: world.acme).items.isEmpty)
            // A refund of an order that does not exist undoes the rows before it.
            let missing = "order,date,amount,refund_of\n1,2026-11-22,5,\n2,2026-11-22,5,9\n"
            await #expect(throws: MeasurementError.self) {
                try await world.conversions.importCSV(
                    Data(missing.utf8), zone: world.berlin, currency: .euro, in: world.acme,
                    by: world.principal)
            }
            #expect(try await world.results.orders(in: world.acme).items.isEmpty)
        }
    }
}

extension ImportOutcome {
    static func expected(added: Int, known: Int) -> ImportOutcome {
        ImportOutcome(added: added, known: known)
    }
}
