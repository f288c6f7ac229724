import Foundation
import Testing

@testable import Web

@Suite struct AnswerTests {
    @Test(arguments: [
        ("orders.csv", "orders.csv"), ("Zähler\r\nX-Evil: 1.csv", "ZhlerX-Evil1.csv"),
        ("a\"; filename=\"b.html", "afilenameb.html"), ("../../名.json", ".....json"),
    ])
    func `names a download with plain letters only`(name: String, shown: String) {
        let reply = Reply.file(Data(), type: "text/csv; charset=utf-8", downloadName: name)
        #expect(reply.headers["content-disposition"] == "attachment; filename=\"\(shown)\"")
    }
}
