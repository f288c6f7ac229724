import Kernel
import Links
import Testing

struct PublicAddressTests {
    let start = Instant(milliseconds: 1_800_000_000_000)

    func configured() throws -> PublicAddress {
        var address = PublicAddress()
        let action = try address.configure(
            "https://go.example.org/", challenge: "question", answer: "secret", at: start)
        #expect(action == .ask(at: start))
        return address
    }

    @Test func `counts only after it has answered`() throws {
        var address = try configured()
        #expect(address.url == "https://go.example.org")
        #expect(!address.isProven)
        #expect(address.heard(.success("secret"), at: start) == .ask(at: start + .hours(6)))
        #expect(address.isProven)
    }

    @Test func `is not proven by another server`() throws {
        var address = try configured()
        #expect(address.heard(.success("question"), at: start) == .ask(at: start + .minutes(5)))
        #expect(!address.isProven)
        #expect(address.whyNot?.contains("Something else answered") == true)
    }

    @Test func `survives two missed checks and no more`() throws {
        var address = try configured()
        _ = address.heard(.success("secret"), at: start)
        for _ in 0..<2 { _ = address.heard(.failure(.init("No answer.")), at: start) }
        #expect(address.isProven)
        _ = address.heard(.failure(.init("No answer.")), at: start)
        #expect(!address.isProven)
    }

    @Test func `forgets its proof when it changes`() throws {
        var address = try configured()
        _ = address.heard(.success("secret"), at: start)
        _ = try address.configure("https://new.example.org", challenge: "b", answer: "c", at: start)
        #expect(!address.isProven)
        #expect(try address.configure("", challenge: "", answer: "", at: start) == .nothing)
        #expect(address.url == nil)
    }

    @Test func `keeps its proof when only its spelling changes`() throws {
        var address = try configured()
        _ = address.heard(.success("secret"), at: start)
        _ = try address.configure(
            "https://GO.example.org:443/", challenge: "b", answer: "c", at: start)
        #expect(address.isProven && address.url == "https://go.example.org")
    }

    @Test(arguments: [
        "http://go.example.org", "https://go.example.org/path", "https://x", "go.example.org",
        "https://a@go.example.org", "https://go.example.org/p%a0", "https://a%a0@go.example.org",
        "https://go.example.org?%a0", "https://go.example.org#%a0",
    ])
    func `must be a bare https address`(text: String) {
        var address = PublicAddress()
        #expect(throws: LinkError.publicAddress) {
            try address.configure(text, challenge: "a", answer: "b", at: start)
        }
    }

    @Test func `decides which address a post carries`() throws {
        var address = try configured()
        let local = "http://127.0.0.1:8080"
        let practice = LinkChoice.decide(isPractice: true, localBase: local, address: address)
        #expect(practice == .tracked(base: local))
        let early = LinkChoice.decide(isPractice: false, localBase: local, address: address)
        #expect(early.loss?.contains("has not answered") == true)
        let none = LinkChoice.decide(isPractice: false, localBase: local, address: PublicAddress())
        #expect(none.loss?.contains("no public https address yet") == true)
        _ = address.heard(.success("secret"), at: start)
        let proven = LinkChoice.decide(isPractice: false, localBase: local, address: address)
        #expect(proven == .tracked(base: "https://go.example.org"))
    }
}
