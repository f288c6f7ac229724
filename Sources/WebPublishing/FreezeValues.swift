import Channels
import Kernel
import Planning
import Publishing
import Web

/// What is to stand still.
struct FreezeInput: APIValue {
    let channel: ChannelID?
    let initiative: InitiativeID?
    let reason: String?

    static let schema = Schema.object(
        "FreezeInput",
        [
            .optional("channel", .id("Only this channel.")),
            .optional("initiative", .id("Only the posts of this initiative.")),
            .optional("reason", .text("Why, for everybody who wonders.", max: 500)),
        ])

    func scope() throws(Problem) -> Freeze.Scope {
        switch (channel, initiative) {
        case (nil, nil): return .workspace
        case (let channel?, nil): return .channel(channel)
        case (nil, let initiative?): return .initiative(initiative)
        case (.some, .some):
            throw .invalid("initiative", "Name a channel or an initiative, not both.")
        }
    }
}

/// Why everything stops at once.
struct FreezeEverythingInput: APIValue {
    let reason: String?

    static let schema = Schema.object(
        "FreezeEverythingInput",
        [.optional("reason", .text("Why, for everybody who wonders.", max: 500))])
}

/// A freeze as the API answers it.
struct FreezeAnswer: APIValue {
    let id: FreezeID
    let workspace: String
    let scope: String
    let channel: ChannelID?
    let initiative: InitiativeID?
    let name: String?
    let reason: String
    let beganAt: Instant
    let beganBy: String
    let liftedAt: Instant?
    let liftedBy: String?

    init(_ freeze: Freeze) {
        id = freeze.id
        workspace = freeze.workspace.text
        switch freeze.scope {
        case .workspace: (scope, channel, initiative) = ("workspace", nil, nil)
        case .channel(let id): (scope, channel, initiative) = ("channel", id, nil)
        case .initiative(let id): (scope, channel, initiative) = ("initiative", nil, id)
        }
        name = freeze.name
        reason = freeze.reason
        beganAt = freeze.beganAt
        beganBy = freeze.beganBy
        liftedAt = freeze.liftedAt
        liftedBy = freeze.liftedBy
    }

    static let schema = Schema.object(
        "Freeze",
        [
            .required("id", .id()), .required("workspace", .id()),
            .required("scope", .string(allowed: ["workspace", "channel", "initiative"])),
            .optional("channel", .id()), .optional("initiative", .id()),
            .optional("name", .string(description: "The channel's or initiative's name.")),
            .required("reason", .string()), .required("beganAt", .instant()),
            .required("beganBy", .string()), .optional("liftedAt", .instant()),
            .optional("liftedBy", .string()),
        ])
}

/// A freeze with what it has made late.
struct FreezeSheetAnswer: APIValue {
    let freeze: FreezeAnswer
    let late: [PublicationLineAnswer]

    static let schema = Schema.object(
        "FreezeSheet",
        [
            .required("freeze", FreezeAnswer.schema),
            .required("late", .array(of: PublicationLineAnswer.schema)),
        ])
}

/// The end of a freeze: what becomes of each late post.
struct ResumeInput: APIValue {
    /// What a person can want of a late post.
    enum What: String, Codable, Sendable, CaseIterable {
        case publishNow
        case move
        case leave
        /// Decide later; it waits among what needs people.
        case wait
    }

    struct Choice: APIValue {
        let publication: PublicationID
        let what: What
        let dueLocal: LocalTime?
        let zone: Zone?

        static let schema = Schema.object(
            "ResumeChoice",
            [
                .required("publication", .id()), .required("what", .oneOf(What.self)),
                .optional("dueLocal", .localTime("The new time, to move it.")),
                .optional("zone", .zone("Absent: the workspace's.")),
            ])
    }

    let choices: [Choice]?

    static let schema = Schema.object(
        "ResumeInput",
        [
            .optional(
                "choices",
                .array(
                    of: Choice.schema, maxCount: 500,
                    description: "What is not named waits among what needs people."))
        ])

    func decisions(
        in zone: Zone
    ) throws(Problem) -> [PublicationID: FreezeDesk.Choice] {
        var decisions: [PublicationID: FreezeDesk.Choice] = [:]
        for (index, choice) in (choices ?? []).enumerated() {
            switch choice.what {
            case .publishNow: decisions[choice.publication] = .publishNow
            case .leave: decisions[choice.publication] = .leave
            case .wait: break
            case .move:
                guard let local = choice.dueLocal else {
                    throw .invalid("choices.\(index).dueLocal", "Choose the new day and time.")
                }
                decisions[choice.publication] = .move(Due(local, in: choice.zone ?? zone))
            }
        }
        return decisions
    }
}

/// What came of the end of a freeze.
struct ResumeAnswer: APIValue {
    struct Refusal: APIValue {
        let publication: PublicationID
        let message: String

        static let schema = Schema.object(
            "ResumeRefusal",
            [.required("publication", .id()), .required("message", .string())])
    }

    let freeze: FreezeAnswer
    /// What could not be done; those posts keep waiting for a person.
    let refused: [Refusal]

    static let schema = Schema.object(
        "ResumeAnswer",
        [
            .required("freeze", FreezeAnswer.schema),
            .required("refused", .array(of: Refusal.schema)),
        ])
}

/// What happens to late posts; both absent: the wider rule counts.
struct LatePolicyInput: APIValue {
    let afterMinutes: Int?
    let action: LatePolicy.Action?

    static let schema = Schema.object(
        "LatePolicyInput",
        [
            .optional(
                "afterMinutes",
                .integer(minimum: 1, maximum: 43_200, description: "From when it is too late.")),
            .optional(
                "action",
                .oneOf(LatePolicy.Action.self, "Absent: the wider rule counts again.")),
        ])

    func policy() throws(Problem) -> LatePolicy? {
        guard let action else { return nil }
        guard let afterMinutes else {
            throw .invalid("afterMinutes", "Say from how many minutes on it is too late.")
        }
        return LatePolicy(after: .minutes(Int64(afterMinutes)), action: action)
    }
}

/// What was chosen for exactly this; both absent: the wider rule counts.
struct LatePolicyAnswer: APIValue {
    let afterMinutes: Int?
    let action: LatePolicy.Action?

    init(_ policy: LatePolicy?) {
        afterMinutes = policy.map { Int($0.after.inSeconds / 60) }
        action = policy?.action
    }

    static let schema = Schema.object(
        "LatePolicy",
        [
            .optional("afterMinutes", .integer()),
            .optional("action", .oneOf(LatePolicy.Action.self)),
        ])
}
