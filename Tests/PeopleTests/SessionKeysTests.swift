import Kernel
import Testing

@testable import People

struct SessionKeysTests {
    let start = Instant(milliseconds: 1_800_000_000_000)

    @Test func `keeps one secret for a quarter of an hour`() {
        var keys = SessionKeys(digest: "a", at: start)
        #expect(keys.presented("a", at: start + .seconds(5), next: "b") == .accept)
        #expect(keys.presented("a", at: start + .seconds(70), next: "b") == .keep)
        #expect(keys.presented("a", at: start + .seconds(80), next: "b") == .accept)
        #expect(keys.presented("a", at: start + .minutes(15), next: "b") == .rotate)
        #expect(keys.current == "b")
    }

    @Test func `accepts requests that were under way during a rotation`() {
        var keys = SessionKeys(digest: "a", at: start)
        let turn = start + .minutes(20)
        #expect(keys.presented("a", at: turn, next: "b") == .rotate)
        #expect(keys.presented("a", at: turn + .seconds(1), next: "x") == .accept)
        #expect(keys.presented("b", at: turn + .seconds(2), next: "x") == .keep)
        #expect(keys.presented("a", at: turn + .seconds(30), next: "x") == .accept)
    }

    @Test func `ends when an old secret comes back after its successor was used`() {
        var keys = SessionKeys(digest: "a", at: start)
        let turn = start + .minutes(20)
        _ = keys.presented("a", at: turn, next: "b")
        _ = keys.presented("b", at: turn + .seconds(2), next: "x")
        #expect(keys.presented("a", at: turn + .minutes(2), next: "x") == .end)
    }

    @Test func `sends a new secret again when the answer that carried it was lost`() {
        var keys = SessionKeys(digest: "a", at: start)
        let turn = start + .minutes(20)
        _ = keys.presented("a", at: turn, next: "b")
        #expect(keys.presented("a", at: turn + .minutes(5), next: "c") == .rotate)
        #expect(keys.presented("b", at: turn + .minutes(6), next: "x") == .refuse)
        #expect(keys.presented("c", at: turn + .minutes(6), next: "x") == .keep)
    }

    @Test func `ends after two idle weeks and after sixty days in all`() {
        var idle = SessionKeys(digest: "a", at: start)
        #expect(idle.presented("a", at: start + .days(14), next: "b") == .end)
        var busy = SessionKeys(digest: "a", at: start)
        var secret = "a"
        for day in 1..<60 {
            let next = "s\(day)"
            #expect(busy.presented(secret, at: start + .days(Int64(day)), next: next) == .rotate)
            secret = next
        }
        #expect(busy.presented(secret, at: start + .days(60), next: "z") == .end)
    }

    @Test func `refuses a secret it never had`() {
        var keys = SessionKeys(digest: "a", at: start)
        #expect(keys.presented("guess", at: start, next: "b") == .refuse)
    }
}
