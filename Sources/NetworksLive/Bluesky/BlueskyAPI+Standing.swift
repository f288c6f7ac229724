import Kernel
import Networks

extension BlueskyAPI {
    /// Whether the server accepts the session, and whether the account may publish.
    ///
    /// An app password has no end and one set of rights, so nothing more can be known.
    func standing(_ access: Access) async throws(NetworkFailure) -> AccountStanding {
        let session = try await get(
            Standing.self, "com.atproto.server.getSession", access, [])
        guard session.active == false else { return AccountStanding() }
        let why =
            switch session.status {
            case "takendown": "has taken this account down."
            case "suspended": "has suspended this account."
            case "deactivated": "says that this account is deactivated."
            default: "says that this account is not active."
            }
        return AccountStanding(restriction: "Bluesky \(why)")
    }

    private struct Standing: Decodable {
        let active: Bool?
        let status: String?
    }
}
