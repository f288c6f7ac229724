import Foundation
import Kernel
import Testing

@testable import People

struct PasswordTests {
    @Test(arguments: [
        "short", "12345678901", "password1234", "Password2026!", "aaaaaaaaaaaa", "abcdefghijkl",
        "qwertyuiop12", "letmein-letmein", "iloveyou2026", "123456789012",
    ])
    func `refuses what guessers try first`(password: String) {
        #expect(PasswordRules.fault(in: password, email: "ana@example.org", name: "Ana") != nil)
    }

    @Test func `refuses one's own name and address`() {
        let fault = { PasswordRules.fault(in: $0, email: "rosalind@example.org", name: "R. Fern") }
        #expect(fault("rosalind@example.org") == .personal)
        #expect(fault("Rosalind-1999") == .personal)
        #expect(fault("example.org 26") == .personal)
        #expect(
            PasswordRules.fault(
                in: "harbour-tea 7", email: "ana@example.org", name: "Ana",
                words: ["Harbour Tea"]) == .personal)
    }

    @Test func `takes long ones whole and counts characters, not bytes`() {
        let fault = { PasswordRules.fault(in: $0, email: "ana@example.org", name: "Ana") }
        let words = ["violet", "kettle", "drum", "harbour", "copper", "lantern", "meadow"]
        let long = (0..<28).map { words[$0 % words.count] }.joined(separator: " ")
        #expect(fault(String(long.prefix(64))) == nil)
        #expect(fault(String(long.prefix(200))) == nil)
        #expect(fault(long + long) == .tooLong)
        #expect(fault("короткий") == .tooShort)
    }

    @Test func `takes 64 characters of any script`() {
        // Gothic letters, four bytes each.
        let letters = (0..<64).compactMap { Unicode.Scalar(0x10330 + UInt32($0 * 7 % 27)) }
        let password = String(String.UnicodeScalarView(letters))
        #expect(password.count == 64)
        #expect(password.utf8.count == PasswordRules.longest)
        #expect(PasswordRules.fault(in: password, email: "ana@example.org", name: "Ana") == nil)
    }

    @Test(arguments: ["violet kettle drum", "mXq3-vv8!kLp", "lange Wörter helfen", "日本語の長いパスワードです"])
    func `accepts long ones without rules about signs`(password: String) {
        #expect(PasswordRules.fault(in: password, email: "ana@example.org", name: "Ana") == nil)
    }

    @Test func `tells the right password from a wrong one and none`() async throws {
        let passwords = Passwords(surroundings: .live, cost: .cheap)
        let stored = try await passwords.hash("violet kettle drum")
        #expect(stored.hasPrefix("scrypt$4$1$1$"))
        #expect(try await passwords.check("violet kettle drum", against: stored))
        #expect(try await !passwords.check("violet kettle drun", against: stored))
        #expect(try await !passwords.check("violet kettle drum", against: nil))
        #expect(try await !passwords.check("violet kettle drum", against: "scrypt$4$1$1$x"))
    }

    @Test func `derives the key that RFC 7914 gives`() async throws {
        // RFC 7914 §12: P="password", S="NaCl", N=1024, r=8, p=16, first 32 of 64 bytes.
        let key = "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        let bytes = try #require(Hex.bytes(key))
        let salt = Data("NaCl".utf8).base64EncodedString()
        let stored = "scrypt$10$8$16$\(salt)$\(Data(bytes).base64EncodedString())"
        let passwords = Passwords(surroundings: .live, cost: .cheap)
        #expect(try await passwords.check("password", against: stored))
    }
}

struct TokenTextTests {
    @Test func `knows its own tokens and notices a typing error`() {
        let token = TokenText.make((0..<40).map(UInt8.init))
        #expect(token.hasPrefix("tl_"))
        #expect(TokenText.isWellFormed(token))
        #expect(TokenText.prefix(token).count == 11)
        for position in [3, 20, 45, 49] {
            var characters = Array(token)
            characters[position] = characters[position] == "a" ? "b" : "a"
            #expect(!TokenText.isWellFormed(String(characters)))
        }
        #expect(!TokenText.isWellFormed("tl_"))
    }
}

struct SecretBoxTests {
    let box: SecretBox

    init() throws { box = try SecretBox(key: Array(1...32), surroundings: .live) }

    @Test func `opens what it sealed, in its place only`() throws {
        let sealed = try box.seal(Data("canary-token".utf8), for: "channel:1")
        #expect(try box.open(sealed, for: "channel:1") == Data("canary-token".utf8))
        #expect(throws: SecretBox.Failure.self) { try box.open(sealed, for: "channel:2") }
        #expect(sealed.range(of: Data("canary".utf8)) == nil)
    }

    @Test func `notices every changed bit`() throws {
        let sealed = try box.seal(Data("x".utf8), for: "channel:1")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SecretBox.Failure.self) { try box.open(changed, for: "channel:1") }
        }
    }

    @Test func `makes a key file that only its owner can read, once`() throws {
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/secret-box-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try SecretBox.inFolder(folder, surroundings: .live)
        let sealed = try first.seal(Data("x".utf8), for: "a")
        let second = try SecretBox.inFolder(folder, surroundings: .live)
        #expect(try second.open(sealed, for: "a") == Data("x".utf8))
        let mode = try FileManager.default.attributesOfItem(atPath: folder + "/secret.key")
        #expect(mode[.posixPermissions] as? Int == 0o600)
    }
}
