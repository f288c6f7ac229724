import People
import Safekeeping
import Web
import WebPeople

extension Pages {
    /// What is wrong with the backups, for those who may do something about it.
    static func backupTrouble(
        _ backups: BackupDesk, _ place: Membership
    ) async throws -> String? {
        guard Policy.allows(place.role, .manageWorkspace), !place.isDemo else { return nil }
        return try await backups.trouble()
    }

    /// The same among what needs people.
    var backupTrouble: HomeCards.Lines {
        { request in
            guard let trouble = try await Self.backupTrouble(backups, request.workspace) else {
                return []
            }
            return [
                HomeLine(
                    "Look after the backups", href: "/w/\(request.workspace.slug)/settings/backups",
                    detail: trouble, chip: Chip("Backup", .alert, icon: "tabler-alert-triangle"))
            ]
        }
    }
}
