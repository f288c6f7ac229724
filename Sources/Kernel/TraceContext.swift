/// The place of a piece of work in a trace, as W3C Trace Context writes it.
///
/// A request and each attempt of a job are a span of their own; the span's identifier is also what
/// a person can name when something went wrong. What runs inside reads `TraceContext.current`.
package struct TraceContext: Sendable, Hashable {
    /// 32 hexadecimal digits, the same for everything that follows from one cause.
    package let traceID: String
    /// 16 hexadecimal digits.
    package let spanID: String
    package let isSampled: Bool

    /// The span that is being worked on.
    @TaskLocal package static var current: TraceContext?

    /// A trace of its own.
    package init(_ surroundings: Surroundings) {
        let bytes = surroundings.randomBytes(24)
        // All zeros would mean “none”.
        traceID = Hex.text([bytes[0] | 1] + bytes[1..<16])
        spanID = Hex.text([bytes[16] | 1] + bytes[17..<24])
        isSampled = false
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// Reads a `traceparent` header; nil for anything that the recommendation calls invalid.
    package init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes.count <= 256, bytes[2] == 45, bytes[35] == 45,
            bytes[52] == 45
        else { return nil }
        let version = bytes[0..<2]
        let trace = bytes[3..<35]
        let span = bytes[36..<52]
        let flags = bytes[53..<55]
        guard [version, trace, span, flags].allSatisfy({ $0.allSatisfy(Self.isLowerHex) }),
            !version.elementsEqual("ff".utf8), trace.contains(where: { $0 != 48 }),
            span.contains(where: { $0 != 48 })
        else { return nil }
        // Version 00 ends here; a later one may go on behind a dash.
        let isFirst = version.elementsEqual("00".utf8)
        guard bytes.count == 55 || (!isFirst && bytes[55] == 45) else { return nil }
        traceID = String(decoding: trace, as: UTF8.self)
        spanID = String(decoding: span, as: UTF8.self)
        isSampled = (UInt8(String(decoding: flags, as: UTF8.self), radix: 16) ?? 0) & 1 == 1
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte)
    }

    /// A span of the same trace.
    package func child(_ surroundings: Surroundings) -> TraceContext {
        let bytes = surroundings.randomBytes(8)
        return TraceContext(
            traceID: traceID, spanID: Hex.text([bytes[0] | 1] + bytes[1..<8]),
            isSampled: isSampled)
    }

    /// The span that follows from what `traceparent` names, or the first of a trace.
    package static func following(
        _ traceparent: String?, _ surroundings: Surroundings
    ) -> TraceContext {
        traceparent.flatMap { TraceContext(traceparent: $0) }?.child(surroundings)
            ?? TraceContext(surroundings)
    }

    /// The header that hands this place on.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }
}
