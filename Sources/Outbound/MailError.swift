package import Kernel

/// Why a message was not handed to the mail server, or a setting for mail makes no sense.
package enum MailError: Error, Sendable, Hashable {
    /// Not an address of a mail server this program can use.
    case badServer(String)
    /// Not an e-mail address, or one that mail servers of today do not all take.
    case badAddress
    /// A name that leads into the operator's own network without being allowed to.
    case refusedServer(String)
    /// Not among the only places that the operator lets this program reach.
    case notListed(String)
    case unresolved(String)
    case notConnected(String)
    /// No encrypted connection: a certificate that is not good, or no common cipher.
    case notEncrypted(String)
    /// The server offers no encryption, and secrets and messages need it.
    case noEncryption(String)
    /// The server does not take our name and password.
    case signInRefused(String)
    /// The server refuses the message for good, with its own words.
    case refused(code: Int, String)
    /// The server cannot take the message now.
    case notNow(code: Int, String)
    /// The connection was lost or the answer was too late; it may have been taken.
    case noAnswer(String)
    /// The server said something that is not SMTP, or too much.
    case notUnderstood(String)

    /// Whether trying again is useless until somebody changes something.
    package var isFinal: Bool {
        switch self {
        case .badServer, .badAddress, .refused: true
        default: false
        }
    }
}

extension MailError: Presentable {
    package var problem: Problem {
        let (kind, code, message): (Problem.Kind, String, String) =
            switch self {
            case .badServer(let why): (.invalid, "mail.server", why)
            case .badAddress:
                (.invalid, "mail.address", "Give an e-mail address of plain letters and a domain.")
            case .refusedServer(let host):
                (
                    .invalid, "mail.refused-server",
                    "\(host) leads into a private network. Allow it with --allow-address."
                )
            case .notListed(let host):
                (
                    .invalid, "mail.not-listed",
                    "The mail server \(host) is not among the only places this server may reach. "
                        + "Add it with --only-address."
                )
            case .unresolved(let host):
                (.unavailable, "mail.unresolved", "There is no mail server named \(host).")
            case .notConnected(let host):
                (.unavailable, "mail.not-connected", "The mail server \(host) cannot be reached.")
            case .notEncrypted(let host):
                (
                    .unavailable, "mail.not-encrypted",
                    "No safe connection to \(host): its certificate is not accepted."
                )
            case .noEncryption(let host):
                (
                    .unavailable, "mail.no-encryption",
                    "\(host) offers no encryption, so nothing was sent. Use smtps:// or another "
                        + "server."
                )
            case .signInRefused(let words):
                (
                    .unavailable, "mail.sign-in",
                    "The mail server does not accept the name and password: \(words)"
                )
            case .refused(let code, let words):
                (.unavailable, "mail.refused", "The mail server refuses it (\(code)): \(words)")
            case .notNow(let code, let words):
                (.unavailable, "mail.not-now", "The mail server asks to wait (\(code)): \(words)")
            case .noAnswer(let host):
                (.unavailable, "mail.no-answer", "The mail server \(host) did not answer in time.")
            case .notUnderstood(let host):
                (.unavailable, "mail.answer", "\(host) does not answer as a mail server does.")
            }
        return Problem(kind, code: code, message)
    }
}
