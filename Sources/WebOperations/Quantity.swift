import Foundation
import Kernel

/// Amounts of time and room as people say them.
enum Quantity {
    /// `0.4 s`, `12 s`, `3 min`, `5 h`, `2 days`.
    static func words(seconds: Double) -> String {
        switch seconds {
        case ..<10: "\(tenths(seconds)) s"
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86_400)) days"
        }
    }

    /// `512 B`, `3.2 kB`, `48 MB`, `1.5 GB`.
    static func words(bytes: Int64) -> String {
        var amount = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if amount < 1000 {
                return (amount < 10 && unit != "B" ? tenths(amount) : "\(Int(amount))") + " \(unit)"
            }
            amount /= 1000
        }
        return tenths(amount) + " TB"
    }

    private static func tenths(_ amount: Double) -> String {
        let rounded = (amount * 10).rounded() / 10
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
