import Foundation
import Testing

@testable import Web

@Suite struct FormTests {
    private let schema = Schema.object(
        "Thing",
        [
            .required("name", .line()), .optional("hours", .number()),
            .required("isOpen", .boolean()),
            .optional("brief", .object("Brief", [.optional("why", .text())])),
            .required("tags", .array(of: .line())),
            .required(
                "touches", .array(of: .object("Touch", [.required("name", .line())]))),
        ])

    @Test func `turns fields into the JSON that the schema means`() {
        let form = Form(
            "name=A+b%26c&hours=1.5&brief.why=so%0D%0Awhat&tags=x&tags=y&tags="
                + "&touches.2.name=two&touches.0.name=zero")
        #expect(
            form.json(schema)
                == [
                    "name": "A b&c", "hours": .number(1.5), "isOpen": false,
                    "brief": ["why": "so\nwhat"], "tags": ["x", "y"],
                    "touches": [["name": "zero"], ["name": "two"]],
                ])
    }

    @Test func `leaves out what is blank and keeps what is not a number for the message`() {
        let value = Form("name=++&hours=two&isOpen=on").json(schema)
        let problems = schema.problems(with: value)
        #expect(problems["hours"] == "Give a number.")
        #expect(problems["name"] != nil)
        #expect(problems["isOpen"] == nil)
    }

    @Test func `survives any bytes`() {
        var seed: UInt64 = 42
        for _ in 0..<2000 {
            let bytes = (0..<Int(seed % 60)).map { index -> UInt8 in
                seed = seed &* 6_364_136_223_846_793_005 &+ UInt64(index) &+ 1
                return UInt8(truncatingIfNeeded: seed >> 33)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = schema.problems(with: Form(text).json(schema))
            _ = JSONValue(Data(bytes)).map(schema.problems(with:))
            seed = seed &* 3 &+ 7
        }
    }
}
