import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Web

@Suite struct GateTests {
    private let signedIn = "throughline=session-1"
    private let ours: HTTPFields = [
        .cookie: "throughline=session-1", fieldName("sec-fetch-site"): "same-origin",
    ]

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:],
        body: String = "", https: Bool = false
    ) async throws -> TestResponse {
        let app = try Application(router: SmallSite(https: https).site.router())
        return try await app.test(.router) { client in
            try await client.execute(
                uri: path, method: method, headers: headers,
                body: ByteBuffer(string: body))
        }
    }

    private func json(_ token: String = "Bearer tl_good") -> HTTPFields {
        [.authorization: token, .contentType: "application/json"]
    }

    @Test func `sends a stranger on a page to the sign-in page and back`() async throws {
        let reply = try await ask(.get, "/w/owner/notes")
        #expect(reply.status == .seeOther)
        #expect(reply.headers[.location] == "/sign-in?next=%2Fw%2Fowner%2Fnotes")
    }

    @Test func `answers a stranger on the API with a problem and a challenge`() async throws {
        let reply = try await ask(.post, "/api/v1/workspaces/owner/notes", body: "{}")
        #expect(reply.status == .unauthorized || reply.status == .forbidden)
        #expect(reply.headers[.contentType] == "application/problem+json")
    }

    @Test func `escapes what a view shows and sends strict headers`() async throws {
        let reply = try await ask(.get, "/w/viewer/notes", [.cookie: signedIn])
        #expect(reply.status == .ok)
        #expect(String(buffer: reply.body).contains("<p>&lt;b&gt;&amp;</p>"))
        let policy = reply.headers[HTTPField.Name("content-security-policy")!]
        #expect(policy?.contains("default-src 'none'") == true)
        #expect(policy?.contains("unsafe") == false)
        #expect(reply.headers[.xContentTypeOptions] == "nosniff")
    }

    @Test func `compresses pages for browsers that can read it`() async throws {
        let reply = try await ask(
            .get, "/w/viewer/notes", [.cookie: signedIn, .acceptEncoding: "gzip, br"])
        #expect(reply.headers[.contentEncoding] == "gzip")
        #expect(reply.body.readableBytes < 500)
    }

    @Test func `answers HEAD like GET without a body`() async throws {
        let reply = try await ask(.head, "/w/viewer/notes", [.cookie: signedIn])
        #expect(reply.status == .ok)
    }

    @Test(arguments: [
        ("same-origin", 303), ("none", 303), ("cross-site", 403), ("same-site", 403),
    ])
    func `takes changes only from its own pages`(site: String, status: Int) async throws {
        let reply = try await ask(
            .post, "/w/editor/notes",
            [.cookie: signedIn, HTTPField.Name("sec-fetch-site")!: site], body: "text=Hi")
        #expect(reply.status.code == status)
    }

    @Test func `falls back to comparing Origin with Host`() async throws {
        let good = try await ask(
            .post, "/w/editor/notes",
            [.cookie: signedIn, .origin: "http://localhost"], body: "text=Hi")
        let bad = try await ask(
            .post, "/w/editor/notes",
            [.cookie: signedIn, .origin: "http://evil.example"], body: "text=Hi")
        let none = try await ask(.post, "/w/editor/notes", [.cookie: signedIn], body: "text=Hi")
        #expect(bad.status == .forbidden)
        #expect(none.status == .forbidden)
        #expect(good.status == .seeOther)
    }

    @Test func `refuses what the role does not allow and hides foreign workspaces`() async throws {
        #expect(try await ask(.post, "/w/viewer/notes", ours, body: "text=Hi").status == .forbidden)
        #expect(try await ask(.get, "/w/stranger/notes", ours).status == .notFound)
    }

    @Test func `carries a message over a redirect`() async throws {
        let reply = try await ask(.post, "/w/editor/notes", ours, body: "text=Hi&isPinned=on")
        #expect(reply.headers[.location] == "/w/x/Hi")
        #expect(reply.headers[.setCookie]?.hasPrefix("toast=%7B") == true)
    }

    @Test func `carries a message in a cookie of this host only`() async throws {
        let headers: HTTPFields = [
            .cookie: "__Host-throughline=session-1", fieldName("sec-fetch-site"): "same-origin",
        ]
        let reply = try await ask(
            .post, "/w/editor/notes", headers, body: "text=Hi&isPinned=on", https: true)
        let cookie = reply.headers[.setCookie] ?? ""
        #expect(cookie.hasPrefix("__Host-toast=%7B"))
        #expect(cookie.hasSuffix("; Path=/; Max-Age=20; SameSite=Lax; Secure"))
    }

    @Test func `tells browsers to come by https only`() async throws {
        let secure = try await ask(.get, "/livez", https: true)
        let year = 31_536_000
        let parts = (secure.headers[.strictTransportSecurity] ?? "").split(separator: "; ")
        let age = parts.first.flatMap { Int($0.dropFirst("max-age=".count)) }
        #expect(try #require(age) >= year)
        #expect(parts.contains("includeSubDomains"))
        #expect(try await ask(.get, "/livez").headers[.strictTransportSecurity] == nil)
        // What the door says before any request is read says it too.
        let refusals: [Refusal] = [.full, .tooManyFromThere, .slowHead, .largeHead, .malformed]
        for refusal in refusals {
            let said = String(buffer: refusal.bytes(isSecure: true))
            #expect(said.contains("Strict-Transport-Security: max-age=63072000; includeSub"))
            #expect(said.contains("X-Content-Type-Options: nosniff"))
            #expect(said.contains("frame-ancestors 'none'"))
            let plain = String(buffer: refusal.bytes(isSecure: false))
            #expect(!plain.contains("Strict-Transport-Security"))
            let body = plain.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
            #expect(plain.contains("Content-Length: \(body.utf8.count)\r\n"))
        }
    }

    @Test func `tells htmx to go where a redirect points`() async throws {
        var headers = ours
        headers[HTTPField.Name("hx-request")!] = "true"
        let reply = try await ask(.post, "/w/editor/notes", headers, body: "text=Hi")
        #expect(reply.status == .noContent)
        #expect(reply.headers[HTTPField.Name("hx-redirect")!] == "/w/x/Hi")
    }

    @Test func `names every bad field at once and refuses unknown ones`() async throws {
        let reply = try await ask(
            .post, "/api/v1/workspaces/editor/notes", json(),
            body: #"{"text":"","stars":9,"isPinned":true,"colour":"red"}"#)
        #expect(reply.status == .unprocessableContent)
        let problem = try JSONDecoder().decode(
            JSONValue.self, from: Data(reply.body.readableBytesView))
        guard case .object(let members) = problem, case .object(let fields)? = members["fields"]
        else {
            Issue.record("not a problem document")
            return
        }
        #expect(Set(fields.keys) == ["text", "stars", "colour"])
    }

    @Test(arguments: ["", "{", "[1,2]", "null", String(repeating: "[", count: 4000)])
    func `refuses bodies that are no JSON object`(body: String) async throws {
        let reply = try await ask(.post, "/api/v1/workspaces/editor/notes", json(), body: body)
        #expect(reply.status == .unprocessableContent)
    }

    @Test func `creates through the API with a token`() async throws {
        let reply = try await ask(
            .post, "/api/v1/workspaces/editor/notes", json(),
            body: #"{"text":"Hi","isPinned":false}"#)
        #expect(reply.status == .created)
        #expect(String(buffer: reply.body) == #"{"text":"Hi"}"#)
    }

    @Test func `refuses an unknown token even beside a good cookie`() async throws {
        var headers = json("Bearer tl_bad")
        headers[.cookie] = signedIn
        let reply = try await ask(
            .post, "/api/v1/workspaces/editor/notes", headers,
            body: #"{"text":"Hi","isPinned":false}"#)
        #expect(reply.status == .unauthorized)
    }

    @Test func `repeats the first answer for the same idempotency key`() async throws {
        let app = try Application(router: SmallSite().site.router())
        var headers = json()
        headers[HTTPField.Name("idempotency-key")!] = "k1"
        let sent = headers
        try await app.test(.router) { client in
            let path = "/api/v1/workspaces/editor/notes"
            let first = #"{"text":"One","isPinned":false}"#
            for _ in 0..<2 {
                let reply = try await client.execute(
                    uri: path, method: .post, headers: sent, body: ByteBuffer(string: first))
                #expect(String(buffer: reply.body) == #"{"text":"One"}"#)
            }
            let other = try await client.execute(
                uri: path, method: .post, headers: sent,
                body: ByteBuffer(string: #"{"text":"Two","isPinned":false}"#))
            #expect(other.status == .conflict)
        }
    }

    @Test func `says which methods an address takes`() async throws {
        let reply = try await ask(.delete, "/api/v1/workspaces/editor/notes")
        #expect(reply.status == .methodNotAllowed)
        #expect(reply.headers[.allow] == "POST")
        #expect(try await ask(.get, "/nowhere").status == .notFound)
    }

    @Test func `refuses a body over the limit`() async throws {
        let reply = try await ask(
            .post, "/api/v1/workspaces/editor/notes", json(),
            body: String(repeating: "x", count: 1_200_000))
        #expect(reply.status == .contentTooLarge)
    }

    @Test func `hands a rotated secret to the browser with the strictest cookie`() async throws {
        let plain = try await ask(.get, "/w/viewer/notes", [.cookie: "throughline=session-old"])
        #expect(plain.headers[.setCookie]?.contains("throughline=session-new; Path=/") == true)
        let secure = try await ask(
            .get, "/w/viewer/notes", [.cookie: "__Host-throughline=session-old"], https: true)
        let cookie = secure.headers[.setCookie] ?? ""
        #expect(cookie.hasPrefix("__Host-throughline=session-new"))
        #expect(cookie.contains("Secure") && cookie.contains("HttpOnly"))
        #expect(secure.headers[.strictTransportSecurity] != nil)
    }

    @Test func `describes the API in OpenAPI 3.1`() async throws {
        let reply = try await ask(.get, "/api/openapi.json")
        let text = String(buffer: reply.body)
        #expect(text.contains(#""openapi":"3.1.0""#))
        #expect(text.contains(#""operationId":"createNote""#))
        #expect(text.contains(#""additionalProperties":false"#))
    }
}

/// The name of a header field that the library has no constant for.
func fieldName(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) names no field") }
    return name
}
