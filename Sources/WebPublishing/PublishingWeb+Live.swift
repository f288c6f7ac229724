package import Jobs
import Kernel
import Web

extension PublishingWeb {
    /// Tells open pages that something happened while nobody clicked.
    package func handlers() -> [JobHandler] {
        guard let live else { return [] }
        let topics = [
            "publishing.published": "posts", "publishing.needs-person": "posts",
            "engagement.reply-arrived": "replies",
        ]
        return topics.sorted { $0.key < $1.key }.map { event, topic in
            JobHandler.on(event, name: "live") { delivery, _ in
                live.tell(delivery.workspace, topic)
            }
        }
    }
}
