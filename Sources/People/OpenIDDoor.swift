import Crypto
package import Foundation
package import Kernel

/// Speaks with the server at which people sign in; remembers what it publishes for a while.
package actor OpenIDDoor {
    /// Sends one request through the guard of outgoing connections.
    package typealias Send =
        @Sendable (
            _ method: String, _ url: String, _ headers: [(name: String, value: String)],
            _ body: Data?
        ) async throws -> (status: Int, body: Data)

    package nonisolated let provider: OpenIDProvider
    private let surroundings: Surroundings
    private let rigour: SignInRigour
    private let send: Send
    private var metadata: (value: Metadata, at: Instant)?
    private var keys: (value: [SigningKey], at: Instant)?

    private static let memory: Duration = .minutes(60)
    /// Keys are asked for again at most this often, whatever tokens name.
    private static let keyPause: Duration = .seconds(30)

    package init(
        provider: OpenIDProvider, surroundings: Surroundings, rigour: SignInRigour = .usual,
        send: @escaping Send
    ) {
        self.provider = provider
        self.surroundings = surroundings
        self.rigour = rigour
        self.send = send
    }

    /// What the server says of itself (OpenID Connect Discovery §3).
    private struct Metadata: Decodable, Sendable {
        let issuer: String
        let authorizationEndpoint: String
        let tokenEndpoint: String
        let jwksUri: String
        let userinfoEndpoint: String?
        let tokenEndpointAuthMethodsSupported: [String]?
        let authorizationResponseIssParameterSupported: Bool?
    }

    /// What has to be remembered while the browser is away.
    struct Attempt: Codable, Sendable, Hashable {
        let state: String
        let nonce: String
        let verifier: String
        let next: String
        let endsAt: Int64
    }

    /// What a browser brings back.
    package struct Answer: Sendable {
        package let state: String?
        package let code: String?
        package let issuer: String?
        package let error: String?

        package init(state: String?, code: String?, issuer: String?, error: String?) {
            self.state = state
            self.code = code
            self.issuer = issuer
            self.error = error
        }
    }

    // MARK: - There

    /// Where the browser goes to sign in.
    func address(for attempt: Attempt, redirectURL: String) async throws -> String {
        let endpoint = try await currentMetadata().authorizationEndpoint
        let challenge = Base64URL.text(Data(SHA256.hash(data: Data(attempt.verifier.utf8))))
        let query = Self.form([
            ("response_type", "code"), ("client_id", provider.clientID),
            ("redirect_uri", redirectURL), ("scope", "openid email profile"),
            ("state", attempt.state), ("nonce", attempt.nonce), ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ])
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query
    }

    private func currentMetadata() async throws -> Metadata {
        let now = surroundings.now()
        if let metadata, now - metadata.at < Self.memory { return metadata.value }
        let root =
            provider.issuer.hasSuffix("/") ? provider.issuer.dropLast() : provider.issuer[...]
        let found: Metadata = try await read("\(root)/.well-known/openid-configuration")
        // A server that names itself otherwise speaks for another (RFC 8414 §3.3).
        guard found.issuer == provider.issuer else {
            throw Self.unavailable("it calls itself by another name.")
        }
        let isHTTPS = provider.issuer.hasPrefix("https://")
        let page = found.authorizationEndpoint
        guard page.hasPrefix("https://") || (!isHTTPS && page.hasPrefix("http://")),
            URL(string: page)?.host() != nil, !page.contains("#")
        else { throw Self.unavailable("its sign-in page has no safe address.") }
        metadata = (found, now)
        return found
    }

    // MARK: - Back

    /// What the server says about the person behind a code.
    func claims(
        code: String, attempt: Attempt, redirectURL: String
    ) async throws -> IDClaims {
        let metadata = try await currentMetadata()
        let answer = try await exchange(code, attempt, redirectURL, metadata)
        let token = try trusted { () throws(TokenFault) in try IDToken(answer.idToken) }
        let wanted = IDToken.Expectation(
            issuer: provider.issuer, clientID: provider.clientID, nonce: attempt.nonce,
            now: surroundings.now(), rigour: rigour)
        var keys = try await currentKeys(metadata, fitting: token.header)
        if !keys.contains(where: { $0.fits(token.header) }) { keys = [] }
        var claims = try trusted { () throws(TokenFault) in
            try token.verified(by: keys, wanted)
        }
        if claims.email == nil, let place = metadata.userinfoEndpoint,
            let access = answer.accessToken
        {
            try await complete(&claims, from: place, access)
        }
        return claims
    }

    /// Throws when an answer comes from another server than the one that was asked (RFC 9207).
    func checkIssuer(_ issuer: String?) async throws {
        let isAnnounced =
            try await currentMetadata().authorizationResponseIssParameterSupported ?? false
        guard issuer == provider.issuer || (issuer == nil && !isAnnounced) else {
            throw PeopleError.openID(.untrusted(.issuer), provider.name)
        }
    }

    private struct TokenAnswer: Decodable {
        let idToken: String
        let accessToken: String?
    }

    private func exchange(
        _ code: String, _ attempt: Attempt, _ redirectURL: String, _ metadata: Metadata
    ) async throws -> TokenAnswer {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURL),
            ("code_verifier", attempt.verifier),
        ]
        var headers = [
            (name: "content-type", value: "application/x-www-form-urlencoded"),
            (name: "accept", value: "application/json"),
        ]
        let methods = metadata.tokenEndpointAuthMethodsSupported ?? ["client_secret_basic"]
        if let secret = provider.clientSecret, methods.contains("client_secret_basic") {
            let pair = "\(Self.encoded(provider.clientID)):\(Self.encoded(secret))"
            headers.append(
                (name: "authorization", value: "Basic \(Data(pair.utf8).base64EncodedString())"))
        } else {
            fields.append(("client_id", provider.clientID))
            if let secret = provider.clientSecret { fields.append(("client_secret", secret)) }
        }
        let answer = try await send(
            "POST", metadata.tokenEndpoint, headers, Data(Self.form(fields).utf8))
        // A code that is spent or wrong is refused with 400; the browser starts again.
        guard answer.status != 400 else { throw PeopleError.openID(.spent, provider.name) }
        guard answer.status == 200,
            let value = try? JSONDecoder.snakeCase.decode(TokenAnswer.self, from: answer.body)
        else { throw Self.unavailable("it refused this server (status \(answer.status)).") }
        return value
    }

    /// The keys, read again when none of those known fits: servers change them without notice.
    private func currentKeys(
        _ metadata: Metadata, fitting header: IDToken.Header
    ) async throws -> [SigningKey] {
        let now = surroundings.now()
        if let keys, now - keys.at < Self.memory {
            let isThere = keys.value.contains { $0.fits(header) }
            if isThere || now - keys.at < Self.keyPause { return keys.value }
        }
        let answer = try await send("GET", metadata.jwksUri, [], nil)
        guard answer.status == 200, let found = try? SigningKey.all(in: answer.body) else {
            throw Self.unavailable("its keys cannot be read (status \(answer.status)).")
        }
        keys = (found, now)
        return found
    }

    private struct UserInfo: Decodable {
        let sub: String
        let email: String?
        let emailVerified: Flag?
        let name: String?
    }

    private func complete(
        _ claims: inout IDClaims, from place: String, _ token: String
    ) async throws {
        let info: UserInfo = try await read(
            place, headers: [(name: "authorization", value: "Bearer \(token)")])
        guard info.sub == claims.subject else {
            throw PeopleError.openID(.untrusted(.subject), provider.name)
        }
        claims.email = info.email
        claims.isEmailVerified = info.emailVerified?.isTrue ?? false
        claims.name = claims.name ?? info.name
    }

    private func read<Value: Decodable>(
        _ url: String, headers: [(name: String, value: String)] = []
    ) async throws -> Value {
        let answer = try await send(
            "GET", url, headers + [(name: "accept", value: "application/json")], nil)
        guard answer.status == 200 else {
            throw Self.unavailable("it answers with status \(answer.status).")
        }
        do {
            return try JSONDecoder.snakeCase.decode(Value.self, from: answer.body)
        } catch {
            throw Self.unavailable("its answer cannot be read.")
        }
    }

    private func trusted<Value>(_ body: () throws(TokenFault) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw PeopleError.openID(.untrusted(error), provider.name)
        }
    }

    private static func unavailable(_ why: String) -> PeopleError {
        .openID(.unavailable(why), "The sign-in server")
    }

    private static let plain = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    private static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
    }
}
