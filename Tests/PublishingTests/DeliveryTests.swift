import Kernel
import Networks
import Publishing
import Testing

/// Every event in every state, against the table that ARCHITECTURE draws.
struct DeliveryTests {
    static let now = Instant(milliseconds: 1_800_000_000_000)
    static let due = Due(now: now, in: .utc)

    static func delivery(
        _ state: Delivery.State, reason: Delivery.Reason? = nil, approved: Bool = false
    ) -> Delivery {
        Delivery(
            state: state, contentHash: "a", approvedHash: approved ? "a" : nil,
            due: [.draft, .inReview, .approved].contains(state) ? nil : due,
            reason: state == .needsPerson ? reason ?? .unreachable : nil)
    }

    static let remote = RemotePost(id: "1")

    @Test(arguments: Delivery.State.allCases)
    func `a due publication is sent from two states only`(state: Delivery.State) {
        var delivery = Self.delivery(state)
        let start = delivery.begin(isConnected: true, at: Self.now)
        switch state {
        case .scheduled, .preparing:
            #expect(start == .send(epoch: 1))
            #expect(delivery.state == .sending)
        case .sending:
            #expect(start == .instead(.look(at: Self.now + .seconds(2))))
            #expect(delivery.state == .doubtful)
        default:
            #expect(start == .nothing)
            #expect(delivery.state == state)
        }
    }

    @Test(arguments: Delivery.State.allCases)
    func `an answer counts only while one is awaited`(state: Delivery.State) {
        var accepted = Self.delivery(state)
        var failed = Self.delivery(state)
        _ = accepted.accepted(at: Self.now)
        _ = failed.failed(.contentRefused, at: Self.now)
        switch state {
        case .sending:
            #expect(accepted.state == .published)
            #expect(failed.state == .refused)
        case .doubtful:
            #expect(accepted.state == .published)
            #expect(failed.state == .doubtful)
        default:
            #expect(accepted.state == state)
            #expect(failed.state == state)
        }
    }

    @Test(arguments: [
        (NetworkFailure.Kind.rateLimited(retryAfter: .seconds(90)), Delivery.State.scheduled),
        (.unavailable, .scheduled), (.ambiguous, .doubtful), (.duplicate, .doubtful),
        (.contentRefused, .refused), (.notPermitted, .refused), (.gone, .refused),
        (.authorizationExpired, .needsPerson),
    ])
    func `each failure leads to one state`(
        kind: NetworkFailure.Kind, expected: Delivery.State
    ) {
        var delivery = Self.delivery(.sending)
        let action = delivery.failed(kind, at: Self.now)
        #expect(delivery.state == expected)
        if kind == .rateLimited(retryAfter: .seconds(90)) {
            #expect(action == .send(at: Self.now + .seconds(90)))
        }
    }

