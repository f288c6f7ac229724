import Foundation
import Kernel

/// Another server at which people of this installation sign in (OpenID Connect).
package struct OpenIDProvider: Sendable, Hashable {
    /// Its address, exactly as it names itself.
    package let issuer: String
    package let clientID: String
    /// Absent for a public client, which PKCE alone guards.
    package let clientSecret: String?
    /// What the button says: “Sign in with …”.
    package let name: String

    package init(issuer: String, clientID: String, clientSecret: String?, name: String?) {
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.name = name ?? URL(string: issuer)?.host() ?? "your company"
    }
}

/// Why a sign-in at another server did not lead in here.
package enum OpenIDFault: Sendable, Hashable {
    /// It was cancelled or refused there.
    case refusedThere
    /// Begun in another browser, used before or too long ago.
    case spent
    /// The server cannot be reached or answers otherwise than it must.
    case unavailable(String)
    /// What it says about the person does not hold.
    case untrusted(TokenFault)
    /// It does not vouch for the e-mail address, so nobody can be found by it.
    case unverified
    /// Nobody here, and nobody invited, has this address.
    case stranger(email: String)
}

/// What is wrong with an ID token.
package enum TokenFault: String, Error, Sendable {
    case form, algorithm, key, signature, issuer, audience, time, nonce, subject
    case weakKey = "an RSA key below 3072 bits, which --strict-sign-in refuses"
}

extension OpenIDFault {
    func problem(_ name: String) -> Problem {
        switch self {
        case .refusedThere:
            Problem(
                .conflict, code: "people.open-id-refused",
                "The sign-in at \(name) was cancelled. Go back to the sign-in page to try again.")
        case .spent:
            Problem(
                .conflict, code: "people.open-id-spent",
                "This sign-in was begun elsewhere, used before or took too long. Go back to the "
                    + "sign-in page and start again.")
        case .unavailable(let why):
            Problem(
                .unavailable, code: "people.open-id-unavailable",
                "\(name) cannot be used right now: \(why)")
        case .untrusted(let fault):
            Problem(
                .forbidden, code: "people.open-id-untrusted",
                "What \(name) says about you cannot be trusted (\(fault.rawValue)), so nobody was "
                    + "signed in. Tell whoever runs this server.")
        case .unverified:
            Problem(
                .forbidden, code: "people.open-id-unverified",
                "\(name) has not verified your e-mail address, so your account cannot be found by "
                    + "it. Verify it there, or sign in with your password.")
        case .stranger(let email):
            Problem(
                .forbidden, code: "people.open-id-stranger",
                "\(email) has no account here. Ask somebody here to invite that address, then try "
                    + "again.")
        }
    }
}
