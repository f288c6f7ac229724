import Testing

@testable import Outbound

struct MailRepliesTests {
    private func read(_ text: String, step: Int = 1000) -> (replies: [MailReply], isBroken: Bool) {
        var reader = MailReplies()
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: step) {
            reader.take(bytes[start..<min(bytes.count, start + step)])
        }
        var replies: [MailReply] = []
        while let reply = reader.next() { replies.append(reply) }
        return (replies, reader.isBroken)
    }

    @Test(arguments: [1, 2, 7, 1000])
    func `reads replies however they are cut`(step: Int) {
        let read = read(
            "220 hi\r\n250-mail.example\r\n250-STARTTLS\n250 SIZE 10\r\n354\r\n250 r", step: step)
        #expect(
            read.replies == [
                MailReply(code: 220, lines: ["hi"]),
                MailReply(code: 250, lines: ["mail.example", "STARTTLS", "SIZE 10"]),
                MailReply(code: 354, lines: [""]),
            ])
        #expect(!read.isBroken)
    }

    /// A dash with an accent is another `Character`, and still a dash to the server.
    @Test func `an accent after the dash ends no reply`() {
        let read = read("250-\u{301}a\r\n250 b\r\n")
        #expect(read.replies == [MailReply(code: 250, lines: ["\u{301}a", "b"])])
    }

    @Test(arguments: [
        "hello\r\n", "25\n", "199 a\n", "600 a\n", "+25 a\n", "\n", "２５０ a\n",
        String(repeating: "250-a\n", count: 101), String(repeating: "250 a\n", count: 9),
        "250 " + String(repeating: "a", count: 16_384),
        "250 " + String(repeating: "a", count: 16_384) + "\n",
    ])
    func `takes nothing that is no reply or too much`(text: String) {
        for step in [1, 13, 100_000] {
            let read = read(text + "250 later\r\n", step: step)
            #expect(read.isBroken)
            #expect(!read.replies.contains { $0.lines == ["later"] })
        }
    }
}
