import Crypto
import CryptoExtras
import Foundation
import Kernel

/// What an ID token says, once it has been checked.
struct IDClaims: Sendable, Hashable {
    var subject: String
    var email: String?
    var isEmailVerified: Bool
    var name: String?
    /// Whether the server asked for more than one factor (RFC 8176).
    var hasSecondFactor: Bool
}

/// A signed statement of another server about a person (OpenID Connect Core §2 and §3.1.3.7).
struct IDToken: Sendable {
    /// What a token must fit.
    struct Expectation: Sendable {
        let issuer: String
        let clientID: String
        let nonce: String
        let now: Instant
        let rigour: SignInRigour
    }

    struct Header: Decodable, Sendable {
        let alg: String
        let kid: String?
        let crit: [String]?
    }

    private struct Claims: Decodable {
        let iss: String
        let sub: String
        let aud: Audience
        let azp: String?
        let exp: Double
        let iat: Double
        let nbf: Double?
        let nonce: String?
        let email: String?
        let emailVerified: Flag?
        let name: String?
        let amr: [String]?
    }

    /// One receiver or several.
    private struct Audience: Decodable {
        let all: [String]

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            all = try (try? value.decode([String].self)) ?? [value.decode(String.self)]
        }
    }

    /// Clocks of two servers differ; more than this is no clock.
    static let skew: Double = 120
    /// A token is used as soon as it is made.
    private static let oldest: Double = 600
    private static let longest = 16_384

    let header: Header
    private let claims: Claims
    private let signed: Data
    private let signature: Data

    init(_ text: String) throws(TokenFault) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard text.utf8.count <= Self.longest, parts.count == 3,
            let head = Base64URL.bytes(parts[0]), let body = Base64URL.bytes(parts[1]),
            let signature = Base64URL.bytes(parts[2]), !signature.isEmpty,
            let header = try? JSONDecoder().decode(Header.self, from: head),
            let claims = try? JSONDecoder.snakeCase.decode(Claims.self, from: body)
        else { throw .form }
        self.header = header
        self.claims = claims
        self.signature = signature
        signed = Data("\(parts[0]).\(parts[1])".utf8)
    }

    /// Checks signature and claims; only then is anything in the token believed.
    func verified(
        by keys: [SigningKey], _ wanted: Expectation
    ) throws(TokenFault) -> IDClaims {
        guard ["RS256", "ES256"].contains(header.alg), header.crit == nil else {
            throw .algorithm
        }
        let fitting = keys.filter { $0.fits(header) }
        guard !fitting.isEmpty else { throw .key }
        let strong = fitting.filter { $0.strength >= wanted.rigour.keyStrength }
        guard !strong.isEmpty else { throw .weakKey }
        guard strong.contains(where: { $0.hasSigned(signed, signature) }) else {
            throw .signature
        }
        guard claims.iss == wanted.issuer else { throw .issuer }
        let isForUs = claims.aud.all.contains(wanted.clientID)
        let isOurs = claims.azp.map { $0 == wanted.clientID } ?? (claims.aud.all.count == 1)
        guard isForUs, isOurs else { throw .audience }
        let now = Double(wanted.now.milliseconds) / 1000
        guard claims.exp > now - Self.skew, claims.iat <= now + Self.skew,
            claims.iat > now - Self.oldest - Self.skew, (claims.nbf ?? now) <= now + Self.skew
        else { throw .time }
        guard let nonce = claims.nonce, ConstantTime.equal(nonce, wanted.nonce) else {
            throw .nonce
        }
        guard (1...255).contains(claims.sub.utf8.count) else { throw .subject }
        return IDClaims(
            subject: claims.sub, email: claims.email,
            isEmailVerified: claims.emailVerified?.isTrue ?? false, name: claims.name,
            hasSecondFactor: claims.amr?.contains("mfa") ?? false)
    }
}

extension JSONDecoder {
    /// Reads `id_token` as `idToken`, as all names of OpenID Connect are written.
    static var snakeCase: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}

/// A truth value that some servers send as text.
struct Flag: Decodable, Sendable {
    let isTrue: Bool

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        isTrue = try (try? value.decode(Bool.self)) ?? (value.decode(String.self) == "true")
    }
}

/// A key with which a server signs, as it publishes it (RFC 7517).
struct SigningKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
    }

    /// A key on the wire; members that are not needed are not read.
    struct Wire: Decodable, Sendable {
        let kty: String
        let kid: String?
        let use: String?
        let alg: String?
        let n: String?
        let e: String?
        let crv: String?
        let x: String?
        let y: String?
    }

    /// Bits of security, as NIST SP 800-57 part 1 (table 2) counts them.
    let strength: Int
    private let material: Material
    private let id: String?
    private let algorithm: String

    /// A key that this program can use; nil for any other, which a server may list as well.
    init?(_ wire: Wire) {
        guard wire.use == nil || wire.use == "sig" else { return nil }
        switch wire.kty {
        case "RSA":
            guard let n = wire.n.flatMap(Base64URL.bytes), (256...1024).contains(n.count),
                let e = wire.e.flatMap(Base64URL.bytes), (1...8).contains(e.count),
                let key = try? _RSA.Signing.PublicKey(n: n, e: e)
            else { return nil }
            material = .rsa(key)
            strength = n.drop { $0 == 0 }.count < 384 ? 112 : 128
            algorithm = "RS256"
        case "EC":
            guard wire.crv == "P-256", let x = wire.x.flatMap(Base64URL.bytes), x.count == 32,
                let y = wire.y.flatMap(Base64URL.bytes), y.count == 32,
                let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            material = .p256(key)
            strength = 128
            algorithm = "ES256"
        default: return nil
        }
        guard wire.alg == nil || wire.alg == algorithm else { return nil }
        id = wire.kid
    }

    /// The keys of a set that this program can use.
    static func all(in document: Data) throws -> [SigningKey] {
        struct Listed: Decodable {
            let keys: [Wire]
        }
        let wires = try JSONDecoder().decode(Listed.self, from: document).keys
        return wires.prefix(64).compactMap(SigningKey.init)
    }

    /// Whether a token of this header may be signed with it.
    func fits(_ header: IDToken.Header) -> Bool {
        algorithm == header.alg && (header.kid == nil || header.kid == id)
    }

    func hasSigned(_ data: Data, _ signature: Data) -> Bool {
        switch material {
        case .rsa(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature),
                for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5)
        case .p256(let key):
            guard let parsed = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(parsed, for: SHA256.hash(data: data))
        }
    }
}

/// Base64 for addresses and tokens, without padding (RFC 4648 §5).
enum Base64URL {
    static func text(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    /// The bytes, or nil when a character does not belong there.
    static func bytes(_ text: String) -> Data? {
        let isPlain = text.utf8.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        guard isPlain, text.utf8.count % 4 != 1 else { return nil }
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(
            base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + padding)
    }
}
