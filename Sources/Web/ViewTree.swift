/// A view as dictionaries and arrays, read by reflection once.
///
/// Mustache reflects on a value again for every name in a template, which for a page of a few
/// hundred rows takes far longer than everything else. One pass up front makes each name a lookup.
enum ViewTree {
    /// The value as a template reads it; nil for an absent optional.
    static func of(_ value: Any) -> Any? {
        if isPlain(value) { return value }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            return mirror.children.first.flatMap { of($0.value) }
        case .collection:
            return mirror.children.compactMap { of($0.value) } as [Any]
        case .struct where !(value is any CustomStringConvertible):
            var fields = [String: Any](minimumCapacity: mirror.children.count)
            for (label, child) in mirror.children {
                // An absent optional stays out, so that its name is looked up further out.
                if let label, let known = of(child) { fields[label] = known }
            }
            return fields
        default:
            return value
        }
    }

    private static func isPlain(_ value: Any) -> Bool {
        value is String || value is Bool || value is Int || value is Int64 || value is Double
    }
}
