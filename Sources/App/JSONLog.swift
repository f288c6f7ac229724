package import Foundation
package import Kernel
package import Logging

/// Writes log lines for a collector to standard error: one JSON object a line.
package struct JSONLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let write: @Sendable (Data) -> Void
    private let now: @Sendable () -> Instant

    /// Writes to standard error, unless `write` says otherwise.
    package init(
        level: Logger.Level, now: @escaping @Sendable () -> Instant = Surroundings.live.now,
        write: @escaping @Sendable (Data) -> Void = { FileHandle.standardError.write($0) }
    ) {
        logLevel = level
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "{\"at\":"
        line.appendJSON(now().iso8601)
        line += ",\"level\":\"\(event.level.rawValue)\",\"message\":"
        line.appendJSON("\(event.message)")
        if let trace = TraceContext.current {
            line += ",\"request\":\"\(trace.spanID)\",\"trace\":\"\(trace.traceID)\""
        }
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (name, value) in facts.sorted(by: { $0.key < $1.key }) {
            line += ","
            line.appendJSON(name)
            line += ":"
            Self.append(value, to: &line)
        }
        // One write a line, so that lines of several threads never mix.
        write(Data((line + "}\n").utf8))
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout String) {
        switch value {
        case .stringConvertible(let number as Int): line += "\(number)"
        case .stringConvertible(let number as Double) where number.isFinite: line += "\(number)"
        default: line.appendJSON("\(value)")
        }
    }
}

extension String {
    /// Appends `text` as a JSON string (RFC 8259), which never holds a line break.
    fileprivate mutating func appendJSON(_ text: String) {
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let hex = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}

extension Logger {
    /// The program's own logger, as the settings want it.
    package static func program(_ settings: ServerSettings) -> Logger {
        let level = settings.logLevel
        let format = settings.logFormat
        return Logger(label: "throughline") { _ in
            switch format {
            case .text: TextLog(level: level)
            case .json: JSONLog(level: level)
            }
        }
    }
}
