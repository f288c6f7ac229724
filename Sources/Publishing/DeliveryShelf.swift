import Kernel
import Synchronization

/// Publications that were read moments before they are due, each for one send.
final class DeliveryShelf: Sendable {
    private typealias Entry = (load: DeliveryWork.Load, readAt: Instant)

    private let entries = Mutex<[PublicationID: Entry]>([:])

    /// How long what was read may be used; a post may wait for others of its channel.
    static let freshness = Duration.seconds(15)
    /// How many are kept.
    static let most = 4000

    func put(_ load: DeliveryWork.Load, at now: Instant) {
        entries.withLock { entries in
            if entries.count >= Self.most {
                entries = entries.filter { Self.isFresh($0.value, at: now) }
            }
            guard entries.count < Self.most else { return }
            entries[load.publication.id] = (load, now)
        }
    }

    /// What was read of a publication; nil when that was not done, is used already or too long ago.
    func take(_ publication: PublicationID, at now: Instant) -> DeliveryWork.Load? {
        let entry = entries.withLock { $0.removeValue(forKey: publication) }
        guard let entry, Self.isFresh(entry, at: now) else { return nil }
        return entry.load
    }

    private static func isFresh(_ entry: Entry, at now: Instant) -> Bool {
        (.zero...freshness).contains(now - entry.readAt)
    }
}
