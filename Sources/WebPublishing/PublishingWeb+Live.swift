package import Jobs
import Kernel
package import Publishing
package import Web

extension PublishingWeb {
    /// Tells open pages that something happened while nobody clicked.
    package static func handlers(live: LiveHub) -> [JobHandler] {
        let topics = [
            "publishing.published": "posts", "publishing.needs-person": "posts",
            "publishing.preflight-failed": "posts", "publishing.preflight-passed": "posts",
            "publishing.removed": "posts", "publishing.removal-refused": "posts",
            "engagement.reply-arrived": "replies",
        ]
        return topics.sorted { $0.key < $1.key }.map { event, topic in
            JobHandler.on(event, name: "live") { delivery, _ in
                live.tell(delivery.workspace, topic)
            }
        }
    }
}

extension PublishingWeb {
    /// The state of a publication as every page shows it.
    package static func chip(_ delivery: Delivery) -> Chip { Words.chip(delivery) }

    /// The same, with what the last look before its time found.
    package static func chip(_ line: PublicationLine) -> Chip { Words.chip(line) }
}
