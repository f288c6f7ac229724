package import Kernel
package import Networks

/// What the worker decides on the way to the network.
extension Delivery {
    /// Starts to get ready; false when there is nothing to get ready for.
    package mutating func prepare() -> Bool {
        guard state == .scheduled || state == .preparing else { return false }
        state = .preparing
        return true
    }

    /// What a worker that picks the publication up is to do.
    package enum Start: Sendable, Hashable {
        /// The intent may be committed and the post sent, under this epoch.
        case send(epoch: Int)
        /// The due time has moved; come back then.
        case wait(until: Instant)
        /// Nothing (any more): unscheduled, published, settled.
        case nothing
        /// A send was cut off in the middle, or the time has passed: first do this.
        case instead(Action)
    }

    /// Decides what to do at the due time; on `.send` the intent is to be made durable at once.
    ///
    /// `isFrozen` and `late` are to be read in the transaction that makes the intent durable.
    package mutating func begin(
        isConnected: Bool, isFrozen: Bool = false, late: LatePolicy = .standard, at now: Instant
    ) -> Start {
        switch state {
        case .scheduled, .preparing: break
        // Somebody was sending and never wrote an answer: nobody knows what the network has.
        case .sending: return .instead(interrupted(at: now))
        default: return .nothing
        }
        guard let due else { return .nothing }
        guard due.at <= now else { return .wait(until: due.at) }
        if isFrozen { return .instead(call(.frozen)) }
        guard isConnected else { return .instead(call(.byHand)) }
        let lateness = now - max(due.at, confirmedAt ?? due.at)
        if partsOut == 0, lateness > late.after {
            switch late.action {
            case .publish: break
            case .hold: return .instead(holdBack())
            case .ask: return .instead(call(.tooLate))
            }
        }
        epoch += 1
        state = .sending
        return .send(epoch: epoch)
    }

    /// Whether nothing of it has been sent yet and it waits for its time.
    var isFirstSend: Bool {
        (state == .scheduled || state == .preparing) && epoch == 0 && partsOut == 0
    }

    /// The time has come, but publishing stands still.
    package mutating func freeze() -> Action {
        guard state == .scheduled || state == .preparing else { return .nothing }
        return call(.frozen)
    }

    private mutating func holdBack() -> Action {
        tries = 0
        due = nil
        confirmedAt = nil
        state = isApproved ? .approved : .draft
        return .heldBack
    }

    /// A worker stopped between the intent and the answer.
    package mutating func interrupted(at now: Instant) -> Action {
        guard state == .sending else { return .nothing }
        return doubt(at: now)
    }

    /// The data is a copy: another program may have sent what was due in it.
    package mutating func suspectCopy(at now: Instant) -> Action {
        guard state == .scheduled || state == .preparing, let due, due.at <= now else {
            return .nothing
        }
        return doubt(at: now)
    }

    /// The network has accepted one part.
    package mutating func accepted(at now: Instant) -> Action {
        guard state == .sending || state == .doubtful else { return .nothing }
        partsOut += 1
        tries = 0
        looks = 0
        absences = 0
        guard partsOut < partCount else {
            state = .published
            return .announce
        }
        state = .preparing
        return .send(at: now)
    }

    /// The network's answer was a failure, or none came.
    package mutating func failed(
        _ kind: NetworkFailure.Kind, late: LatePolicy = .standard, at now: Instant
    ) -> Action {
        guard state == .sending else { return .nothing }
        switch kind {
        case .rateLimited(let wait):
            let wait = min(max(wait ?? .minutes(1), .seconds(1)), .hours(6))
            return again(at: now + wait, late)
        case .unavailable: return again(at: now + pause, late)
        case .authorizationExpired: return call(.reconnect)
        case .notPermitted, .contentRefused, .gone:
            state = .refused
            return .cancel
        case .duplicate, .ambiguous: return doubt(at: now)
        }
    }

    /// What looking for a doubtful post has shown.
    package mutating func proved(_ proof: Proof, at now: Instant) -> Action {
        guard state == .doubtful else { return .nothing }
        looks += 1
        switch proof {
        case .found: return accepted(at: now)
        case .absent:
            absences += 1
            guard absences > Self.absencePauses.count else {
                return .look(at: now + Self.absencePauses[absences - 1])
            }
            absences = 0
            return again(at: now, .standard)
        case .unknown:
            absences = 0
            guard looks < Self.mostLooks else { return call(.doubtful) }
            return .look(at: now + lookPause)
        }
    }

    /// Looking itself failed; that says nothing about the post.
    package mutating func lookFailed(_ kind: NetworkFailure.Kind, at now: Instant) -> Action {
        guard state == .doubtful else { return .nothing }
        looks += 1
        guard looks < Self.mostFailedLooks else { return call(.doubtful) }
        if case .rateLimited(let wait?) = kind { return .look(at: now + min(wait, .hours(1))) }
        return .look(at: now + lookPause)
    }

    /// Getting ready showed that the network will never take this content.
    package mutating func refusedWhilePreparing() -> Action {
        guard state == .preparing || state == .scheduled else { return .nothing }
        state = .refused
        return .cancel
    }

    private mutating func again(at moment: Instant, _ late: LatePolicy) -> Action {
        tries += 1
        looks = 0
        // A post that is to go out however late it is outlasts every outage.
        guard tries < Self.mostTries || late.action == .publish else {
            return call(.unreachable)
        }
        state = .scheduled
        return .send(at: moment)
    }

    private mutating func doubt(at now: Instant) -> Action {
        state = .doubtful
        looks = 0
        absences = 0
        return .look(at: now + .seconds(2))
    }

    private mutating func call(_ reason: Reason) -> Action {
        state = .needsPerson
        self.reason = reason
        return .callPerson(reason)
    }

    /// 5 s, 10 s, 20 s … ten minutes: a short outage costs seconds, a long one few calls.
    private var pause: Duration {
        min(.seconds(5 * (Int64(1) << Int64(min(tries, 10)))), .minutes(10))
    }
    /// 10 s, 20 s, 40 s … after each look.
    private var lookPause: Duration {
        min(.seconds(5 * (Int64(1) << Int64(min(looks, 10)))), .minutes(10))
    }
}
