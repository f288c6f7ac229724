import Kernel
import Networks

extension MastodonAPI {
    /// What this program asks for when it is connected, as far as publishing needs it.
    static let neededToPublish = ["write:statuses", "write:media"]

    /// Whether the server accepts the token, what it allows, and whether the account is free.
    func standing(_ access: Access) async throws(NetworkFailure) -> AccountStanding {
        let account = try await calls.json(
            MastodonValues.Standing.self,
            request("GET", "/api/v1/accounts/verify_credentials", access), .repeatable)
        var standing = AccountStanding()
        if account.suspended == true {
            standing.restriction = "\(calls.network.name) has suspended this account."
        }
        // Only newer servers tell the scopes of a token; from others nothing follows.
        let app = try? await calls.json(
            MastodonValues.AppStanding.self,
            request("GET", "/api/v1/apps/verify_credentials", access), .repeatable)
        if let scopes = app?.scopes, !scopes.isEmpty {
            standing.missingRights = Self.missing(from: scopes)
        }
        return standing
    }

    /// The rights that publishing needs and `scopes` do not hold; `write` holds all of its kind.
    static func missing(from scopes: [String]) -> [String] {
        neededToPublish.filter { right in
            let whole = right.prefix { $0 != ":" }
            return !scopes.contains(right) && !scopes.contains(String(whole))
        }
    }
}

extension MastodonValues {
    struct Standing: Decodable {
        let suspended: Bool?
    }

    struct AppStanding: Decodable {
        let scopes: [String]?
    }
}
