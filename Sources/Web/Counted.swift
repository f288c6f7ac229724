import Kernel

/// A number with its noun, in the singular for one.
package enum Counted {
    /// `1 order`, `3,000 orders`.
    package static func words(_ count: Int64, _ one: String, _ many: String) -> String {
        "\(count.grouped) \(count == 1 ? one : many)"
    }

    /// The same for a share of something: `1 order`, `0.33 orders`.
    package static func words(_ count: String, _ one: String, _ many: String) -> String {
        "\(count) \(count == "1" ? one : many)"
    }
}
