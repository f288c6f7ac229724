import Foundation
import Kernel
package import Logging
import Synchronization

/// Writes log lines for people to standard error: time, level, message, facts.
package struct TextLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level

    package init(level: Logger.Level) { logLevel = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let work = TraceContext.current.map { " request=\($0.spanID)" } ?? ""
        let time = Instant.log(Surroundings.live.now())
        // One write a line, so that lines of several threads never mix.
        let text = "\(time) \(event.level.rawValue) \(event.message)\(work)\(facts)"
        FileHandle.standardError.write(Data((Self.oneLine(text) + "\n").utf8))
    }

    /// Control characters in a message must not forge lines of their own.
    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\u{1B}" ? "␤" : $0 })
    }
}

extension Instant {
    fileprivate static func log(_ instant: Instant) -> String { instant.iso8601 }
}
