package import Kernel

/// Where a publication is on its way, and every decision that moves it. Pure: no clock, no store.
///
///     draft → in review → approved → scheduled → preparing → sending
///         → published | refused | doubtful → (proved) published / scheduled again / needs a person
package struct Delivery: Sendable, Hashable {
    /// The stations of the way.
    package enum State: String, Sendable, Codable, CaseIterable {
        case draft
        case inReview
        case approved
        case scheduled
        case preparing
        /// The intent is durable; whether the network has the post is unknown until it answers.
        case sending
        case published
        case refused
        /// The network may or may not have it. Never sent again before it was looked for.
        case doubtful
        case needsPerson
    }

    /// What a person is needed for.
    package enum Reason: String, Sendable, Codable, CaseIterable {
        /// The network is not connected: publish by hand and tell us the address.
        case byHand
        /// The network cannot tell whether it has the post.
        case doubtful
        /// The account's authorisation ran out.
        case reconnect
        /// The network could not be reached again and again.
        case unreachable
        /// The due time is too long ago to publish without asking.
        case tooLate
        /// Publishing stood still when its time came.
        case frozen
    }

    /// What the desk does after a decision, in the same transaction.
    package enum Action: Sendable, Hashable {
        case nothing
        /// Upload pictures ahead of time and send at the due time.
        case plan(prepare: Instant, send: Instant)
        /// Send again at this moment.
        case send(at: Instant)
        /// Look whether it is there.
        case look(at: Instant)
        /// Take planned work back.
        case cancel
        /// Too late by its own rule: off the calendar until somebody gives it a new time.
        case heldBack
        /// Tell people that one of them must act.
        case callPerson(Reason)
        /// Tell everybody that it is out.
        case announce
    }

    package var state: State
    /// What would be published now, as a digest.
    package var contentHash: String
    /// What was approved, as a digest; a different content needs a new approval.
    package var approvedHash: String?
    package var due: Due?
    package var reason: Reason?
    /// Counts sends; a worker that was overtaken can no longer write.
    package var epoch: Int
    /// Sends that failed and were certainly not accepted, since the due time was set.
    package var tries: Int
    /// Looks for a doubtful post.
    package var looks: Int
    /// Looks in a row that found it certainly absent.
    package var absences: Int
    /// Parts of a thread that are out.
    package var partsOut: Int
    package var partCount: Int
    /// When a person last said “send it now”; lateness before that is forgiven.
    package var confirmedAt: Instant?

    package init(
        state: State = .draft, contentHash: String, approvedHash: String? = nil, due: Due? = nil,
        reason: Reason? = nil, epoch: Int = 0, tries: Int = 0, looks: Int = 0, absences: Int = 0,
        partsOut: Int = 0, partCount: Int = 1, confirmedAt: Instant? = nil
    ) {
        self.state = state
        self.contentHash = contentHash
        self.approvedHash = approvedHash
        self.due = due
        self.reason = reason
        self.epoch = epoch
        self.tries = tries
        self.looks = looks
        self.absences = absences
        self.partsOut = partsOut
        self.partCount = partCount
        self.confirmedAt = confirmedAt
    }

    /// Pictures are uploaded this long before the due time, so that the last call is small.
    package static let preparationLead = Duration.minutes(5)
    /// Certain failures in a row before a person is called.
    static let mostTries = 12
    /// Looks that could not tell before a person is called.
    static let mostLooks = 6
    /// Looks before a person is called when the network cannot even be asked: about an hour.
    static let mostFailedLooks = 12
    /// How long to wait after each look that found nothing, before the next.
    ///
    /// A server may still be at work on a request whose connection is lost; together with the
    /// looks themselves half a minute passes before a post is sent again.
    static let absencePauses: [Duration] = [.seconds(10), .seconds(20)]
    /// A worker's right to send what it has announced ends after this time, well before another
    /// would send it again.
    package static let sendingRight = Duration.seconds(10)

    package var isApproved: Bool { approvedHash == contentHash }
    /// Whether the content may still change.
    package var isEditable: Bool {
        switch state {
        case .draft, .inReview, .approved, .scheduled, .refused: true
        case .preparing: partsOut == 0
        case .needsPerson: reason != .doubtful && partsOut == 0
        case .sending, .published, .doubtful: false
        }
    }
    /// Whether work is planned or under way.
    package var isUnderWay: Bool { [.scheduled, .preparing, .sending, .doubtful].contains(state) }
}

/// A due time as people set it: their clock, their zone, and the instant that follows.
package struct Due: Sendable, Hashable, Codable {
    package let local: LocalTime
    package let zone: Zone
    package let at: Instant

    package init(_ local: LocalTime, in zone: Zone) {
        self.local = local
        self.zone = zone
        at = zone.instant(local)
    }

    /// A due time read back; the instant is what was promised, whatever zone rules say today.
    package init(local: LocalTime, zone: Zone, at: Instant) {
        self.local = local
        self.zone = zone
        self.at = at
    }

    /// The minute that holds `instant`, as a wall clock in `zone` shows it.
    package init(now instant: Instant, in zone: Zone) {
        local = zone.localTime(instant)
        self.zone = zone
        at = instant
    }

    /// What a person should know about a time that the clocks skip or repeat.
    package var clockChange: String? {
        let shown = zone.localTime(at)
        if shown != local {
            return "Clocks go forward that night: \(local.clock) does not exist, so it goes out "
                + "at \(shown.clock)."
        }
        for hours in [Int64(1), 2] {
            let later = at + .hours(hours)
            if zone.localTime(later) == local {
                return "Clocks go back that night and show \(local.clock) twice. It goes out the "
                    + "first time."
            }
        }
        return nil
    }
}
