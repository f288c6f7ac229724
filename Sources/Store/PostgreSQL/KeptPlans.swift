/// Which statements a connection to PostgreSQL keeps prepared, so that the server need not read and
/// plan them anew.
///
/// A pure value; the connection does what it says. The server keeps a plan in 10 to 100 KB of its
/// memory for each connection, so only what is asked again and again is kept, and a bounded number.
struct KeptPlans {
    /// What makes two statements one: its words, and what its values are declared as.
    struct Key: Hashable {
        let text: String
        let types: [UInt32]
    }

    /// How a statement is to be sent.
    enum Way: Hashable {
        /// With its words.
        case plain
        /// By the name under which the server knows it.
        case kept(String)
        /// To be prepared under this name first; before that the server is to forget all others when
        /// there are enough of them.
        case new(String, forgettingOthers: Bool)
    }

    /// A connection that has this many different ones begins again.
    static let most = 128
    /// How often a statement is asked before it is kept.
    static let threshold = 3
    /// How many that were asked less often are remembered.
    static let mostSeen = 1024

    private var names: [Key: String] = [:]
    private var seen: [Key: Int] = [:]
    private var lastNumber = 0
    /// Whether the server may know some that are no longer to be used.
    private var hasLeftOvers = false

    /// How to send `key` now.
    mutating func way(for key: Key) -> Way {
        if let name = names[key] { return .kept(name) }
        guard Self.isWorthIt(key) else { return .plain }
        let times = seen[key, default: 0] + 1
        guard times >= Self.threshold else {
            if seen.count >= Self.mostSeen { seen = [:] }
            seen[key] = times
            return .plain
        }
        lastNumber += 1
        return .new(
            "kept_\(lastNumber)", forgettingOthers: hasLeftOvers || names.count >= Self.most)
    }

    /// The server has prepared it.
    mutating func prepared(_ key: Key, as name: String) {
        seen[key] = nil
        names[key] = name
    }

    /// The server has forgotten all of them.
    mutating func forgotten() {
        names = [:]
        hasLeftOvers = false
    }

    /// What the server knows of them is not to be used any more: tables have changed.
    mutating func distrust() {
        names = [:]
        seen = [:]
        hasLeftOvers = true
    }

    /// Only what reads and changes rows can be prepared, and a long list hardly comes twice.
    private static func isWorthIt(_ key: Key) -> Bool {
        guard key.types.count <= SQL.longestPadded else { return false }
        let text = key.text.utf8.drop { [0x20, 0x0A, 0x28].contains($0) }
        return ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH ", "WITH\n"].contains {
            text.starts(with: $0.utf8)
        }
    }
}
