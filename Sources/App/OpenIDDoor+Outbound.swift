import Foundation
import Kernel
import Outbound
import People

extension OpenIDDoor {
    /// The door that the settings describe, through the guard of outgoing connections.
    static func open(
        _ settings: ServerSettings, _ outbound: OutboundClient, _ surroundings: Surroundings
    ) -> OpenIDDoor? {
        guard let provider = settings.openID else { return nil }
        return OpenIDDoor(
            provider: provider, surroundings: surroundings, rigour: settings.signInRigour
        ) {
            method, url, headers, body in
            do {
                let answer = try await outbound.send(
                    OutboundRequest(
                        method, url, headers: headers, body: body, deadline: .seconds(10),
                        maxBytes: 256 << 10))
                return (answer.status, answer.body)
            } catch {
                throw PeopleError.openID(
                    .unavailable(Problem.presenting(error).message), provider.name)
            }
        }
    }
}
