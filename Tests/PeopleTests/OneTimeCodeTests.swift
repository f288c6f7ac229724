import Foundation
import Kernel
import Testing

@testable import People

struct OneTimeCodeTests {
    /// RFC 6238, appendix B: seconds, then the codes of SHA-1, SHA-256 and SHA-512.
    static let vectors: [(Int64, String, String, String)] = [
        (59, "94287082", "46119246", "90693936"),
        (1_111_111_109, "07081804", "68084774", "25091201"),
        (1_111_111_111, "14050471", "67062674", "99943326"),
        (1_234_567_890, "89005924", "91819424", "93441116"),
        (2_000_000_000, "69279037", "90698825", "38618901"),
        (20_000_000_000, "65353130", "77737706", "47863826"),
    ]

    private static func secret(_ count: Int) -> [UInt8] {
        Array(String(repeating: "1234567890", count: 7).utf8.prefix(count))
    }

    @Test(arguments: vectors)
    func `makes the codes of the standard`(
        seconds: Int64, sha1: String, sha256: String, sha512: String
    ) {
        let step = OneTimeCode.step(at: Instant(milliseconds: seconds * 1000))
        let code = { (count: Int, hash: OneTimeCode.Hash) in
            OneTimeCode.code(Self.secret(count), step: step, digits: 8, hash: hash)
        }
        #expect(code(20, .sha1) == sha1)
        #expect(code(32, .sha256) == sha256)
        #expect(code(64, .sha512) == sha512)
        #expect(OneTimeCode.code(Self.secret(20), step: step) == sha1.suffix(6))
    }

    @Test func `takes the step before and after, and none twice`() {
        let secret = Self.secret(20)
        let now = Instant(milliseconds: 1_800_000_000_000)
        let present = OneTimeCode.step(at: now)
        func used(_ step: Int64, after last: Int64? = nil) -> Int64? {
            OneTimeCode.step(
                of: OneTimeCode.code(secret, step: step), secret, at: now, after: last)
        }
        #expect(used(present - 1) == present - 1)
        #expect(used(present) == present)
        #expect(used(present + 1) == present + 1)
        #expect(used(present - 2) == nil)
        #expect(used(present + 2) == nil)
        #expect(used(present, after: present) == nil)
        #expect(used(present - 1, after: present) == nil)
        #expect(used(present + 1, after: present) == present + 1)
        #expect(OneTimeCode.step(of: "", secret, at: now, after: nil) == nil)
    }

    @Test func `takes the present step alone when it is to be strict`() {
        let secret = Self.secret(20)
        let now = Instant(milliseconds: 1_800_000_000_000)
        let present = OneTimeCode.step(at: now)
        let taken = (present - 2...present + 2).filter { step in
            OneTimeCode.step(
                of: OneTimeCode.code(secret, step: step), secret, at: now, after: nil, .strict)
                == step
        }
        #expect(taken == [present])
    }

    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"),
        ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI"),
    ])
    func `writes Base32 as RFC 4648 does`(text: String, wanted: String) {
        #expect(Base32.text(Array(text.utf8)) == wanted)
    }

    @Test func `gives apps an address they understand`() {
        let address = OneTimeCode.address(Self.secret(20), account: "ana+x@example.org")
        #expect(
            address
                == "otpauth://totp/Throughline%3Aana%2Bx%40example%2Eorg"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Throughline"
                + "&algorithm=SHA1&digits=6&period=30")
    }

    @Test func `knows a recovery code however it is typed`() {
        let code = RecoveryCode.make(Array(0..<18))
        #expect(code.split(separator: "-").map(\.count) == [4, 4, 4, 4, 4, 4, 4])
        let typed = " " + code.lowercased().replacing("-", with: " ")
        #expect(RecoveryCode.digest(typed) == RecoveryCode.digest(code))
    }

    @Test func `draws at least 128 bits for a recovery code, and each counts`() {
        #expect(RecoveryCode.letters * 5 >= 128)
        let zero = [UInt8](repeating: 0, count: RecoveryCode.randomBytes)
        let changed = (0..<140).map { bit in
            var bytes = zero
            bytes[bit / 8] = 0x80 >> UInt8(bit % 8)
            return RecoveryCode.make(bytes)
        }
        #expect(Set(changed + [RecoveryCode.make(zero)]).count == 141)
    }
}

struct NetworkPlaceTests {
    @Test(arguments: [
        ("203.0.113.77", "the network 203.0.113.x"),
        ("::ffff:203.0.113.77", "the network 203.0.113.x"),
        ("192.168.1.20", "the private network 192.168.1.x"),
        ("172.31.0.9", "the private network 172.31.0.x"),
        ("172.32.0.9", "the network 172.32.0.x"),
        ("2001:db8:12:34::1", "the network 2001:db8:12:x"),
        ("fd00:1::5", "the private network fd00:1:0:x"),
        ("127.0.0.1", "the server's own machine"), ("::1", "the server's own machine"),
    ])
    func `says where without saying which device`(address: String, words: String) {
        #expect(NetworkPlace(address)?.words == words)
    }

    @Test func `counts an IPv6 subscriber as one`() {
        let near = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"].map { NetworkPlace($0)?.subscriber }
        #expect(near[0] == near[1])
        #expect(near[0] != NetworkPlace("2001:db8:1:3::1")?.subscriber)
        #expect(NetworkPlace("10.0.0.1")?.subscriber != NetworkPlace("10.0.0.2")?.subscriber)
        #expect(NetworkPlace("unknown") == nil)
    }
}

struct KnownPasswordsTests {
    /// A filter of 1,024 bits with three probes, made as `Scripts/assets` makes the real one.
    private func filter(_ passwords: [String]) -> Data {
        var bits = Data(repeating: 0, count: 128)
        for password in passwords {
            for place in KnownPasswords.places(password, probes: 3, count: 1024) {
                bits[Int(place / 8)] |= 1 << UInt8(place % 8)
            }
        }
        return Data("KNOWNPW1".utf8) + [3, 0, 0, 0] + bits
    }

    @Test func `knows what was put in, in any case of letters, and little else`() throws {
        let known = try #require(KnownPasswords(filter(["q1w2e3r4t5y6", "polniypizdec0211"])))
        #expect(known.contains("q1w2e3r4t5y6"))
        #expect(known.contains("Q1W2E3R4T5Y6"))
        #expect(!known.contains("violet kettle drum"))
        let others = (0..<500).filter { known.contains("some other password \($0)") }
        #expect(others.count < 5)
        #expect(
            PasswordRules.fault(
                in: "q1w2e3r4t5y6", email: "ana@example.org", name: "Ana", known: known) == .common)
    }

    @Test func `agrees with the script that writes the filter`() {
        // hashlib.sha256(b"violet kettle drum"), read as two little-endian numbers.
        let places = KnownPasswords.places("Violet Kettle Drum", probes: 3, count: 1 << 20)
        #expect(places == [232_320, 83_311, 982_878])
    }

    @Test(arguments: [
        Data(), Data("KNOWNPW1".utf8), Data("KNOWNPW2".utf8) + [3, 0, 0, 0, 255],
        Data("KNOWNPW1".utf8) + [0, 0, 0, 0, 255], Data("KNOWNPW1".utf8) + [99, 0, 0, 0, 255],
    ])
    func `refuses a file that is no filter`(file: Data) {
        #expect(KnownPasswords(file) == nil)
        #expect(!KnownPasswords.none.contains("password1234"))
    }
}
