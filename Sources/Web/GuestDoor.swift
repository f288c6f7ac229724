import Foundation
import Kernel
import People

/// What a route says about guests; without a word it is closed to them.
package enum GuestRule: Sendable, Hashable {
    /// It holds nothing of the workspace's content: one's own account, signals without words.
    case own
    /// The path names something that must belong to the guest's initiatives.
    case subject
    /// The path or the body names a plan item, and both must belong to the guest's initiatives.
    case writes
    /// The query names an item or an initiative of the guest's.
    case query
}

/// Something a request is about, that belongs to an initiative or does not.
package enum GuestSubject: Sendable, Hashable {
    case initiative(String)
    case item(String)
    case post(String)
    case publication(String)
    case picture(String)

    init?(_ name: String, _ text: String) {
        switch name {
        case "initiative": self = .initiative(text)
        case "item": self = .item(text)
        case "post": self = .post(text)
        case "publication": self = .publication(text)
        case "picture": self = .picture(text)
        default: return nil
        }
    }
}

/// Keeps guests to what belongs to their initiatives: the one place for pages and the API.
struct GuestDoor: Sendable {
    let identities: Identities

    /// Throws unless a guest may ask this; full members pass.
    func check(_ route: Route, _ request: WebRequest) async throws {
        guard let membership = request.membership, membership.role == .guest else { return }
        guard let pass = membership.guest, let rule = route.guests else { throw Self.outside }
        let inPath = request.parameters.compactMap { GuestSubject($0.key, $0.value) }
        switch rule {
        case .own: return
        case .subject:
            guard !inPath.isEmpty else { throw Self.outside }
        case .writes:
            guard let item = Self.bodyText("item", request), !item.isEmpty else {
                throw Problem.invalid("item", "Choose the plan item that you were invited for.")
            }
            try await require(.item(item), pass, membership)
            guard Self.bodyText("objective", request)?.isEmpty ?? true else {
                throw Problem.invalid("objective", "Guests leave the objective to the plan item.")
            }
        case .query:
            let named = request.query.pairs.compactMap { GuestSubject($0.name, $0.value) }
            guard !named.isEmpty else { throw Self.outside }
            for subject in named { try await require(subject, pass, membership) }
        }
        for subject in inPath { try await require(subject, pass, membership) }
    }

    private func require(
        _ subject: GuestSubject, _ pass: GuestPass, _ membership: Membership
    ) async throws {
        guard try await identities.belongs(subject, pass, membership.workspace) else {
            // What a guest was not invited to does not exist for them.
            throw Problem.notFound("page")
        }
    }

    /// A text of the body, sent as JSON or as a form.
    private static func bodyText(_ name: String, _ request: WebRequest) -> String? {
        guard request.header("content-type")?.hasPrefix("application/json") ?? false else {
            return request.form[name]
        }
        guard case .object(let members)? = JSONValue(request.body),
            case .string(let text)? = members[name]
        else { return nil }
        return text
    }

    private static let outside = Problem(
        .forbidden, code: "access.guest",
        "You are a guest here, and this is not part of what you were invited to. Your home page "
            + "lists what is.")
}
