/// A failure a person can do something about; the only form in which errors leave the program.
///
/// Pages show it, the API sends it as `application/problem+json` (RFC 9457), and the command line
/// prints it and exits with a code that follows from `kind`.
package struct Problem: Error, Sendable, Hashable {
    /// The class of the failure; decides the HTTP status and the exit code.
    package enum Kind: String, Sendable, CaseIterable {
        case invalid
        case unauthenticated
        case forbidden
        case notFound
        case conflict
        case tooLarge
        case tooMany
        case unavailable
        case broken
    }

    package var kind: Kind
    /// A stable dotted code for programs: `publishing.approval-needed`.
    package var code: String
    /// One or two plain sentences: what is wrong and what to do.
    package var message: String
    /// Messages for single inputs, by field name.
    package var fields: [String: String]
    /// Seconds to wait before trying again, where that helps.
    package var retryAfterSeconds: Int?

    package init(
        _ kind: Kind, code: String, _ message: String, fields: [String: String] = [:],
        retryAfterSeconds: Int? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.fields = fields
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Where the code is explained: a path on this server.
    package var docURL: String { "/docs/problems#\(code)" }

    /// The HTTP status that says the same.
    package var httpStatus: Int {
        switch kind {
        case .invalid: 422
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        case .conflict: 409
        case .tooLarge: 413
        case .tooMany: 429
        case .unavailable: 503
        case .broken: 500
        }
    }

    /// The process exit code that says the same (sysexits.h).
    package var exitCode: Int32 {
        switch kind {
        case .invalid, .tooLarge: 65
        case .unauthenticated, .forbidden: 77
        case .notFound: 66
        case .conflict: 73
        case .tooMany, .unavailable: 75
        case .broken: 70
        }
    }
}

/// An error that knows how to present itself to people.
package protocol Presentable: Error {
    var problem: Problem { get }
}

extension Problem: Presentable {
    package var problem: Problem { self }
}

extension Problem {
    /// The problem to show for any error; unknown errors reveal nothing.
    package static func presenting(_ error: any Error) -> Problem {
        if let presentable = error as? any Presentable { return presentable.problem }
        return Problem(
            .broken, code: "internal",
            "Something went wrong on our side. It has been logged; please try again.")
    }

    /// The answer for anything that does not exist or that the caller may not know to exist.
    package static func notFound(_ what: String) -> Problem {
        Problem(.notFound, code: "not-found", "There is no such \(what), or you cannot see it.")
    }

    /// The answer for one bad input.
    package static func invalid(_ field: String, _ message: String) -> Problem {
        Problem(.invalid, code: "invalid-input", message, fields: [field: message])
    }
}
