package import Kernel

/// What a person can do about a post that did not do what they asked.
package enum PublishingError: Error, Sendable, Hashable {
    /// What was asked for.
    package enum Verb: String, Sendable {
        case edit
        case askApproval
        case approve
        case wantChanges
        case schedule
        case unschedule
        case settle
        case delete
        case remove
    }

    case noSuchPost
    case noSuchPublication
    case noSuchPicture
    case noSuchChannel
    case noSuchFreeze
    /// Nobody waits that long, or that short.
    case latePolicy
    /// The publication is too far along for that.
    case cannot(Verb, in: Delivery.State)
    /// Somebody edited it since the approver looked.
    case changedSinceSeen
    /// Somebody else saved in the meantime.
    case changedMeanwhile
    case approvalNeeded
    /// Who wrote a post does not approve it while others can.
    case ownWork
    case inThePast
    /// The plan item's brief lacks these answers.
    case briefIncomplete([String])
    /// The content breaks these rules of a network.
    ///
    /// A post with a due time keeps it only while its network would take it.
    case rulesBroken(channel: String, [String], isPlanned: Bool = false)
    case noChannels
    case nothingToSay
    case notAPicture
    case pictureTooLarge(bytes: Int)
    case tooManyPictures(Int)
    case textTooLong
    /// The address given for a post published by hand is not a web address.
    case addressNeeded
    /// The network says that the address is no post of this account.
    case notOurPost
    /// Another publication is known to be that post.
    case knownElsewhere
    case unknownZone
    /// The link to one's phone is wrong or was used.
    case handLinkOver
    /// Only what went out through a connected account can be taken back from here.
    case notRemovable
    case approverName
    case approvalLinkDays
    case nothingToApprove
    case approvalLinkUnknown
    case approvalLinkUsed
    /// It was revoked or has run out; who made it can make another.
    case approvalLinkOver(String)
    /// The post is another one now.
    case approvalLinkVoid(String)
    case whatToChange
}

extension PublishingError: Presentable {
    package var problem: Problem {
        switch self {
        case .noSuchPost, .noSuchPublication: Problem.notFound("post")
        case .noSuchPicture: Problem.notFound("picture")
        case .noSuchChannel: Problem.notFound("channel")
        case .noSuchFreeze: Problem.notFound("freeze")
        case .latePolicy:
            Problem.invalid("afterMinutes", "Choose a time from one minute to 30 days.")
        case .cannot(let verb, let state):
            Problem(
                .conflict, code: "publishing.state",
                "\(verb.cannotText) because it is \(state.words). "
                    + "Reload the page to see where it stands.")
        case .ownWork:
            Problem(
                .forbidden, code: "publishing.own-work",
                "You wrote this, so somebody else approves it. Ask another approver.")
        case .changedSinceSeen:
            Problem(
                .conflict, code: "publishing.changed-since-seen",
                "The text was changed after you opened it. Read the new version, then approve.")
        case .changedMeanwhile:
            Problem(
                .conflict, code: "publishing.changed-meanwhile",
                "Somebody else saved this post while you were writing. Copy your text, reload, "
                    + "and add it again.")
        case .approvalNeeded:
            Problem(
                .conflict, code: "publishing.approval-needed",
                "This post needs an approval before it can be scheduled. Ask for one.")
        case .inThePast:
            Problem(
                .invalid, code: "publishing.past",
                "That time has passed. Choose a later one, or publish now.",
                fields: ["dueLocal": "Choose a later time."])
        default: contentProblem
        }
    }

