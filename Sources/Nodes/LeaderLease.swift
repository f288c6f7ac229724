package import Kernel
package import Store

/// The right to do what only one process may do, for as long as it is renewed.
///
/// Times are the database's. Each time it goes to somebody, even to the same one, its epoch grows,
/// so that whoever held it before can be told from whoever holds it now.
package struct LeaderLease: Sendable, Hashable, RowReadable {
    package private(set) var epoch: Int64
    /// Nil when it was given back.
    package private(set) var holder: NodeID?
    package private(set) var renewedAt: Instant
    package private(set) var expiresAt: Instant

    package init(row: Row) throws {
        epoch = try row("epoch")
        holder = try row("holder")
        renewedAt = try row("renewed_at")
        expiresAt = try row("expires_at")
    }

    private init(epoch: Int64, holder: NodeID, renewedAt: Instant, expiresAt: Instant) {
        self.epoch = epoch
        self.holder = holder
        self.renewedAt = renewedAt
        self.expiresAt = expiresAt
    }

    /// The lease after `node` asked for it; nil when it is another's.
    ///
    /// `epoch` is the one the node believes to hold. `isAlone` says that no other process can be on
    /// this database, so that whoever held it is gone.
    package static func claimed(
        _ current: LeaderLease?, by node: NodeID, holding epoch: Int64?, at now: Instant,
        for length: Duration, isAlone: Bool = false
    ) -> LeaderLease? {
        let end = now + length
        guard var lease = current else {
            return LeaderLease(epoch: 1, holder: node, renewedAt: now, expiresAt: end)
        }
        let isOurs = lease.holder == node && lease.epoch == epoch
        // A clock that went back must not keep a lease alive beyond its length.
        let isOver = lease.expiresAt <= now || lease.renewedAt > now + length
        guard isOurs || isAlone || isOver || lease.holder == nil || lease.holder == node else {
            return nil
        }
        if !isOurs { lease.epoch += 1 }
        lease.holder = node
        lease.renewedAt = now
        lease.expiresAt = end
        return lease
    }

    /// The lease after its holder gave it back; nil when it was not theirs.
    package func released(by term: LeaderTerm) -> LeaderLease? {
        guard holder == term.node, epoch == term.epoch else { return nil }
        var lease = self
        lease.holder = nil
        return lease
    }
}

/// One process's time as leader.
package struct LeaderTerm: Sendable, Hashable {
    package let node: NodeID
    package let epoch: Int64

    package init(node: NodeID, epoch: Int64) {
        self.node = node
        self.epoch = epoch
    }

    /// Throws in the transaction of somebody who leads no more; to be asked before anything else.
    ///
    /// Nobody else can become leader until the transaction has ended.
    package func require(_ tx: borrowing Transaction) throws {
        let leads = try tx.exists(
            """
            SELECT 1 FROM leader_lease WHERE one = 1 AND epoch = \(epoch) AND holder = \(node)
            \(.shareLock)
            """)
        guard leads else { throw NodesError.leadsNoMore }
    }
}

/// What a process believes about its own leading, by a clock that nobody sets.
package struct Leadership: Sendable, Hashable {
    /// What changed.
    package enum Change: Sendable, Hashable {
        case began(LeaderTerm)
        case ended
    }

    /// Nil when it does not lead.
    package private(set) var term: LeaderTerm?
    private var sureUntil: Duration = .zero
    private let sureFor: Duration

    /// Creates one that is sure of a renewal for `sureFor` after it was asked for.
    package init(sureFor: Duration) { self.sureFor = sureFor }

    /// When it has to stop unless the lease is renewed before; nil when it does not lead.
    package var deadline: Duration? { term == nil ? nil : sureUntil }

    /// The database answered what was asked at `moment`: our term, or nil when another leads.
    package mutating func heard(_ answer: LeaderTerm?, askedAt moment: Duration) -> Change? {
        if answer != nil { sureUntil = moment + sureFor }
        guard answer != term else { return nil }
        // A new term begins only after the old one has ended.
        if term != nil {
            term = nil
            return .ended
        }
        term = answer
        return answer.map { .began($0) }
    }

    /// The database did not answer.
    package mutating func heardNothing(at now: Duration) -> Change? {
        guard term != nil, now >= sureUntil else { return nil }
        term = nil
        return .ended
    }
}
