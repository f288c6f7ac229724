import Crypto
import Foundation
import Kernel
import Notices

@testable import NetworksLive
@testable import People
@testable import Web

extension FuzzTarget {
    /// Secrets that people, browsers, programs and other servers show.
    static let tokens = FuzzTarget(name: "tokens") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        try checkOwn(text, bytes)
        try checkCookies(text)
        try checkCodes(text, bytes)
        try checkIDToken(text)
        try checkClaims(bytes)
        try checkWebhook(text)
        try checkCursor(text)
    }

    private static let now = Instant(milliseconds: 1_795_000_000_000)

    private static func checkOwn(_ text: String, _ bytes: [UInt8]) throws {
        let seed = Array((bytes + Array(repeating: 7, count: 40)).prefix(40))
        let token = TokenText.make(seed)
        try hold(TokenText.isWellFormed(token), "a token of our own")
        // One letter mistyped never passes the checksum.
        let at = 3 + Int(seed[0]) % 47
        var letters = Array(token.utf8)
        letters[at] = letters[at] == 97 ? 98 : 97
        let typed = String(decoding: letters, as: UTF8.self)
        if typed != token { try hold(!TokenText.isWellFormed(typed), "a mistyped token passes") }
        if TokenText.isWellFormed(text) {
            try same(text.utf8.count, 50, "a token's length")
            try hold(text.hasPrefix(TokenText.prefix(text)), "a token's beginning")
        }
        if let secret = RowSecret(text) {
            try hold(!secret.id.utf8.contains(46), "a row's identifier")
            try same(secret.digest.utf8.count, 64, "a digest")
        }
        if let id = ID<WorkspaceTag>(text) {
            try same(ID<WorkspaceTag>(id.text), id, "an identifier read again")
            try hold(id.text.utf8.allSatisfy { $0 > 32 && $0 < 127 }, "an identifier")
        }
        if let trace = TraceContext(traceparent: text) {
            let again = TraceContext(traceparent: trace.traceparent)
            try same(again, trace, "a trace handed on")
        }
        try hold((try? box.open(Data(bytes), for: "fuzz")) == nil, "a seal that nobody set")
        let sealed = try box.seal(Data(bytes), for: "fuzz")
        try same(try box.open(sealed, for: "fuzz"), Data(bytes), "sealed and opened")
    }

    private static let surroundings = Surroundings(
        now: { now }, randomBytes: { Array(repeating: 9, count: $0) })
    private static let box: SecretBox = {
        guard
            let box = try? SecretBox(
                key: Array(repeating: 5, count: 32), surroundings: surroundings)
        else { preconditionFailure("32 bytes are a key") }
        return box
    }()

    private static func checkCookies(_ text: String) throws {
        for cookie in [SessionCookie(isSecure: true), SessionCookie(isSecure: false)] {
            if let secret = cookie.secret(in: text) {
                try hold(secret.utf8.count <= 256, "a long cookie")
                try hold(text.contains(secret), "a cookie that was not sent")
            }
            let both = "a=b; \(cookie.name)=known-secret; \(text)"
            try same(cookie.secret(in: both), "known-secret", "the first cookie")
        }
    }

    private static func checkCodes(_ text: String, _ bytes: [UInt8]) throws {
        let secret = Array((bytes + Array(repeating: 1, count: 20)).prefix(20))
        let step = OneTimeCode.step(at: now)
        let code = OneTimeCode.code(secret, step: step)
        try hold(code.utf8.count == 6 && code.utf8.allSatisfy { (48...57).contains($0) }, code)
        try same(OneTimeCode.step(of: code, secret, at: now, after: nil) != nil, true, "a code")
        try same(OneTimeCode.step(of: code, secret, at: now, after: step + 1), nil, "a used code")
        if let found = OneTimeCode.step(of: text, secret, at: now, after: nil) {
            try same(OneTimeCode.code(secret, step: found), text, "another code")
        }
        let typed = Base32.text(bytes)
        try same(typed.utf8.count, (bytes.count * 8 + 4) / 5, "the letters of Base32")
        try same(RecoveryCode.plain(Base32.grouped(typed, "-")), typed, "read aloud and typed")
    }

    // MARK: - Other servers' tokens

    private static let signer = P256.Signing.PrivateKey()
    private static let key: SigningKey? = {
        let raw = signer.publicKey.rawRepresentation
        let wire = SigningKey.Wire(
            kty: "EC", kid: "k", use: nil, alg: nil, n: nil, e: nil, crv: "P-256",
            x: Base64URL.text(raw.prefix(32)), y: Base64URL.text(raw.suffix(32)))
        return SigningKey(wire)
    }()

    private static func checkIDToken(_ text: String) throws {
        guard let key else { throw Broken(description: "no key") }
        let wanted = IDToken.Expectation(
            issuer: "https://id.example", clientID: "us", nonce: "n-0S6", now: now,
            rigour: .usual)
        _ = try? SigningKey.all(in: Data(text.utf8))
        if let token = try? IDToken(text) {
            try hold((try? token.verified(by: [], wanted)) == nil, "a token without a key")
            try hold((try? token.verified(by: [key], wanted)) == nil, "a signature out of nothing")
        }
        // The claims are hostile, the signature is right.
        let head = Base64URL.text(Data("{\"alg\":\"ES256\",\"kid\":\"k\"}".utf8))
        let body = Base64URL.text(Data(text.utf8))
        let signature = try signer.signature(for: Data("\(head).\(body)".utf8))
        let signed = "\(head).\(body).\(Base64URL.text(signature.rawRepresentation))"
        guard let token = try? IDToken(signed), let claims = try? token.verified(by: [key], wanted)
        else { return }
        // The other reader takes less for a number, and then has nothing to compare.
        guard let parsed = try? JSONSerialization.jsonObject(with: Data(text.utf8)) else { return }
        let told = parsed as? [String: Any]
        try same(told?["iss"] as? String, wanted.issuer, "another issuer")
        try same(told?["nonce"] as? String, wanted.nonce, "another nonce")
        try same(told?["sub"] as? String, claims.subject, "another subject")
        let receivers = told?["aud"] as? [String] ?? [told?["aud"] as? String].compactMap(\.self)
        try hold(receivers.contains(wanted.clientID), "not for us")
        let ends = (told?["exp"] as? NSNumber)?.doubleValue ?? 0
        try hold(ends > Double(now.milliseconds) / 1000 - IDToken.skew, "an old token")
    }

    private static func checkClaims(_ bytes: [UInt8]) throws {
        _ = TokenClaims.expiry(of: String(decoding: bytes, as: UTF8.self))
        let token = "e30.\(Base64URL.text(Data(bytes))).x"
        if let ends = TokenClaims.expiry(of: token) {
            // What it is used for must not overflow either.
            _ = ends - now
        }
        let data = Data(bytes)
        try same(Base64URL.bytes(Base64URL.text(data)), data, "Base64 written and read")
    }

    private static func checkWebhook(_ text: String) throws {
        if let secret = WebhookSecret(text) {
            try same(WebhookSecret(secret.text), secret, "a webhook's secret read again")
        }
        guard let secret = WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") else {
            throw Broken(description: "no secret")
        }
        let signature = WebhookSignature.sign(text, id: "msg", at: now, with: secret)
        let isRight = { (header: String, body: String) in
            WebhookSignature.verify(
                body, id: "msg", at: now, header: header, with: secret, now: now)
        }
        try hold(isRight(signature, text), "our own signature")
        try hold(isRight("v1a,x \(signature)", text), "one signature of several")
        try hold(!isRight(signature, text + "."), "a body that was changed")
        try hold(!isRight(text, "body"), "a signature out of nothing")
    }

    private static func checkCursor(_ text: String) throws {
        if let cursor = Cursor(token: text) {
            try same(Cursor(token: cursor.token), cursor, "a cursor sent back")
        }
        let own = Cursor(key: text, id: "x")
        if own.token.utf8.count <= 1024 {
            try same(Cursor(token: own.token), own, "our own cursor")
        }
    }
}
