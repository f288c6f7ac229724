package import Foundation
package import Kernel

/// What a handler answers.
package struct Reply: Sendable {
    /// What is sent after the headers.
    package enum Body: Sendable {
        case empty
        case bytes(Data)
        /// Server-sent events or another long answer; never compressed.
        case stream(AsyncStream<Data>)
    }

    package var status: Int
    /// Lower-case names.
    package var headers: [String: String]
    package var cookies: [String]
    package var body: Body
    /// A short message for the page that a redirect leads to, encoded for a cookie.
    var message: String?

    package init(
        status: Int = 200, headers: [String: String] = [:], cookies: [String] = [],
        body: Body = .empty
    ) {
        self.status = status
        self.headers = headers
        self.cookies = cookies
        self.body = body
    }

    /// A page or a fragment of one.
    package static func html(_ text: String, status: Int = 200) -> Reply {
        Reply(
            status: status,
            headers: ["content-type": "text/html; charset=utf-8", "cache-control": "no-store"],
            body: .bytes(Data(text.utf8)))
    }

    /// Answers JSON that is already encoded.
    package static func json(_ data: Data, status: Int = 200) -> Reply {
        Reply(
            status: status,
            headers: ["content-type": "application/json", "cache-control": "no-store"],
            body: .bytes(data))
    }

    /// Sends the browser to another page after a change.
    package static func redirect(to path: String) -> Reply {
        Reply(status: 303, headers: ["location": path, "cache-control": "no-store"])
    }

    /// A file to download or show.
    package static func file(
        _ data: Data, type: String, downloadName: String? = nil, cache: String = "private, no-cache"
    ) -> Reply {
        var headers = ["content-type": type, "cache-control": cache]
        if let downloadName {
            let safe = downloadName.filter {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
            }
            headers["content-disposition"] = "attachment; filename=\"\(safe)\""
        }
        return Reply(headers: headers, body: .bytes(data))
    }

    /// Shows a short message after the change; with `undo`, a button that takes it back.
    package func toast(_ message: String, undo: String? = nil) -> Reply {
        var reply = self
        var detail = ["message": message]
        if let undo { detail["undo"] = undo }
        let json = (try? JSON.text(["toast": detail])) ?? "{}"
        reply.headers["hx-trigger"] = Self.asciiJSON(json)
        // A redirect loses response headers, so the message also travels in a short-lived cookie
        // that the page's script reads and clears.
        if status == 303,
            let encoded = Self.asciiJSON(json).addingPercentEncoding(
                withAllowedCharacters: .alphanumerics)
        {
            reply.message = encoded
        }
        return reply
    }

    /// Header values are ASCII; JSON can say the rest with escapes.
    private static func asciiJSON(_ json: String) -> String {
        var out = ""
        for unit in json.utf16 {
            if unit < 0x7F {
                out.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            } else {
                let hex = String(unit, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            }
        }
        return out
    }

    /// A problem as `application/problem+json` (RFC 9457).
    package static func problem(_ problem: Problem) -> Reply {
        let document = ProblemDocument(problem)
        var headers = [
            "content-type": "application/problem+json", "cache-control": "no-store",
        ]
        if let seconds = problem.retryAfterSeconds { headers["retry-after"] = "\(seconds)" }
        if problem.kind == .unauthenticated {
            headers["www-authenticate"] = "Bearer realm=\"Throughline\""
        }
        let data = (try? JSON.encode(document)) ?? Data()
        return Reply(status: problem.httpStatus, headers: headers, body: .bytes(data))
    }
}

/// The wire form of a problem.
package struct ProblemDocument: APIValue {
    let type: String
    let title: String
    let status: Int
    let code: String
    let detail: String
    let fields: [String: String]?
    let requestID: String?

    init(_ problem: Problem) {
        type = problem.docURL
        title = problem.kind.rawValue
        status = problem.httpStatus
        code = problem.code
        detail = problem.message
        fields = problem.fields.isEmpty ? nil : problem.fields
        requestID = TraceContext.current?.spanID
    }

    package static let schema = Schema.object(
        "Problem",
        [
            .required("type", .string(description: "Where this problem is explained.")),
            .required("title", .string()),
            .required("status", .integer(minimum: 400, maximum: 599)),
            .required("code", .string(description: "A stable code for programs.")),
            .required("detail", .string(description: "What is wrong and what to do.")),
            .optional(
                "fields",
                .dictionary(of: .string(), description: "Messages for single inputs, by path.")),
            .optional(
                "requestID",
                .string(description: "Names this request in the server's log.")),
        ])
}
