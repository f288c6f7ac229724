import Kernel
import People
import Safekeeping
import Web

/// Whether this installation publishes, and why not.
struct InstanceAnswer: APIValue {
    let id: String
    let isHeld: Bool
    let cause: Hold.Cause?
    let why: String?
    let heldAt: Instant?
    let confirmedAt: Instant?
    let confirmedBy: String?

    init(_ standing: InstanceDesk.Standing) {
        id = standing.id
        isHeld = standing.hold != nil
        cause = standing.hold?.cause
        why = standing.hold?.why
        heldAt = standing.hold?.at
        confirmedAt = standing.confirmedAt
        confirmedBy = standing.confirmedBy
    }

    static let schema = Schema.object(
        "Instance",
        [
            .required("id", .string()), .required("isHeld", .boolean()),
            .optional("cause", .oneOf(Hold.Cause.self)), .optional("why", .string()),
            .optional("heldAt", .instant()), .optional("confirmedAt", .instant()),
            .optional("confirmedBy", .string()),
        ])
}

extension Pages {
    /// What every page says while nothing leaves.
    static func sentence(_ hold: Hold) -> String {
        hold.cause == .byHand
            ? "Publishing is held: \(hold.why)."
            : "Publishing is held, because \(hold.why). Nothing leaves until an owner says which "
                + "one publishes."
    }

    var instanceRoutes: [Route] {
        let read = Endpoint(
            .get, "/instance", id: "getInstance",
            "Whether this installation publishes, and why not.", tag: "Instance", access: .signedIn
        ) { (_: Call<Nothing>) in
            InstanceAnswer(try await desks.floor.instance.standing())
        }
        let confirm = Endpoint(
            .post, "/instance/confirmation", id: "confirmInstance",
            "Says that this installation is the one that publishes.", tag: "Instance",
            access: .signedIn
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            try await desks.confirmInstance(by: call.principal)
            return InstanceAnswer(try await desks.floor.instance.standing())
        }
        let hold = Endpoint(
            .post, "/instance/hold", id: "holdInstance",
            "Sends nothing from this installation until somebody confirms it.", tag: "Instance",
            access: .signedIn
        ) { (call: Call<Nothing>) in
            try await door.require(call.request)
            try await desks.holdInstance(by: call.principal)
            return InstanceAnswer(try await desks.floor.instance.standing())
        }
        return [
            read.route, confirm.route, hold.route,
            confirm.action("/instance/confirmation") { _, _ in
                Reply.redirect(to: "/").toast("This is the one that publishes.")
            },
            hold.action("/instance/hold") { _, _ in
                Reply.redirect(to: "/").toast("Nothing leaves until somebody confirms.")
            },
        ]
    }

    /// Who owns the installation, asked in one place.
    var door: InstallationDoor {
        InstallationDoor { [people = desks.people] in try await people.ownsInstallation($0) }
    }
}