    private var contentProblem: Problem {
        switch self {
        case .briefIncomplete(let missing):
            Problem(
                .conflict, code: "publishing.brief-incomplete",
                "The brief does not yet say \(Self.listed(missing)). Answer that, then schedule.")
        case .rulesBroken(let channel, let problems, let isPlanned):
            Problem(
                .invalid, code: "publishing.rules",
                "\(channel) would refuse this: " + problems.joined(separator: " ")
                    + (isPlanned
                        ? " The post has a due time, so nothing was saved: put that right, or take "
                            + "it off the calendar first." : ""))
        case .noChannels:
            Problem(
                .invalid, code: "publishing.no-channels",
                "Choose at least one channel to publish on.",
                fields: ["variants": "Choose a channel."])
        case .nothingToSay:
            Problem(
                .invalid, code: "publishing.empty",
                "There is nothing to publish yet: write a text or add a picture.",
                fields: ["text": "Write something."])
        case .notAPicture:
            Problem(
                .invalid, code: "publishing.not-a-picture",
                "That file is not a JPEG, PNG, WebP or GIF picture, whatever its name says.")
        case .pictureTooLarge(let bytes):
            Problem(
                .tooLarge, code: "publishing.picture-too-large",
                "That picture is larger than \(bytes / 1_000_000) MB. Make a smaller copy.")
        case .tooManyPictures(let most):
            Problem(
                .invalid, code: "publishing.too-many-pictures",
                "A post holds at most \(most) pictures. Remove one first.")
        case .textTooLong:
            Problem(
                .invalid, code: "publishing.text-too-long",
                "No network takes a text that long. Shorten it.", fields: ["text": "Shorten it."])
        case .addressNeeded:
            Problem(
                .invalid, code: "publishing.address-needed",
                "Paste the address of the published post; it starts with https://.",
                fields: ["address": "Paste the address of the post."])
        case .notOurPost:
            Problem.invalid(
                "address",
                "That address is no post of this account. Open the post over there and copy its "
                    + "address.")
        case .knownElsewhere:
            Problem.invalid(
                "address",
                "Another post here is already known to be that one. Copy the address of this one.")
        case .unknownZone:
            Problem(
                .invalid, code: "publishing.zone",
                "That time zone is unknown. Use a name such as Europe/Berlin.",
                fields: ["zone": "Use a name such as Europe/Berlin."])
        case .notRemovable:
            Problem(
                .conflict, code: "publishing.not-removable",
                "This post did not go out through a connected account, so it cannot be deleted "
                    + "from here. Open it on the network and delete it there.")
        case .handLinkOver:
            Problem(
                .notFound, code: "publishing.hand-link",
                "This link no longer works: the post was published or taken off the calendar.")
        default: linkProblem
        }
    }

    private var linkProblem: Problem {
        switch self {
        case .approverName:
            Problem.invalid("approver", "Write whom the link is for, in 1 to 80 characters.")
        case .approvalLinkDays:
            Problem.invalid("days", "Let the link work for 1 to 30 days.")
        case .nothingToApprove:
            Problem(
                .conflict, code: "publishing.nothing-to-approve",
                "Nothing of this post waits for an approval. Edit it first, or leave it as it is.")
        case .approvalLinkUnknown:
            Problem(
                .notFound, code: "publishing.approval-link-unknown",
                "This link is not known here. Check that it was copied whole, or ask for a new one."
            )
        case .approvalLinkUsed:
            Problem(
                .conflict, code: "publishing.approval-link-used",
                "This link was used already, and it counts once. Ask for a new one to decide again."
            )
        case .approvalLinkOver(let who):
            Problem(
                .conflict, code: "publishing.approval-link-over",
                "This link was taken back or has run out. Ask \(who) for a new one.")
        case .approvalLinkVoid(let who):
            Problem(
                .conflict, code: "publishing.approval-link-void",
                "The post was changed or decided after this link was made, so nothing was decided "
                    + "by it. Ask \(who) for a new link.")
        case .whatToChange:
            Problem.invalid("note", "Write what should change.")
        default: Problem.notFound("post")
        }
    }

    static func listed(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension PublishingError.Verb {
    var cannotText: String {
        switch self {
        case .edit: "It can no longer be edited"
        case .askApproval: "Approval cannot be asked for"
        case .approve: "It cannot be approved"
        case .wantChanges: "It cannot be sent back"
        case .schedule: "It cannot be scheduled"
        case .unschedule: "It cannot be taken off the calendar"
        case .settle: "There is nothing to settle"
        case .delete: "It cannot be deleted"
        case .remove: "There is nothing to delete on the network"
        }
    }
}

extension Delivery.State {
    /// The state in words people read.
    package var words: String {
        switch self {
        case .draft: "a draft"
        case .inReview: "waiting for approval"
        case .approved: "approved"
        case .scheduled: "scheduled"
        case .preparing: "getting ready"
        case .sending: "being sent"
        case .published: "published"
        case .refused: "refused by the network"
        case .doubtful: "being checked"
        case .needsPerson: "waiting for a person"
        }
    }

    /// The state as a chip says it.
    package var label: String {
        switch self {
        case .draft: "Draft"
        case .inReview: "In review"
        case .approved: "Approved"
        case .scheduled: "Scheduled"
        case .preparing: "Getting ready"
        case .sending: "Sending"
        case .published: "Published"
        case .refused: "Refused"
        case .doubtful: "Checking"
        case .needsPerson: "Needs you"
        }
    }
}
