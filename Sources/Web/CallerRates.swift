import Kernel
import Synchronization

/// How often one caller may ask: so many requests a second, and once in a while a minute's worth
/// of them at once.
package struct RequestRate: Sendable, Hashable {
    /// What a second gives back.
    package let perSecond: Int
    /// How many may come at once after a pause.
    var burst: Int { perSecond * Self.window }
    /// Seconds after which a caller who has used everything up may use it all again.
    static let window = 60

    /// A rate of at least one a second.
    package init(perSecond: Int) {
        precondition((1...100_000).contains(perSecond), "a rate of 1 to 100000 a second")
        self.perSecond = perSecond
    }

    /// The policy for the header of the same name.
    var policy: String { "\"caller\";q=\(burst);w=\(Self.window)" }
}

/// Who has asked how often: a bucket for each caller that fills with time and empties by asking.
///
/// A pure value. Of a bucket one number is kept, the moment at which it will be full again, so a
/// full bucket is as good as none. Callers are kept in two generations; when the younger one has
/// become too large, the older one, who have not asked for as long as that took, is forgotten.
struct CallerRates {
    /// Whether a request may pass, and what it leaves.
    struct Verdict: Sendable, Hashable {
        let isAllowed: Bool
        /// How many requests may follow at once.
        let remaining: Int
        /// Seconds until all of them may again.
        let secondsToFull: Int
        /// Seconds until the next one may; zero when it may now.
        let secondsToNext: Int

        /// The state for the header `RateLimit`.
        var header: String { "\"caller\";r=\(remaining);t=\(secondsToFull)" }
    }

    let rate: RequestRate
    private let most: Int
    /// When the bucket of each will be full, in microseconds.
    private var recent: [String: Int64] = [:]
    private var earlier: [String: Int64] = [:]

    /// Keeps a generation of so many callers, and the one before it.
    init(_ rate: RequestRate, most: Int = 10_000) {
        self.rate = rate
        self.most = most
    }

    var count: Int { recent.count + earlier.count }

    /// Counts a request of a caller, unless their bucket is empty.
    mutating func ask(_ caller: String, at now: Instant) -> Verdict {
        let now = now.milliseconds * 1000
        let window = Int64(RequestRate.window) * 1_000_000
        let cost = 1_000_000 / Int64(rate.perSecond)
        let known = recent[caller] ?? earlier[caller] ?? now
        // No bucket takes longer to fill: the clock was put back, and what was used is not known.
        let full = known > now + window ? now : max(known, now)
        let next = full + cost
        guard next <= now + window else {
            // Whoever goes on asking is not forgotten.
            keep(full, caller)
            return verdict(false, full, now, wait: next - now - window)
        }
        keep(next, caller)
        return verdict(true, next, now, wait: max(0, next + cost - now - window))
    }

    private mutating func keep(_ full: Int64, _ caller: String) {
        if recent.count >= most, recent[caller] == nil {
            earlier = recent
            recent = [:]
            recent.reserveCapacity(most)
        }
        recent[caller] = full
    }

    private func verdict(
        _ isAllowed: Bool, _ full: Int64, _ now: Int64, wait: Int64
    ) -> Verdict {
        let window = Int64(RequestRate.window) * 1_000_000
        let left = (window - (full - now)) * Int64(rate.perSecond) / 1_000_000
        let seconds = { (microseconds: Int64) in Int((microseconds + 999_999) / 1_000_000) }
        return Verdict(
            isAllowed: isAllowed, remaining: Int(left), secondsToFull: seconds(full - now),
            secondsToNext: seconds(wait))
    }
}

/// Counts the requests of every caller of this process.
final class CallerMeter: Sendable {
    /// The value of the header `RateLimit-Policy`.
    let policy: String
    private let perSecond: Int
    private let trustsProxy: Bool
    /// One lock is enough: it is held for two look-ups in a table.
    private let rates: Mutex<CallerRates>

    init(_ rate: RequestRate, trustsProxy: Bool) {
        self.trustsProxy = trustsProxy
        policy = rate.policy
        perSecond = rate.perSecond
        rates = Mutex(CallerRates(rate))
    }

    /// Counts a request, and throws when the caller has asked too often.
    ///
    /// An API token and a person count for themselves, whoever is not known by their network.
    func pass(_ request: inout WebRequest, asStranger: Bool = false) throws(Problem) {
        let caller: String
        if let known = request.caller, !asStranger {
            caller = known.token ?? known.person.text
        } else {
            // A proxy that nobody named may stand here for everybody.
            if !trustsProxy, CallerAddress.isLoopback(request.address) { return }
            caller = Doorkeeper.household(request.address)
        }
        let now = request.now
        let verdict = rates.withLock { $0.ask(caller, at: now) }
        request.rate = verdict
        guard verdict.isAllowed else {
            throw Problem(
                .tooMany, code: "access.rate",
                "That was more than \(perSecond) requests a second for too long. Wait a moment, "
                    + "then go on more slowly.",
                retryAfterSeconds: max(1, verdict.secondsToNext))
        }
    }
}
