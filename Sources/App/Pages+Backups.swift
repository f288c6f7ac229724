import People
import Safekeeping
import Web
import WebPeople

extension Pages {
    /// What is wrong with the backups, for those who may do something about it.
    ///
    /// They are everybody's, so that they concern the owners of the first workspace only.
    static func backupTrouble(
        _ backups: BackupDesk, _ people: PeopleDesk, _ place: Membership
    ) async throws -> String? {
        guard place.role == .owner, !place.isDemo,
            try await people.isInstallation(place.workspace)
        else { return nil }
        return try await backups.trouble()
    }

    /// The same among what needs people.
    var backupTrouble: HomeCards.Lines {
        { request in
            guard
                let trouble = try await Self.backupTrouble(
                    backups, desks.people, request.workspace)
            else { return [] }
            return [
                HomeLine(
                    "Look after the backups", href: "/w/\(request.workspace.slug)/settings/backups",
                    detail: trouble, chip: Chip("Backup", .alert, icon: "tabler-alert-triangle"))
            ]
        }
    }
}