    @Test func `a doubtful post is never sent before three looks found it absent`() {
        var delivery = Self.delivery(.doubtful)
        for pause in [10, 20] {
            #expect(
                delivery.proved(.absent(by: "x"), at: Self.now)
                    == .look(at: Self.now + .seconds(pause)))
            #expect(delivery.state == .doubtful)
        }
        #expect(delivery.proved(.absent(by: "x"), at: Self.now) == .send(at: Self.now))
        #expect(delivery.state == .scheduled)
    }

    @Test func `an unclear look forgets the absence before it`() {
        var delivery = Self.delivery(.doubtful)
        _ = delivery.proved(.absent(by: "x"), at: Self.now)
        _ = delivery.proved(.absent(by: "x"), at: Self.now)
        _ = delivery.proved(.unknown(why: "y"), at: Self.now)
        _ = delivery.proved(.absent(by: "x"), at: Self.now)
        #expect(delivery.state == .doubtful)
    }

    @Test func `six looks without an answer call a person`() {
        var delivery = Self.delivery(.doubtful)
        for _ in 0..<5 {
            guard case .look = delivery.proved(.unknown(why: "x"), at: Self.now) else {
                Issue.record("looked too few times")
                return
            }
        }
        #expect(delivery.proved(.unknown(why: "x"), at: Self.now) == .callPerson(.doubtful))
        #expect(delivery.reason == .doubtful)
    }

    @Test func `a network that cannot be asked for an hour calls a person`() {
        var delivery = Self.delivery(.doubtful)
        var now = Self.now
        for _ in 0..<11 {
            guard case .look(let next) = delivery.lookFailed(.unavailable, at: now) else {
                Issue.record("looked too few times")
                return
            }
            now = next
        }
        #expect(now - Self.now > .minutes(45))
        #expect(delivery.lookFailed(.unavailable, at: now) == .callPerson(.doubtful))
    }

    @Test func `twelve certain failures call a person`() {
        var delivery = Self.delivery(.scheduled)
        for _ in 0..<11 {
            _ = delivery.begin(isConnected: true, at: Self.now)
            guard case .send = delivery.failed(.unavailable, at: Self.now) else {
                Issue.record("gave up too early")
                return
            }
        }
        _ = delivery.begin(isConnected: true, at: Self.now)
        #expect(delivery.failed(.unavailable, at: Self.now) == .callPerson(.unreachable))
    }

    @Test func `a post that is too late is held`() {
        var delivery = Self.delivery(.scheduled)
        #expect(
            delivery.begin(isConnected: true, at: Self.now + .hours(13))
                == .instead(.callPerson(.tooLate)))
        #expect(throws: Never.self) { try delivery.absentByPerson(at: Self.now) }
        #expect(delivery.state == .scheduled)
    }

    @Test func `an unconnected channel calls a person at the due time, not before`() {
        var delivery = Self.delivery(.scheduled)
        #expect(
            delivery.begin(isConnected: false, at: Self.now - .hours(1)) == .wait(until: Self.now))
        #expect(
            delivery.begin(isConnected: false, at: Self.now) == .instead(.callPerson(.byHand)))
    }

    @Test func `a thread goes out part by part`() {
        var delivery = Self.delivery(.sending)
        delivery.partCount = 2
        #expect(delivery.accepted(at: Self.now) == .send(at: Self.now))
        #expect(delivery.state == .preparing)
        #expect(!delivery.isEditable)
        _ = delivery.begin(isConnected: true, at: Self.now)
        #expect(delivery.accepted(at: Self.now) == .announce)
        #expect(delivery.state == .published)
    }

    @Test(arguments: Delivery.State.allCases)
    func `content changes only before anything left`(state: Delivery.State) throws {
        var delivery = Self.delivery(state, approved: true)
        guard delivery.isEditable else {
            #expect(throws: PublishingError.cannot(.edit, in: state)) {
                try delivery.edited(hash: "b", parts: 1, needsApproval: true, at: Self.now)
            }
            #expect([.sending, .published, .doubtful].contains(state))
            return
        }
        _ = try delivery.edited(hash: "b", parts: 1, needsApproval: true, at: Self.now)
        #expect(!delivery.isApproved)
        #expect(delivery.state == .draft)
        #expect(delivery.due == nil)
    }

    @Test func `an edit keeps the due time where no approval is needed`() throws {
        var delivery = Self.delivery(.scheduled)
        let action = try delivery.edited(hash: "b", parts: 1, needsApproval: false, at: Self.now)
        #expect(delivery.state == .scheduled)
        #expect(action == .plan(prepare: Self.now, send: Self.now))
    }

    @Test func `an approval is bound to what the approver saw`() throws {
        var delivery = Self.delivery(.inReview)
        #expect(throws: PublishingError.changedSinceSeen) { try delivery.approve(hash: "old") }
        _ = try delivery.approve(hash: "a")
        #expect(delivery.isApproved)
    }

    @Test(arguments: Delivery.State.allCases)
    func `scheduling asks for the approval that is needed`(state: Delivery.State) {
        var open = Self.delivery(state)
        var needy = Self.delivery(state)
        let mayBe: [Delivery.State] = [
            .draft, .inReview, .approved, .scheduled, .preparing, .needsPerson,
        ]
        if mayBe.contains(state) {
            #expect(throws: Never.self) {
                try open.schedule(Self.due, needsApproval: false, at: Self.now)
            }
            #expect(open.state == .scheduled)
            #expect(throws: PublishingError.approvalNeeded) {
                try needy.schedule(Self.due, needsApproval: true, at: Self.now)
            }
        } else {
            #expect(throws: PublishingError.cannot(.schedule, in: state)) {
                try open.schedule(Self.due, needsApproval: false, at: Self.now)
            }
        }
    }

    @Test func `nothing is scheduled in the past`() {
        var delivery = Self.delivery(.draft)
        #expect(throws: PublishingError.inThePast) {
            try delivery.schedule(
                Self.due, needsApproval: false, at: Self.now + .minutes(2))
        }
    }

    @Test func `a doubtful post cannot be taken off the calendar or sent by hand as new`() {
        var delivery = Self.delivery(.needsPerson, reason: .doubtful)
        #expect(throws: PublishingError.cannot(.unschedule, in: .needsPerson)) {
            try delivery.unschedule()
        }
        #expect(throws: PublishingError.cannot(.schedule, in: .needsPerson)) {
            try delivery.schedule(Self.due, needsApproval: false, at: Self.now)
        }
        #expect(throws: Never.self) { try delivery.foundByPerson() }
        #expect(delivery.state == .published)
    }
}

struct DueTests {
    static func due(_ local: String, _ zone: String) throws -> Due {
        Due(try #require(LocalTime(local)), in: try #require(Zone(zone)))
    }

    @Test func `the night clocks go forward, the skipped half hour goes out an hour later`() throws
    {
        let due = try Self.due("2027-03-28T02:30", "Europe/Berlin")
        #expect(due.at == Instant(iso8601: "2027-03-28T01:30:00Z"))
        #expect(due.clockChange?.contains("goes out at 03:30") == true)
    }

    @Test func `the night clocks go back, the doubled half hour goes out the first time`() throws {
        let due = try Self.due("2026-10-25T02:30", "Europe/Berlin")
        #expect(due.at == Instant(iso8601: "2026-10-25T00:30:00Z"))
        #expect(due.clockChange?.contains("the first time") == true)
    }

    @Test func `an ordinary time needs no word`() throws {
        let due = try Self.due("2026-11-24T09:00", "America/New_York")
        #expect(due.at == Instant(iso8601: "2026-11-24T14:00:00Z"))
        #expect(due.clockChange == nil)
    }
}
