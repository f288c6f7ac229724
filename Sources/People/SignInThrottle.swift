package import Kernel

/// Slows down whoever guesses passwords: one count of failures and what it means.
///
/// Three counts guard each attempt: the account from this address, the account from anywhere and
/// the address on any account. The first few failures cost nothing; then each doubles the wait.
package struct SignInThrottle: Sendable, Hashable {
    /// What a count is about, and how patient it is.
    package enum Kind: String, Sendable, CaseIterable {
        case accountAndAddress
        case account
        case address

        /// Failures before the first wait.
        var free: Int {
            switch self {
            case .accountAndAddress: 5
            case .account: 20
            case .address: 30
            }
        }
    }

    static let firstWait: Duration = .seconds(10)
    static let longestWait: Duration = .minutes(15)
    /// Failures are forgotten after so long without another.
    static let memory: Duration = .hours(2)

    package let kind: Kind
    package private(set) var failures: Int
    package private(set) var lastFailureAt: Instant

    package init(_ kind: Kind, failures: Int = 0, lastFailureAt: Instant = .init(milliseconds: 0)) {
        self.kind = kind
        self.failures = failures
        self.lastFailureAt = lastFailureAt
    }

    /// How long an attempt at `now` has to wait; nil when it may go ahead.
    package func wait(at now: Instant) -> Duration? {
        guard failures >= kind.free, now - lastFailureAt < Self.memory else { return nil }
        let doublings = min(failures - kind.free, 12)
        let wait = min(
            Self.firstWait.inMilliseconds << Int64(doublings), Self.longestWait.inMilliseconds)
        let left = (lastFailureAt + .milliseconds(wait)) - now
        return left > .zero ? left : nil
    }

    /// Counts a wrong password.
    package mutating func failed(at now: Instant) {
        if now - lastFailureAt >= Self.memory { failures = 0 }
        failures = min(failures + 1, 1_000_000)
        lastFailureAt = now
    }
}
