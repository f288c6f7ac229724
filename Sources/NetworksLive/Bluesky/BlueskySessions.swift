import Foundation
import Kernel
import Networks

/// The newest tokens of accounts in use, so that steps of one job share a refreshed session.
actor BlueskySessions {
    private var newest: [String: Credentials] = [:]

    /// The credentials to use: those given, unless this process has renewed them since.
    func current(_ access: Access) -> Credentials {
        guard let known = newest[key(access)], let expiry = known.expiresAt,
            expiry > access.credentials.expiresAt ?? Instant(milliseconds: 0)
        else { return access.credentials }
        return known
    }

    func keep(_ credentials: Credentials, of access: Access) {
        newest[key(access)] = credentials
    }

    /// Forgets a session that has ended, unless another one of the account is in use.
    func forget(_ access: Access) {
        guard newest[key(access)]?.refreshToken == access.credentials.refreshToken else { return }
        newest[key(access)] = nil
    }

    /// One for each sign-in: another workspace, or one that followed, has an app password of its own.
    private func key(_ access: Access) -> String {
        "\(access.server) \(access.accountID) \(access.connectedAt?.milliseconds ?? 0)"
    }
}

/// Reads what a token says about itself; nothing is trusted, it only saves a refused call.
enum TokenClaims {
    /// When a JWT ends; nil for anything else.
    static func expiry(of token: String) -> Instant? {
        let parts = token.split(separator: ".")
        guard parts.count == 3 else { return nil }
        var base64 = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        struct Claims: Decodable { let exp: Int64? }
        guard let data = Data(base64Encoded: String(base64)),
            let claims = try? JSONDecoder().decode(Claims.self, from: data)
        else { return nil }
        // Another server's number: what is beyond the year 9999 is no time.
        guard let end = claims.exp, (0..<253_402_300_800).contains(end) else { return nil }
        return Instant(milliseconds: end * 1000)
    }
}
