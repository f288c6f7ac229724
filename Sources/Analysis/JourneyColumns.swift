package import Statistics

/// Which columns of a file tell of journeys; nil is to be found by its usual names.
package struct JourneyColumns: Sendable, Hashable {
    package var path: String?
    package var conversions: String?
    package var value: String?
    package var nulls: String?
    package var id: String?
    package var time: String?
    package var channel: String?
    package var hours: String?

    package init() {}

    static let usualPaths = [
        "path", "paths", "channel_path", "journey", "touchpoints", "touches", "channels",
    ]
    static let usualConversions = [
        "total_conversions", "conversions", "conversion", "converted", "total_conversion",
        "is_conversion", "purchases", "purchase", "orders", "conv",
    ]
    static let usualValues = [
        "total_conversion_value", "conversion_value", "value", "revenue", "total_value",
        "total_revenue", "amount",
    ]
    static let usualNulls = [
        "total_null", "total_nulls", "null", "nulls", "non_conversions", "no_conversions",
    ]
    static let usualIDs = [
        "user_id", "id", "user", "person", "person_id", "identity", "customer_id", "customer",
        "contact_id", "contact", "visitor_id", "visitor", "client_id", "cookie", "journey_id",
        "journey",
    ]
    static let usualTimes = [
        "time", "timestamp", "datetime", "event_time", "touch_time", "occurred_at", "at", "date",
    ]
    static let usualChannels = [
        "channel", "touchpoint", "touch", "marketing_channel", "source", "medium",
    ]
    static let usualHours = ["hours_before_conversion", "hours_before", "ages"]
}

/// How journeys are read from a file.
package struct JourneyReading: Sendable, Hashable {
    package var columns = JourneyColumns()
    /// What stands between two touches of a path; nil is `>`, or an arrow where there is one.
    package var separator: String?
    /// Touches longer ago than this did not lead to a conversion, for files with one row per touch.
    package var lookbackDays = 30.0
    /// Touches of one channel within this time are one, for files with one row per touch.
    package var sessionMinutes = 30.0
    /// Hours between two touches, and from the last one to the conversion, assumed for paths
    /// without times.
    package var assumedGapHours: Double?
    /// Channels that mean nobody sent the visitor.
    package var direct: [String] = []
    /// Whether direct touches are left out, unless a journey has no others.
    package var leavesOutDirect = false
    /// Options that were given and mean something for a file with one row per touch only; other
    /// files refuse them.
    package var touchOptions: [String] = []
    /// The same for files with one row per way.
    package var pathOptions: [String] = []

    package init() {}

    static let usualDirect: Set = [
        "direct", "(direct)", "none", "(none)", "direct / none", "(direct) / (none)",
        "direct/none", "(direct)/(none)",
    ]

    /// The codes of direct channels.
    func directCodes(_ channels: [String]) -> Set<Int32> {
        let names = direct.isEmpty ? Self.usualDirect : Set(direct.map { $0.lowercased() })
        return Set(
            channels.indices.filter { names.contains(channels[$0].lowercased()) }.map(Int32.init))
    }
}

/// Journeys as a file told them, and what it told of nobody's.
package struct JourneySource: Sendable {
    package var journeys: Journeys
    /// Conversions and their value that no touch came before.
    package var unattributedConversions = 0.0
    package var unattributedValue = 0.0
    package var hasValues = true
    package var hasNulls = true
    /// What was assumed, in sentences.
    package var notes: [String] = []
}
