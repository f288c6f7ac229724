package import Kernel

/// What can go wrong on the practice network, with what to do about it.
package enum PracticeError: Error, Sendable, Hashable, Presentable {
    case token
    case scope
    case gone
    case text
    case tooLong(limit: Int)
    case pictures(limit: Int)
    case picture
    case handle
    case handleTaken
    case visitor
    case tooMany(seconds: Int)
    case client
    case program
    case proof
    case grant

    package var problem: Problem {
        switch self {
        case .token:
            Problem(.unauthenticated, code: "practice.token", "The access token is invalid")
        case .scope:
            Problem(
                .forbidden, code: "practice.scope",
                "This action is outside the authorized scopes")
        case .gone: Problem(.notFound, code: "practice.gone", "Record not found")
        case .text:
            Problem(
                .invalid, code: "practice.text", "Validation failed: Text can't be blank",
                fields: ["text": "Write something."])
        case .tooLong(let limit):
            Problem(
                .invalid, code: "practice.length",
                "Validation failed: Text character limit of \(limit) exceeded",
                fields: ["text": "At most \(limit) characters."])
        case .pictures(let limit):
            Problem(
                .invalid, code: "practice.pictures",
                "Validation failed: Cannot attach more than \(limit) files")
        case .picture:
            Problem(
                .invalid, code: "practice.picture",
                "Validation failed: File is missing or not a JPEG, PNG, GIF or WebP picture")
        case .handle:
            Problem(
                .invalid, code: "practice.handle",
                "An account name has up to 30 letters a to z, digits and underscores.",
                fields: ["handle": "Up to 30 letters a to z, digits and underscores."])
        case .handleTaken:
            Problem(
                .conflict, code: "practice.handle-taken",
                "Somebody else has this account. Choose another name.",
                fields: ["handle": "Somebody else has this account."])
        case .visitor:
            Problem(
                .invalid, code: "practice.visitor", "Give the visitor a name of up to 60 letters.",
                fields: ["name": "Give the visitor a name of up to 60 letters."])
        case .tooMany(let seconds):
            Problem(
                .tooMany, code: "practice.too-many", "Too many requests",
                retryAfterSeconds: seconds)
        case .client:
            Problem(
                .invalid, code: "practice.client",
                "This app or its address is not registered here. Start again in the app.")
        case .program:
            Problem(
                .invalid, code: "practice.program", "Say which program is to end: send its client.",
                fields: ["client": "The program's client identifier."])
        case .proof:
            Problem(
                .invalid, code: "practice.proof",
                "This app did not send the proof key that this network asks for: code_challenge "
                    + "with code_challenge_method=S256 (PKCE, RFC 7636). Use an app that does.")
        case .grant:
            Problem(.invalid, code: "practice.grant", "The code is spent or belongs elsewhere.")
        }
    }
}
