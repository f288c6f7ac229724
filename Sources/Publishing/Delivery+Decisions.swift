package import Kernel

/// What people decide: review, approval, time.
extension Delivery {
    /// Takes new content. An approval of other content is void.
    package mutating func edited(
        hash: String, parts: Int, needsApproval: Bool, at now: Instant
    ) throws(PublishingError) -> Action {
        guard isEditable else { throw .cannot(.edit, in: state) }
        guard hash != contentHash || parts != partCount else { return .nothing }
        contentHash = hash
        partCount = parts
        switch state {
        case .scheduled, .preparing:
            state = .scheduled
            guard needsApproval, !isApproved else { return plan(at: now) }
            state = .draft
            due = nil
            return .cancel
        case .needsPerson, .refused:
            let wasByHand = reason == .byHand
            reset()
            if wasByHand, !needsApproval || isApproved {
                state = .needsPerson
                reason = .byHand
                return .nothing
            }
            state = .draft
            due = nil
            return .cancel
        default:
            state = .draft
            return .nothing
        }
    }

    /// Asks for approval of the content as it is.
    package mutating func askApproval() throws(PublishingError) -> Action {
        guard state == .draft else { throw .cannot(.askApproval, in: state) }
        state = .inReview
        return .nothing
    }

    /// Approves exactly the content whose digest the approver has seen.
    package mutating func approve(hash: String) throws(PublishingError) -> Action {
        guard state == .inReview || state == .draft else { throw .cannot(.approve, in: state) }
        guard hash == contentHash else { throw .changedSinceSeen }
        approvedHash = hash
        state = .approved
        return .nothing
    }

    /// Sends the content back to its writer.
    package mutating func wantChanges() throws(PublishingError) -> Action {
        guard state == .inReview || state == .approved else {
            throw .cannot(.wantChanges, in: state)
        }
        approvedHash = nil
        state = .draft
        return .nothing
    }

    /// Sets or moves the due time.
    package mutating func schedule(
        _ due: Due, needsApproval: Bool, at now: Instant
    ) throws(PublishingError) -> Action {
        switch state {
        case .draft, .inReview, .approved, .scheduled: break
        case .preparing where partsOut == 0: break
        case .needsPerson where reason != .doubtful: break
        default: throw .cannot(.schedule, in: state)
        }
        guard !needsApproval || isApproved else { throw .approvalNeeded }
        // A minute of grace: a person may pick the minute that is just passing.
        guard due.at >= now - .minutes(1) else { throw .inThePast }
        let keptParts = partsOut
        reset()
        partsOut = keptParts
        confirmedAt = nil
        self.due = due
        state = .scheduled
        return plan(at: now)
    }

    /// Takes the due time away.
    package mutating func unschedule() throws(PublishingError) -> Action {
        switch state {
        case .scheduled, .preparing: break
        case .needsPerson where reason != .doubtful: break
        default: throw .cannot(.unschedule, in: state)
        }
        guard partsOut == 0 else { throw .cannot(.unschedule, in: state) }
        reset()
        due = nil
        state = isApproved ? .approved : .draft
        return .cancel
    }

    /// A person has found the doubtful post, or has published it by hand.
    package mutating func foundByPerson() throws(PublishingError) -> Action {
        switch state {
        case .needsPerson, .doubtful: break
        // People may post earlier than planned; what is out is out.
        case .scheduled, .approved, .draft, .inReview: break
        default: throw .cannot(.settle, in: state)
        }
        partsOut = partCount
        reason = nil
        state = .published
        return .announce
    }

    /// A person has looked, and it is not there: it may be sent again.
    package mutating func absentByPerson(at now: Instant) throws(PublishingError) -> Action {
        guard state == .needsPerson, let reason, reason != .byHand else {
            throw .cannot(.settle, in: state)
        }
        reset()
        confirmedAt = now
        state = .scheduled
        return .send(at: now)
    }

    private func plan(at now: Instant) -> Action {
        guard let due else { return .nothing }
        return .plan(prepare: max(now, due.at - Self.preparationLead), send: max(now, due.at))
    }

    private mutating func reset() {
        reason = nil
        tries = 0
        looks = 0
        absences = 0
    }
}
