package import Kernel
import People

/// The one answer to who owns the installation: an owner of its first workspace that is no demo.
///
/// Owning some other workspace is not enough: whoever is given one could otherwise hold everybody's
/// posts or erase everybody's accounts.
package struct InstallationDoor: Sendable {
    private let owns: @Sendable (PersonID) async throws -> Bool

    package init(owns: @escaping @Sendable (PersonID) async throws -> Bool) { self.owns = owns }

    /// Whether whoever sends the request owns the installation, and a token may act as such.
    package func isOpen(to request: WebRequest) async throws -> Bool {
        guard let caller = request.caller, caller.tokenAllows?(.manageWorkspace) ?? true else {
            return false
        }
        return try await owns(caller.person)
    }

    /// Refuses everybody but the installation's owner.
    package func require(_ request: WebRequest) async throws {
        guard try await isOpen(to: request) else {
            throw Problem(
                .forbidden, code: "access.installation",
                "This is for the owner of the installation: whoever owns its first workspace.")
        }
    }
}
